"""A pricing table around its plans: what came of the last change, and the dialog in which the next one is confirmed."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from billing_ui_components.labels import Labels
from billing_ui_components.notice_line import notice_line
from billing_ui_components.plan_change_dialog import plan_change_dialog
from billing_ui_components.shared_asset import shared_asset
from billing_ui_components.state import UsageState


class _PlansMark(rx.Component):
    """What knows whether there is a way to its table: see plans.js."""

    tag = "PlansMark"


def pricing_section(
    *head: Any,
    block: rx.Component,
    place: str,
    labels: Labels,
    compact: bool = False,
    named_by: str = "",
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Draw the section that `open_plans` leads to.

    Args:
        *head: what stands above the plans.
        block: the plans.
        place: names this table on its page.
        labels: the words.
        compact: smaller, for dialogs and side columns.
        named_by: the id of its heading; without one the labels name it.
        class_name: further classes.
        **props: further properties of the section, such as style.
    """
    # Of several tables on a page the one in which a plan was chosen says what came of it.
    here = UsageState.plan_notice_place == place
    notice = notice_line(
        rx.cond(has_connection_errors, labels.not_connected, UsageState.plan_notice_text),
        tone=rx.cond(has_connection_errors, "neutral", UsageState.plan_notice_tone),
        notice=rx.cond(has_connection_errors, "lost", rx.cond(here, UsageState.plan_notice_id, "")),
        lasts=rx.cond(has_connection_errors, True, UsageState.plan_notice_lasts),
        waits=True,
        about=place,
    )
    return rx.el.section(
        *head,
        notice,
        block,
        plan_change_dialog(place, labels),
        _PlansMark.create(library=shared_asset("plans.js")),
        class_name=f"bui bui-pricing-table {class_name}".rstrip(),
        custom_attrs={
            **({"aria-labelledby": named_by} if named_by else {"aria-label": labels.plans_title}),
            "data-bui-plans": "",
            "data-compact": compact,
            "tabIndex": -1,
            **props.pop("custom_attrs", {}),
        },
        **props,
    )

"""Where the plans open on a page that suggests one and shows none: a dialog with a pricing table."""

from __future__ import annotations

import reflex as rx

from billing_ui_components.dialog import dialog
from billing_ui_components.labels import Labels
from billing_ui_components.pricing_block import pricing_block
from billing_ui_components.pricing_section import pricing_section
from billing_ui_components.runtime import installed_labels, may_change_plans
from billing_ui_components.shared_asset import shared_asset
from billing_ui_components.state import UsageState

# The same in each place of a page, which shares its code; only one at a time is open.
_PLACE = "bui-suggested-plans"


class _PlansPlace(rx.Component):
    """The element that draws its dialog only while it is open: see plans.js."""

    tag = "PlansPlace"


def plans_place(labels: Labels | None = None) -> rx.Component:
    """Let `open_plans` open the plans where the page has no pricing table, if the host's policy lets customers change their plan.

    Put it where it is shown whenever the button is, outside of what comes and goes with the suggestion.

    Args:
        labels: the words; by default those that were installed.

    Returns:
        An element that takes no room; nothing where `install` came before and has no policy.
    """
    if not may_change_plans():
        return rx.fragment()
    labels = labels or installed_labels()
    table = pricing_section(
        block=pricing_block(UsageState.pricing, place=_PLACE, labels=labels), place=_PLACE, labels=labels, compact=True
    )
    return _PlansPlace.create(
        dialog(
            table,
            dialog_id=f"{_PLACE}-dialog",
            title=labels.plans_title,
            open=True,
            labels=labels,
            class_name="bui-plans-dialog",
        ),
        library=shared_asset("plans.js"),
        class_name="bui-plans-place",
        custom_attrs={"data-bui-plans-place": UsageState.pricing.changeable},
    )

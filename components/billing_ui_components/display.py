"""All usage of a customer, or that of one feature, as cards."""

from __future__ import annotations

from itertools import count
from typing import Any

import reflex as rx
from reflex.components.component import ComponentNamespace

from billing_ui_components.as_of import as_of
from billing_ui_components.labels import Labels
from billing_ui_components.lease import lease
from billing_ui_components.meter_bars import meter_bars
from billing_ui_components.meter_card import meter_card
from billing_ui_components.meter_reset import meter_reset
from billing_ui_components.meter_status import meter_status
from billing_ui_components.placeholders import all_meters, one_meter
from billing_ui_components.runtime import installed_labels
from billing_ui_components.state import UsageState

_numbers = count(1)


def _usage_display(
    feature_key: str | rx.Var[str] | None = None,
    title: str | rx.Var[str] | None = None,
    *,
    show_progress: bool = True,
    show_reset_timer: bool = True,
    on_compare: Any = None,
    skeletons: int = 3,
    labels: Labels | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Show what the customer has used of every metered feature, kept fresh.

    A grid of cards, in one to three columns by the width of its container.

    Args:
        feature_key: show this feature only.
        title: the heading; by default the labels' for all features and none for one. "" for none.
        show_progress: draw the bars.
        show_reset_timer: say when each window ends.
        on_compare: what "Compare plans" does for a feature that the plan lacks, called with the feature's key; without
            it there is no such button.
        skeletons: how many cards hold the place before the first load.
        labels: the words; by default those that were installed.
        class_name: further classes.
        **props: further properties of the section, such as style.

    Returns:
        A section, named by its heading.

    Example:
        ```python
        bui.usage_display(title="Your usage")
        bui.usage_display("api_calls", show_reset_timer=False)
        ```
    """
    labels = labels or installed_labels()
    single = feature_key is not None
    heading = ("" if single else labels.usage_title) if title is None else title
    named = isinstance(heading, rx.Var) or heading != ""
    meters = one_meter(feature_key, labels) if feature_key is not None else all_meters(labels, skeletons)
    cards = rx.foreach(
        meters,
        lambda meter: rx.el.li(
            meter_card(meter, show_progress=show_progress, show_reset_timer=show_reset_timer, on_compare=on_compare)
        ),
    )
    notice = rx.el.p(UsageState.notice_text, class_name="bui-notice", role="status")
    # Without its bullets a list is no list to some screen readers, unless it says so.
    grid = rx.el.ul(cards, class_name="bui-grid", role="list", custom_attrs={"data-single": ""} if single else {})
    if named:
        title_id = f"bui-usage-{next(_numbers)}"
        name = {"aria-labelledby": title_id}
        headline = rx.el.h2(heading, class_name="bui-title", custom_attrs={"id": title_id})
        parts = [rx.el.div(headline, as_of(labels), class_name="bui-head"), notice, grid]
    else:
        name = {"aria-label": labels.usage_title}
        parts = [grid, rx.el.div(notice, as_of(labels), class_name="bui-after")]
    return rx.el.section(
        lease(), *parts, class_name=f"bui bui-display {class_name}".rstrip(), custom_attrs=name, **props
    )


class UsageDisplay(ComponentNamespace):
    """`usage_display(...)` and its parts, each drawn from a MeterView or a var of one."""

    card = staticmethod(meter_card)
    bar = staticmethod(meter_bars)
    status = staticmethod(meter_status)
    reset = staticmethod(meter_reset)
    __call__ = staticmethod(_usage_display)


usage_display = UsageDisplay()

"""All usage of a customer, or that of one feature, as cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import reflex as rx
from reflex.components.component import ComponentNamespace

from billing_ui_components.arguments import checked
from billing_ui_components.as_of import as_of
from billing_ui_components.labels import Labels
from billing_ui_components.lease import lease
from billing_ui_components.meter_bars import meter_bars
from billing_ui_components.meter_card import meter_card
from billing_ui_components.meter_figures import Thresholds
from billing_ui_components.meter_parts import (
    meter_action,
    meter_figure,
    meter_frame,
    meter_note,
    meter_percentage,
    meter_title,
    meter_trial,
    meter_windows,
)
from billing_ui_components.meter_reset import meter_reset
from billing_ui_components.meter_status import meter_status
from billing_ui_components.notice_line import notice_line
from billing_ui_components.own_thresholds import with_thresholds
from billing_ui_components.placeholders import all_meters, in_slots, one_meter
from billing_ui_components.properties import with_attributes
from billing_ui_components.runtime import installed_labels
from billing_ui_components.slot import slot
from billing_ui_components.state import UsageState

_numbers = count(1)


@checked()
def _usage_display(
    feature_key: str | rx.Var[str] | None = None,
    title: str | rx.Var[str] | None = None,
    *,
    show_progress: bool = True,
    show_reset_timer: bool = True,
    on_compare: Any = None,
    thresholds: Thresholds | None = None,
    icons: Mapping[str, rx.Component | rx.Var | str] | None = None,
    card: Callable[[Any], rx.Component] | None = None,
    header: rx.Component | rx.Var | str | None = None,
    footer: rx.Component | rx.Var | str | None = None,
    loading: rx.Component | rx.Var | str | None = None,
    error: rx.Component | rx.Var | str | None = None,
    empty: rx.Component | rx.Var | str | None = None,
    signed_out: rx.Component | rx.Var | str | None = None,
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
        thresholds: from which percentages usage is near and critical here; by default those that were installed.
        icons: what is drawn instead of a shape: disc, triangle, square, diamond, ring, dashed or infinity.
        card: draws one feature from a var of its MeterView; by default `usage_display.card`. Build it of the parts:
            `usage_display.frame`, `.title`, `.status`, `.figure`, `.percentage`, `.bar`, `.windows`, `.note`, `.reset`,
            `.trial`, `.action`.
        header: in place of the heading's line; bring `usage_display.as_of()` along.
        footer: below everything.
        loading: in place of the grey cards before the first load.
        error: in place of the card that says that nothing could be loaded.
        empty: in place of the card that says that nothing is metered.
        signed_out: in place of the card that says that nobody is signed in.
        skeletons: how many cards hold the place before the first load.
        labels: the words that need no answer of the server; by default those that were installed, which all others are.
        class_name: further classes.
        **props: further properties of the section, such as style.

    Returns:
        A section, named by its heading.

    Example:
        ```python
        bui.usage_display(title="Your usage")
        bui.usage_display("api_calls", show_reset_timer=False)
        bui.usage_display(card=lambda metric: bui.usage_bar(metric), thresholds=bui.Thresholds(near=60, critical=80))
        ```
    """
    labels = labels or installed_labels()
    single = feature_key is not None
    heading = ("" if single else labels.usage_title) if title is None else title
    named = isinstance(heading, rx.Var) or heading != ""
    meters = one_meter(feature_key, labels) if feature_key is not None else all_meters(labels, skeletons)
    options: dict[str, Any] = {"show_progress": show_progress, "show_reset_timer": show_reset_timer}
    draw = card or (lambda meter: meter_card(meter, on_compare=on_compare, icons=icons, **options))
    cards = rx.foreach(with_thresholds(meters, thresholds, labels), lambda meter: rx.el.li(draw(meter)))
    # Without its bullets a list is no list to some screen readers, unless it says so.
    grid = rx.el.ul(cards, class_name="bui-grid", role="list", custom_attrs={"data-single": ""} if single else {})
    slots = {"loading": loading, "error": error, "empty": empty, "signed_out": signed_out}
    body = in_slots(feature_key, grid, slots)
    if named:
        title_id = f"bui-usage-{next(_numbers)}"
        name = {"aria-labelledby": title_id}
        headline = rx.el.h2(heading, class_name="bui-title", custom_attrs={"id": title_id})
        parts = [slot(header, rx.el.div(headline, as_of(labels), class_name="bui-head")), notice(), body]
    else:
        name = {"aria-label": labels.usage_title}
        parts = [body, slot(header, rx.el.div(notice(), as_of(labels), class_name="bui-after"))]
    return rx.el.section(
        lease(),
        *parts,
        slot(footer),
        class_name=f"bui bui-display {class_name}".rstrip(),
        **with_attributes(props, name),
    )


def notice() -> rx.Component:
    """Say why the last track of this tab was refused; empty when it was not, and when that is no longer so.

    Of several on a page one says it: that beside what was pressed, else the first in sight.

    Example:
        ```python
        bui.usage_display.notice()
        ```
    """
    return notice_line(UsageState.notice_text, tone=UsageState.notice_tone, notice=UsageState.notice_id)


class UsageDisplay(ComponentNamespace):
    """`usage_display(...)` and its parts, each drawn from a MeterView or a var of one."""

    card = staticmethod(meter_card)
    frame = staticmethod(meter_frame)
    title = staticmethod(meter_title)
    status = staticmethod(meter_status)
    figure = staticmethod(meter_figure)
    percentage = staticmethod(meter_percentage)
    bar = staticmethod(meter_bars)
    windows = staticmethod(meter_windows)
    note = staticmethod(meter_note)
    reset = staticmethod(meter_reset)
    trial = staticmethod(meter_trial)
    action = staticmethod(meter_action)
    as_of = staticmethod(as_of)
    notice = staticmethod(notice)
    __call__ = staticmethod(_usage_display)


usage_display = UsageDisplay()

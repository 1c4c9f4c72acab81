"""The usage of one feature as a bar with a line above and below, for a sidebar or a settings row."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import reflex as rx
from reflex.vars import ObjectVar, StringVar

from billing_ui_components.arguments import checked, key_or_view
from billing_ui_components.as_of import as_of
from billing_ui_components.labels import Labels
from billing_ui_components.lease import lease
from billing_ui_components.meter import MeterView
from billing_ui_components.meter_bars import meter_bars
from billing_ui_components.meter_figures import Thresholds
from billing_ui_components.meter_parts import meter_note, meter_percentage, meter_trial, meter_windows
from billing_ui_components.meter_status import meter_status
from billing_ui_components.meter_var import meter_var
from billing_ui_components.own_thresholds import with_thresholds
from billing_ui_components.placeholders import one_meter
from billing_ui_components.runtime import installed_labels

# Two bars on one page may show the same feature, and an id names one element only.
_numbers = count(1)


@checked(feature_key=key_or_view)
def usage_bar(
    feature_key: str | StringVar | MeterView | ObjectVar[MeterView],
    *,
    show_label: bool = True,
    show_as_of: bool = True,
    thresholds: Thresholds | None = None,
    icons: Mapping[str, rx.Component | rx.Var | str] | None = None,
    labels: Labels | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Show the usage of one feature as a bar.

    Args:
        feature_key: the feature, or a var of its key, whose bar is kept fresh; or a MeterView, or a var of one, which is drawn as it
            is.
        show_label: above the bar, name the feature and its number.
        show_as_of: below the bar, say as of when that is, with a refresh; a MeterView of the host's own has no time.
        thresholds: from which percentages usage is near and critical here; by default those that were installed.
        icons: what is drawn instead of a shape: disc, triangle, square, diamond, ring, dashed or infinity.
        labels: the words that need no answer of the server; by default those that were installed, which all others are.
        class_name: further classes.
        **props: further properties of the block, such as style.

    Returns:
        A block.

    Example:
        ```python
        bui.usage_bar("api_calls")
        rx.foreach(bui.usage_metrics(), lambda metric: bui.usage_bar(metric))
        ```
    """
    words = labels or installed_labels()
    if isinstance(feature_key, str | StringVar):
        footer = as_of(words, show_marks=False) if show_as_of else rx.fragment()
        meters = with_thresholds(one_meter(feature_key, words), thresholds, words)
        rows = [lease(), rx.foreach(meters, lambda meter: _row(meter, show_label, icons, footer))]
    else:
        meters = with_thresholds(rx.Var.create([feature_key]).to(list[MeterView]), thresholds, words)
        rows = [
            rx.foreach(meters, lambda meter: _row(meter, show_label, icons, rx.fragment()))
            if thresholds
            else _row(meter_var(feature_key), show_label, icons, rx.fragment())
        ]
    return rx.el.div(*rows, class_name=f"bui bui-usage-bar {class_name}".rstrip(), **props)


def _row(
    view: ObjectVar[MeterView],
    show_label: bool,
    icons: Mapping[str, rx.Component | rx.Var | str] | None,
    footer: rx.Component,
) -> rx.Component:
    title_id = f"bui-bar-{next(_numbers)}-{view.feature_key}"
    has_amount, lists_windows = view.amount_text != "", view.windows.length() > 1
    label = rx.el.div(
        rx.el.span(view.feature_title, custom_attrs={"id": title_id}),
        rx.el.span(rx.el.strong(view.consumed_text), " ", rx.cond(has_amount, view.amount_text, view.note_text)),
        class_name="bui-label",
    )
    return rx.el.div(
        label if show_label else rx.fragment(),
        meter_bars(view, labelled_by=title_id if show_label else None),
        rx.el.div(
            rx.el.span(
                meter_status(view, icons=icons),
                meter_percentage(view),
                # Of several windows the longest is the note while a shorter one binds: it is in the list then.
                rx.cond(has_amount & ~(lists_windows & view.window_binds), meter_note(view)),
                meter_trial(view),
                class_name="bui-facts",
            ),
            footer,
            class_name="bui-foot",
        ),
        rx.cond(lists_windows, meter_windows(view)),
        class_name="bui-row",
        custom_attrs={"data-state": view.state, "data-stale": view.stale},
    )

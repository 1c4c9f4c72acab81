"""The usage of one feature as a bar with a line above and below, for a sidebar or a settings row."""

from __future__ import annotations

from itertools import count
from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from billing_ui_components.as_of import as_of
from billing_ui_components.labels import Labels
from billing_ui_components.lease import lease
from billing_ui_components.meter import MeterView
from billing_ui_components.meter_bars import meter_bars
from billing_ui_components.meter_status import meter_status
from billing_ui_components.meter_var import meter_var
from billing_ui_components.placeholders import one_meter
from billing_ui_components.runtime import installed_labels

# Two bars on one page may show the same feature, and an id names one element only.
_numbers = count(1)


def usage_bar(
    feature_key: str | MeterView | ObjectVar[MeterView],
    *,
    show_label: bool = True,
    show_as_of: bool = True,
    labels: Labels | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Show the usage of one feature as a bar.

    Args:
        feature_key: the feature, whose bar is kept fresh; or a MeterView, or a var of one, which is drawn as it is.
        show_label: above the bar, name the feature and its number.
        show_as_of: below the bar, say as of when that is, with a refresh; a MeterView of the host's own has no time.
        labels: the words; by default those that were installed.
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
    if isinstance(feature_key, str):
        words = labels or installed_labels()
        footer = as_of(words, show_marks=False) if show_as_of else rx.fragment()
        rows = [lease(), rx.foreach(one_meter(feature_key, words), lambda meter: _row(meter, show_label, footer))]
    else:
        rows = [_row(meter_var(feature_key), show_label, rx.fragment())]
    return rx.el.div(*rows, class_name=f"bui bui-usage-bar {class_name}".rstrip(), **props)


def _row(view: ObjectVar[MeterView], show_label: bool, footer: rx.Component) -> rx.Component:
    title_id = f"bui-bar-{next(_numbers)}-{view.feature_key}"
    label = rx.el.div(
        rx.el.span(view.feature_title, custom_attrs={"id": title_id}),
        rx.el.span(
            rx.el.strong(view.consumed_text), " ", rx.cond(view.amount_text != "", view.amount_text, view.note_text)
        ),
        class_name="bui-label",
    )
    return rx.el.div(
        label if show_label else rx.fragment(),
        meter_bars(view, labelled_by=title_id if show_label else None),
        rx.el.div(meter_status(view), footer, class_name="bui-foot"),
        class_name="bui-row",
        custom_attrs={"data-state": view.state},
    )

"""The usage of every feature on a line each, for a sidebar or a header."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import reflex as rx
from reflex.components.component import ComponentNamespace
from reflex.vars import ObjectVar

from billing_ui_components.arguments import checked
from billing_ui_components.as_of import as_of
from billing_ui_components.labels import Labels
from billing_ui_components.lease import lease
from billing_ui_components.meter import MeterView
from billing_ui_components.meter_bars import meter_bars
from billing_ui_components.meter_figures import Thresholds
from billing_ui_components.meter_parts import meter_action
from billing_ui_components.meter_status import meter_status
from billing_ui_components.meter_var import meter_var
from billing_ui_components.own_thresholds import with_thresholds
from billing_ui_components.placeholders import all_meters, in_slots, one_meter
from billing_ui_components.properties import with_attributes
from billing_ui_components.runtime import installed_labels
from billing_ui_components.slot import slot

_numbers = count(1)


@checked()
def _compact_usage_display(
    feature_key: str | rx.Var[str] | None = None,
    title: str | rx.Var[str] = "",
    *,
    show_progress: bool = True,
    show_as_of: bool = True,
    on_compare: Any = None,
    thresholds: Thresholds | None = None,
    icons: Mapping[str, rx.Component | rx.Var | str] | None = None,
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
    """Show what the customer has used, a line a feature, kept fresh.

    The lines stand below each other in a sidebar and beside each other where there is room, as in a header.

    Args:
        feature_key: show this feature only.
        title: a small heading; "" for none.
        show_progress: draw a thin bar under each line.
        show_as_of: say as of when that is, with a refresh.
        on_compare: what "Compare plans" does for a feature that the plan lacks, called with the feature's key; without
            it there is no such button.
        thresholds: from which percentages usage is near and critical here; by default those that were installed.
        icons: what is drawn instead of a shape: disc, triangle, square, diamond, ring, dashed or infinity.
        header: in place of the heading.
        footer: below everything.
        loading: in place of the grey lines before the first load.
        error: in place of the line that says that nothing could be loaded.
        empty: in place of the line that says that nothing is metered.
        signed_out: in place of the line that says that nobody is signed in.
        skeletons: how many lines hold the place before the first load.
        labels: the words that need no answer of the server; by default those that were installed, which all others are.
        class_name: further classes.
        **props: further properties of the section, such as style.

    Returns:
        A section, named by its heading or by the labels.

    Example:
        ```python
        bui.compact_usage_display()
        bui.compact_usage_display("api_calls", show_as_of=False)
        ```
    """
    labels = labels or installed_labels()
    meters = one_meter(feature_key, labels) if feature_key is not None else all_meters(labels, skeletons)
    lines = rx.foreach(
        with_thresholds(meters, thresholds, labels),
        lambda meter: rx.el.li(compact_line(meter, show_progress=show_progress, on_compare=on_compare, icons=icons)),
    )
    slots = {"loading": loading, "error": error, "empty": empty, "signed_out": signed_out}
    body = in_slots(feature_key, rx.el.ul(lines, class_name="bui-lines", role="list"), slots)
    if isinstance(title, rx.Var) or title:
        title_id = f"bui-compact-{next(_numbers)}"
        name = {"aria-labelledby": title_id}
        heading = slot(header, rx.el.h3(title, class_name="bui-compact-title", custom_attrs={"id": title_id}))
    else:
        name = {"aria-label": labels.usage_title}
        heading = slot(header)
    return rx.el.section(
        lease(),
        heading,
        body,
        as_of(labels) if show_as_of else rx.fragment(),
        slot(footer),
        class_name=f"bui bui-compact {class_name}".rstrip(),
        **with_attributes(props, name),
    )


@checked("compact_usage_display.line")
def compact_line(
    meter: MeterView | ObjectVar[MeterView],
    *,
    show_progress: bool = True,
    on_compare: Any = None,
    icons: Mapping[str, rx.Component | rx.Var | str] | None = None,
) -> rx.Component:
    """Draw one feature on a line: its name, its state, its number, and a thin bar below.

    Args:
        meter: the view, or a var of one.
        show_progress: draw the bar.
        on_compare: what "Compare plans" does, called with the feature's key; without it there is no such button.
        icons: what is drawn instead of a shape: disc, triangle, square, diamond, ring, dashed or infinity.

    Returns:
        A block.

    Example:
        ```python
        rx.foreach(bui.usage_metrics(), lambda metric: bui.compact_usage_display.line(metric))
        ```
    """
    view = meter_var(meter)
    title_id = f"bui-line-{next(_numbers)}-{view.feature_key}"
    has_amount = view.amount_text != ""
    return rx.el.div(
        rx.el.div(
            rx.el.span(view.feature_title, custom_attrs={"id": title_id}),
            meter_status(view, icons=icons),
            rx.el.span(
                rx.el.strong(view.consumed_text),
                " ",
                rx.el.span(rx.cond(has_amount, view.amount_text, view.note_text), class_name="bui-amount"),
                class_name="bui-number",
            ),
            meter_action(view, on_compare=on_compare),
            class_name="bui-label",
        ),
        meter_bars(view, labelled_by=title_id) if show_progress else rx.fragment(),
        class_name="bui-part bui-line-row",
        custom_attrs={"data-state": view.state, "data-stale": view.stale},
    )


class CompactUsageDisplay(ComponentNamespace):
    """`compact_usage_display(...)` and its line, drawn from a MeterView or a var of one."""

    line = staticmethod(compact_line)
    __call__ = staticmethod(_compact_usage_display)


compact_usage_display = CompactUsageDisplay()

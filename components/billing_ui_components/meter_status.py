"""The state of a meter as a shape and a word."""

from __future__ import annotations

from collections.abc import Mapping

import reflex as rx
from reflex.vars import ObjectVar

from billing_ui_components.arguments import checked
from billing_ui_components.icons import shape_icon
from billing_ui_components.meter import MeterView
from billing_ui_components.meter_var import meter_var


@checked("usage_display.status")
def meter_status(
    meter: MeterView | ObjectVar[MeterView], *, icons: Mapping[str, rx.Component | rx.Var | str] | None = None
) -> rx.Component:
    """Draw the state of one feature: a shape, a word, and a colour that only repeats them.

    Args:
        meter: the view, or a var of one.
        icons: what is drawn instead of a shape: disc, triangle, square, diamond, ring, dashed or infinity.

    Returns:
        A line of text, empty while the view has no word.

    Example:
        ```python
        bui.usage_display.status(bui.usage_metrics("api_calls"), icons={"triangle": rx.el.span("!")})
        ```
    """
    view = meter_var(meter)
    return rx.el.span(
        rx.cond(view.status_text != "", rx.fragment(shape_icon(view.shape, icons), rx.el.span(view.status_text))),
        class_name="bui-part bui-status",
        custom_attrs={"data-tone": view.tone},
    )

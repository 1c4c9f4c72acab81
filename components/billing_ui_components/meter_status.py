"""The state of a meter as a shape and a word."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from billing_ui_components.icons import shape_icon
from billing_ui_components.meter import MeterView
from billing_ui_components.meter_var import meter_var


def meter_status(meter: MeterView | ObjectVar[MeterView]) -> rx.Component:
    """Draw the state of one feature: a shape, a word, and a colour that only repeats them.

    Args:
        meter: the view, or a var of one.

    Returns:
        A line of text, empty while the view has no word.
    """
    view = meter_var(meter)
    return rx.el.span(
        rx.cond(view.status_text != "", rx.fragment(shape_icon(view.shape), rx.el.span(view.status_text))),
        class_name="bui-status",
        custom_attrs={"data-tone": view.tone},
    )

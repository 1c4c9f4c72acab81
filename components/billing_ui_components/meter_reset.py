"""When a meter starts again at zero, or the subscription ends."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from billing_ui_components.meter import MeterView
from billing_ui_components.meter_var import meter_var


def meter_reset(meter: MeterView | ObjectVar[MeterView]) -> rx.Component:
    """Say when the window that binds resets, in the customer's zone, or when the subscription ends if it will have ended by then.

    Args:
        meter: the view, or a var of one.

    Returns:
        A line of text, empty where there is nothing to say; what never resets has a mark of its own.

    Example:
        ```python
        bui.usage_display.reset(bui.usage_metrics("api_calls"))
        ```
    """
    view = meter_var(meter)
    return rx.el.span(view.reset_text, class_name="bui-part bui-reset", custom_attrs={"data-no-reset": view.no_reset})

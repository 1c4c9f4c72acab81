"""One name for a meter in a component, be it a var of the state or a view made in Python."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from billing_ui_components.meter import MeterView


def meter_var(meter: MeterView | ObjectVar[MeterView]) -> ObjectVar[MeterView]:
    """Turn a MeterView, or a var of one, into a var whose attributes are vars."""
    return rx.Var.create(meter).to(MeterView)

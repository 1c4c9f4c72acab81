"""One name for a meter in a component, be it a var of the state or a view made in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import reflex as rx
from reflex.vars import NumberVar, ObjectVar

from billing_ui_components.meter import MeterView

if TYPE_CHECKING:

    class MeterVar(ObjectVar[MeterView]):
        """A var of a MeterView, whose numbers type checkers know as numbers."""

        consumed: NumberVar
        limit: NumberVar
        remaining: NumberVar
        percentage_used: NumberVar
        highest_percentage: NumberVar

else:
    MeterVar = ObjectVar


def meter_var(meter: MeterView | ObjectVar[MeterView]) -> ObjectVar[MeterView]:
    """Turn a MeterView, or a var of one, into a var whose attributes are vars.

    Raises:
        TypeError: it is neither.
    """
    if not isinstance(meter, MeterView | rx.Var):
        raise TypeError(
            f"a MeterView or a var of one is needed, such as bui.usage_metrics('api_calls'), not {meter!r:.80}"
        )
    return rx.Var.create(meter).to(MeterView)

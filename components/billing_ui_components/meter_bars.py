"""The bars of a meter: the window that binds on top, the feature's other windows as thin ones below it."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from billing_ui_components.meter import MeterView, WindowView
from billing_ui_components.meter_var import meter_var

_ABSENT = rx.Var("undefined")


def meter_bars(
    meter: MeterView | ObjectVar[MeterView], *, labelled_by: str | rx.Var[str] | None = None
) -> rx.Component:
    """Draw the bars of one feature; nothing where it has none.

    Args:
        meter: the view, or a var of one.
        labelled_by: the id of the element that names the meter; without it the feature's title does.

    Returns:
        A block with a `role="meter"` bar, which has no role while there is nothing to measure.
    """
    view = meter_var(meter)
    return rx.el.div(
        rx.cond(view.has_bar, _binding(view, labelled_by)),
        rx.foreach(view.windows, _other),
        class_name="bui-bars",
    )


def _binding(view: Any, labelled_by: str | rx.Var[str] | None) -> rx.Component:
    name = {"aria-label": view.feature_title} if labelled_by is None else {"aria-labelledby": labelled_by}
    meter = {
        "role": "meter",
        **name,
        "aria-valuemin": view.meter_min,
        "aria-valuemax": view.meter_max,
        "aria-valuenow": view.meter_now,
        "aria-valuetext": view.value_text,
    }
    return rx.el.div(
        _track(view.width, view.over_width),
        rx.cond(
            view.mark != "",
            rx.el.div(class_name="bui-mark", custom_attrs={"style": rx.Var.create({"insetInlineStart": view.mark})}),
        ),
        class_name="bui-bar",
        custom_attrs={
            "data-tone": view.tone,
            "data-over": view.mark != "",
            **{attribute: rx.cond(view.has_meter, value, _ABSENT) for attribute, value in meter.items()},
        },
    )


def _other(window: ObjectVar[WindowView]) -> rx.Component:
    return rx.el.div(
        _track(window.width, "0%"),
        class_name="bui-bar",
        custom_attrs={"data-tone": window.tone, "data-thin": "", "role": "img", "aria-label": window.text},
    )


def _track(width: str | rx.Var[str], over_width: str | rx.Var[str]) -> rx.Component:
    parts = (("bui-fill", width), ("bui-over", over_width))
    return rx.el.div(
        *(
            rx.el.div(class_name=name, custom_attrs={"data-width": part, "style": rx.Var.create({"width": part})})
            for name, part in parts
        ),
        class_name="bui-track",
    )

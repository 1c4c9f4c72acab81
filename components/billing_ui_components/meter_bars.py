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
    """Draw the bars of one feature: the window that binds, and the others as thin ones.

    What is used is filled, what is held is striped upright, what is beyond the limit aslant, all to scale. A soft limit is a
    mark that can be passed, a hard one a wall: the end of the bar, or where it was passed nevertheless. Without a limit there
    is an open line, and a broken one where the plan does not include the feature.

    Args:
        meter: the view, or a var of one.
        labelled_by: the id of the element that names the meter; without it the feature's title does.

    Returns:
        A block with a `role="meter"` bar, which has no role while there is nothing to measure.

    Example:
        ```python
        bui.usage_display.bar(bui.usage_metrics("api_calls"))
        ```
    """
    view = meter_var(meter)
    return rx.el.div(
        rx.cond(view.has_bar, _binding(view, labelled_by), _unmeasured(view)),
        rx.foreach(view.windows, _other),
        class_name="bui-part bui-bars",
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
        _track(view.width, view.held_width, view.over_width),
        rx.cond(
            view.mark != "",
            rx.el.div(class_name="bui-mark", custom_attrs={"style": rx.Var.create({"insetInlineStart": view.mark})}),
        ),
        class_name="bui-bar",
        custom_attrs={
            "data-tone": view.tone,
            "data-over": view.over_width != "0%",
            "data-limit": view.enforcement,
            **{attribute: rx.cond(view.has_meter, value, _ABSENT) for attribute, value in meter.items()},
        },
    )


def _other(window: ObjectVar[WindowView]) -> rx.Component:
    return rx.el.div(
        _track(window.width, "0%", "0%"),
        class_name="bui-bar",
        custom_attrs={"data-tone": window.tone, "data-thin": "", "role": "img", "aria-label": window.text},
    )


def _unmeasured(view: Any) -> rx.Component | rx.Var:
    line = rx.el.div(class_name="bui-line", custom_attrs={"data-kind": view.state})
    return rx.cond((view.state == "unlimited") | (view.state == "not_included"), line)


def _track(width: str | rx.Var[str], held_width: str | rx.Var[str], over_width: str | rx.Var[str]) -> rx.Component:
    parts = (("bui-fill", width), ("bui-held", held_width), ("bui-over", over_width))
    return rx.el.div(
        *(
            rx.el.div(class_name=name, custom_attrs={"data-width": part, "style": rx.Var.create({"width": part})})
            for name, part in parts
        ),
        class_name="bui-track",
    )

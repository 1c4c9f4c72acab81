"""Shapes drawn beside a status word, so that tone never rests on colour alone."""

from __future__ import annotations

from collections.abc import Mapping

import reflex as rx

_CIRCLE = "M6 1.6a4.4 4.4 0 1 0 0 8.8a4.4 4.4 0 1 0 0-8.8z"

SHAPES = {
    "disc": "M6 1a5 5 0 1 0 0 10a5 5 0 1 0 0-10z",
    "triangle": "M6 1L11.5 10.6H.5z",
    "square": "M1.5 1.5h9v9h-9z",
    "diamond": "M6 .4L11.6 6L6 11.6L.4 6z",
    "check": "M2 6.4L4.8 9.2L10 3.2",
    "dash": "M3 6h6",
    "ring": _CIRCLE,
    "dashed": _CIRCLE,
    "lock": "M2.2 5.6h7.6v5H2.2zM3.8 5.6V3.8a2.2 2.2 0 0 1 4.4 0v1.8",
    "infinity": "M6 6C4.8 4.2 3.8 3.4 2.6 3.4a2.6 2.6 0 0 0 0 5.2C3.8 8.6 4.8 7.8 6 6S8.2 3.4 9.4 3.4a2.6 2.6 0 0 1 0 5.2C8.2 8.6 7.2 7.8 6 6z",
}
"""The outline of each shape in a square of 12: discs to diamonds are filled, the others drawn as a line."""

METER_SHAPES = ("disc", "triangle", "square", "diamond", "ring", "dashed", "infinity")
"""Those that stand beside the status of a meter, which a host may replace."""


_BANG = "M6 4.7v2.2M6 8.6v.05"
_CROSS = "M2 2l8 8M10 2l-8 8"


def shape_icon(
    shape: str | rx.Var[str], icons: Mapping[str, rx.Component | rx.Var | str] | None = None
) -> rx.Component:
    """Draw a MeterView's shape in the colour of the text around it; hidden from screen readers, which read the word.

    Args:
        shape: a key of SHAPES, or a var of one; any other draws nothing.
        icons: what is drawn instead of a shape, by its key.

    Returns:
        An inline SVG, or the icon.
    """
    own = _icon(shape, rx.el.path(d=_outline(shape)))
    if not icons:
        return own
    hidden = {"aria-hidden": "true"}
    cases = ((name, rx.el.span(icon, class_name="bui-own-icon", custom_attrs=hidden)) for name, icon in icons.items())
    return rx.fragment(rx.match(shape, *cases, own))


def alert_icon(shape: str | rx.Var[str]) -> rx.Component:
    """Draw a NudgeView's shape large, as a line around an exclamation mark; a lock speaks for itself."""
    mark = rx.cond(rx.Var.create(shape) == "lock", "", _BANG)
    return _icon(shape, rx.el.path(d=_outline(shape)), rx.el.path(d=mark), alert=True)


def close_icon() -> rx.Component:
    """Draw the cross of a button that closes; its name is the button's own."""
    return _icon("cross", rx.el.path(d=_CROSS))


def _outline(shape: str | rx.Var[str]) -> str | rx.Var[str]:
    return SHAPES.get(shape, "") if isinstance(shape, str) else rx.Var.create(SHAPES)[shape]


def _icon(shape: str | rx.Var[str], *paths: rx.Component, alert: bool = False) -> rx.Component:
    return rx.el.svg(
        *paths,
        view_box="0 0 12 12",
        custom_attrs={"aria-hidden": "true", "data-shape": shape, **({"data-alert": ""} if alert else {})},
        class_name="bui-icon",
    )

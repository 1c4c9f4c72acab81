"""The line in which a notice is said, with a shape for how it is meant."""

from __future__ import annotations

import reflex as rx

from billing_ui_components.icons import alert_icon, shape_icon
from billing_ui_components.shared_asset import shared_asset


class _NoticeLine(rx.Component):
    """The element that finds out whether it is the one to speak: see notice.js."""

    tag = "NoticeLine"
    about: rx.Var[str]
    notice: rx.Var[str]
    lasts: rx.Var[bool]
    waits: rx.Var[bool]


def notice_line(
    text: str | rx.Var[str],
    *,
    tone: str | rx.Var[str],
    notice: str | rx.Var[str],
    lasts: bool | rx.Var[bool] = False,
    waits: bool = False,
    about: str = "usage",
) -> rx.Component:
    """Draw the line of a notice; of several lines about the same one speaks, the one where the person looks.

    Args:
        text: the words.
        tone: good, neutral, near or critical.
        notice: names what is said, another one for each press; "" while nothing is.
        lasts: whether it is said again where its page is left and come back to.
        waits: whether it is said until it was read, also on the next page; the page scrolls to it where it answers what was pressed
            beside it.
        about: what it is about: usage, or a table.
    """
    return _NoticeLine.create(
        notice_words(text, tone),
        about=about,
        notice=notice,
        lasts=lasts,
        waits=waits,
        library=shared_asset("notice.js"),
        class_name="bui-notice",
        custom_attrs={"role": "status", "data-tone": tone},
    )


def notice_words(text: str | rx.Var[str], tone: str | rx.Var[str]) -> rx.Component:
    """The words with their shape: a check where it was done, a ring while it is under way, else an exclamation mark."""
    shapes = {"good": shape_icon("check"), "neutral": shape_icon("dashed"), "near": alert_icon("triangle")}
    other = alert_icon("diamond")
    shape = shapes.get(tone, other) if isinstance(tone, str) else rx.match(tone, *shapes.items(), other)
    return rx.fragment(shape, rx.el.span(text))

"""What the gallery shows, in order: a section for each component, drawn for one setting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from billing_ui_components.bar import usage_bar
from billing_ui_components.display import usage_display
from billing_ui_components.gallery_samples import sample_meters, sample_nudges, sample_steps
from billing_ui_components.gallery_settings import Setting
from billing_ui_components.meter import MeterView
from billing_ui_components.nudge_block import NudgeStyle, nudge_block

NOTHING = rx.noop()
"""What a button of a sample does."""


@dataclass(frozen=True)
class Section:
    """A heading with what is shown under it.

    Attributes:
        anchor: the section's id: `/gallery#cards`.
        heading: what it is called.
        draw: makes the samples for a setting.
    """

    anchor: str
    heading: str
    draw: Callable[[Setting], rx.Component]


def _cards(setting: Setting) -> rx.Component:
    return _grid(sample_meters(setting), lambda meter: usage_display.card(meter, on_compare=NOTHING))


def _bars(setting: Setting) -> rx.Component:
    return _grid(sample_meters(setting), usage_bar)


def _steps(setting: Setting) -> rx.Component:
    return _grid(sample_steps(setting), lambda meter: usage_display.card(meter, on_compare=NOTHING))


def _nudges(style: NudgeStyle) -> Callable[[Setting], rx.Component]:
    def draw(setting: Setting) -> rx.Component:
        nudges = sample_nudges(setting)
        return rx.el.div(
            rx.foreach(nudges, lambda nudge: nudge_block(nudge, style, on_upgrade=NOTHING)), class_name="gallery-stack"
        )

    return draw


def _grid(meters: Sequence[MeterView], draw: Callable[[Any], rx.Component]) -> rx.Component:
    samples = rx.foreach(list(meters), lambda meter: rx.el.li(draw(meter)))
    return rx.el.div(rx.el.ul(samples, class_name="bui-grid", role="list"), class_name="bui bui-display")


SECTIONS: tuple[Section, ...] = (
    Section("cards", "Usage cards", _cards),
    Section("steps", "From 0 to 353 %", _steps),
    Section("bars", "Usage bars", _bars),
    Section("banners", "Nudges: banner", _nudges("banner")),
    Section("inlines", "Nudges: inline", _nudges("inline")),
)

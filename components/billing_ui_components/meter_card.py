"""A card: everything about one feature at one glance, as tall in every state."""

from __future__ import annotations

from itertools import count
from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from billing_ui_components.actions import bound
from billing_ui_components.meter import MeterView
from billing_ui_components.meter_bars import meter_bars
from billing_ui_components.meter_reset import meter_reset
from billing_ui_components.meter_status import meter_status
from billing_ui_components.meter_var import meter_var
from billing_ui_components.state import UsageState

# Two displays on one page may show the same feature, and an id names one element only.
_numbers = count(1)


def meter_card(
    meter: MeterView | ObjectVar[MeterView],
    *,
    show_progress: bool = True,
    show_reset_timer: bool = True,
    on_compare: Any = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Draw one feature as a card: name and state, the number with its limit, the bar, what is left and when it resets.

    Args:
        meter: the view, or a var of one.
        show_progress: draw the bar.
        show_reset_timer: say when the window ends.
        on_compare: what "Compare plans" does for a feature that the plan lacks, called with the feature's key; without
            it there is no such button.
        class_name: further classes of the card.
        **props: further properties of the card's element.

    Returns:
        An article with a heading.
    """
    view = meter_var(meter)
    title_id = f"bui-{next(_numbers)}-{view.feature_key}"
    name = rx.el.h3(view.feature_title, custom_attrs={"id": title_id})
    return rx.el.article(
        rx.el.div(
            rx.cond(view.feature_title != "", name, rx.el.span()),
            meter_status(view),
            class_name="bui-name",
        ),
        rx.el.p(rx.el.strong(view.consumed_text), " ", rx.el.span(view.amount_text), class_name="bui-figure"),
        meter_bars(view, labelled_by=title_id) if show_progress else rx.fragment(),
        rx.el.div(
            rx.el.span(view.note_text),
            _action(view, meter_reset(view) if show_reset_timer else rx.fragment(), on_compare),
            class_name="bui-foot",
        ),
        class_name=f"bui bui-card {class_name}".rstrip(),
        custom_attrs={"data-state": view.state, "aria-busy": view.state == "loading"},
        **props,
    )


def _action(view: ObjectVar[MeterView], otherwise: rx.Component, on_compare: Any) -> rx.Component | rx.Var:
    cases = [("retry", _button(view, UsageState.refresh))]
    if on_compare is not None:
        cases.append(("compare", _button(view, bound(on_compare, "on_compare", view.feature_key))))
    return rx.match(view.action, *cases, otherwise)


def _button(view: ObjectVar[MeterView], on_click: Any) -> rx.Component:
    return rx.el.button(view.action_text, type="button", class_name="bui-link", on_click=on_click)

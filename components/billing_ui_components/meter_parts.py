"""The texts of a meter as parts of a card, each drawn from a view alone."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from billing_ui_components.actions import bound
from billing_ui_components.arguments import checked
from billing_ui_components.focus import keep_focus
from billing_ui_components.meter import MeterView
from billing_ui_components.meter_var import meter_var
from billing_ui_components.properties import with_attributes
from billing_ui_components.slot import slot
from billing_ui_components.state import UsageState

LONGEST_FIGURE = 15


def meter_title(meter: MeterView | ObjectVar[MeterView], *, id: str | rx.Var[str] = "") -> rx.Component:
    """Name the feature, as a heading; empty while the name is not known.

    Args:
        meter: the view, or a var of one.
        id: of the heading, so that a bar can be named by it.

    Example:
        ```python
        bui.usage_display.title(bui.usage_metrics("api_calls"), id="calls")
        ```
    """
    view = meter_var(meter)
    name = rx.el.h3(
        view.feature_title,
        class_name="bui-part bui-feature",
        custom_attrs={"id": id} if not isinstance(id, str) or id else {},
    )
    return rx.fragment(rx.cond(view.feature_title != "", name, rx.el.span()))


def meter_figure(meter: MeterView | ObjectVar[MeterView]) -> rx.Component:
    """Draw the number with what stands beside it: "8,604 of 10,000 calls".

    Args:
        meter: the view, or a var of one.

    Example:
        ```python
        bui.usage_display.figure(bui.usage_metrics("api_calls"))
        ```
    """
    view = meter_var(meter)
    # In the usual size it would be broken between two of its digits.
    long = {"data-long": view.consumed_text.length() > LONGEST_FIGURE}
    return rx.el.p(
        rx.el.strong(view.consumed_text, custom_attrs=long),
        " ",
        rx.el.span(view.amount_text),
        class_name="bui-part bui-figure",
    )


def meter_percentage(meter: MeterView | ObjectVar[MeterView]) -> rx.Component:
    """Say the true percentage of the limit, also above 100 %; empty without a limit.

    Args:
        meter: the view, or a var of one.

    Example:
        ```python
        bui.usage_display.percentage(bui.usage_metrics("api_calls"))
        ```
    """
    return rx.el.span(meter_var(meter).percentage_text, class_name="bui-part bui-percentage")


def meter_note(meter: MeterView | ObjectVar[MeterView]) -> rx.Component:
    """Say what is left, held or over, with its cost where the plan has a price for it.

    Where a shorter window binds it says what is used of the longest: "220 of 1,000 this month".

    Args:
        meter: the view, or a var of one.

    Example:
        ```python
        bui.usage_display.note(bui.usage_metrics("api_calls"))
        ```
    """
    return rx.el.span(meter_var(meter).note_text, class_name="bui-part bui-note")


def meter_trial(meter: MeterView | ObjectVar[MeterView]) -> rx.Component:
    """Say when the trial ends; nothing for who is on none.

    Args:
        meter: the view, or a var of one.

    Example:
        ```python
        bui.usage_display.trial(bui.usage_metrics("api_calls"))
        ```
    """
    view = meter_var(meter)
    return rx.fragment(rx.cond(view.trial_text != "", rx.el.span(view.trial_text, class_name="bui-part bui-trial")))


@checked("usage_display.action")
def meter_action(
    meter: MeterView | ObjectVar[MeterView],
    otherwise: rx.Component | rx.Var | str | None = None,
    *,
    on_compare: Any = None,
) -> rx.Component:
    """Offer what helps: another try after a failed load, a comparison of the plans where the plan is the reason.

    Args:
        meter: the view, or a var of one.
        otherwise: what stands there when nothing is to be offered.
        on_compare: what "Compare plans" does, called with the feature's key; without it there is no such button.

    Example:
        ```python
        bui.usage_display.action(bui.usage_metrics("api_calls"), on_compare=rx.redirect("/plans"))
        ```
    """
    view = meter_var(meter)
    cases: list[Any] = [("retry", _button(view, [keep_focus(), UsageState.refresh]))]
    if on_compare is not None:
        cases.append(("compare", _button(view, bound(on_compare, "on_compare", view.feature_key))))
    return rx.fragment(rx.match(view.action, *cases, slot(otherwise)))


def meter_windows(meter: MeterView | ObjectVar[MeterView]) -> rx.Component:
    """List the feature's other windows in words: "220 of 1,000 this month".

    Args:
        meter: the view, or a var of one.

    Example:
        ```python
        bui.usage_display.windows(bui.usage_metrics("api_calls"))
        ```
    """
    lines = rx.foreach(meter_var(meter).windows, lambda window: rx.el.li(window.text))
    return rx.el.ul(lines, class_name="bui-part bui-windows", role="list")


@checked("usage_display.frame")
def meter_frame(
    meter: MeterView | ObjectVar[MeterView], *children: Any, class_name: str = "", **props: Any
) -> rx.Component:
    """Draw the card around whatever parts, in whatever order.

    Args:
        meter: the view, or a var of one.
        *children: the parts.
        class_name: further classes of the card.
        **props: further properties of the card's element.

    Example:
        ```python
        calls = bui.usage_metrics("api_calls")
        bui.usage_display.frame(
            calls,
            bui.usage_display.title(calls),
            bui.usage_display.bar(calls),
            bui.usage_display.figure(calls),
            bui.usage_display.reset(calls),
        )
        ```
    """
    view = meter_var(meter)
    return rx.el.article(
        *children,
        class_name=f"bui bui-card {class_name}".rstrip(),
        **with_attributes(
            props, {"data-state": view.state, "data-stale": view.stale, "aria-busy": view.state == "loading"}
        ),
    )


def _button(view: ObjectVar[MeterView], on_click: Any) -> rx.Component:
    return rx.el.button(view.action_text, type="button", class_name="bui-part bui-link", on_click=on_click)

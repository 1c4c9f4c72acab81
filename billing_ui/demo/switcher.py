"""The strip above the portal: that this is a demo, which of its customers is looking, and what is broken."""

from __future__ import annotations

import reflex as rx

from billing_ui.demo.customers import CUSTOMERS, DemoCustomer
from billing_ui.demo.faults import FAULTS
from billing_ui.demo.state import DemoState


def switcher() -> rx.Component:
    """Draw the strip.

    Returns:
        A labelled group of buttons, one a customer, and a choice of what is broken.
    """
    return rx.el.div(
        rx.el.span("Demo", class_name="demo-mark"),
        rx.el.div(
            *(_button(customer) for customer in CUSTOMERS),
            class_name="demo-switch",
            role="group",
            custom_attrs={"aria-label": "Demo customer"},
        ),
        _breaker(),
        class_name="demo-strip",
    )


def _breaker() -> rx.Component:
    choices = (rx.el.option(text, value=fault) for fault, text in FAULTS.items())
    return rx.el.label(
        "Broken:",
        rx.el.select(*choices, value=DemoState.fault, on_change=DemoState.break_down),
        class_name="demo-breaker",
    )


def _button(customer: DemoCustomer) -> rx.Component:
    # Before the tab has told its choice, none is pressed: the first one would be so for a moment.
    pressed = rx.State.is_hydrated & (DemoState.customer_id == customer.customer_id)
    return rx.el.button(
        rx.el.strong(customer.name),
        " ",
        rx.el.span(customer.about),
        type="button",
        on_click=DemoState.choose(customer.customer_id),
        custom_attrs={"aria-pressed": pressed.to_string()},
    )

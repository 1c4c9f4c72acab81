"""What the customer pays for: usage, and what the plan includes."""

import reflex as rx

import billing_ui as bui

from .shell import shell


def billing_page() -> rx.Component:
    """The page that a customer opens before a payment."""
    return shell(
        rx.el.h1("Billing", class_name="text-2xl font-semibold"),
        bui.usage_display(title="This month"),
        bui.pricing_table("comparison"),
        rx.el.h2("Deliverability", class_name="text-xl font-semibold"),
        bui.feature_gate(
            "dedicated_ip",
            rx.el.p("Your mail leaves from 192.0.2.25, which nobody else sends from."),
            on_compare=lambda _: bui.open_plans(),
        ),
    )

"""What the customer pays for: usage, and what the plan includes."""

import reflex as rx

import billing_ui as bui

from .shell import shell


def plan_page() -> rx.Component:
    """The page that a customer opens before a payment."""
    return shell(
        rx.heading("Plan and usage", size="7", as_="h1"),
        bui.usage_display(title="This month"),
    )

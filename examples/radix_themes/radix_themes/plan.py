"""What the customer pays for: usage, and what the plan includes."""

import reflex as rx

import billing_ui as bui

from .shell import shell


async def may_change_plan(change: bui.PlanChange) -> bool | str:
    """Admins may. An app that takes payments answers with `rx.redirect(checkout_url)` and changes the plan when it was paid."""
    return "admin" in change.roles or "Ask an admin of your team to change the plan."


def plan_page() -> rx.Component:
    """The page that a customer opens before a payment."""
    return shell(
        rx.heading("Plan and usage", size="7", as_="h1"),
        bui.usage_display(title="This month"),
        bui.pricing_table(),
        rx.heading("Speaker labels", size="5", as_="h2"),
        bui.feature_gate(
            "speaker_labels",
            rx.card(
                rx.text(
                    rx.flex(rx.switch(default_checked=True), "Write down who says what", align="center", spacing="3"),
                    as_="label",
                    size="2",
                ),
                size="2",
            ),
            on_compare=lambda _: bui.open_plans(),
        ),
    )

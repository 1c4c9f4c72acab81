"""Pages with nudges: one that escalates, a toast that hides by itself, prompts, and one where nothing else knows of plans."""

import reflex as rx

import billing_ui as bui
from billing_ui_components.dialog import dialog, open_dialog
from billing_ui_components.prompt import prompt_block
from billing_ui_components.state import UsageState


class Checkout(rx.State):
    plan: str = ""
    dismissed: int = 0

    @rx.event
    def start(self, plan_key: str):
        self.plan = plan_key

    @rx.event
    def count(self):
        self.dismissed += 1


def nudges() -> rx.Component:
    return rx.el.main(
        bui.upgrade_nudge(on_upgrade=Checkout.start, on_dismiss=Checkout.count),
        rx.el.h1("Nudges"),
        rx.el.button("Help", on_click=open_dialog("help")),
        dialog(rx.el.p("Ask us."), dialog_id="help", title="Help"),
        rx.el.p(Checkout.plan, id="plan"),
        rx.el.p(Checkout.dismissed, id="dismissed"),
        rx.el.p(bui.usage_metrics("emails").consumed_text, id="emails"),
        style={"padding": "16px"},
    )


def toast() -> rx.Component:
    return rx.el.main(
        bui.upgrade_nudge("toast", auto_dismiss=2),
        rx.el.p(bui.usage_metrics("emails").consumed_text, id="emails"),
        *(rx.el.p(f"Paragraph {number} of the page's content.") for number in range(40)),
        style={"padding": "16px"},
    )


def prompts() -> rx.Component:
    return rx.el.main(
        rx.el.div(bui.upgrade_prompt("emails", on_upgrade=Checkout.start), id="card"),
        rx.el.div(bui.compact_upgrade_prompt("emails", on_upgrade=Checkout.start), id="line"),
        # As where no policy lets customers change their plan: without a place for the plans.
        rx.el.div(prompt_block(UsageState.prompts["emails"]), id="nowhere"),
        rx.el.div(bui.upgrade_prompt("sso", on_upgrade=Checkout.start), id="lacking"),
        rx.el.p(Checkout.plan, id="plan"),
        rx.el.p(bui.usage_metrics("emails").consumed_text, id="emails"),
        style={"padding": "16px"},
    )


def suggestions() -> rx.Component:
    """A nudge and two prompts that lead to the plans, on a page without any."""
    return rx.el.main(
        bui.upgrade_nudge(),
        rx.el.button("Work", type="button"),
        rx.el.div(bui.upgrade_prompt("emails"), id="card"),
        rx.el.div(bui.compact_upgrade_prompt("emails"), id="line"),
        rx.el.p(bui.usage_metrics("emails").consumed_text, id="emails"),
        style={"padding": "16px"},
    )

"""A page of dialogs: one that the browser opens, one that a var opens, one that nobody asked for, one that stays."""

import reflex as rx

from billing_ui_components.dialog import close_dialog, dialog, open_dialog


class Dialogs(rx.State):
    asked: bool = False
    reason: str = ""
    kept: bool = False
    closed: int = 0

    @rx.event
    def ask(self):
        self.asked = True

    @rx.event
    def answer(self):
        self.asked = False
        self.closed += 1

    @rx.event
    def withdraw(self):
        self.asked = False

    @rx.event
    def remind(self, reason: str):
        self.reason = reason

    @rx.event
    def keep(self):
        self.kept = not self.kept


def dialogs() -> rx.Component:
    return rx.el.main(
        rx.el.button("Plans", on_click=open_dialog("plans")),
        rx.el.button("Ask", on_click=Dialogs.ask),
        rx.el.button("Keep", on_click=Dialogs.keep),
        rx.el.button("Remind of 95", on_click=Dialogs.remind("95")),
        rx.el.button("Remind of 100", on_click=Dialogs.remind("100")),
        rx.el.button("Forget", on_click=Dialogs.remind("")),
        rx.el.p(Dialogs.closed, id="closed"),
        rx.el.p(Dialogs.reason, id="reason"),
        rx.el.div(style={"height": "3000px"}),
        dialog(
            rx.el.input(type="radio", name="interval", aria_label="Month"),
            rx.el.input(type="radio", name="interval", aria_label="Year", default_checked=True),
            rx.el.button("Remind me", on_click=Dialogs.remind("soon")),
            rx.cond(Dialogs.reason != "", rx.el.p("You will be reminded")),
            rx.el.button("Hidden", style={"display": "none"}),
            rx.el.input(type="radio", name="interval", aria_label="Never"),
            dialog_id="plans",
            title="Choose a plan",
            variant="drawer",
        ),
        dialog(
            rx.el.p("All of it is lost.", id="why"),
            rx.el.button("Stay", on_click=close_dialog("asked"), custom_attrs={"data-bui-focus": ""}),
            rx.el.button("Leave", on_click=Dialogs.withdraw),
            dialog_id="asked",
            title="Really leave?",
            open=Dialogs.asked,
            on_close=Dialogs.answer,
            role="alertdialog",
            described_by="why",
        ),
        dialog(
            rx.el.button("Take back", on_click=Dialogs.remind("")),
            dialog_id="unasked",
            title="Nearly full",
            open=Dialogs.reason != "",
            unasked=Dialogs.reason,
        ),
        dialog(
            rx.el.button("Done", on_click=Dialogs.keep),
            dialog_id="kept",
            title="Working",
            open=Dialogs.kept,
            closable=False,
        ),
    )

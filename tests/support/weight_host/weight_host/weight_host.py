"""A page of a host's, without billing_ui or, when `WEIGHT_OF_THE_SET` is there, with every component on it."""

import os

import reflex as rx


class Counter(rx.State):
    count: int = 0

    @rx.event
    def add(self):
        self.count += 1


class Checkout(rx.State):
    plan: str = ""

    @rx.event
    def start(self, plan_key: str):
        self.plan = plan_key


def whole_set() -> list[rx.Component]:
    from tools.reference.entries import components
    from tools.reference.examples import drawn

    return [drawn(entry, {"Checkout": Checkout}) for entry in components()]


def index() -> rx.Component:
    return rx.el.main(
        rx.el.h1("The host's own page"),
        rx.el.button("Add", on_click=Counter.add),
        rx.el.p(Counter.count),
        *(whole_set() if with_the_set else []),
    )


with_the_set = "WEIGHT_OF_THE_SET" in os.environ
app = rx.App()
app.add_page(index, route="/")
if with_the_set:
    import billing_ui as bui

    async def nobody(_state: rx.State) -> None:
        return None

    bui.install(app, billing=bui.AsyncBilling("sqlite://"), identify=nobody)

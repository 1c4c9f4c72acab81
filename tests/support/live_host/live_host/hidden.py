"""Pages whose parts the host hides, and one with more than one way to the plans and to a portal."""

import reflex as rx

import billing_ui as bui


class Place(rx.State):
    shown: bool = False
    there: bool = True
    menu: bool = False

    @rx.event
    def show(self):
        self.shown = not self.shown

    @rx.event
    def remove(self):
        self.there = not self.there

    @rx.event
    def toggle(self):
        self.menu = not self.menu


def hidden() -> rx.Component:
    """A tab of the host's, which is not chosen at first, before a nudge that is always there."""
    return rx.el.main(
        rx.el.button("Billing", on_click=Place.show),
        rx.el.div(
            bui.upgrade_nudge(),
            bui.customer_portal(),
            id="tab",
            style={"display": rx.cond(Place.shown, "block", "none")},
        ),
        bui.upgrade_nudge("banner", id="own"),
        rx.el.p(bui.usage_metrics("emails").consumed_text, id="emails"),
        style={"padding": "16px"},
    )


def ways() -> rx.Component:
    """Tables in closed details, in two portals of the page and in one over it, which a menu opens."""
    menu = rx.el.div(
        rx.el.button("Billing", role="menuitem", on_click=[bui.open_portal("over"), Place.toggle]),
        id="menu",
        role="menu",
        aria_labelledby="account",
    )
    return rx.el.main(
        rx.el.button("Account", id="account", on_click=Place.toggle),
        rx.cond(Place.menu, menu),
        rx.el.button("Remove", on_click=Place.remove),
        rx.el.section(
            rx.el.button("Choose Pro", on_click=bui.open_plans("pro"), class_name="bui-needs-plans"),
            rx.el.details(rx.el.summary("More"), bui.pricing_table()),
            id="folded",
        ),
        rx.cond(Place.there, bui.customer_portal(id="first")),
        rx.el.div(rx.el.button("Compare", on_click=bui.open_plans()), bui.customer_portal(), id="second"),
        rx.el.div(bui.customer_portal("modal", trigger="", title="", id="over"), id="above"),
        style={"padding": "16px"},
    )

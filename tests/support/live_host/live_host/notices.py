"""A page on which a refusal could be said in more than one place."""

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

import billing_ui as bui


def notices() -> rx.Component:
    return rx.el.main(
        bui.usage_display(title="All"),
        rx.el.section(
            rx.el.button("Build here", on_click=bui.track_usage("builds", 5)), bui.usage_display("builds"), id="near"
        ),
        rx.el.button("Build anywhere", on_click=bui.track_usage("builds", 5)),
        ReactRouterLink.create("Leave", to="/quiet"),
        bui.customer_portal("modal", trigger="Billing"),
        style={"padding": "16px"},
    )

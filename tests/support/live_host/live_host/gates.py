"""Pages of gates, and what they tell their host."""

from typing import Any

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

import billing_ui as bui


class Told(rx.State):
    """What gates told their host."""

    said: rx.Field[list[str]] = rx.field(default_factory=list)

    @rx.event
    def denied(self, feature_key: str):
        self.said = [*self.said, f"{feature_key} denied"]

    @rx.event
    def full(self, feature_key: str):
        self.said = [*self.said, f"{feature_key} full"]


TOLD: dict[str, Any] = {"on_access_denied": Told.denied, "on_quota_exceeded": Told.full}


def gates() -> rx.Component:
    return rx.el.main(
        bui.feature_gate(
            "sso",
            rx.el.input(id="secret", placeholder="The secret of those with single sign-on"),
            id="sso",
            on_compare=rx.noop(),
            **TOLD,
        ),
        bui.feature_gate(
            "sso",
            rx.drawer.root(
                rx.drawer.trigger(rx.el.button("Open the log")), rx.drawer.portal(rx.el.p("Who did what")), modal=False
            ),
            rx.el.dialog(rx.el.button("Delete the log"), id="own-dialog"),
            id="log",
        ),
        bui.feature_gate("builds", rx.el.p("Build away"), id="builds", show_usage_badge=True, **TOLD),
        bui.feature_gate("teleport", rx.el.p("No such feature"), id="teleport", fallback=rx.el.p("Nothing here")),
        rx.el.p(Told.said.join(", "), id="told"),
        ReactRouterLink.create("Leave", to="/quiet"),
    )


class Listed(rx.State):
    """Features that are known only while the page is there."""

    features: list[str] = ["builds", "sso"]  # noqa: RUF012 - Reflex copies the default for each state
    chosen: str = ""

    @rx.event
    def choose(self, feature_key: str):
        self.chosen = feature_key

    @rx.event
    def turn(self):
        self.features = self.features[::-1]


def listed_gates() -> rx.Component:
    """One gate for each item of a list, and one whose feature can be chosen."""
    return rx.el.main(
        rx.foreach(
            Listed.features,
            lambda feature: bui.feature_gate(feature, rx.el.input(placeholder=feature), on_compare=rx.noop(), **TOLD),
        ),
        *(rx.el.button(feature, on_click=Listed.choose(feature)) for feature in ("emails", "sso", "teleport")),
        rx.el.button("Nothing", on_click=Listed.choose("")),
        rx.el.button("Turn", on_click=Listed.turn),
        bui.feature_gate(Listed.chosen, rx.el.p("Chosen"), rx.el.input(id="typed"), id="chosen", **TOLD),
        rx.el.p(Told.said.join(", "), id="told"),
    )

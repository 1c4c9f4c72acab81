"""Pages of plans, and a policy that the tests decide."""

from __future__ import annotations

import asyncio
from typing import Any

import reflex as rx

import billing_ui as bui

policies: dict[str, Any] = {}
"""By customer: true, false, a text, {"redirect": path}, or "wait" until it is one of these. Nobody else may change a plan."""

asked: list[dict[str, Any]] = []


async def decide(change: bui.PlanChange) -> Any:
    asked.append(
        {
            "customer_id": change.customer_id,
            "from_plan": change.from_plan,
            "to_plan": change.to_plan,
            "interval": change.interval,
            "at": change.at,
        }
    )
    while policies.get(change.customer_id) == "wait":
        await asyncio.sleep(0.05)
    answer = policies.get(change.customer_id, False)
    return rx.redirect(answer["redirect"]) if isinstance(answer, dict) else answer


class Shop(rx.State):
    selected: str = ""
    changed: str = ""
    changes: int = 0

    @rx.event
    def select(self, plan_key: str):
        self.selected = plan_key

    @rx.event
    def change(self, plan_key: str):
        self.changed = plan_key
        self.changes += 1


def plans() -> rx.Component:
    return rx.el.main(
        rx.el.h1("Plans"),
        bui.pricing_table(on_plan_changed=Shop.change, on_select_plan=Shop.select, description="Pick one"),
        rx.el.p(Shop.selected, id="selected"),
        rx.el.p(Shop.changed, " ", Shop.changes, id="changed"),
        style={"padding": "16px", "maxWidth": "1064px", "margin": "0 auto"},
    )


def comparison() -> rx.Component:
    return rx.el.main(
        rx.el.h1("Compare"),
        bui.pricing_table("comparison", default_interval="year"),
        style={"padding": "16px", "maxWidth": "1064px", "margin": "0 auto"},
    )


def portals() -> rx.Component:
    """A portal as a part of the page and one over it, beside a nudge of the host's own."""
    return rx.el.main(
        bui.upgrade_nudge("banner"),
        rx.el.h1("Portals"),
        rx.el.a("Further down", href="#further"),
        bui.customer_portal(skeletons=4),
        bui.customer_portal("drawer", trigger="Billing"),
        rx.el.div(id="further", style={"height": "1200px"}),
        style={"padding": "16px"},
    )


def german_portal() -> rx.Component:
    """What the server says is English all the same, and as long."""
    return rx.el.main(bui.customer_portal(skeletons=4, labels=bui.GERMAN), style={"padding": "16px"})


def drawer() -> rx.Component:
    return rx.el.main(
        rx.el.h1("Drawer"),
        bui.customer_portal("drawer", trigger="Billing", default_tab="plans", on_plan_changed=Shop.change),
        bui.customer_portal("modal", trigger=rx.el.button("Usage", type="button", id="usage")),
        style={"padding": "16px"},
    )

"""A raw websocket client that tries to give itself a plan."""

import asyncio
import itertools
import uuid
from typing import Any

from tests.support.live_app import LiveApp
from tests.support.raw_tab import USAGE, RawTab

HOSTILE: list[Any] = [
    "secret",
    "enterprise",
    "gold",
    "",
    None,
    True,
    7,
    ["pro"],
    {"plan_key": "pro"},
    "x" * 5000,
    "\ud800",
]


def tab_of(live_app: LiveApp, customer_id: str) -> RawTab:
    return RawTab(live_app.url, str(uuid.uuid4()), cookie=f"who={customer_id}")


def new_customer(live_app: LiveApp, policy: Any = False) -> str:
    customer_id = f"plan-{uuid.uuid4().hex[:8]}"
    live_app.call("/control/customer", {"customer_id": customer_id})
    live_app.call("/control/policy", {customer_id: policy})
    return customer_id


def plan_of(live_app: LiveApp, customer_id: str) -> str | None:
    with live_app.engine() as engine:
        return engine.get_customer(customer_id).plan_key


def asked_about(live_app: LiveApp, customer_id: str) -> list[dict[str, Any]]:
    return [change for change in live_app.call("/control/asked") if change["customer_id"] == customer_id]


async def ask(tab: RawTab, plan_key: str = "pro", **more: Any) -> str:
    """The name of the question that the server asks then."""
    before = tab.usage.get("plan_change", {}).get("change_id")
    await tab.send(f"{USAGE}.ask_plan_change", {"plan_key": plan_key, "interval": "month", "place": "raw", **more})
    await tab.until(lambda: tab.usage["plan_change"]["visible"] and tab.usage["plan_change"]["change_id"] != before)
    return tab.usage["plan_change"]["change_id"]


def test_no_argument_and_no_field_gives_a_plan_that_the_host_refuses(live_app: LiveApp) -> None:
    """Covers "withdrew its React hooks because the browser could attach any plan"."""
    customer, victim = new_customer(live_app), new_customer(live_app, True)

    async def attack() -> None:
        async with tab_of(live_app, customer) as tab:
            await tab.ready()
            for value in ["pro", *HOSTILE]:
                payload = {"plan_key": value, "interval": value, "place": value}
                await tab.send(f"{USAGE}.ask_plan_change", payload)
                await tab.send(f"{USAGE}.ask_plan_change", {**payload, "customer_id": victim, "identity": victim})
                await tab.send(f"{USAGE}.confirm_plan_change", {"change_id": value})
            fields = ("_plan_change", "_pricing", "pricing", "plan_change", "_plan_notice_text")
            for field, value in itertools.product(fields, ({"plan_key": "pro", "visible": True}, "pro")):
                await tab.send(f"{USAGE}.setvar", {"var_name": field, "value": value})
            change_id = await ask(tab)
            await tab.send(f"{USAGE}.confirm_plan_change", {"change_id": change_id})
            await tab.until(lambda: tab.usage["plan_notice_text"] == "This plan can't be chosen here.")
            await tab.settled()
            assert "Hushed" not in tab.received(), "a private plan is sent to nobody else"

    asyncio.run(attack())
    assert [plan_of(live_app, who) for who in (customer, victim)] == ["free", "free"]
    assert [change["to_plan"] for change in asked_about(live_app, customer)] == ["pro"]
    assert asked_about(live_app, victim) == []


def test_even_where_all_may_change_a_private_or_agreed_plan_is_not_taken(live_app: LiveApp) -> None:
    customer = new_customer(live_app, True)

    async def attack() -> None:
        async with tab_of(live_app, customer) as tab:
            await tab.ready()
            for plan_key in HOSTILE:
                await tab.send(f"{USAGE}.ask_plan_change", {"plan_key": plan_key})
            # The question that follows them all is answered, so those before it have been refused.
            change_id = await ask(tab)
            for plan_key in HOSTILE:
                payload = {"change_id": change_id + "x", "plan_key": plan_key}
                await tab.send(f"{USAGE}.confirm_plan_change", payload)
            await tab.settled()
            assert "Hushed" not in tab.received()

    asyncio.run(attack())
    assert plan_of(live_app, customer) == "free"


def test_a_question_cannot_be_answered_from_another_tab_or_by_another_customer(live_app: LiveApp) -> None:
    customer, mallory = new_customer(live_app, True), new_customer(live_app, True)

    async def attack() -> None:
        async with tab_of(live_app, customer) as tab, tab_of(live_app, mallory) as thief:
            await tab.ready()
            await thief.ready()
            change_id = await ask(tab)
            await thief.send(f"{USAGE}.confirm_plan_change", {"change_id": change_id})
            await thief.settled()
            assert thief.usage["plan_change"]["visible"] is False
        async with RawTab(live_app.url, tab.token, cookie=f"who={mallory}") as heir:
            await heir.send(f"{USAGE}.confirm_plan_change", {"change_id": change_id})
            await heir.ready()
            assert customer not in heir.received()

    asyncio.run(attack())
    assert [plan_of(live_app, who) for who in (customer, mallory)] == ["free", "free"]


def test_a_hundred_clicks_in_two_tabs_make_one_change(live_app: LiveApp) -> None:
    customer = new_customer(live_app, True)

    async def attack() -> None:
        async with tab_of(live_app, customer) as one, tab_of(live_app, customer) as two:
            await one.ready()
            await two.ready()
            first, second = await ask(one), await ask(two)
            for _ in range(50):
                await one.send(f"{USAGE}.confirm_plan_change", {"change_id": first})
                await two.send(f"{USAGE}.confirm_plan_change", {"change_id": second})
            for tab in (one, two):
                await tab.until(lambda tab=tab: "current" in str(tab.usage["pricing"]["plans"][1]))
                await tab.until(lambda tab=tab: not tab.usage["plan_change"]["visible"])
                await tab.settled()
            told = [message for tab in (one, two) for message in tab.messages if "bui-plan-changed" in str(message)]
            assert len(told) == 1

    asyncio.run(attack())
    assert plan_of(live_app, customer) == "pro"
    assert len(asked_about(live_app, customer)) <= 2


def test_nobody_who_is_not_signed_in_is_asked_anything(live_app: LiveApp) -> None:
    async def attack() -> None:
        async with RawTab(live_app.url, str(uuid.uuid4())) as tab:
            await tab.tick()
            await tab.until(lambda: tab.usage.get("status") == "signed_out")
            assert [plan["key"] for plan in tab.usage["pricing"]["plans"]] == ["free", "pro", "enterprise"]
            await tab.send(f"{USAGE}.ask_plan_change", {"plan_key": "pro"})
            await tab.settled()
            assert "Upgrade to" not in tab.received()

    asyncio.run(attack())

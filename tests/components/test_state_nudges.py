"""Nudges through the state: recorded for whom they were decided, gone while nothing is known, read once for everybody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from billing_ui_backend.errors import ServiceUnavailable
from billing_ui_components.identity import Identity
from tests.support.tabs import Host, with_host


async def use(host: Host, quantity: int) -> None:
    await host.billing.track_usage(customer_id="acme", feature_key="api_calls", quantity=quantity)


async def recorded(host: Host) -> list[tuple[str | None, str]]:
    page = await host.billing.list_nudge_events("acme")
    return sorted(((event.user_id, event.action) for event in page.events), key=str)


def test_what_a_person_was_shown_and_followed_is_recorded_for_that_person(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        host.answers |= {"ann": Identity("acme", user_id="ann"), "bob": Identity("acme", user_id="bob")}
        await host.billing.create_customer("acme")
        await use(host, 800)
        ann, bob = await host.open("who=ann").ready(), await host.open("who=bob").ready()
        await host.until(lambda: bob.browser["nudge"].visible)
        nudge_id = ann.browser["nudge"].nudge_id
        assert ann.browser["nudge"].unseen
        for _ in range(3):
            await ann.fire("see_nudge", nudge_id)
        await ann.fire("follow_nudge", nudge_id)
        await ann.fire("see_nudge", nudge_id.replace(":80", ":90"))
        await host.until(lambda: not ann.browser["nudge"].unseen)
        assert bob.browser["nudge"].unseen
        assert await recorded(host) == [("ann", "shown"), ("ann", "upgrade_clicked")]

    with_host(monkeypatch, scenario)


def test_nothing_is_pressed_upon_anybody_while_it_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise ServiceUnavailable("the database is away")

    async def scenario(host: Host) -> None:
        await host.billing.create_customer("acme")
        await use(host, 800)
        tab = await host.open().ready()
        assert tab.browser["nudge"].visible
        assert tab.browser["prompts"]["api_calls"].visible
        with monkeypatch.context() as broken:
            broken.setattr(host.billing, "get_overview", fail)
            await tab.fire("refresh")
            await host.until(lambda: tab.browser["stale"])
        assert not tab.browser["nudge"].visible
        assert tab.browser["prompts"] == {}
        await tab.fire("refresh")
        await host.until(lambda: not tab.browser["stale"])
        assert tab.browser["nudge"].visible

    with_host(monkeypatch, scenario)


def test_tabs_of_many_people_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        host.answers |= {f"p{number}": Identity("acme", user_id=f"p{number}") for number in range(20)}
        await host.billing.create_customer("acme")
        asked: list[frozenset[str | None]] = []
        read = host.billing.get_overview

        async def counting(customer_id: str, *, user_ids: Any = (None,)) -> Any:
            asked.append(frozenset(user_ids))
            return await read(customer_id, user_ids=user_ids)

        monkeypatch.setattr(host.billing, "get_overview", counting)
        tabs = [host.open(f"who=p{number}") for number in range(20)]
        for tab in tabs:
            await tab.fire("tick")
        await host.until(lambda: all(tab.browser.get("status") == "ready" for tab in tabs))
        before = len(asked)
        await use(host, 800)
        await host.until(lambda: all(tab.browser["nudge"].visible for tab in tabs))
        assert asked[before:] == [frozenset(f"p{number}" for number in range(20))]

    with_host(monkeypatch, scenario, clock=lambda: datetime(2026, 3, 10, tzinfo=UTC))

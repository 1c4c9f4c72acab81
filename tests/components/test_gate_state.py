"""What a tab is told of its access: at once, and never what held for someone else or long ago."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.tabs import Host, Tab, with_host


def told(fields: dict[str, Any]) -> dict[str, str]:
    return {key: gate.access for key, gate in fields["gates"].items()}


async def fail(*_: object, **__: object) -> None:
    raise OSError("the disk is gone")


async def on_pro(host: Host) -> Tab:
    await host.billing.create_customer("acme")
    await host.billing.change_plan("acme", "pro")
    return await host.open().ready()


def test_what_the_plan_has_is_granted_and_the_rest_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await on_pro(host)
        assert told(tab.browser) == {"api_calls": "granted", "builds": "denied", "emails": "denied"}

    with_host(monkeypatch, scenario)


def test_a_plan_bought_elsewhere_opens_and_an_end_closes_without_a_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await on_pro(host)
        await host.billing.change_plan("acme", "free")
        await host.until(lambda: told(tab.browser)["builds"] == "granted")
        await host.billing.pause_subscription("acme")
        await host.until(lambda: set(told(tab.browser).values()) == {"denied"})

    with_host(monkeypatch, scenario)


def test_the_last_unit_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        assert tab.browser["gates"]["builds"].badge_text == "10 of 10 left this hour"
        await tab.fire("track", "builds", 10)
        await host.until(lambda: tab.browser["gates"]["builds"].reason == "quota_exceeded")

    with_host(monkeypatch, scenario)


def test_a_reading_without_news_of_the_access_does_not_send_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await on_pro(host)
        sent = len(tab.sent)
        await host.billing.update_customer("acme", name="Acme")
        await tab.fire("refresh")
        await tab.fire("tick")
        assert not any("gates" in fields for fields in tab.sent[sent:])

    with_host(monkeypatch, scenario)


@pytest.mark.parametrize(("away", "kept"), [(14, True), (16, False)])
def test_a_connection_that_comes_back_is_shown_what_was_known_a_moment_ago_and_nothing_older(
    monkeypatch: pytest.MonkeyPatch, away: int, kept: bool
) -> None:
    """A passing fault of the network takes nothing away; a tab that is opened again does not show what was long ago."""
    now = datetime(2026, 11, 24, 14, tzinfo=UTC)

    async def scenario(host: Host) -> None:
        nonlocal now
        tab = await on_pro(host)
        tab.close()
        now += timedelta(seconds=away)
        tab.connect("who=acme")
        assert bool(tab.hydrate()["gates"]) == kept
        await tab.fire("tick")
        await host.until(lambda: told(tab.browser).get("api_calls") == "granted")

    with_host(monkeypatch, scenario, clock=lambda: now)


def test_another_login_in_the_same_tab_is_shown_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await on_pro(host)
        tab.close()
        tab.connect("who=globex")
        assert tab.hydrate()["gates"] == {}

    with_host(monkeypatch, scenario)


def test_while_it_cannot_be_read_the_last_known_counts_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 24, 14, tzinfo=UTC)

    async def scenario(host: Host) -> None:
        nonlocal now
        tab = await on_pro(host)

        with monkeypatch.context() as broken:
            broken.setattr(host.billing, "get_overview", fail)
            await tab.fire("refresh")
            await host.until(lambda: tab.browser["gates"]["api_calls"].stale)
            assert told(tab.browser)["api_calls"] == "granted"
            now += timedelta(seconds=16)
            await tab.fire("refresh")
            await host.until(lambda: told(tab.browser)["api_calls"] == "unknown")
        await tab.fire("refresh")
        await host.until(lambda: told(tab.browser)["api_calls"] == "granted")

    with_host(monkeypatch, scenario, clock=lambda: now)


def test_a_page_that_comes_while_it_cannot_be_read_is_told_so_when_that_was_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(host: Host) -> None:
        first = await on_pro(host)
        assert not first.browser.get("gates_missed")
        with monkeypatch.context() as broken:
            broken.setattr(host.billing, "get_overview", fail)
            await first.fire("refresh")
            await host.until(lambda: first.browser["stale"])
            assert not first.browser.get("gates_missed")
            late = host.open()
            await late.fire("tick")
            assert late.browser["gates_at"] == "earlier"
            await host.until(lambda: late.browser.get("gates_missed"))
        await late.fire("refresh")
        await host.until(lambda: not late.browser["gates_missed"])
        assert late.browser["gates_at"] != "earlier"

    with_host(monkeypatch, scenario)


def test_another_page_of_the_tab_waits_for_an_answer_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes back from a payment that another process was told of is not drawn what was so before it."""

    async def scenario(host: Host) -> None:
        tab = await on_pro(host)
        await tab.fire("tick", "load.1")
        await host.until(lambda: tab.browser["gates_at"].startswith("load.1 "))
        await tab.fire("tick", "load.1")
        assert tab.browser["gates_at"].startswith("load.1 ")
        await tab.fire("tick", "load.2")
        assert tab.browser["gates_at"] == "earlier"
        await host.until(lambda: tab.browser["gates_at"].startswith("load.2 "))

    with_host(monkeypatch, scenario)


def test_gates_from_before_the_clock_was_set_back_are_not_sent_over_a_new_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime(2026, 11, 24, 14, tzinfo=UTC)

    async def scenario(host: Host) -> None:
        nonlocal now
        tab = await on_pro(host)
        now -= timedelta(hours=1)
        tab.close()
        assert host.open(token=tab.token).hydrate()["gates"] == {}

    with_host(monkeypatch, scenario, clock=lambda: now)

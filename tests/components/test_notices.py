"""What is said of a press: as long as it is so and can be read, on the page it was pressed on, and not a moment longer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import reflex as rx

from billing_ui_backend.errors import ServiceUnavailable
from billing_ui_components import UsageState, notice, plan_desk, state
from billing_ui_components.plan_policy import PlanChange
from tests.components.test_plan_answering import deciding
from tests.components.test_plan_state import allow, ask, confirm
from tests.support.tabs import CATALOG, Host, Tab, with_host

FULL = "Builds: limit reached. Nothing was counted."
AWAY = "Could not be counted now. Try again."


@pytest.fixture(autouse=True)
def read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """People read as fast as machines here; but for one test."""
    monkeypatch.setattr(notice, "READABLE_SECONDS", 0.0)
    monkeypatch.setattr(notice, "OUTAGE_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def plans(monkeypatch: pytest.MonkeyPatch) -> None:
    """One plan with more builds, and one with none."""
    more = {"builds": {"limit": 100, "period": "hour"}}
    team = {"title": "Team", "rank": 30, "features": {**CATALOG["plans"]["free"]["features"], **more}}
    monkeypatch.setitem(CATALOG, "plans", {**CATALOG["plans"], "team": team})


async def refused(host: Host) -> Tab:
    """A tab that has just been told that its builds are used up."""
    tab = await host.open().ready()
    await tab.fire("track", "builds", 10)
    await tab.fire("track", "builds", 1)
    await host.until(lambda: tab.consumed("builds") == 10)
    assert tab.browser["notice_text"] == FULL
    return tab


async def news(host: Host, tab: Tab) -> None:
    """The customer is read once more, and the tab told."""
    read = asyncio.Event()
    before = host.runtime.hub._read

    async def noted(customer_id: str, users: frozenset[str | None]) -> Any:
        try:
            return await before(customer_id, users)
        finally:
            read.set()

    host.runtime.hub._read = noted
    host.runtime.hub.changed("acme")
    await read.wait()
    host.runtime.hub._read = before
    topic = host.runtime.hub._topics["acme"]
    await host.until(lambda: topic.task is None)
    await tab.fire("tick")


@pytest.mark.parametrize("where", ["this process", "another"])
def test_a_full_limit_is_said_until_a_plan_is_bought_that_has_room(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    async def scenario(host: Host) -> None:
        tab = await refused(host)
        await news(host, tab)
        assert tab.browser["notice_text"] == FULL, "it is full still"
        if where == "another":
            monkeypatch.setattr(host.runtime.hub, "committed", lambda _: None)
        await host.billing.change_plan("acme", "team")
        await news(host, tab)
        assert (tab.browser["meters"]["builds"].limit, tab.browser["notice_text"]) == (100, "")

    with_host(monkeypatch, scenario)


def test_a_full_limit_is_said_until_what_was_asked_for_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        first = await host.billing.track_usage(
            customer_id="acme", feature_key="builds", quantity=8, idempotency_key="a"
        )
        assert first.success
        await tab.fire("track", "builds", 5)
        await news(host, tab)
        assert tab.browser["notice_text"] == FULL, "two would fit, five do not"
        await host.billing.correct_usage(customer_id="acme", idempotency_key="a", quantity=5, reason="two failed")
        await news(host, tab)
        assert (tab.consumed("builds"), tab.browser["notice_text"]) == (5, "")

    with_host(monkeypatch, scenario)


def test_a_plan_without_the_feature_and_a_pause_are_said_until_they_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        await host.billing.create_customer("acme", plan="pro")
        tab = await host.open().ready()
        await tab.fire("track", "builds", 1)
        await news(host, tab)
        assert tab.browser["notice_text"] == "Builds is not in your plan."
        await host.billing.change_plan("acme", "team")
        await news(host, tab)
        assert tab.browser["notice_text"] == ""
        await host.billing.pause_subscription("acme")
        await tab.fire("track", "builds", 1)
        await news(host, tab)
        assert tab.browser["notice_text"] == "Your subscription is not active."
        await host.billing.resume_subscription("acme")
        await news(host, tab)
        assert tab.browser["notice_text"] == ""

    with_host(monkeypatch, scenario)


def test_what_is_over_at_once_stays_until_it_can_have_been_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice, "READABLE_SECONDS", 3600.0)

    async def scenario(host: Host) -> None:
        tab = await refused(host)
        await host.billing.change_plan("acme", "team")
        await news(host, tab)
        assert tab.browser["notice_text"] == FULL
        monkeypatch.setattr(notice, "READABLE_SECONDS", 0.0)
        await tab.fire("tick")
        assert tab.browser["notice_text"] == ""

    with_host(monkeypatch, scenario)


def test_a_reading_from_before_the_press_contradicts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        host.runtime.hub.changed = lambda *_, **__: None
        await host.billing.track_usage(customer_id="acme", feature_key="builds", quantity=10)
        await tab.fire("track", "builds", 1)
        await tab.fire("tick")
        assert (tab.consumed("builds"), tab.browser["notice_text"]) == (0, FULL)

    monkeypatch.setattr("billing_ui_components.hub.Hub.committed", lambda *_: None)
    with_host(monkeypatch, scenario)


def test_an_outage_is_said_until_it_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it was over for a moment in between, too short for what was said to be read."""
    monkeypatch.setattr(notice, "OUTAGE_SECONDS", 3600.0)

    async def scenario(host: Host) -> None:
        allow(host, True)
        tab = await host.open().ready()

        async def fail(*_: object, **__: object) -> None:
            raise ServiceUnavailable("the database is away")

        @contextmanager
        def outage() -> Iterator[None]:
            with monkeypatch.context() as away:
                for name in ("browser_track", "get_overview", "get_customer"):
                    away.setattr(host.billing, name, fail)
                yield

        with outage():
            await tab.fire("track", "api_calls", 1)
            await ask(tab)
        await news(host, tab)
        monkeypatch.setattr(notice, "OUTAGE_SECONDS", 0.0)
        with outage():
            await news(host, tab)
            assert tab.browser["stale"] is True
            assert tab.browser["notice_text"] == AWAY
            assert tab.browser["plan_notice_text"] == "Nothing was changed. Try again later."
        await news(host, tab)
        assert tab.browser["stale"] is False
        assert (tab.browser["notice_text"], tab.browser["plan_notice_text"]) == ("", "")

    with_host(monkeypatch, scenario)


def test_another_tabs_choice_is_waited_for_until_it_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab, other = await host.open().ready(), await host.open().ready()
        async with deciding(host, tab):
            await ask(other, "team")
            waits = "The choice of Pro is still being processed. Try again in a moment."
            await news(host, other)
            assert (other.browser["plan_notice_text"], other.browser["plan_notice_tone"]) == (waits, "neutral")
        await host.until(lambda: other.browser["pricing"].plans[1].relation == "current")
        assert other.browser["plan_notice_text"] == ""

    with_host(monkeypatch, scenario)


def test_what_came_of_a_change_is_said_until_the_plan_is_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        allow(host, True)
        tab = await host.open().ready()
        await ask(tab)
        await confirm(tab)
        await news(host, tab)
        assert (tab.browser["plan_notice_text"], tab.browser["plan_notice_tone"]) == ("You are on Pro now.", "good")
        await host.billing.change_plan("acme", "team")
        await news(host, tab)
        assert tab.browser["plan_notice_text"] == ""

    with_host(monkeypatch, scenario)


async def refresh(_: Host, tab: Tab) -> None:
    await tab.fire("refresh")


async def navigate(_: Host, tab: Tab) -> None:
    await tab.fire("tick", "another.1")


async def reload(host: Host, tab: Tab) -> None:
    tab.close()
    host.open(token=tab.token)
    tab.browser = tab.hydrate()


@pytest.mark.parametrize("do", [refresh, navigate, reload])
def test_who_does_something_new_is_told_nothing_of_before(monkeypatch: pytest.MonkeyPatch, do: Any) -> None:
    """A page that is loaded again shows nothing of it even at first. What came of a change of plan another page may say, until it
    was read."""

    async def scenario(host: Host) -> None:
        tab = await refused(host)
        allow(host, True)
        await ask(tab)
        await confirm(tab)
        await tab.fire("track", "api_calls", 99)
        assert (tab.browser["notice_text"] != "", tab.browser["plan_notice_text"] != "") == (True, True)
        await do(host, tab)
        assert (tab.browser["notice_text"], tab.browser["notice_id"]) == ("", "")
        if do is not navigate:
            assert (tab.browser["plan_notice_text"], tab.browser["plan_notice_tone"]) == ("", "")

    with_host(monkeypatch, scenario)


@pytest.mark.parametrize("do", [refresh, navigate, reload])
def test_what_is_under_way_is_said_on_the_next_page_too(monkeypatch: pytest.MonkeyPatch, do: Any) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        async with deciding(host, tab):
            await tab.fire("close_plan_change")
            await do(host, tab)
            assert tab.browser["plan_notice_text"] == "Your change of plan is still being processed."
        assert (tab.browser["plan_notice_text"], tab.browser["plan_notice_tone"]) == ("You are on Pro now.", "good")

    with_host(monkeypatch, scenario)


async def reconnect(host: Host, tab: Tab, page: str = "load.1") -> Any:
    """The tab makes another connection and says which page it shows; the result is what it is to do besides."""
    if tab.token in host.sockets:
        tab.close()
    host.open(token=tab.token)
    tab.browser = tab.hydrate()
    event = await UsageState.event_handlers["tick"].fn(tab.usage, page)
    tab.deliver()
    return event


def test_what_was_said_is_said_still_over_another_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is the same, and nobody has left it."""

    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        await tab.fire("tick", "load.1")
        allow(host, "Only owners may do this.")
        await ask(tab)
        await confirm(tab)
        await tab.fire("track", "builds", 11)
        await reconnect(host, tab)
        said = {"notice_text": FULL, "plan_notice_text": "Only owners may do this."}
        assert said.items() <= tab.browser.items()
        await reconnect(host, tab, "loaded-anew.1")
        assert tab.browser["notice_text"] == ""

    with_host(monkeypatch, scenario)


@pytest.mark.parametrize("page", ["load.1", "loaded-anew.1"])
@pytest.mark.parametrize("decision", [True, rx.redirect("/pay")], ids=["made", "taken over"])
def test_what_comes_of_a_change_without_a_connection_comes_with_the_next_one(
    monkeypatch: pytest.MonkeyPatch, decision: Any, page: str
) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        await tab.fire("tick", "load.1")
        async with deciding(host, tab, decision):
            tab.close()
        event = await reconnect(host, tab, page)
        if decision is True:
            assert "bui-plan-changed" in str(event)
            assert tab.browser["plan_notice_text"] == "You are on Pro now."
        else:
            assert event is decision
        assert await reconnect(host, tab, page) is None

    with_host(monkeypatch, scenario)


def test_nobody_is_led_away_long_after_the_press(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_desk, "LEFT_SECONDS", 0.0)

    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        async with deciding(host, tab, rx.redirect("/pay")):
            tab.close()
        assert await reconnect(host, tab) is None

    with_host(monkeypatch, scenario)


@pytest.mark.parametrize("who", ["globex", None, RuntimeError("login is down")], ids=["other", "nobody", "unknown"])
def test_what_comes_of_a_change_is_for_nobody_else(monkeypatch: pytest.MonkeyPatch, who: Any) -> None:
    """The policy sends to a checkout, or the host is told that the plan changed, for the one who agreed to it."""

    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        await tab.fire("tick", "load.1")
        asked, ready = asyncio.Event(), asyncio.Event()

        async def policy(_change: PlanChange) -> Any:
            asked.set()
            await ready.wait()
            return "Only owners may do this."

        allow(host, policy)
        await ask(tab)
        answering = asyncio.create_task(confirm(tab))
        await asked.wait()
        host.answers["acme"] = who
        await tab.fire("tick", "load.1")
        ready.set()
        assert await answering is None
        assert tab.browser["plan_notice_text"] == ""
        del host.answers["acme"]
        await tab.fire("tick", "load.1")
        assert tab.browser["plan_notice_text"] == "Only owners may do this."

    with_host(monkeypatch, scenario)


def test_what_came_of_a_change_waits_for_a_page_that_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it was read the page knows: another one may have no table."""

    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        await tab.fire("tick", "load.1")
        async with deciding(host, tab):
            pass
        for page in ("load.2", "load.3"):
            await tab.fire("tick", page)
            assert tab.browser["plan_notice_text"] == "You are on Pro now."
        await tab.fire("refresh")
        assert tab.browser["plan_notice_text"] == ""

    with_host(monkeypatch, scenario)


@pytest.mark.parametrize("page", ["load.1", "x" * 41, "", None, 7, ["load.2"]])
def test_what_is_no_other_page_ends_nothing(monkeypatch: pytest.MonkeyPatch, page: Any) -> None:
    async def scenario(host: Host) -> None:
        tab = await refused(host)
        await tab.fire("tick", "load.1")
        await tab.fire("track", "builds", 1)
        await tab.fire("tick", page)
        assert tab.browser["notice_text"] == FULL

    with_host(monkeypatch, scenario)


def test_what_came_of_a_change_is_not_said_when_it_is_no_longer_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The login failed when it came, and the plan was taken back before the login was there again."""

    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        await tab.fire("tick", "load.1")
        async with deciding(host, tab):
            host.answers["acme"] = RuntimeError("login is down")
            await tab.fire("tick", "load.1")
        await host.billing.change_plan("acme", "free")
        del host.answers["acme"]
        await tab.fire("tick", "load.1")
        await host.until(lambda: tab.browser["status"] == "ready")
        assert tab.browser["plan_notice_text"] == ""

    with_host(monkeypatch, scenario)


def test_who_loads_the_page_again_while_it_is_decided_is_told_that_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        await tab.fire("tick", "load.1")
        async with deciding(host, tab):
            await reconnect(host, tab, "loaded-anew.1")
            assert tab.browser["plan_change"].visible is False
            assert tab.browser["plan_notice_text"] == "Your change of plan is still being processed."
        assert tab.browser["plan_notice_text"] == "You are on Pro now."

    with_host(monkeypatch, scenario)


@pytest.mark.parametrize("counts", [True, False], ids=["counted", "refused"])
def test_a_press_that_takes_long_is_said_to_be_under_way_until_it_has_ended(
    monkeypatch: pytest.MonkeyPatch, counts: bool
) -> None:
    monkeypatch.setattr(state, "SLOW_SECONDS", 0.0)

    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        free, track = asyncio.Event(), host.billing.browser_track

        async def slow(*args: Any) -> Any:
            await free.wait()
            return await track(*args)

        monkeypatch.setattr(host.billing, "browser_track", slow)
        press = asyncio.create_task(tab.fire("track", "builds", 10 if counts else 11))
        await host.until(lambda: tab.deliver() or tab.browser["notice_text"])
        slowly = ("This takes longer than usual. One moment…", "neutral")
        assert (tab.browser["notice_text"], tab.browser["notice_tone"]) == slowly
        free.set()
        await press
        ended = ("", "") if counts else (FULL, "critical")
        assert (tab.browser["notice_text"], tab.browser["notice_tone"]) == ended
        await host.until(lambda: tab.consumed("builds") == (10 if counts else 0))

    with_host(monkeypatch, scenario)


def test_a_press_that_takes_long_takes_nothing_away_of_what_is_said_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "SLOW_SECONDS", 0.05)

    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        free, track, waits = asyncio.Event(), host.billing.browser_track, asyncio.Event()

        async def slow(customer_id: str, feature_key: str, quantity: Any) -> Any:
            if quantity == 1:
                waits.set()
                await free.wait()
            return await track(customer_id, feature_key, quantity)

        monkeypatch.setattr(host.billing, "browser_track", slow)
        press = asyncio.create_task(tab.fire("track", "builds", 1))
        await waits.wait()
        await tab.fire("track", "builds", 11)
        await asyncio.sleep(0.1)
        tab.deliver()
        assert tab.browser["notice_text"] == FULL
        free.set()
        await press
        assert tab.browser["notice_text"] == FULL

    with_host(monkeypatch, scenario)


def test_the_same_refusal_again_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await refused(host)
        first = tab.browser["notice_id"]
        await tab.fire("track", "builds", 1)
        assert tab.browser["notice_text"] == FULL
        assert tab.browser["notice_id"] not in ("", first)

    with_host(monkeypatch, scenario)


def test_a_press_that_nobody_could_be_found_for_is_said_not_to_have_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also once it is known again who looks, until that can have been read."""
    monkeypatch.setattr(notice, "OUTAGE_SECONDS", 3600.0)

    async def scenario(host: Host) -> None:
        allow(host, True)
        tab = await host.open().ready()
        host.answers["acme"] = RuntimeError("login is down")
        await tab.fire("track", "api_calls", 1)
        await ask(tab)
        said = {"status": "error", "notice_text": AWAY, "plan_notice_text": "Nothing was changed. Try again later."}
        assert said.items() <= tab.browser.items()
        await tab.fire("tick")
        assert said.items() <= tab.browser.items()
        del host.answers["acme"]
        await tab.ready()
        assert {**said, "status": "ready"}.items() <= tab.browser.items()
        assert tab.consumed() == 0

    with_host(monkeypatch, scenario)


def test_what_was_said_to_one_person_is_not_said_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await refused(host)
        host.answers["acme"] = "globex"
        await tab.fire("tick")
        assert tab.browser["notice_text"] == ""

    with_host(monkeypatch, scenario)

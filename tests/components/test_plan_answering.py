"""While a change of plan is decided: the tab says so, whatever it does meanwhile, and says what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from billing_ui_components import runtime as runtimes
from billing_ui_components.plan_desk import PlanDesk
from billing_ui_components.plan_policy import PlanChange
from tests.components.test_plan_state import allow, ask, confirm, plan_of
from tests.support.tabs import CATALOG, Host, Tab, with_host


@pytest.fixture(autouse=True)
def plans(monkeypatch: pytest.MonkeyPatch) -> None:
    """One plan more."""
    team = {"title": "Team", "rank": 30, "features": {"api_calls": {"limit": 90000, "period": "month"}}}
    monkeypatch.setitem(CATALOG, "plans", {**CATALOG["plans"], "team": team})


@asynccontextmanager
async def deciding(host: Host, tab: Tab, decision: Any = True) -> AsyncIterator[None]:
    """A policy that decides at the end of this, about what the tab has been asked and agrees to."""
    asked, ready = asyncio.Event(), asyncio.Event()

    async def policy(_change: PlanChange) -> Any:
        asked.set()
        await ready.wait()
        return decision

    allow(host, policy)
    await ask(tab)
    answering = asyncio.create_task(confirm(tab))
    await asked.wait()
    tab.deliver()
    try:
        yield
    finally:
        ready.set()
        await answering
    tab.deliver()


@contextmanager
def another_worker(host: Host) -> Iterator[PlanDesk]:
    """While this lasts the events of the tabs are handled by another process, which knows nothing of this one's questions."""
    desk = PlanDesk(host.billing, host.runtime.labels, policy=True)
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setattr(runtimes, "_installed", [replace(host.runtime, desk=desk)])
        yield desk


def test_the_question_stays_and_says_that_its_answer_is_dealt_with(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab, other = await host.open().ready(), await host.open().ready()
        async with deciding(host, tab):
            view = tab.browser["plan_change"]
            assert (view.visible, view.title, view.busy_text) == (True, "Upgrade to Pro?", "One moment…")
            assert other.browser["plan_change"].visible is False
            await confirm(tab)
            await tab.fire("tick")
            assert tab.browser["plan_change"] == view, "neither a second click nor a reading changes it"
        assert (tab.browser["plan_change"].visible, tab.browser["plan_notice_text"]) == (False, "You are on Pro now.")
        assert (await ask(tab, "free")).busy_text == ""

    with_host(monkeypatch, scenario)


def test_who_closes_it_is_told_that_it_goes_on_and_what_came_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        async with deciding(host, tab):
            await tab.fire("close_plan_change")
            assert tab.browser["plan_change"].visible is False
            assert tab.browser["plan_notice_text"] == "Your change of plan is still being processed."
            assert tab.browser["plan_notice_place"] == "table"
            await tab.fire("tick")
            assert tab.browser["plan_notice_text"] == "Your change of plan is still being processed."
        assert tab.browser["plan_notice_text"] == "You are on Pro now."
        assert await plan_of(host) == "pro"

    with_host(monkeypatch, scenario)


@pytest.mark.parametrize(("decision", "told"), [(True, "You are on Pro now."), ("Ask your admin.", "Ask your admin.")])
def test_another_question_stays_open_and_says_what_came_of_the_first(
    monkeypatch: pytest.MonkeyPatch, decision: Any, told: str
) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        async with deciding(host, tab, decision):
            await tab.fire("close_plan_change")
            with another_worker(host):
                second = await ask(tab, "team", place="other")
            assert (second.visible, second.busy_text) == (True, "")
        view = tab.browser["plan_change"]
        assert (view.visible, view.change_id, view.notice_text) == (True, second.change_id, told)
        assert (tab.browser["plan_notice_text"], tab.browser["plan_notice_place"]) == (told, "table")

    with_host(monkeypatch, scenario)


def test_what_would_be_asked_anew_is_not_asked_of_who_has_closed_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        await host.billing.create_customer("acme", plan="team")
        tab = await host.open().ready()
        async with deciding(host, tab):
            await tab.fire("close_plan_change")
            with another_worker(host) as desk:
                second = await ask(tab, "free")
            await host.billing.change_plan("acme", "free")
        assert tab.browser["plan_notice_text"] == "Nothing was changed. Try again later."
        assert tab.browser["plan_change"].change_id == second.change_id
        assert desk.take(tab.token, second.change_id) is not None, "the second one can still be answered"

    with_host(monkeypatch, scenario)


def test_one_that_is_chosen_again_while_it_is_decided_is_not_decided_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy may charge: confirm, Escape, choose and confirm once more is one wish."""

    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        async with deciding(host, tab):
            first = tab.browser["plan_change"]
            host.desk.policy = unwanted
            for chosen in ("pro", "team"):
                await tab.fire("close_plan_change")
                view = await ask(tab, chosen, place="other")
                assert (view.change_id, view.title, view.place) == (first.change_id, "Upgrade to Pro?", "other")
                assert view.busy_text == "One moment…"
                assert view.notice_text == "Your change of plan is still being processed."
                await confirm(tab)
        assert tab.browser["plan_change"].visible is False
        assert (tab.browser["plan_notice_text"], tab.browser["plan_notice_place"]) == ("You are on Pro now.", "other")
        assert (await ask(tab, "team")).confirm_text == "Upgrade now", "then it may be asked again"

    with_host(monkeypatch, scenario)


def test_in_another_tab_nothing_is_decided_meanwhile_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab, other, stranger = [await host.open(who).ready() for who in ("who=acme", "who=acme", "who=globex")]
        allow(host, True)
        await ask(other)
        waits = "The choice of Pro is still being processed. Try again in a moment."
        async with deciding(host, tab):
            host.desk.policy = unwanted
            await confirm(other)
            assert (other.browser["plan_change"].visible, other.browser["plan_notice_text"]) == (False, waits)
            assert (await ask(other, "team", place="other")).visible is False
            assert (other.browser["plan_notice_text"], other.browser["plan_notice_place"]) == (waits, "other")
            await other.fire("tick")
            assert other.browser["plan_notice_text"] == waits
            assert (await ask(stranger)).confirm_text == "Upgrade now", "another customer's change is none of theirs"
        allow(host, True)
        await ask(other, "team")
        await confirm(other)
        assert await plan_of(host) == "team"

    with_host(monkeypatch, scenario)


async def unwanted(change: PlanChange) -> Any:
    raise AssertionError(f"decided again: {change.to_plan}")


LOST = "No answer has come to your change of plan. See which plan you have now before you try again."


def test_an_answer_that_is_lost_with_its_server_is_waited_for_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        closed, tab = await host.open().ready(), await host.open("who=globex").ready()
        async with deciding(host, closed):
            await closed.fire("close_plan_change")
            async with deciding(host, tab):
                with monkeypatch.context() as started_anew:
                    started_anew.setattr(host.desk, "_answering", {})
                    for each in (closed, tab):
                        await each.fire("tick")
                for each in (closed, tab):
                    assert each.browser["plan_change"].visible is False
                    assert (each.browser["plan_notice_text"], each.browser["plan_notice_place"]) == (LOST, "table")

    with_host(monkeypatch, scenario)


def test_an_answer_to_a_server_that_remembers_nothing_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        allow(host, True)
        tab = await host.open().ready()
        own = (await ask(tab)).change_id
        await tab.fire("close_plan_change")
        await tab.fire("confirm_plan_change", own, "table")
        assert tab.browser["plan_notice_text"] == "", "what this server has asked and forgotten is no loss"
        with another_worker(host):
            for place, told in (("<b>", ""), ("table", "table")):
                await tab.fire("confirm_plan_change", own, place)
                assert (tab.browser["plan_notice_text"], tab.browser["plan_notice_place"]) == (LOST, told)
        assert await plan_of(host) == "free"

    with_host(monkeypatch, scenario)

"""What a tab shows: never anything before identify named its customer, never another customer's, never a guess."""

import asyncio
import logging
from typing import Any

import pytest
from reflex.istate.data import SessionData
from reflex_base.event.context import EventContext

from billing_ui_components.identity import Identity, person_digest
from billing_ui_components.state import UsageState, sign_out
from tests.support.tabs import Host, with_host

EMPTY = {
    "meters": {},
    "gates": {},
    "gates_at": "",
    "gates_for": "",
    "gates_missed": False,
    "prompts": {},
    "status": "loading",
    "as_of_text": "",
    "stale": False,
    "notice_text": "",
    "notice_id": "",
    "notice_tone": "",
    "plan_notice_text": "",
    "plan_notice_place": "",
    "plan_notice_tone": "",
    "plan_notice_id": "",
    "plan_notice_lasts": False,
    "reset_in_ms": 0,
}


def shown(fields: dict[str, Any]) -> dict[str, Any]:
    # Plans are shown to everybody: test_plan_state.py.
    return {name: value for name, value in fields.items() if name not in ("nudge", "pricing", "plan_change")}


async def count(host: Host, customer_id: str, quantity: object = 1, feature_key: str = "api_calls") -> None:
    await host.billing.track_usage(customer_id=customer_id, feature_key=feature_key, quantity=quantity)


async def ledger(host: Host, customer_id: str = "acme") -> list[Any]:
    return list((await host.billing.list_usage_events(customer_id)).events)


def test_before_the_first_load_it_says_loading_and_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers "0 shown while loading": there is no number at all, not a zero."""

    async def scenario(host: Host) -> None:
        tab = host.open()
        assert shown(tab.hydrate()) == EMPTY
        assert tab.hydrate()["nudge"].visible is False
        await tab.fire("tick")
        assert shown(tab.browser) == {**EMPTY, "gates_for": person_digest(Identity("acme"))}

    with_host(monkeypatch, scenario)


def test_a_tick_shows_all_metered_features(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        assert list(tab.browser["meters"]) == ["api_calls", "builds", "emails"]
        assert tab.consumed() == 0
        assert tab.browser["as_of_text"].startswith("As of ")
        assert 0 < tab.browser["reset_in_ms"] <= 3_600_000

    with_host(monkeypatch, scenario)


def test_a_tick_without_news_sends_at_most_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        assert set(await tab.fire("tick")) <= {"as_of_text"}

    with_host(monkeypatch, scenario)


def test_usage_counted_anywhere_in_the_process_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab, other = await host.open().ready(), await host.open("who=globex").ready()
        await count(host, "acme")
        await host.until(lambda: tab.consumed() == 1)
        assert other.consumed() == 0

    with_host(monkeypatch, scenario)


def test_an_unknown_customer_is_created_with_the_default_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        await host.open().ready()
        assert (await host.billing.get_customer("acme")).plan_key == "free"

    with_host(monkeypatch, scenario)


@pytest.mark.parametrize(
    ("answer", "status"), [(None, "signed_out"), (RuntimeError("login is down"), "error"), (7, "error")]
)
def test_without_an_identity_nothing_is_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, answer: Any, status: str
) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        host.answers["acme"] = answer
        await tab.fire("tick")
        assert shown(tab.browser) == {**EMPTY, "status": status}
        await count(host, "acme")
        await asyncio.sleep(0.3)
        assert shown(tab.browser) == {**EMPTY, "status": status}

    with_host(monkeypatch, scenario)
    assert ("identify failed" in caplog.text) == (status == "error")


def test_an_identify_that_fails_again_and_again_is_a_line_a_tab_and_one_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(host: Host) -> None:
        host.answers["acme"] = RuntimeError("login is down\nand stays so")
        tabs = [host.open(), host.open(token="another")]
        for _ in range(3):
            for tab in tabs:
                await tab.fire("tick")
        host.answers.clear()
        for tab in tabs:
            await tab.ready()

    monkeypatch.setattr("billing_ui_components.identify_failures._traced", set())
    with caplog.at_level(logging.ERROR):
        with_host(monkeypatch, scenario)
    said = "billing_ui: identify failed (RuntimeError: login is down and stays so)"
    assert [record.getMessage().startswith(said) for record in caplog.records] == [True, True]
    assert [bool(record.exc_info) for record in caplog.records] == [True, False]


def test_an_identify_that_never_answers_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        monkeypatch.setattr("billing_ui_components.state.IDENTIFY_SECONDS", 0.01)
        host.answers["acme"] = asyncio.Event().wait
        tab = host.open()
        await tab.fire("tick")
        assert tab.browser["status"] == "error"

    with_host(monkeypatch, scenario)


def test_a_change_of_customer_clears_everything_before_it_shows_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        await host.billing.create_customer("acme")
        await count(host, "acme", 800)
        tab = await host.open().ready()
        assert tab.browser["nudge"].visible
        await tab.fire("track", "nothing")
        assert tab.browser["notice_text"]
        host.answers["acme"] = "globex"
        await tab.fire("tick")
        assert shown(tab.browser) == {**EMPTY, "gates_for": person_digest(Identity("globex"))}
        assert tab.browser["nudge"].visible is False
        await tab.ready()
        assert tab.consumed() == 0

    with_host(monkeypatch, scenario)


def test_a_push_asks_who_is_there_before_it_shows_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        host.answers["acme"] = "globex"
        await count(host, "acme", 5)
        await host.until(lambda: tab.browser["meters"] == {} or tab.consumed() != 0)
        assert all(
            fields.get("meters", {}).get("api_calls") is None or fields["meters"]["api_calls"].consumed == 0
            for fields in tab.sent
        )

    with_host(monkeypatch, scenario)


def test_a_client_with_another_cookie_gets_nothing_of_the_tab_whose_token_it_uses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open("who=acme").ready()
        await count(host, "acme", 7)
        await host.until(lambda: tab.consumed() == 7)
        tab.close()
        thief = host.open("who=mallory", token=tab.token)
        assert shown(thief.hydrate()) == EMPTY

    with_host(monkeypatch, scenario)


def test_the_same_client_gets_its_numbers_back_at_hydrate(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        tab.close()
        again = host.open(token=tab.token)
        assert again.hydrate()["meters"]["api_calls"].consumed == 0
        assert again.hydrate()["status"] == "ready"

    with_host(monkeypatch, scenario)


def test_a_client_that_only_connects_with_the_token_of_a_tab_is_pushed_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        # Reflex knows the new connection, and no event of it has replaced the headers yet.
        host.sockets[tab.token].sid = "sid of a thief"
        before = len(tab.sent)
        await count(host, "acme", 7)
        await asyncio.sleep(0.5)
        assert await tab.fire("tick") == {}
        assert len(tab.sent) == before

    with_host(monkeypatch, scenario)


def test_an_event_of_the_former_connection_leases_nothing_to_the_one_that_took_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        before = len(tab.sent)
        # Reflex has linked the token to the next connection; the headers are still those of the former one.
        former, tab.sid = tab.sid, "sid of a thief"
        host.sockets[tab.token].sid = tab.sid
        tab.root.router_data["sid"] = tab.sid
        tab.root.rx_router_session = SessionData.from_router_data(tab.root.router_data)
        nothing: Any = None
        EventContext.set(
            EventContext(token=tab.token, state_manager=nothing, enqueue_impl=nothing, router_data={"sid": former})
        )
        await tab.fire("tick")
        await tab.fire("track", "api_calls", 1)
        await count(host, "acme", 7)
        await asyncio.sleep(0.5)
        assert len(tab.sent) == before
        assert [event.quantity for event in await ledger(host)] == [7]

    with_host(monkeypatch, scenario)


def test_signing_out_clears_at_once_and_ends_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        await sign_out(tab.root)
        tab.deliver()
        assert shown(tab.browser) == {**EMPTY, "status": "signed_out"}
        await count(host, "acme", 7)
        await asyncio.sleep(0.5)
        assert tab.browser["meters"] == {}

    with_host(monkeypatch, scenario)


def test_no_field_can_be_set_from_a_browser() -> None:
    assert UsageState.base_vars == {}
    assert set(UsageState.event_handlers) == {
        "tick",
        "refresh",
        "track",
        "dismiss_nudge",
        "see_nudge",
        "follow_nudge",
        "ask_plan_change",
        "confirm_plan_change",
        "close_plan_change",
        "setvar",
    }


def test_a_refresh_reads_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        reads: list[str] = []
        read = host.runtime.hub._read

        async def counted(customer_id: str, users: frozenset[str | None]) -> Any:
            reads.append(customer_id)
            return await read(customer_id, users)

        host.runtime.hub._read = counted
        await tab.fire("refresh")
        await host.until(lambda: reads == ["acme"])

    with_host(monkeypatch, scenario)


def test_tracking_moves_the_own_tab_and_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers "tracks usage in real time": own tab at once, other tabs pushed."""

    async def scenario(host: Host) -> None:
        tab, other = await host.open().ready(), await host.open().ready()
        await tab.fire("track", "api_calls", 1)
        await host.until(lambda: tab.consumed() == 1)
        await host.until(lambda: other.consumed() == 1)
        assert tab.browser["notice_text"] == ""

    with_host(monkeypatch, scenario)


HOSTILE = [
    0, -1, -0.0, 1.5e300, 10**30, 2**63, float("nan"), float("inf"), float("-inf"), True, False, None,
    "", "abc", "\ud800", "\x00", "-5", "1e5", "NaN", "Infinity", "9" * 400, [], [1], {}, {"$gt": 0}, {"quantity": 1},
]  # fmt: skip


@pytest.mark.parametrize("quantity", HOSTILE, ids=lambda quantity: repr(quantity)[:20])
def test_a_hostile_quantity_counts_nothing_and_costs_no_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, quantity: Any
) -> None:
    """Covers "the browser may send a negative quantity"."""

    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        await tab.fire("track", "api_calls", quantity)
        assert tab.browser["notice_text"] == "This quantity can't be counted."
        assert await ledger(host) == []
        assert (await host.billing.verify()).ok

    with_host(monkeypatch, scenario)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    "feature_key",
    ["emails", "unknown", "", None, 7, ["api_calls"], {"key": "api_calls"}, "a" * 10_000, "\ud800", "\x00"],
)
def test_a_feature_that_browsers_may_not_track_counts_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, feature_key: Any
) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        await tab.fire("track", feature_key, 1)
        assert tab.browser["notice_text"]
        assert len(tab.browser["notice_text"]) < 200
        assert await ledger(host) == []

    with_host(monkeypatch, scenario)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_more_than_the_browsers_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        await tab.fire("track", "api_calls", 2)
        assert tab.browser["notice_text"]
        assert await ledger(host) == []

    with_host(monkeypatch, scenario)


def test_a_full_limit_is_said_and_the_next_accepted_track_takes_the_notice_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        await tab.fire("track", "builds", 10)
        await tab.fire("track", "builds", 1)
        assert tab.browser["notice_text"] == "Builds: limit reached. Nothing was counted."
        await host.until(lambda: tab.consumed("builds") == 10)
        await tab.fire("track", "api_calls", 1)
        assert tab.browser["notice_text"] == ""
        assert len(await ledger(host)) == 2

    with_host(monkeypatch, scenario)


def test_nobody_signed_in_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = host.open("")
        await tab.fire("track", "api_calls", 1)
        await tab.fire("tick")
        assert tab.browser["notice_text"] == "Sign in first. Nothing was counted."
        for handler in ("dismiss_nudge", "see_nudge", "follow_nudge"):
            await tab.fire(handler, "anything")
        assert (await host.billing.list_customers()).customers == ()

    with_host(monkeypatch, scenario)


def test_the_first_track_of_an_unknown_customer_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = host.open()
        await tab.fire("track", "api_calls", 1)
        assert len(await ledger(host)) == 1
        await host.until(lambda: tab.browser.get("meters") and tab.consumed() == 1)

    with_host(monkeypatch, scenario)


def test_a_quantity_that_is_too_large_is_told_how_much_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        await host.billing.create_customer("acme", locale="de-DE")
        tab = await host.open().ready()
        await tab.fire("track", "builds", "2000.5")
        assert tab.browser["notice_text"] == "Builds: at most 1.000,5 at once. Nothing was counted."
        await tab.fire("track", "builds", "nonsense")
        assert tab.browser["notice_text"] == "This quantity can't be counted."

    with_host(monkeypatch, scenario)


def test_an_engine_that_fails_is_said_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()

        async def fail(*_: object) -> None:
            raise OSError("the disk is gone")

        monkeypatch.setattr(host.billing, "browser_track", fail)
        await tab.fire("track", "api_calls", 1)
        assert tab.browser["notice_text"] == "Could not be counted. Try again later."

    with_host(monkeypatch, scenario)
    assert "the disk is gone" in caplog.text


def test_a_dismissed_nudge_is_gone_in_all_tabs_of_the_person_and_stays_for_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(host: Host) -> None:
        host.answers |= {"ann": Identity("acme", user_id="ann"), "bob": Identity("acme", user_id="bob")}
        await host.billing.create_customer("acme")
        await count(host, "acme", 800)
        tab, second, bob = host.open("who=ann"), host.open("who=ann"), host.open("who=bob")
        for each in (tab, second, bob):
            await each.ready()
            await host.until(lambda each=each: each.browser["nudge"].visible)
        await tab.fire("dismiss_nudge", tab.browser["nudge"].nudge_id)
        await host.until(lambda: not tab.browser["nudge"].visible and not second.browser["nudge"].visible)
        assert bob.browser["nudge"].visible
        reloaded = await host.open("who=ann").ready()
        assert not reloaded.browser["nudge"].visible

    with_host(monkeypatch, scenario)


@pytest.mark.parametrize("nudge_id", ["unknown", "", None, 7, ["x"], "a" * 100_000, "\ud800", "\x00"])
def test_dismissing_what_is_not_shown_does_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, nudge_id: Any
) -> None:
    async def scenario(host: Host) -> None:
        await host.billing.create_customer("acme")
        await count(host, "acme", 800)
        tab = await host.open().ready()
        for handler in ("dismiss_nudge", "see_nudge", "follow_nudge"):
            await tab.fire(handler, nudge_id)
        await tab.fire("refresh")
        await asyncio.sleep(0.3)
        assert tab.browser["nudge"].visible
        assert (await host.billing.list_nudge_events("acme")).events == ()

    with_host(monkeypatch, scenario)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]

"""A raw websocket client that calls everything there is with everything it can think of."""

import asyncio
import itertools
import uuid
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.support.live_app import LiveApp
from tests.support.raw_tab import USAGE, RawTab

FOREIGN = "https://evil.example"
# A number that nothing else contains by chance, so that it can be searched for in all that an attacker was sent.
VICTIMS_GB = Decimal("0.271828")
HOSTILE_QUANTITIES: list[Any] = [
    -1, 0, 10**30, 1e300, float("nan"), float("inf"), float("-inf"), True, None, "-5", "1e3", "nan", "9" * 300,
    [1], [], {}, {"quantity": 1},
]  # fmt: skip
HOSTILE_FEATURES: list[Any] = [
    "emails",
    "storage_gb",
    "unknown",
    "",
    None,
    7,
    ["api_calls"],
    {"key": "api_calls"},
    "\ud800",
]
FIELDS = (
    "meters", "status", "as_of_text", "stale", "nudge", "prompts", "notice_text", "reset_in_ms", "_identity", "_shown_to",
    "_meters", "_status", "_visible", "_nudge", "_prompts", "is_hydrated", "rx_router_headers", "rx_router_session",
)  # fmt: skip


def new_token() -> str:
    return str(uuid.uuid4())


def against(live_app: LiveApp, attack: Callable[[RawTab, str], Awaitable[None]]) -> None:
    """Run an attack beside a victim's open tab with numbers of its own; afterwards those are as before and nobody's."""
    victim = f"victim-{uuid.uuid4().hex[:8]}"

    async def run() -> None:
        async with RawTab(live_app.url, new_token(), cookie=f"who={victim}") as tab:
            await tab.ready()
            with live_app.engine() as engine:
                engine.track_usage(customer_id=victim, feature_key="storage_gb", quantity=VICTIMS_GB)
            await tab.until(lambda: tab.consumed("storage_gb") == float(VICTIMS_GB))
            await attack(tab, victim)
            await tab.settled()
            assert tab.consumed("storage_gb") == float(VICTIMS_GB)

    asyncio.run(run())
    with live_app.engine() as engine:
        events = engine.list_usage_events(victim).events
        assert [event.quantity for event in events if event.feature_key != "emails"] == [VICTIMS_GB]
        assert engine.verify().ok


def saw_something(attacker: RawTab) -> bool:
    """Whether the victim's number is in anything that an attacker was sent; the names are the attacker's own words."""
    return str(VICTIMS_GB) in attacker.received()


def hostile_payloads(parameters: list[str], victim: str) -> Iterator[Any]:
    """What to call a handler with: nothing, too much, and each parameter with each kind of nonsense."""
    yield {}
    yield {"customer_id": victim, "customer": victim, "identity": victim, "user_id": victim, "self": victim}
    yield {"vars": {f"{USAGE}.{field}": victim for field in FIELDS}, "hashes": ["x"]}
    for field in FIELDS:
        yield {"var_name": field, "value": victim}
    for value in (victim, -1, 10**30, float("nan"), ["x"], {"x": 1}, None, "x" * 5_000):
        yield dict.fromkeys(parameters, value)


@pytest.mark.parametrize("origin", ["", FOREIGN], ids=["own origin", "foreign origin"])
@pytest.mark.parametrize("cookie", ["", "who=mallory"], ids=["signed out", "signed in"])
def test_calling_every_handler_with_everything_changes_and_shows_nothing_of_another(
    live_app: LiveApp, origin: str, cookie: str
) -> None:
    """Covers "feature lookups cross tenants" and "limits bypassed from the client"."""
    handlers: dict[str, list[str]] = live_app.call("/control/handlers")
    # The host's own buttons do what the host wants them to do.
    called = {name: parameters for name, parameters in handlers.items() if ".live_host___" not in name}
    assert {
        f"{USAGE}.{name}"
        for name in ("tick", "track", "refresh", "dismiss_nudge", "see_nudge", "follow_nudge", "setvar")
    } <= called.keys()
    assert len(called) > 15

    async def attack(_tab: RawTab, victim: str) -> None:
        async with RawTab(live_app.url, new_token(), cookie=cookie, origin=origin) as attacker:
            for name, parameters in called.items():
                for payload in hostile_payloads(parameters, victim):
                    await attacker.send(name, payload)
                await attacker.settled()
            assert not saw_something(attacker)

    against(live_app, attack)


def test_no_hostile_quantity_or_feature_is_counted_for_anybody(live_app: LiveApp) -> None:
    """Covers "the browser may send a negative quantity"."""

    async def attack(_tab: RawTab, victim: str) -> None:
        async with RawTab(live_app.url, new_token(), cookie="who=trudy", origin=FOREIGN) as attacker:
            await attacker.ready()
            calls = [
                *itertools.product(["api_calls", "builds"], HOSTILE_QUANTITIES),
                *itertools.product(HOSTILE_FEATURES, [1, -1]),
                ("api_calls", 2),
                ("builds", 6),
            ]
            for feature_key, quantity in calls:
                payload = {"feature_key": feature_key, "quantity": quantity}
                await attacker.send(f"{USAGE}.track", payload)
                await attacker.send(f"{USAGE}.track", {**payload, "customer_id": victim})
            await attacker.settled()
            # The one that follows them all is counted, so those before it have been decided.
            await attacker.send(f"{USAGE}.track", {"feature_key": "api_calls", "quantity": 1})
            await attacker.until(lambda: attacker.consumed("api_calls") == 1)
            assert attacker.consumed("builds") == 0
            assert not saw_something(attacker)

    against(live_app, attack)
    with live_app.engine() as engine:
        assert [event.feature_key for event in engine.list_usage_events("trudy").events] == ["api_calls"]


def test_the_host_gives_setters_to_its_own_fields_and_the_library_has_none(live_app: LiveApp) -> None:
    handlers = live_app.call("/control/handlers")
    assert any(name.endswith("____chat.set_answer") for name in handlers)
    assert [name for name in handlers if name.startswith(f"{USAGE}.set_")] == []


def test_overwriting_fields_shows_nothing_and_counts_for_nobody_else(live_app: LiveApp) -> None:
    async def attack(_tab: RawTab, victim: str) -> None:
        async with RawTab(live_app.url, new_token(), cookie="who=mallory", origin=FOREIGN) as attacker:
            await attacker.ready()
            for field, value in itertools.product(FIELDS, (victim, {"customer_id": victim}, [victim, None, []])):
                await attacker.send(f"{USAGE}.setvar", {"var_name": field, "value": value})
            variables = {f"{USAGE}.{field}_rx_state_": victim for field in FIELDS}
            await attacker.send(
                "reflex___state____state.reflex___state____update_vars_internal_state.update_vars_internal",
                {"vars": variables},
            )
            await attacker.send("reflex___state____state.hydrate_and_load", {"vars": variables})
            await attacker.tick()
            await attacker.settled()
            assert attacker.usage["status"] == "ready"
            assert not saw_something(attacker)

    against(live_app, attack)


def test_a_departed_tabs_token_gives_nothing_to_another_cookie_at_hydrate(live_app: LiveApp) -> None:
    async def attack(_tab: RawTab, victim: str) -> None:
        token = new_token()
        async with RawTab(live_app.url, token, cookie=f"who={victim}") as departed:
            await departed.ready()
            assert departed.consumed("storage_gb") == float(VICTIMS_GB)
        hydrate = {"name": "reflex___state____state.hydrate_and_load", "payload": {}, "router_data": {"pathname": "/"}}
        for cookie, first_event in itertools.product(("", "who=mallory"), (None, hydrate)):
            async with RawTab(live_app.url, token, cookie=cookie, first_event=first_event) as thief:
                assert thief.new_token is None
                await thief.settled()
                assert thief.usage["meters"] == {}
                assert not saw_something(thief)

    against(live_app, attack)


def test_a_departed_tabs_token_gives_nothing_to_a_client_that_only_connects(live_app: LiveApp) -> None:
    async def attack(tab: RawTab, victim: str) -> None:
        token = new_token()
        async with RawTab(live_app.url, token, cookie=f"who={victim}") as departed:
            await departed.ready()
        async with RawTab(live_app.url, token, cookie="who=mallory") as thief:
            # No event of this connection has told the state about it; the lease of the departed tab still stands.
            live_app.track(victim, "emails")
            await tab.until(lambda: tab.consumed("emails") == 1)
            await tab.send(f"{USAGE}.refresh")
            await tab.settled()
            assert not saw_something(thief)
            assert thief.messages == []

    against(live_app, attack)


def test_a_closed_tab_causes_no_further_reads(live_app: LiveApp) -> None:
    """Covers "polling in hidden tabs and after disconnect"."""
    customer = f"leaver-{uuid.uuid4().hex[:8]}"

    async def run() -> None:
        async with RawTab(live_app.url, new_token(), cookie=f"who={customer}") as tab:
            await tab.ready()
        before = live_app.reads(customer)
        assert before >= 1
        live_app.track(customer, "emails")
        async with RawTab(live_app.url, new_token(), cookie="who=stayer") as stayer:
            await stayer.ready()
            reads = live_app.reads("stayer")
            # While another customer is read every interval, this one is not read once.
            await stayer.until(lambda: live_app.reads("stayer") >= reads + 2)
        assert live_app.reads(customer) == before

    asyncio.run(run())


def test_an_identify_that_changes_its_answer_clears_the_page_at_once(live_app: LiveApp) -> None:
    async def attack(_tab: RawTab, victim: str) -> None:
        who = uuid.uuid4().hex
        live_app.answer(who, victim)
        async with RawTab(live_app.url, new_token(), cookie=f"who={who}") as tab:
            await tab.ready()
            assert tab.consumed("storage_gb") == float(VICTIMS_GB)
            for answer, status in ((None, "signed_out"), ("raise", "error")):
                live_app.answer(who, answer)
                await tab.tick()
                await tab.until(lambda status=status: tab.usage["status"] == status)
                assert tab.usage["meters"] == {}
            seen = len(tab.messages)
            live_app.answer(who, f"next-{who}")
            await tab.tick()
            await tab.until(lambda: tab.usage["status"] == "ready")
            assert tab.consumed("api_calls") == 0
            assert str(VICTIMS_GB) not in str(tab.messages[seen:])

    against(live_app, attack)

"""The hub, with virtual time and tabs that only record what they are shown."""

import asyncio
import itertools
import logging
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from billing_ui_components.hub import Hub, Lease
from billing_ui_components.identity import Identity
from billing_ui_components.meter import MeterView
from billing_ui_components.nudge_view import NudgeView
from billing_ui_components.reading import Reading
from tests.support.virtual_time import run_in_virtual_time

ACME = Identity("acme")


@dataclass
class Shown:
    """One push that arrived: when, in which tab, and what it shows."""

    at: float
    token: str
    consumed: float
    stale: bool


@dataclass
class World:
    """An engine that answers from a dict, and tabs that are open while they are in `open`."""

    usage: dict[str, float] = field(default_factory=lambda: {"acme": 1.0})
    reads: list[tuple[float, str]] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    open: dict[str, str] = field(default_factory=dict)
    broken: Exception | None = None
    hangs: asyncio.Event | None = None
    reset_in: float | None = None
    locked: dict[str, asyncio.Event] = field(default_factory=dict)
    push_seconds: float = 0.0

    def __post_init__(self) -> None:
        self.hub = Hub(
            read=self._read, failed=self._failed, push=self._push, connected=lambda t, s: self.open.get(t) == s
        )

    async def _read(self, customer_id: str, users: frozenset[str | None]) -> Reading:
        began = self.now
        self.reads.append((began, customer_id))
        if self.hangs is not None:
            await self.hangs.wait()
        if self.broken is not None:
            raise self.broken
        meters = {"api_calls": MeterView(consumed=self.usage[customer_id])}
        nudges = {user: NudgeView() for user in users}
        return Reading(
            status="ready", meters=meters, nudges=nudges, reset_in=self.reset_in, read_at=self.now, began=began
        )

    def _failed(self, last: Reading | None, _error: Exception) -> Reading:
        return replace(last, stale=True, reset_in=None) if last and last.meters else Reading(status="error")

    async def _push(self, lease: Lease) -> None:
        if lease.token in self.locked:
            await self.locked[lease.token].wait()
        await asyncio.sleep(self.push_seconds)
        self._record(lease.token, self.hub.newest(lease))

    def _record(self, token: str, reading: Reading | None) -> None:
        if reading is not None:
            consumed = reading.meters["api_calls"].consumed if reading.meters else -1
            self.shown.append(Shown(self.now, token, consumed, reading.stale))

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def tick(self, token: str, identity: Identity = ACME) -> Reading | None:
        sid = self.open.setdefault(token, f"sid of {token}")
        return self.hub.renew(token, sid, identity)

    async def ticking(self, seconds: float, *tokens: str) -> None:
        for _ in range(int(seconds // 5)):
            for token in tokens:
                self.tick(token)
            await asyncio.sleep(5)

    def seen_by(self, token: str) -> list[float]:
        return [push.consumed for push in self.shown if push.token == token]


def in_world(scenario: Callable[[World], Awaitable[Any]]) -> World:
    async def run() -> World:
        world = World()
        await world.hub.start()
        try:
            await scenario(world)
        finally:
            await world.hub.stop()
        return world

    return run_in_virtual_time(run())


def test_the_first_tick_reads_at_once_and_pushes() -> None:
    async def scenario(world: World) -> None:
        assert world.tick("a") is None
        await asyncio.sleep(0.01)

    world = in_world(scenario)
    assert world.reads == [(0, "acme")]
    assert world.seen_by("a") == [1]


def test_one_read_an_interval_however_many_tabs_show_the_customer() -> None:
    async def scenario(world: World) -> None:
        await world.ticking(20, *(f"tab {number}" for number in range(50)))

    world = in_world(scenario)
    assert [at for at, _ in world.reads] == pytest.approx([0, 5, 10, 15])


def test_a_tab_that_comes_is_shown_what_is_known_and_at_once_what_is_so() -> None:
    """Who comes from a payment that another process was told of is not shown what was so before it."""

    async def scenario(world: World) -> None:
        world.tick("a")
        await asyncio.sleep(1)
        reading = world.tick("b")
        assert reading is not None
        assert reading.meters["api_calls"].consumed == 1
        assert not world.hub.answers("b", reading)
        await asyncio.sleep(0.1)
        reading = world.tick("b")
        assert reading is not None
        assert world.hub.answers("b", reading)
        assert world.hub.answers("a", reading)

    world = in_world(scenario)
    assert world.reads == [(0, "acme"), (1, "acme")]
    # Also where nothing changed; the other tab has nothing to be told.
    assert world.seen_by("b") == [1]
    assert world.seen_by("a") == [1]


def test_without_a_tick_for_two_and_a_half_intervals_nothing_is_read() -> None:
    async def scenario(world: World) -> None:
        world.tick("a")
        await asyncio.sleep(600)

    world = in_world(scenario)
    assert [at for at, _ in world.reads] == pytest.approx([0, 5, 10])


def test_a_closed_tab_causes_no_further_reads() -> None:
    async def scenario(world: World) -> None:
        world.tick("a")
        await asyncio.sleep(1)
        del world.open["a"]
        world.hub.committed("acme")
        await asyncio.sleep(600)

    world = in_world(scenario)
    assert len(world.reads) == 1


def test_a_tab_of_another_connection_is_not_shown_what_the_one_before_it_leased() -> None:
    async def scenario(world: World) -> None:
        world.tick("a")
        await asyncio.sleep(1)
        world.open["a"] = "sid of somebody else"
        world.usage["acme"] = 2
        world.hub.committed("acme")
        await asyncio.sleep(60)

    world = in_world(scenario)
    assert world.seen_by("a") == [1]
    assert len(world.reads) == 1


def test_a_connection_that_changes_while_its_push_waits_for_the_tabs_lock_is_shown_nothing() -> None:
    async def scenario(world: World) -> None:
        world.locked["a"] = asyncio.Event()
        world.tick("a")
        await asyncio.sleep(1)
        world.open["a"] = "sid of somebody else"
        world.locked["a"].set()
        await asyncio.sleep(1)

    assert in_world(scenario).seen_by("a") == []


def test_a_commit_is_pushed_at_once() -> None:
    async def scenario(world: World) -> None:
        world.tick("a")
        await asyncio.sleep(2)
        world.usage["acme"] = 2
        world.hub.committed("acme")
        await asyncio.sleep(0.01)

    world = in_world(scenario)
    assert world.seen_by("a") == [1, 2]
    assert world.shown[-1].at == pytest.approx(2, abs=0.001)


def test_commits_are_coalesced_the_first_at_once_and_the_last_always() -> None:
    async def scenario(world: World) -> None:
        world.tick("a")
        await asyncio.sleep(1)
        for _ in range(100):
            world.usage["acme"] += 1
            world.hub.committed("acme")
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)

    world = in_world(scenario)
    times = [push.at for push in world.shown[1:]]
    assert times[0] == pytest.approx(1, abs=0.001)
    assert all(later - earlier >= 0.25 - 1e-6 for earlier, later in itertools.pairwise(times))
    assert len(times) <= 6
    assert world.seen_by("a")[-1] == 101


def test_a_commit_while_a_read_runs_is_read_after_it() -> None:
    async def scenario(world: World) -> None:
        world.hangs = asyncio.Event()
        world.tick("a")
        await asyncio.sleep(0.1)
        world.hub.committed("acme")
        world.usage["acme"] = 2
        world.hangs.set()
        await asyncio.sleep(1)

    world = in_world(scenario)
    assert world.seen_by("a")[-1] == 2
    assert len(world.reads) == 2


def test_the_longer_a_read_lasts_the_less_is_believed() -> None:
    """As with reads that fail: what may count for a minute only is looked at again each interval."""
    aged: list[float] = []

    async def scenario(world: World) -> None:
        world.tick("a")
        await asyncio.sleep(1)
        world.hangs = asyncio.Event()
        world.hub._failed = lambda last, _: aged.append(world.now) or replace(last, stale=True)
        for _ in range(4):
            await asyncio.sleep(5)
            world.tick("a")
        world.hangs.set()
        await asyncio.sleep(1)
        assert world.seen_by("a")[-1] == 1

    world = in_world(scenario)
    assert len(world.reads) == 3
    assert len(aged) >= 3


def test_a_commit_of_another_thread_is_pushed() -> None:
    async def scenario(world: World) -> None:
        world.tick("a")
        await asyncio.sleep(1)
        world.usage["acme"] = 2
        writer = threading.Thread(target=world.hub.committed, args=("acme",))
        writer.start()
        writer.join()
        await asyncio.sleep(0.5)

    assert in_world(scenario).seen_by("a") == [1, 2]


def test_a_commit_of_a_customer_nobody_watches_reads_nothing() -> None:
    async def scenario(world: World) -> None:
        world.hub.committed("globex")
        await asyncio.sleep(1)

    assert in_world(scenario).reads == []


def test_an_unchanged_reading_is_not_pushed_again() -> None:
    async def scenario(world: World) -> None:
        await world.ticking(30, "a")

    world = in_world(scenario)
    assert len(world.reads) == 6
    assert world.seen_by("a") == [1]


def test_many_tabs_are_pushed_in_chunks_of_twenty_and_then_there_is_a_pause() -> None:
    tabs = [f"tab {number}" for number in range(100)]

    async def scenario(world: World) -> None:
        for token in tabs:
            world.tick(token)
        await asyncio.sleep(2)
        world.shown.clear()
        world.push_seconds = 0.05
        for wait in (0.3, 2):
            world.usage["acme"] += 1
            world.hub.committed("acme")
            await asyncio.sleep(wait)

    world = in_world(scenario)
    chunks: dict[float, set[str]] = {}
    for push in world.shown:
        chunks.setdefault(round(push.at - 2, 3), set()).add(push.token)
    assert [len(tokens) for tokens in chunks.values()] == [20] * 10
    # A round takes 0.25 s, so the next one begins three times that after its end, at 1.0 s.
    assert list(chunks) == pytest.approx([0.05, 0.1, 0.15, 0.2, 0.25, 1.05, 1.1, 1.15, 1.2, 1.25])


def test_the_tab_that_asked_is_served_at_once_in_the_middle_of_a_storm() -> None:
    tabs = [f"tab {number}" for number in range(100)]

    async def scenario(world: World) -> None:
        for token in tabs:
            world.tick(token)
        await asyncio.sleep(2)
        world.push_seconds = 0.05
        world.hub.committed("acme")
        world.usage["acme"] = 2
        await asyncio.sleep(0.26)
        world.shown.clear()
        world.usage["acme"] = 3
        world.hub.changed("acme", first="tab 99")
        await asyncio.sleep(2)

    world = in_world(scenario)
    assert world.shown[0].token == "tab 99"
    assert world.shown[0].at == pytest.approx(2.31)
    assert {push.token for push in world.shown if push.consumed == 3} == set(tabs)


def test_the_tabs_of_one_customer_do_not_wait_for_the_next_read_of_another() -> None:
    async def scenario(world: World) -> None:
        world.usage["globex"] = 1
        world.tick("a")
        world.tick("b", Identity("globex"))
        await asyncio.sleep(2)
        world.hub.committed("acme")
        world.hub.committed("globex")
        world.usage |= {"acme": 2, "globex": 2}
        await asyncio.sleep(0.02)

    world = in_world(scenario)
    assert world.seen_by("a") == [1, 2]
    assert world.seen_by("b") == [1, 2]


def test_a_tab_held_by_a_long_handler_does_not_hold_up_the_others() -> None:
    async def scenario(world: World) -> None:
        world.locked["slow"] = asyncio.Event()
        world.tick("slow")
        world.tick("a")
        await asyncio.sleep(1)
        world.usage["acme"] = 2
        world.hub.committed("acme")
        await asyncio.sleep(1)
        assert world.seen_by("a") == [1, 2]
        assert world.seen_by("slow") == []
        world.locked["slow"].set()
        await asyncio.sleep(1)

    world = in_world(scenario)
    # It gets the newest when its lock is free, and not the one it missed.
    assert world.seen_by("slow") == [2]


def test_news_that_comes_while_a_tab_is_being_pushed_to_follows() -> None:
    async def scenario(world: World) -> None:
        sent = asyncio.Event()

        async def push(lease: Lease) -> None:
            world._record(lease.token, world.hub.newest(lease))
            await sent.wait()

        world.hub._push = push
        world.tick("a")
        await asyncio.sleep(1)
        world.usage["acme"] = 2
        world.hub.committed("acme")
        await asyncio.sleep(1)
        sent.set()
        await asyncio.sleep(1)

    assert in_world(scenario).seen_by("a") == [1, 2]


def test_a_push_that_fails_is_logged_and_not_repeated_until_something_changes(caplog: pytest.LogCaptureFixture) -> None:
    attempts: list[float] = []

    async def scenario(world: World) -> None:
        async def fail(_lease: Lease) -> None:
            attempts.append(world.now)
            raise RuntimeError("the socket is broken")

        world.hub._push = fail
        await world.ticking(20, "a")

    in_world(scenario)
    assert len(attempts) == 1
    assert "the socket is broken" in caplog.text


def test_a_failed_read_keeps_the_last_numbers_marks_them_stale_and_recovers(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(world: World) -> None:
        task = asyncio.create_task(world.ticking(40, "a"))
        await asyncio.sleep(1)
        world.broken = OSError("the disk is gone")
        await asyncio.sleep(20)
        world.broken = None
        world.usage["acme"] = 7
        await task

    with caplog.at_level(logging.WARNING):
        world = in_world(scenario)
    assert [(push.consumed, push.stale) for push in world.shown] == [(1, False), (1, True), (7, False)]
    # It goes on trying every interval, and says so once.
    assert [at for at, _ in world.reads][:8] == pytest.approx([0, 5, 10, 15, 20, 25, 30, 35])
    assert caplog.text.count("the disk is gone") == 1


def test_a_first_read_that_fails_shows_an_error_and_no_numbers() -> None:
    async def scenario(world: World) -> None:
        world.broken = OSError("the disk is gone")
        world.tick("a")
        await asyncio.sleep(1)

    assert [(push.consumed, push.stale) for push in in_world(scenario).shown] == [(-1, False)]


def test_tabs_that_open_while_a_customer_is_read_are_all_served_by_one_more_read() -> None:
    """The one that runs may have looked at the database before what brought them here was in it, such as a payment."""

    async def scenario(world: World) -> None:
        world.hangs = asyncio.Event()
        world.tick("a")
        await asyncio.sleep(0.1)
        world.tick("b")
        world.tick("c")
        world.hangs.set()
        await asyncio.sleep(0.01)
        world.usage["acme"] = 2
        await asyncio.sleep(1)

    world = in_world(scenario)
    assert [at for at, _ in world.reads] == pytest.approx([0, 0.25])
    assert world.seen_by("b") == world.seen_by("c") == [1, 2]


def test_a_tab_that_comes_a_moment_after_a_read_is_served_by_a_later_one() -> None:
    async def scenario(world: World) -> None:
        world.tick("a")
        await asyncio.sleep(0.1)
        world.usage["acme"] = 2
        reading = world.tick("b")
        assert reading is not None
        assert not world.hub.answers("b", reading)
        await asyncio.sleep(1)

    world = in_world(scenario)
    assert [at for at, _ in world.reads] == pytest.approx([0, 0.25])
    assert world.seen_by("b") == [2]


def test_a_reload_while_the_engine_fails_does_not_lose_the_last_numbers() -> None:
    async def scenario(world: World) -> None:
        world.tick("a")
        await asyncio.sleep(1)
        del world.open["a"]
        world.broken = OSError("the disk is gone")
        world.hub.committed("acme")
        await asyncio.sleep(1)
        world.open["a"] = "the next sid"
        assert world.hub.renew("a", "the next sid", ACME) is None
        await asyncio.sleep(1)

    world = in_world(scenario)
    assert [(push.consumed, push.stale) for push in world.shown] == [(1, False), (1, True)]


def test_what_nobody_looks_at_is_forgotten_after_a_while() -> None:
    async def scenario(world: World) -> None:
        world.tick("a")
        await asyncio.sleep(700)
        assert world.hub._topics == {}
        for number in range(1_500):
            world.usage[f"customer {number}"] = 0
            world.tick("b", Identity(f"customer {number}"))
        await asyncio.sleep(1)
        assert len(world.hub._topics) <= 1_001

    in_world(scenario)


def test_a_read_that_hangs_is_stale_after_an_interval_and_not_started_twice() -> None:
    async def scenario(world: World) -> None:
        task = asyncio.create_task(world.ticking(30, "a"))
        await asyncio.sleep(1)
        world.hangs = asyncio.Event()
        await asyncio.sleep(15)
        assert [(push.consumed, push.stale) for push in world.shown] == [(1, False), (1, True)]
        assert len(world.reads) == 2
        world.hangs.set()
        await task

    world = in_world(scenario)
    assert [(push.consumed, push.stale) for push in world.shown] == [(1, False), (1, True), (1, False)]


def test_a_tab_that_comes_while_a_read_hangs_is_told_after_an_interval_of_its_own() -> None:
    async def scenario(world: World) -> None:
        world.tick("a")
        await asyncio.sleep(1)
        world.hangs = asyncio.Event()
        world.hub.changed("acme")
        await asyncio.sleep(2)
        told = []
        for _ in range(3):
            reading = world.tick("b")
            told.append(reading is not None and world.hub.missed("b", reading))
            world.tick("a")
            await asyncio.sleep(5)
        assert told == [False, False, True]

    in_world(scenario)


def test_a_customer_is_read_at_the_reset_instant() -> None:
    async def scenario(world: World) -> None:
        world.reset_in = 2.5
        world.tick("a")
        await asyncio.sleep(1)
        world.reset_in = None
        world.usage["acme"] = 0
        await asyncio.sleep(2)

    world = in_world(scenario)
    assert [at for at, _ in world.reads] == pytest.approx([0, 2.5])
    assert world.seen_by("a") == [1, 0]


def test_another_person_of_the_customer_is_read_for_too() -> None:
    async def scenario(world: World) -> None:
        world.tick("a", Identity("acme", user_id="ann"))
        await asyncio.sleep(1)
        world.tick("b", Identity("acme", user_id="bob"))
        await asyncio.sleep(0.1)
        reading = world.tick("b", Identity("acme", user_id="bob"))
        assert reading is not None
        assert set(reading.nudges) == {"ann", "bob"}

    in_world(scenario)


def test_a_tab_that_changes_its_customer_leaves_the_one_before() -> None:
    async def scenario(world: World) -> None:
        world.usage["globex"] = 50
        world.tick("a")
        await asyncio.sleep(1)
        assert world.tick("a", Identity("globex")) is None
        await asyncio.sleep(1)
        world.usage["acme"] = 2
        world.hub.committed("acme")
        await asyncio.sleep(20)

    world = in_world(scenario)
    assert world.seen_by("a") == [1, 50]
    assert [customer for _, customer in world.reads].count("acme") == 1


def test_stopping_ends_reads_and_pushes() -> None:
    async def scenario(world: World) -> None:
        world.tick("a")
        world.locked["a"] = asyncio.Event()
        await asyncio.sleep(1)
        await world.hub.stop()
        world.hub.committed("acme")
        await asyncio.sleep(60)
        assert len(asyncio.all_tasks()) == 1

    assert len(in_world(scenario).reads) == 1

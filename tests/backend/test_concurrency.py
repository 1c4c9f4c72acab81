"""Callers that meet in one engine: each is decided by itself, none waits for what it need not wait for.

How many of them may ask at once, from where, and what may happen to them meanwhile is shown in tests/faults.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest

from billing_ui_backend import (
    AsyncBilling,
    Billing,
    IdempotencyKeyReused,
    QuotaExceeded,
    ServiceUnavailable,
    UsageReceipt,
)
from billing_ui_backend.postgres_books import PostgresBooks
from billing_ui_backend.sqlite_books import SqliteBooks
from billing_ui_backend.writer import MAX_QUEUED_GROUPS
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock, one_quota

LIMIT = 200


@pytest.fixture
def limited(open_billing: OpenBilling) -> Billing:
    """An engine with one hard limit of 200 calls."""
    billing = open_billing(catalog=one_quota(LIMIT), clock=None)
    billing.create_customer("cus_1")
    return billing


def track_soon(billing: AsyncBilling, key: str) -> asyncio.Task[UsageReceipt]:
    return asyncio.create_task(
        billing.track_usage(customer_id="cus_1", feature_key="api_calls", idempotency_key=key), name=key
    )


async def until_queued(billing: AsyncBilling, number: int) -> None:
    """Waits until the writer is at work and as many groups wait for it."""
    writer = billing._billing.open_writer()
    while len(writer._queue) != number or writer._turn is None:
        await asyncio.sleep(0.001)


@asynccontextmanager
async def writer_busy(billing: AsyncBilling) -> AsyncIterator[asyncio.Task[UsageReceipt]]:
    """The writer has one event, key "0", in its hands and can't commit it: whatever is handed over meanwhile waits."""
    books = billing._billing.open_writer()._books
    assert isinstance(books, (SqliteBooks, PostgresBooks))
    with books._database._lock:
        first = track_soon(billing, "0")
        await until_queued(billing, 0)
        yield first


def at_once(number: int, call: Callable[[int], Any]) -> list[Any]:
    """Calls from as many threads at the same moment; answers with results and errors."""
    start = threading.Barrier(number)

    def run(index: int) -> Any:
        start.wait(30)
        return call(index)

    with ThreadPoolExecutor(number) as pool:
        running = [pool.submit(run, index) for index in range(number)]
        return [future.exception() or future.result() for future in running]


def used(billing: Billing) -> object:
    return billing.get_usage_metrics("cus_1")["api_calls"].consumed


def test_the_first_event_of_a_window_is_guarded_against_itself(limited: Billing, open_billing: OpenBilling) -> None:
    engines = [limited, *(open_billing(catalog=None, clock=None) for _ in range(3))]
    answers = at_once(
        8, lambda index: engines[index % 4].track_usage(customer_id="cus_1", feature_key="api_calls", quantity=150)
    )
    assert Counter(type(answer) for answer in answers) == {UsageReceipt: 1, QuotaExceeded: 7}
    assert limited.verify()


def test_one_key_for_two_events_at_once_is_one_of_them(limited: Billing) -> None:
    answers = at_once(
        16,
        lambda index: limited.track_usage(
            customer_id="cus_1", feature_key="api_calls", quantity=1 + index % 2, idempotency_key="same"
        ),
    )
    assert Counter(type(answer) for answer in answers) == {UsageReceipt: 8, IdempotencyKeyReused: 8}
    assert limited.verify().events == 1


def test_levels_and_plans_that_change_at_once_leave_books_that_agree(open_billing: OpenBilling) -> None:
    billing, other = open_billing(clock=None), open_billing(clock=None)
    billing.create_customer("cus_1", plan="pro")

    def step(index: int) -> None:
        engine = (billing, other)[index % 2]
        for turn in range(6):
            engine.set_usage(customer_id="cus_1", feature_key="team", quantity=(index + turn) % 4)
            engine.track_usage(customer_id="cus_1", feature_key="api_calls")
            engine.change_plan("cus_1", ("pro", "trial")[turn % 2])
            engine.update_customer("cus_1", timezone=("UTC", "Asia/Kolkata")[index % 2])

    assert at_once(6, step) == [None] * 6
    assert billing.get_usage_metrics("cus_1")["api_calls"].consumed == 36
    assert billing.verify()


def test_an_event_after_a_plan_change_is_decided_under_the_new_plan(
    billing: Billing, open_billing: OpenBilling
) -> None:
    """Also in a process that had the customer's old plan in its memory."""
    other = open_billing()
    for engine in (billing, other):
        engine.track_usage(customer_id="cus_1", feature_key="emails", quantity=50)
    with pytest.raises(QuotaExceeded):
        other.track_usage(customer_id="cus_1", feature_key="emails")
    billing.change_plan("cus_1", "pro")
    assert other.track_usage(customer_id="cus_1", feature_key="emails").usage.limit_units == 10_000
    other.change_plan("cus_1", "free")
    with pytest.raises(QuotaExceeded):
        billing.track_usage(customer_id="cus_1", feature_key="emails")


def test_a_task_that_gives_up_while_it_waits_has_no_effect_and_stops_nobody(database_url: str) -> None:
    async def run() -> None:
        async with AsyncBilling(database_url, catalog=one_quota(LIMIT)) as billing:
            await billing.create_customer("cus_1")
            async with writer_busy(billing) as first:
                tasks = [first, *(track_soon(billing, str(number)) for number in range(1, 6))]
                await until_queued(billing, 5)
                given_up = [tasks[number] for number in (0, 2, 3)]
                for task in given_up:
                    task.cancel()
                await asyncio.wait(given_up)
            answers = await asyncio.gather(*tasks, return_exceptions=True)
            assert [type(answer) for answer in answers] == [
                *(asyncio.CancelledError, UsageReceipt, asyncio.CancelledError, asyncio.CancelledError),
                *(UsageReceipt, UsageReceipt),
            ]
            keys = {event.idempotency_key for event in (await billing.list_usage_events("cus_1")).events}
            assert keys == {"0", "1", "4", "5"}
            # The retry of what was cancelled too late is a replay.
            again = await billing.track_usage(customer_id="cus_1", feature_key="api_calls", idempotency_key="0")
            assert again.replayed
            assert await billing.verify()

    asyncio.run(asyncio.wait_for(run(), 30))


def test_a_full_queue_answers_at_once_and_counts_nothing(database_url: str) -> None:
    async def run() -> None:
        async with AsyncBilling(database_url, catalog=one_quota(10_000)) as billing:
            await billing.create_customer("cus_1")
            async with writer_busy(billing) as first:
                tasks = [track_soon(billing, str(number)) for number in range(1, MAX_QUEUED_GROUPS + 101)]
                await until_queued(billing, MAX_QUEUED_GROUPS)
                refused = await asyncio.gather(*tasks[MAX_QUEUED_GROUPS:], return_exceptions=True)
                for error in refused:
                    assert isinstance(error, ServiceUnavailable)
                    assert error.details["retry_after"] == 1
            await asyncio.gather(first, *tasks[:MAX_QUEUED_GROUPS])
            assert (await billing.verify()).events == MAX_QUEUED_GROUPS + 1

    asyncio.run(asyncio.wait_for(run(), 30))


def test_the_event_loop_never_waits_for_the_disk(database_url: str) -> None:
    async def run() -> int:
        async with AsyncBilling(database_url, catalog=one_quota(LIMIT)) as billing:
            await billing.create_customer("cus_1")
            turns = 0
            async with writer_busy(billing) as first:
                waiting = track_soon(billing, "1")
                while turns < 1000:
                    await asyncio.sleep(0)
                    turns += 1
                assert not first.done()
                assert not waiting.done()
            await asyncio.gather(first, waiting)
            return turns

    assert asyncio.run(asyncio.wait_for(run(), 30)) == 1000


def test_watchers_are_told_after_the_commit_and_one_that_fails_stops_nobody(
    billing: Billing, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[tuple[str, int]] = []

    def remember(customer_id: str) -> None:
        told.append((customer_id, int(billing.get_usage_metrics(customer_id)["emails"].consumed)))

    def fail(customer_id: str) -> None:
        raise RuntimeError(f"no page for {customer_id}")

    billing.on_commit(fail)
    stop = billing.on_commit(remember)
    billing.create_customer("cus_2")
    for customer_id, quantity in (("cus_1", 7), ("cus_2", 9)):
        billing.track_usage(customer_id=customer_id, feature_key="emails", quantity=quantity, idempotency_key="k")
        billing.track_usage(customer_id=customer_id, feature_key="emails", quantity=quantity, idempotency_key="k")
    with pytest.raises(QuotaExceeded):
        billing.track_usage(customer_id="cus_1", feature_key="emails", quantity=100)
    assert told == [("cus_2", 0), ("cus_1", 7), ("cus_2", 9)]
    assert "no page for cus_1" in caplog.text
    stop()
    billing.change_plan("cus_1", "pro")
    assert len(told) == 3


def test_the_asynchronous_engine_has_the_same_calls(clock: Clock) -> None:
    def calls(cls: type) -> dict[str, inspect.Signature]:
        return {
            name: inspect.signature(call)
            for name, call in vars(cls).items()
            if not name.startswith("_") and inspect.isfunction(call) and name != "open_writer"
        }

    asynchronous = calls(AsyncBilling)
    # The one answer that is not the same: an AsyncHold, whose methods are coroutines.
    held = asynchronous["reserve_usage"]
    assert held.return_annotation == "AsyncHold"
    asynchronous["reserve_usage"] = held.replace(return_annotation="Hold")
    assert asynchronous == calls(Billing)
    plain = {
        name for name, call in vars(AsyncBilling).items() if inspect.isfunction(call) and not name.startswith("_")
    } - {name for name, call in vars(AsyncBilling).items() if inspect.iscoroutinefunction(call)}
    assert plain == {"now", "on_commit"}
    assert AsyncBilling("sqlite://", clock=clock).now() == clock.now


def test_the_asynchronous_engine_gives_the_same_answers(
    database_url: str, catalog: dict[str, Any], clock: Clock
) -> None:
    async def run() -> list[Any]:
        async with AsyncBilling(database_url, catalog=catalog, clock=clock) as billing:
            await billing.create_customer("cus_1", plan="pro")
            event = {"customer_id": "cus_1", "feature_key": "api_calls", "quantity": 45_000, "idempotency_key": "k"}
            first = await billing.track_usage(**event)
            again, unknown = await billing.track_usage_batch([event, {**event, "feature_key": "no_such"}])
            await billing.set_usage(customer_id="cus_1", feature_key="team", quantity=4, idempotency_key="t")
            assert first.usage.consumed_units == 45_000
            assert again.receipt is not None
            assert again.receipt.replayed
            assert unknown.error is not None
            assert unknown.error.code == "unknown_feature"
            return [
                await billing.get_customer("cus_1"),
                await billing.list_customers(),
                await billing.get_usage_metrics("cus_1"),
                await billing.check_entitlement("cus_1", "api_calls"),
                await billing.is_approaching_limit("cus_1", "api_calls", 90),
                await billing.list_usage_events("cus_1"),
                await billing.get_nudge("cus_1"),
                await billing.verify(),
            ]

    answers = asyncio.run(run())
    with Billing(database_url, clock=clock) as billing:
        assert answers == [
            billing.get_customer("cus_1"),
            billing.list_customers(),
            billing.get_usage_metrics("cus_1"),
            billing.check_entitlement("cus_1", "api_calls"),
            billing.is_approaching_limit("cus_1", "api_calls", 90),
            billing.list_usage_events("cus_1"),
            billing.get_nudge("cus_1"),
            billing.verify(),
        ]


def test_an_engine_can_be_shared_and_outlives_the_asynchronous_one(billing: Billing) -> None:
    async def run() -> None:
        async with AsyncBilling(billing=billing) as shared:
            await shared.track_usage(customer_id="cus_1", feature_key="emails", quantity=5)

    asyncio.run(run())
    assert billing.get_usage_metrics("cus_1")["emails"].consumed == 5


def test_closing_from_a_thread_commits_what_was_called_in_the_very_turn_of_the_loop(database_url: str) -> None:
    async def run() -> list[UsageReceipt]:
        shared = Billing(database_url, catalog=one_quota(LIMIT))
        billing = AsyncBilling(billing=shared)
        await billing.create_customer("cus_1")
        tasks = [track_soon(billing, str(number)) for number in range(5)]
        await asyncio.sleep(0)
        # The loop stands still meanwhile, so nothing that it was to do after the calls is done.
        closing = threading.Thread(target=shared.close)
        closing.start()
        closing.join()
        return await asyncio.gather(*tasks)

    assert [receipt.idempotency_key for receipt in asyncio.run(asyncio.wait_for(run(), 30))] == list("01234")
    with Billing(database_url) as again:
        assert again.verify().events == 5


def test_a_callback_that_would_end_the_thread_leaves_nobody_waiting(limited: Billing) -> None:
    def leave(_: str) -> None:
        told()
        raise SystemExit

    async def run() -> list[UsageReceipt]:
        async with AsyncBilling(billing=limited) as billing:
            async with writer_busy(billing) as first:
                queued = [track_soon(billing, str(number)) for number in range(1, 4)]
                await until_queued(billing, 3)
            return await asyncio.gather(first, *queued)

    told = limited.on_commit(leave)
    receipts = asyncio.run(asyncio.wait_for(run(), 20))
    assert [receipt.idempotency_key for receipt in receipts] == list("0123")


def test_what_is_refused_for_want_of_a_thread_is_not_counted_later(
    limited: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def run() -> None:
        async with AsyncBilling(billing=limited) as billing:
            await billing.get_customer("cus_1")
            with monkeypatch.context() as no_threads:
                no_threads.setattr(threading.Thread, "start", refuse)
                with pytest.raises(ServiceUnavailable, match="start new thread"):
                    await track_soon(billing, "1")
            await track_soon(billing, "2")

    asyncio.run(asyncio.wait_for(run(), 20))
    assert [event.idempotency_key for event in limited.list_usage_events("cus_1").events] == ["2"]


def test_a_clock_that_runs_out_is_told_to_every_caller(open_billing: OpenBilling, clock: Clock) -> None:
    running = True

    def tell() -> datetime:
        if not running:
            raise StopIteration
        return clock()

    billing = open_billing(catalog=one_quota(LIMIT), clock=tell)
    billing.create_customer("cus_1")

    async def run() -> list[UsageReceipt | BaseException]:
        nonlocal running
        async with AsyncBilling(billing=billing) as shared:
            running = False
            tasks = [track_soon(shared, str(number)) for number in range(3)]
            answers = await asyncio.gather(*tasks, return_exceptions=True)
            running = True
            return answers

    assert [type(answer) for answer in asyncio.run(asyncio.wait_for(run(), 20))] == [RuntimeError] * 3
    assert not billing.verify().events

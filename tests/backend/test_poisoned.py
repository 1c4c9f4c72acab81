"""Events that are committed together: one that can't be written, or whose customer is locked, fails or waits alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from threading import Thread
from typing import Any

import pytest

from billing_ui_backend import AsyncBilling, Billing, ServiceUnavailable, UsageReceipt, parked
from billing_ui_backend.postgres_books import PostgresBooks
from billing_ui_backend.sqlite_books import SqliteBooks
from tests.backend.conftest import OpenBilling
from tests.support.engine import one_quota
from tests.support.faults_clients import wait_for
from tests.support.postgres import PostgresServer
from tests.support.tampering import tampering

CUSTOMERS = [f"cus_{number}" for number in range(7)]
POISONED = "cus_4"
OTHERS = [customer_id for customer_id in CUSTOMERS if customer_id != POISONED]
postgres_only = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def billing(open_billing: OpenBilling) -> Billing:
    """An engine that has served seven customers before."""
    engine = open_billing(catalog=one_quota(1000))
    for customer_id in CUSTOMERS:
        engine.create_customer(customer_id)
    engine.track_usage_batch([event(customer_id, "first") for customer_id in CUSTOMERS])
    return engine


def event(customer_id: str, key: str | None = None) -> dict[str, Any]:
    return {"customer_id": customer_id, "feature_key": "api_calls", "idempotency_key": key}


def used(billing: Billing) -> dict[str, int]:
    return {customer_id: int(billing.get_usage_metrics(customer_id)["api_calls"].consumed) for customer_id in CUSTOMERS}


def poison(url: str) -> None:
    """As where a customer's zone is gone from the machine: nobody expects that in the middle of a batch."""
    with tampering(url) as execute:
        execute(
            f"update billing_customer set timezone = 'No/Where', version = version + 1 where customer_id = '{POISONED}'"
        )


def heal(url: str) -> None:
    with tampering(url) as execute:
        execute(f"update billing_customer set timezone = 'UTC', version = version + 1 where customer_id = '{POISONED}'")


async def together(billing: Billing, calls: Sequence[dict[str, Any]]) -> list[asyncio.Task[UsageReceipt]]:
    """Calls that are in one batch of the writer's; they are under way when this returns."""
    writer, shared = billing.open_writer(), AsyncBilling(billing=billing)
    assert isinstance(writer._books, (SqliteBooks, PostgresBooks))
    with writer._books._database._lock:
        first = asyncio.create_task(shared.track_usage(**event(OTHERS[0])))
        while writer._turn is None:
            await asyncio.sleep(0.001)
        tasks = [asyncio.create_task(shared.track_usage(**call)) for call in calls]
        while len(writer._queue) < len(tasks):
            await asyncio.sleep(0.001)
    return [first, *tasks]


def test_an_unexpected_error_in_a_group_commit_is_told_to_its_caller_alone(billing: Billing, database_url: str) -> None:
    async def run() -> list[UsageReceipt | BaseException]:
        tasks = await together(billing, [event(customer_id, "second") for customer_id in CUSTOMERS * 2])
        return await asyncio.gather(*tasks, return_exceptions=True)

    poison(database_url)
    _, *answers = asyncio.run(asyncio.wait_for(run(), 60))
    for customer_id, answer in zip(CUSTOMERS * 2, answers, strict=True):
        assert isinstance(answer, UsageReceipt) == (customer_id != POISONED)
        if customer_id == POISONED:
            assert "No/Where" in str(answer)
    replayed = Counter(answer.replayed for answer in answers if isinstance(answer, UsageReceipt))
    assert replayed == {False: len(OTHERS), True: len(OTHERS)}
    heal(database_url)
    assert not billing.track_usage(**event(POISONED, "second")).replayed
    assert used(billing) == {**dict.fromkeys(CUSTOMERS, 2), OTHERS[0]: 3}
    assert billing.verify()


def test_an_unexpected_error_in_a_batch_is_one_items_error(
    billing: Billing, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    events = [event(customer_id, f"{number}") for number in range(20) for customer_id in CUSTOMERS]
    poison(database_url)
    items = billing.track_usage_batch(events)
    for item, sent in zip(items, events, strict=True):
        assert item.success == (sent["customer_id"] != POISONED)
        if item.error is not None:
            assert isinstance(item.error, ServiceUnavailable)
            assert "No/Where" in item.error.message
            assert item.error.details["retry_after"] > 0
    assert "Traceback" in caplog.text
    # Each customer's events were counted in their order.
    counted = [
        item.receipt.usage.consumed_units for item in items if item.receipt and item.receipt.customer_id == "cus_6"
    ]
    assert counted == list(range(2, 22))
    heal(database_url)
    again = billing.track_usage_batch(events)
    assert [item.receipt is not None and item.receipt.replayed for item in again] == [item.success for item in items]
    assert used(billing) == dict.fromkeys(CUSTOMERS, 21)
    assert billing.verify()


def test_a_row_that_the_database_refuses_is_refused_alone(billing: Billing, database_url: str) -> None:
    with tampering(database_url) as execute:
        if database_url.startswith("sqlite"):
            execute(
                "create trigger fault before insert on billing_event when new.idempotency_key in ('k7', 'k13') "
                "begin select raise(abort, 'no more'); end"
            )
        else:
            execute(
                "create function fault() returns trigger language plpgsql as $$ begin "
                "if new.idempotency_key in ('k7', 'k13') then raise 'no more'; end if; return new; end $$"
            )
            execute("create trigger fault before insert on billing_event for each row execute function fault()")
        events = [event(CUSTOMERS[number % 2], f"k{number}") for number in range(20)]
        for item, sent in zip(billing.track_usage_batch(events), events, strict=True):
            assert item.success == (sent["idempotency_key"] not in ("k7", "k13"))
            assert item.error is None or (
                isinstance(item.error, ServiceUnavailable) and "no more" in item.error.message
            )
        with pytest.raises(ServiceUnavailable, match="no more"):
            billing.track_usage(**event("cus_1", "k7"))
        assert used(billing) == {**dict.fromkeys(CUSTOMERS, 1), "cus_0": 11, "cus_1": 9}
        assert billing.verify()
        execute(f"drop trigger fault{'' if database_url.startswith('sqlite') else ' on billing_event'}")
    assert [item.receipt.replayed for item in billing.track_usage_batch(events) if item.receipt] == [
        sent["idempotency_key"] not in ("k7", "k13") for sent in events
    ]
    assert used(billing) == {**dict.fromkeys(CUSTOMERS, 1), "cus_0": 11, "cus_1": 11}


@postgres_only
@pytest.mark.parametrize("table", ["billing_customer", "billing_counter"])
def test_others_are_answered_while_somebody_has_a_customer_locked(
    billing: Billing, database_url: str, postgres: PostgresServer, table: str
) -> None:
    async def run() -> None:
        with postgres.connect(database_url) as other:
            with other.transaction():
                other.execute(f"select 1 from {table} where customer_id = '{POISONED}' for update".encode())
                before = postgres.log().count("lock timeout")
                tasks = await together(billing, [event(customer_id, "second") for customer_id in CUSTOMERS])
                waiting = tasks.pop(1 + CUSTOMERS.index(POISONED))
                await asyncio.gather(*tasks)
                shared = AsyncBilling(billing=billing)
                items = asyncio.create_task(shared.track_usage_batch([event(who, "third") for who in CUSTOMERS]))
                for number in range(10):
                    await asyncio.gather(*(shared.track_usage(**event(who, f"more-{number}")) for who in OTHERS))
                assert not waiting.done()
                assert not items.done()
                if table == "billing_customer":
                    # Nobody waited for it more than once, nor for a second call for it.
                    assert postgres.log().count("lock timeout") == before + 1
            assert not (await waiting).replayed
            assert all(item.receipt is not None and not item.receipt.replayed for item in await items)

    asyncio.run(asyncio.wait_for(run(), 60))
    assert used(billing) == {**dict.fromkeys(OTHERS, 13), OTHERS[0]: 14, POISONED: 3}
    assert billing.verify()


@postgres_only
def test_who_waits_for_a_customer_for_too_long_is_told_so_and_others_of_the_batch_are_counted(
    billing: Billing, database_url: str, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parked, "PATIENCE", 0.2)
    events = [event(customer_id, "second") for customer_id in CUSTOMERS]
    with postgres.connect(database_url) as other, other.transaction():
        other.execute(f"select 1 from billing_customer where customer_id = '{POISONED}' for update".encode())
        for item, sent in zip(billing.track_usage_batch(events), events, strict=True):
            assert item.success == (sent["customer_id"] != POISONED)
            assert item.error is None or (
                isinstance(item.error, ServiceUnavailable) and "try again" in item.error.message
            )
        with pytest.raises(ServiceUnavailable, match=f"{POISONED}.*try again"):
            billing.track_usage(**event(POISONED, "second"))
        # Nobody who isn't there waits.
        assert {
            item.error.code for item in billing.track_usage_batch([event("nobody"), event(POISONED)]) if item.error
        } == {
            "unknown_customer",
            "service_unavailable",
        }
    assert sum(item.receipt is not None and item.receipt.replayed for item in billing.track_usage_batch(events)) == 6
    assert used(billing) == dict.fromkeys(CUSTOMERS, 2)
    assert billing.verify()


@postgres_only
def test_a_customer_who_stays_locked_takes_no_room_from_others(
    billing: Billing, database_url: str, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More calls than may wait: those beyond are told at once, and whoever waits is served when the customer is free."""
    monkeypatch.setattr(parked, "_ROOM", 50)

    async def run() -> list[UsageReceipt | BaseException]:
        with postgres.connect(database_url) as other, other.transaction():
            other.execute(f"select 1 from billing_customer where customer_id = '{POISONED}' for update".encode())
            shared = AsyncBilling(billing=billing)
            tasks = [asyncio.create_task(shared.track_usage(**event(POISONED, f"{number}"))) for number in range(80)]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await shared.track_usage(**event(OTHERS[0]))
        return await asyncio.gather(*tasks, return_exceptions=True)

    answers = Counter(isinstance(answer, UsageReceipt) for answer in asyncio.run(asyncio.wait_for(run(), 60)))
    assert answers == {True: 50, False: 30}
    assert used(billing)[POISONED] == 51
    assert billing.verify()


@postgres_only
def test_threads_that_wait_for_a_locked_customer_keep_nobody_else_waiting(
    billing: Billing, database_url: str, postgres: PostgresServer
) -> None:
    receipts: list[UsageReceipt] = []
    threads = [
        Thread(target=lambda key=key: receipts.append(billing.track_usage(**event(POISONED, key))), daemon=True)  # type: ignore[misc]
        for key in ("a", "b", "b")
    ]
    with postgres.connect(database_url) as other, other.transaction():
        other.execute(f"select 1 from billing_customer where customer_id = '{POISONED}' for update".encode())
        for thread in threads:
            thread.start()
        writer = billing.open_writer()
        wait_for(lambda: POISONED in writer._parked.customers)
        for number in range(3):
            billing.track_usage_batch([event(customer_id, f"{number}") for customer_id in OTHERS])
        assert receipts == []
    for thread in threads:
        thread.join(30)
    assert Counter(receipt.replayed for receipt in receipts) == {False: 2, True: 1}
    assert used(billing) == {**dict.fromkeys(OTHERS, 4), POISONED: 3}
    assert billing.verify()


@postgres_only
def test_a_batch_whose_commit_nobody_knows_of_is_not_tried_in_parts(
    billing: Billing, database_url: str, postgres: PostgresServer
) -> None:
    """The server ends the connection at the commit, each time. The same keys tell afterwards that nothing was counted."""
    events = [event(customer_id, "second") for customer_id in CUSTOMERS]
    with tampering(database_url) as execute:
        execute(
            "create function fault() returns trigger language plpgsql as $$ begin "
            "perform pg_terminate_backend(pg_backend_pid()); return null; end $$"
        )
        execute(
            "create constraint trigger fault after insert on billing_event deferrable initially deferred "
            "for each row execute function fault()"
        )
        before = postgres.log().count("fault() line 1 at PERFORM")
        with pytest.raises(ServiceUnavailable, match="try again"):
            billing.track_usage_batch(events)
        # From memory, under locks, and once more: a connection that idled is often gone.
        assert postgres.log().count("fault() line 1 at PERFORM") == before + 3
        execute("drop trigger fault on billing_event")
    assert [item.receipt is not None and item.receipt.replayed for item in billing.track_usage_batch(events)] == [
        False
    ] * 7
    assert used(billing) == dict.fromkeys(CUSTOMERS, 2)
    assert billing.verify()

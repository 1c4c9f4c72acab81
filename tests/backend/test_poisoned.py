"""Events that are committed together: one that can't be written fails alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from billing_ui_backend import AsyncBilling, Billing, ServiceUnavailable, UsageReceipt
from billing_ui_backend.postgres_books import PostgresBooks
from billing_ui_backend.sqlite_books import SqliteBooks
from tests.backend.conftest import OpenBilling, sqlite_only
from tests.support.engine import one_quota
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


def refuse(execute: Callable[[str], Any], url: str) -> None:
    """A trigger of the host's that does not let two keys in."""
    if url.startswith("sqlite"):
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
    events = [event(customer_id, f"{number}") for number in range(4) for customer_id in CUSTOMERS]
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
    assert counted == list(range(2, 6))
    heal(database_url)
    again = billing.track_usage_batch(events)
    assert [item.receipt is not None and item.receipt.replayed for item in again] == [item.success for item in items]
    assert used(billing) == dict.fromkeys(CUSTOMERS, 5)
    assert billing.verify()


def test_a_row_that_the_database_refuses_is_refused_alone(billing: Billing, database_url: str) -> None:
    with tampering(database_url) as execute:
        refuse(execute, database_url)
        events = [event(CUSTOMERS[number % 2], f"k{number}") for number in range(20)]
        for item, sent in zip(billing.track_usage_batch(events), events, strict=True):
            assert item.success == (sent["idempotency_key"] not in ("k7", "k13"))
            assert item.error is None or (
                isinstance(item.error, ServiceUnavailable) and "no more" in item.error.message
            )
        with pytest.raises(ServiceUnavailable, match=r"refuses a row \(no more"):
            billing.track_usage(**event("cus_1", "k7"))
        assert used(billing) == {**dict.fromkeys(CUSTOMERS, 1), "cus_0": 11, "cus_1": 9}
        assert billing.verify()
        execute(f"drop trigger fault{'' if database_url.startswith('sqlite') else ' on billing_event'}")
    assert [item.receipt.replayed for item in billing.track_usage_batch(events) if item.receipt] == [
        sent["idempotency_key"] not in ("k7", "k13") for sent in events
    ]
    assert used(billing) == {**dict.fromkeys(CUSTOMERS, 1), "cus_0": 11, "cus_1": 11}


@sqlite_only
def test_what_a_trigger_cannot_read_is_no_damage_of_the_file(billing: Billing, database_url: str) -> None:
    with tampering(database_url) as execute:
        execute(
            "create trigger fault before insert on billing_event begin select json_extract('{', '$.a'); end",
        )
        with pytest.raises(ServiceUnavailable, match="malformed JSON") as caught:
            billing.track_usage(**event("cus_0", "second"))
    assert "backup" not in caught.value.message


@postgres_only
@pytest.mark.parametrize("refused", ["raise unique_violation", "insert into audit values ('once')"])
def test_what_the_hosts_own_trigger_wants_to_be_unique_is_refused_alone_and_at_once(
    billing: Billing, database_url: str, refused: str
) -> None:
    """It looks like what another process does to a key, which is tried again for ten seconds."""
    with tampering(database_url) as execute:
        execute("create table audit (line text primary key)")
        execute("insert into audit values ('once')")
        execute(
            "create function fault() returns trigger language plpgsql as $$ begin "
            f"if new.idempotency_key = 'k3' then {refused}; end if; return new; end $$"
        )
        execute("create trigger fault before insert on billing_event for each row execute function fault()")
        items = billing.track_usage_batch([event("cus_0", f"k{number}") for number in range(6)])
        assert [item.success for item in items] == [number != 3 for number in range(6)]
        assert "other processes" not in str(items[3].error)
    assert used(billing)["cus_0"] == 6
    assert billing.verify()


def test_the_events_of_a_customer_are_decided_in_their_order_around_one_that_fails(
    open_billing: OpenBilling, database_url: str
) -> None:
    catalog = one_quota(1000)
    catalog["features"]["api_calls"]["type"] = "numeric_limit"
    catalog["plans"]["only"]["features"]["api_calls"] = {"limit": 1000}
    billing = open_billing(catalog=catalog)
    billing.create_customer("cus_0")
    changes = [("a", 5), ("k7", 1), ("b", -3), ("c", 4), ("k13", 2), ("d", -6)]
    with tampering(database_url) as execute:
        refuse(execute, database_url)
    items = billing.track_usage_batch([{**event("cus_0", key), "quantity": quantity} for key, quantity in changes])
    assert [item.receipt and item.receipt.usage.consumed_units for item in items] == [5, None, 2, 6, None, 0]


@postgres_only
def test_a_customer_who_is_locked_is_waited_for_once_and_nothing_of_the_batch_is_counted(
    billing: Billing, database_url: str, postgres: PostgresServer
) -> None:
    events = [event(customer_id, "second") for customer_id in CUSTOMERS]
    with postgres.connect(database_url) as other, other.transaction():
        other.execute(f"select 1 from billing_customer where customer_id = '{POISONED}' for update".encode())
        books = billing.open_writer()._books
        assert isinstance(books, PostgresBooks)
        books._database._connected().execute("set lock_timeout = '100ms'")
        before = postgres.log().count("lock timeout")
        with pytest.raises(ServiceUnavailable, match="try again"):
            billing.track_usage_batch(events)
        assert postgres.log().count("lock timeout") == before + 1
    assert used(billing) == dict.fromkeys(CUSTOMERS, 1)
    assert not any(item.receipt is None or item.receipt.replayed for item in billing.track_usage_batch(events))
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

"""The engine after something came in between: a catalog, an interrupt, a correction in the same batch, a callback that writes."""

from __future__ import annotations

import enum
import inspect
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from types import FrameType
from typing import Any

import pytest

from billing_ui_backend import BatchItem, Billing, QuotaExceeded, UsageReceipt
from billing_ui_backend.batch import Batch
from billing_ui_backend.corrections import correction_write
from billing_ui_backend.together import commit_together
from billing_ui_backend.writer import Writer
from billing_ui_backend.writes import event_write
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock, one_quota
from tests.support.postgres import PostgresServer


class Tenant(str, enum.Enum):  # noqa: UP042 - a StrEnum would say what it holds
    """A host's own kind of string: it says something else of itself than what it holds."""

    PLAIN = "acme"
    QUOTED = 'a"\\b'


def track(billing: Billing, customer_id: str = "cus_1", **rest: Any) -> UsageReceipt:
    return billing.track_usage(customer_id=customer_id, feature_key="api_calls", **rest)


def used(billing: Billing, customer_id: str = "cus_1") -> int:
    return int(billing.get_usage_metrics(customer_id)["api_calls"].consumed)


def interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["write", "committed"])
def test_an_interrupt_in_the_middle_leaves_no_memory_that_the_database_does_not_share(
    open_billing: OpenBilling, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    billing = open_billing(catalog=one_quota(1000))
    billing.create_customer("cus_1")
    for _ in range(3):
        track(billing)
    if step == "write":
        source = type(_source_of(billing))
        write: Callable[..., None] = source.write

        def then_interrupted(self: Any, batch: Batch) -> None:
            write(self, batch)
            interrupt()

        monkeypatch.setattr(source, "write", then_interrupted)
    else:
        monkeypatch.setattr(Batch, "committed", interrupt)
    with pytest.raises(KeyboardInterrupt):
        track(billing)
    monkeypatch.undo()
    track(billing)
    assert billing.verify()
    assert used(billing) == billing.verify().events


def _source_of(billing: Billing) -> Any:
    """What the next plain event would be read from and written to."""
    seen: list[Any] = []
    billing.open_writer()._books.commit([], lambda batch: seen.append(batch.source))
    return seen[0]


@pytest.mark.parametrize("tenant", Tenant)
def test_a_string_of_another_kind_is_what_it_holds(open_billing: OpenBilling, tenant: Tenant) -> None:
    billing = open_billing(catalog=one_quota(1000))
    billing.create_customer(tenant)
    track(billing, tenant, idempotency_key=tenant)
    assert billing.verify()
    (event,) = billing.list_usage_events(tenant.value).events
    assert (event.customer_id, event.idempotency_key) == (tenant.value, tenant.value)


def test_a_replay_is_a_replay_also_before_a_correction_of_the_same_event_in_its_batch(
    open_billing: OpenBilling,
) -> None:
    billing = open_billing(catalog=one_quota(10))
    billing.create_customer("cus_1")
    event = {"customer_id": "cus_1", "feature_key": "api_calls", "quantity": 8, "idempotency_key": "key"}
    billing.track_usage_batch([event])
    writes = [event_write(event), correction_write("cus_1", "key", 5, "counted again")]
    again, corrected = commit_together(billing.open_writer()._books, writes, set())
    assert again.result is not None
    assert again.result.replayed
    assert corrected.error is None
    assert billing.list_refusals("cus_1") == ()
    assert used(billing) == 5


def test_a_callback_may_write(open_billing: OpenBilling) -> None:
    billing = open_billing(catalog=one_quota(1000))
    for customer_id in ("cus_1", "cus_2"):
        billing.create_customer(customer_id)

    def write_too(customer_id: str) -> None:
        if customer_id == "cus_1":
            track(billing, "cus_2")

    told = billing.on_commit(write_too)
    tracking = threading.Thread(target=lambda: track(billing), daemon=True)
    tracking.start()
    tracking.join(20)
    assert not tracking.is_alive()
    told()
    assert used(billing, "cus_2") == 1


def test_a_callback_may_write_while_many_threads_do(open_billing: OpenBilling) -> None:
    billing = open_billing(catalog=one_quota(1000))
    for customer_id in ("cus_1", "cus_2"):
        billing.create_customer(customer_id)

    def write_too(customer_id: str) -> None:
        if customer_id == "cus_1":
            track(billing, "cus_2")

    billing.on_commit(write_too)
    threads = [threading.Thread(target=lambda: [track(billing) for _ in range(10)], daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert used(billing) == 80
    assert used(billing, "cus_2") > 0
    assert billing.verify()


def test_who_waited_for_a_customer_counts_under_the_catalog_that_came_meanwhile(
    postgres: PostgresServer, copied_url: str, clock: Clock
) -> None:
    before = one_quota(1000)
    after = deepcopy(before)
    after["version"] = 2
    (plan,) = after["plans"].values()
    plan["features"]["api_calls"] = [{"limit": 1000, "period": "month"}, {"limit": 5, "period": "hour"}]
    items: list[BatchItem] = []
    with Billing(copied_url, catalog=before, clock=clock) as waiting, postgres.connect(copied_url) as other:
        for customer_id in ("cus_1", "cus_2"):
            waiting.create_customer(customer_id)
            track(waiting, customer_id)
        # Read anew: the batch does not try from memory, it locks first.
        waiting.update_customer("cus_2", name="Somebody")
        other.execute("begin")
        other.execute("select 1 from billing_customer where customer_id = 'cus_1' for update")
        events = [{"customer_id": who, "feature_key": "api_calls"} for who in ("cus_1", "cus_2")]
        batch = threading.Thread(target=lambda: items.extend(waiting.track_usage_batch(events)))
        batch.start()
        _await_waiting(other)
        with Billing(copied_url, catalog=after, clock=clock) as deployed:
            for _ in range(4):
                track(deployed, "cus_2")
            other.execute("rollback")
            batch.join()
            assert deployed.verify()
            assert isinstance(items[1].error, QuotaExceeded)
            assert used(deployed, "cus_2") == 5


def _await_waiting(connection: Any) -> None:
    deadline = time.monotonic() + 20
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    while not connection.execute(waiting).fetchone()[0]:
        assert time.monotonic() < deadline, "nobody waits"


def _lines_that_may_be_interrupted() -> list[int]:
    """Of `Writer.write` up to its `finally`, in which nothing is called before the turn is given back."""
    source, first = inspect.getsourcelines(Writer.write)
    stripped = [line.strip() for line in source]
    begin, end = stripped.index("try:"), stripped.index("finally:")
    return [first + number for number in range(begin + 1, end)]


@pytest.mark.parametrize("line", _lines_that_may_be_interrupted())
def test_an_interrupt_at_any_step_of_a_write_leaves_the_turn_to_others(open_billing: OpenBilling, line: int) -> None:
    billing = open_billing(catalog=one_quota(1000))
    billing.create_customer("cus_1")
    track(billing)

    def interrupt_there(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code is not Writer.write.__code__:
            return None
        if event == "line" and frame.f_lineno == line:
            raise KeyboardInterrupt
        return interrupt_there

    before = sys.gettrace()
    sys.settrace(interrupt_there)
    try:
        with suppress(KeyboardInterrupt):
            track(billing)
    finally:
        sys.settrace(before)
    other = threading.Thread(target=lambda: track(billing), daemon=True)
    other.start()
    other.join(20)
    assert not other.is_alive()
    assert billing.verify()
    assert used(billing) == billing.verify().events


def test_interrupts_at_any_moment_leave_no_lock_behind(sqlite_url: str) -> None:
    """Real signals, a few hundred of them: what they leave locked stops the other thread."""
    program = f"""
import random, signal, threading, time
from billing_ui_backend import Billing
from tests.support.engine import one_quota

def interrupt(*_):
    raise KeyboardInterrupt

def track(key):
    billing.track_usage(customer_id="cus_1", feature_key="api_calls", idempotency_key=key)

def go_on():
    number = 0
    while not over.is_set():
        number += 1
        track(f"other-{{number}}")
        over.wait(0.001)

billing = Billing({sqlite_url!r}, catalog=one_quota(10**6))
billing.create_customer("cus_1")
over = threading.Event()
other = threading.Thread(target=go_on)
other.start()
signal.signal(signal.SIGALRM, interrupt)
counted, chance = 0, random.Random(1)
for number in range(600):
    try:
        signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-5, 1e-3))
        track(str(number))
        counted += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        pass
    try:
        signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        pass
over.set()
other.join()
assert billing.verify() and billing.verify().events > counted
billing.close()
"""
    subprocess.run([sys.executable, "-c", program], timeout=60, check=True)

"""PostgreSQL, shared: engines, threads and processes that meet in one database, and never count apart."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from billing_ui_backend import Billing, CatalogError, QuotaExceeded, UsageReceipt
from billing_ui_backend.csv_events import Columns
from billing_ui_backend.csv_import import CsvImport
from billing_ui_backend.csv_rows import CsvFile
from tests.backend.conftest import OpenBilling
from tests.support.engine import one_quota, put
from tests.support.faults_callers import Ask, Processes, processes
from tests.support.faults_clients import wait_for
from tests.support.postgres import PostgresServer
from tests.support.tampering import tampering

LIMIT = 200
CALL: dict[str, Any] = {"customer_id": "cus_1", "feature_key": "api_calls"}


@pytest.fixture
def database_url(copied_url: str) -> str:
    """These are about PostgreSQL only."""
    return copied_url


@pytest.fixture(scope="module")
def four_processes() -> Iterator[Processes]:
    """Four processes that are ready to call."""
    with processes(4) as ready:
        yield ready


@pytest.fixture
def two(open_billing: OpenBilling) -> tuple[Billing, Billing]:
    """Two engines on one database, both at work for the same customer."""
    engines = (open_billing(), open_billing(catalog=None))
    engines[0].create_customer("cus_1")
    for engine in engines:
        engine.track_usage(**CALL)
    return engines


def at_once(number: int, call: Callable[[int], Any]) -> list[Any]:
    """Calls from as many threads at the same moment."""
    start = threading.Barrier(number)

    def run(index: int) -> Any:
        start.wait(30)
        return call(index)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def used(billing: Billing, feature_key: str = "api_calls") -> int:
    return int(billing.get_usage_metrics("cus_1")[feature_key].consumed)


def deadlocks(url: str) -> int:
    with tampering(url) as execute:
        return execute("select deadlocks from pg_stat_database where datname = current_database()")[0][0]


def test_four_processes_never_pass_a_hard_limit(
    open_billing: OpenBilling, database_url: str, four_processes: Processes
) -> None:
    billing = open_billing(catalog=one_quota(LIMIT), clock=None)
    billing.create_customer("cus_1")
    script = [Ask("track_usage", {**CALL, "quantity": 1 + number % 3}) for number in range(40)]
    answers = [answer.said for script in four_processes.over(database_url).run([script] * 4) for answer in script]
    counted = [said[1] for said in answers if said[0] == "counted"]
    assert sum(counted) == used(billing) == LIMIT
    assert {said for said in answers if said[0] != "counted"} == {("refused", "QuotaExceeded")}
    assert billing.verify().events == len(counted)


def test_batches_that_cross_wait_for_each_other_in_no_circle(
    open_billing: OpenBilling, database_url: str, four_processes: Processes
) -> None:
    """Half of the processes name the customers from the first to the last, the others the other way round."""
    billing = open_billing(catalog=one_quota("unlimited"), clock=None)
    customers = [f"cus_{number}" for number in range(20)]
    for customer_id in customers:
        billing.create_customer(customer_id)

    def batch(order: int) -> Ask:
        events = [{**CALL, "customer_id": customer_id} for customer_id in customers[::order]]
        return Ask("track_usage_batch", {"events": events})

    scripts = [[batch(order)] * 10 for order in (1, -1, 1, -1)]
    for answers in four_processes.over(database_url).run(scripts):
        for answer in answers:
            assert Counter(item[0] for item in answer.said[1:]) == {"counted": 20}
    for customer_id in customers:
        assert billing.get_usage_metrics(customer_id)["api_calls"].consumed == 40
    assert billing.verify()
    assert deadlocks(database_url) == 0


def test_two_engines_that_take_turns_count_to_the_same_sum(two: tuple[Billing, Billing]) -> None:
    """What each remembers is out of date whenever it is its turn, and also when it has its turn twice."""
    for number, turn in enumerate([0, 1] * 6 + [0, 0, 1, 1] * 4, start=3):
        assert two[turn].track_usage(**CALL).usage.consumed_units == number
    assert two[0].verify()


def test_one_engine_notices_the_plan_that_the_other_one_changed(two: tuple[Billing, Billing]) -> None:
    here, there = two
    for _ in range(3):
        there.change_plan("cus_1", "pro")
        assert here.track_usage(**CALL, quantity=100).usage.limit_units == 50_000
        here.change_plan("cus_1", "free")
        with pytest.raises(QuotaExceeded):
            there.track_usage(**CALL)
    assert here.verify()


def test_one_engine_notices_the_catalog_that_the_other_one_brought(
    two: tuple[Billing, Billing], open_billing: OpenBilling, catalog: dict[str, Any]
) -> None:
    here, there = two
    for limit in (3, 4):
        put("plans/free/features/api_calls", {"limit": limit, "period": "month"})(catalog)
        open_billing(catalog=catalog).catalog()
        assert here.track_usage(**CALL).usage.limit_units == limit
        with pytest.raises(QuotaExceeded):
            there.track_usage(**CALL)
        here, there = there, here
    assert here.verify()


def test_a_scale_is_not_changed_under_usage_that_is_about_to_be_committed(
    postgres: PostgresServer, two: tuple[Billing, Billing], open_billing: OpenBilling, catalog: dict[str, Any]
) -> None:
    """Another program stands for a process in the middle of a batch: its customer is locked, its usage not yet to be seen."""
    url = two[0]._opening._url
    catalog["features"]["emails"]["scale"] = 2
    newer = open_billing(url)
    waiting = "select count(*) from pg_locks where not granted and database = (select oid from pg_database where datname = %s)"
    with ThreadPoolExecutor(1) as thread, postgres.connect(url) as other, postgres.connect(url) as watcher:
        with other.transaction():
            other.execute("select 1 from billing_customer where customer_id = 'cus_1' for update")
            other.execute("insert into billing_counter values ('cus_1', 'emails', 'day', 0, 86400000000, 1, 0)")
            opening = thread.submit(newer.get_customer, "cus_1")
            name = other.info.dbname
            wait_for(lambda: opening.done() or watcher.execute(waiting, [name]).fetchone() != (0,))
        with pytest.raises(CatalogError, match="scale"):
            opening.result()


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read", "serializable"])
@pytest.mark.parametrize("refused_before", [False, True], ids=["locked", "from_memory"])
def test_who_waited_for_a_catalog_counts_at_its_scale_whatever_the_isolation(
    postgres: PostgresServer,
    made_tables: str,
    open_billing: OpenBilling,
    catalog: dict[str, Any],
    isolation: str,
    refused_before: bool,
) -> None:
    """The catalog is about to be in force: it waits at its last step, and the usage for it."""
    url = postgres.create_database(like=made_tables, default_transaction_isolation=isolation)
    call: dict[str, Any] = {"customer_id": "cus_1", "feature_key": "emails"}
    billing = open_billing(url)
    billing.create_customer("cus_1")
    if refused_before:
        # Everything is in memory by then, and nothing of the feature in the database.
        with pytest.raises(QuotaExceeded):
            billing.track_usage(**call, quantity=1000)
    with tampering(url) as execute:
        execute(
            "create function wait() returns trigger language plpgsql as $$ begin "
            "perform pg_advisory_xact_lock(1); return new; end $$"
        )
        execute("create trigger wait before insert on billing_catalog for each row execute function wait()")
    catalog["features"]["emails"]["scale"] = 2
    newer = open_billing(url)
    with ThreadPoolExecutor(2) as threads, postgres.connect(url) as other, postgres.connect(url) as watcher:
        locked = "select count(*) from pg_locks where not granted and database = (select oid from pg_database where datname = %s)"

        def waiting(number: int) -> bool:
            return watcher.execute(locked, [url.rpartition("/")[2]]).fetchone() == (number,)

        with other.transaction():
            other.execute("select pg_advisory_xact_lock(1)")
            opening = threads.submit(newer.get_customer, "cus_1")
            wait_for(lambda: waiting(1))
            tracking = threads.submit(billing.track_usage, **call, quantity=7)
            wait_for(lambda: waiting(2))
        opening.result()
        assert tracking.result().usage.consumed_units == 7
    assert used(newer, "emails") == 7
    assert newer.verify()
    for engine in (billing, newer):
        engine.close()
    postgres.drop_database(url)


def test_one_key_64_times_at_once_has_one_effect(two: tuple[Billing, Billing]) -> None:
    receipts: list[UsageReceipt] = at_once(
        64, lambda index: two[index % 2].track_usage(**CALL, quantity=7, idempotency_key="same")
    )
    assert sum(not receipt.replayed for receipt in receipts) == 1
    assert len({replace(receipt, replayed=True) for receipt in receipts}) == 1
    assert used(two[0]) == 2 + 7
    assert two[0].verify().events == 3


def test_a_key_is_known_whoever_counted_it(two: tuple[Billing, Billing]) -> None:
    here, there = two
    first = here.track_usage(**CALL, quantity=58, idempotency_key="here")
    # There is no room for it any more; it is there already.
    for engine in (here, there, there):
        assert engine.track_usage(**CALL, quantity=58, idempotency_key="here") == replace(first, replayed=True)
    events = [{**CALL, "idempotency_key": key} for key in ("here", "new")]
    assert [type(item.error).__name__ for item in here.track_usage_batch(events)] == [
        "IdempotencyKeyReused",
        "QuotaExceeded",
    ]
    assert here.verify()


@pytest.mark.parametrize("isolation", ["serializable", "repeatable read"])
def test_a_stricter_isolation_is_no_hindrance(
    postgres: PostgresServer, made_tables: str, open_billing: OpenBilling, isolation: str
) -> None:
    url = postgres.create_database(like=made_tables, default_transaction_isolation=isolation)
    engines = [open_billing(url), open_billing(url)]
    for number in range(2):
        engines[0].create_customer(f"cus_{number}", plan="pro")

    def run(index: int) -> None:
        engine = engines[index % 2]
        for turn in range(8):
            engine.track_usage(**{**CALL, "customer_id": f"cus_{turn % 2}"})
            engine.set_usage(customer_id="cus_1", feature_key="team", quantity=1 + turn % 3)
        engine.change_plan("cus_1", ("trial", "pro")[index % 2])

    at_once(4, run)
    assert used(engines[0]) == 16
    assert engines[0].verify()
    for engine in engines:
        engine.close()
    postgres.drop_database(url)


def test_many_changes_of_one_customer_at_once_all_come_through_under_a_stricter_isolation(
    postgres: PostgresServer, made_tables: str, open_billing: OpenBilling
) -> None:
    url = postgres.create_database(like=made_tables, default_transaction_isolation="serializable")
    engines = [open_billing(url) for _ in range(4)]

    def run(index: int) -> None:
        engine = engines[index % 4]
        engine.create_customer("cus_1", plan="pro")
        for turn in range(12):
            engine.update_customer("cus_1", name=f"{index} {turn}")
            engine.change_plan("cus_1", ("free", "pro")[turn % 2])

    at_once(16, run)
    assert engines[0].get_customer("cus_1").plan_key == "pro"
    for engine in engines:
        engine.close()
    postgres.drop_database(url)


def test_a_file_is_imported_once_however_often(tmp_path: Path, billing: Billing) -> None:
    path = tmp_path / "usage.csv"
    rows = [f"cus_{number % 3},api_calls,0.25,2026-03-0{1 + number % 9}T11:00:00Z" for number in range(1200)]
    path.write_text("\n".join(["who,what,n,at", *rows]) + "\n")
    columns = Columns(customer="who", feature="what", quantity="n", time="at")
    for counted in (1200, 0):
        with CsvFile(path, columns.names) as file:
            report = CsvImport(billing, file, columns, create_customers="enterprise").run(on_rejected=print)
        assert (report.counted, report.replayed) == (counted, 1200 - counted)
    assert billing.verify().events == 1200

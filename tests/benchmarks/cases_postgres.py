"""PostgreSQL, every commit on disk, against `credit-ledger` on the same server.

It is imported by its cases: the tests run without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.benchmarks.bench import Bench
from tests.benchmarks.engine import Callers, Shared
from tests.benchmarks.raw_postgres import RawPostgres
from tests.benchmarks.table import Aim, Row, rates
from tests.benchmarks.workload import HOT, SPREAD


def threads(count: int, customers: Sequence[str], times: float, title: str) -> Callable[[Bench], Sequence[Row]]:
    def case(bench: Bench) -> Sequence[Row]:
        from tests.benchmarks.credit_ledger import CreditThreads

        compared = bench.compare(
            Shared(bench.prepared_postgres_url(), threads=count, customers=customers),
            CreditThreads(bench.postgres.create_database(), threads=count, customers=customers),
        )
        return [rates(f"PostgreSQL, {title}, against `credit-ledger`", compared, Aim("at least", times))]

    return case


def ceiling(count: int) -> Callable[[Bench], Sequence[Row]]:
    """What explains the rows above it: the same rows from the bare driver, with no engine at all."""

    def case(bench: Bench) -> Sequence[Row]:
        from tests.benchmarks.credit_ledger import CreditThreads

        compared = bench.compare(
            RawPostgres(bench.prepared_postgres_url(), threads=count, customers=SPREAD),
            CreditThreads(bench.postgres.create_database(), threads=count, customers=SPREAD),
        )
        title = "1 thread" if count == 1 else f"{count} threads"
        return [rates(f"PostgreSQL, bare `psycopg`, the same rows, {title}, against `credit-ledger`", compared, None)]

    return case


def callers(customers: Sequence[str], times: float, title: str) -> Callable[[Bench], Sequence[Row]]:
    def case(bench: Bench) -> Sequence[Row]:
        from tests.benchmarks.credit_ledger import CreditThreads

        compared = bench.compare(
            Callers(bench.prepared_postgres_url(), callers=128, customers=customers),
            CreditThreads(bench.postgres.create_database(), threads=8, customers=customers),
        )
        name = f"PostgreSQL, 128 callers, {title}, against `credit-ledger` in 8 threads"
        return [rates(name, compared, Aim("at least", times))]

    return case


def hot_customer(bench: Bench) -> Sequence[Row]:
    compared = bench.compare(
        Callers(bench.prepared_postgres_url(), callers=128, customers=HOT),
        Callers(bench.prepared_postgres_url(), callers=128, customers=SPREAD),
    )
    return [rates("PostgreSQL, 128 callers, one hot customer against 1,000", compared, Aim("at least", 0.9))]


CASES = {
    "postgres_one_thread": threads(1, SPREAD, 3, "1 thread"),
    "postgres_raw_one_thread": ceiling(1),
    "postgres_8_threads": threads(8, SPREAD, 3.5, "8 threads"),
    "postgres_raw_8_threads": ceiling(8),
    "postgres_hot": threads(8, HOT, 4, "8 threads, one hot customer"),
    "postgres_128_callers": callers(SPREAD, 6, "1,000 customers"),
    "postgres_128_callers_hot": callers(HOT, 20, "one hot customer"),
    "postgres_hot_customer": hot_customer,
}

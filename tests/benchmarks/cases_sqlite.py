"""SQLite, `synchronous=FULL`, against R: what Python's `sqlite3` itself does with the same rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.benchmarks.bench import Bench
from tests.benchmarks.engine import Batches, Callers, Shared
from tests.benchmarks.measure import Sample, median_wait, ratio
from tests.benchmarks.raw_sqlite import RawBatches, RawThreads
from tests.benchmarks.table import Aim, Row, duration, rates
from tests.benchmarks.workload import HOT, SPREAD


def one_caller(bench: Bench) -> Sequence[Row]:
    compared = bench.compare(Shared(bench.prepared_url()), RawThreads(bench.prepared_file()))
    return [rates("SQLite, `Billing`, 1 caller, against raw `sqlite3` (R)", compared, Aim("at least", 0.7))]


def async_callers(callers: int, times: float) -> Callable[[Bench], Sequence[Row]]:
    def case(bench: Bench) -> Sequence[Row]:
        compared = bench.compare(Callers(bench.prepared_url(), callers=callers), RawThreads(bench.prepared_file()))
        ours, _ = compared.of(_p99)
        _, commit = compared.of(median_wait)
        title = f"SQLite, `AsyncBilling`, {callers} callers"
        wait = Row(f"{title}: p99 against R's median commit", duration(ours), duration(commit), ratio(ours, commit))
        return [
            rates(f"{title}, against R", compared, Aim("at least", times)),
            Row(wait.case, wait.ours, wait.peer, wait.ratio, Aim("at most", 25)),
        ]

    return case


def ceiling(events: int) -> Callable[[Bench], Sequence[Row]]:
    """What explains the rows above it: the same rows in batches, with no engine at all."""

    def case(bench: Bench) -> Sequence[Row]:
        compared = bench.compare(RawBatches(bench.prepared_file(), events=events), RawThreads(bench.prepared_file()))
        return [rates(f"SQLite, raw `sqlite3` itself, {events} events a commit, against R", compared, None)]

    return case


def batch(bench: Bench) -> Sequence[Row]:
    compared = bench.compare(Batches(bench.prepared_url()), RawThreads(bench.prepared_file()))
    return [rates("SQLite, `track_usage_batch` of 1,000, in events, against R", compared, Aim("at least", 6))]


def many_threads(bench: Bench) -> Sequence[Row]:
    compared = bench.compare(Shared(bench.prepared_url(), threads=32), RawThreads(bench.prepared_file(), threads=32))
    ours, peer = compared.of(_p999)
    case = "SQLite, 32 threads, p99.9 wait, against one connection per thread"
    return [Row(case, duration(ours), duration(peer), ratio(ours, peer), Aim("at most", 1 / 20))]


def hot_customer(bench: Bench) -> Sequence[Row]:
    compared = bench.compare(
        Callers(bench.prepared_url(), callers=128, customers=HOT),
        Callers(bench.prepared_url(), callers=128, customers=SPREAD),
    )
    return [rates("SQLite, 128 callers, one hot customer against 1,000", compared, Aim("at least", 0.9))]


def _p99(sample: Sample) -> float:
    return sample.wait(0.99)


def _p999(sample: Sample) -> float:
    return sample.wait(0.999)


CASES = {
    "sqlite_one_caller": one_caller,
    "sqlite_16_callers": async_callers(16, 3),
    "sqlite_raw_16": ceiling(16),
    "sqlite_128_callers": async_callers(128, 6),
    "sqlite_raw_128": ceiling(128),
    "sqlite_batch": batch,
    "sqlite_raw_1000": ceiling(1000),
    "sqlite_32_threads": many_threads,
    "sqlite_hot_customer": hot_customer,
}

"""SQLite, against what people write themselves and what PyPI has; Valkey only for context.

Peers that are packages are imported by their cases: the tests run without them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.benchmarks.bench import Bench
from tests.benchmarks.engine import Callers, Shared
from tests.benchmarks.raw_sqlite import RawBatches
from tests.benchmarks.session_code import SessionThreads
from tests.benchmarks.table import Aim, Row, rates


def session_one(bench: Bench) -> Sequence[Row]:
    compared = bench.compare(Shared(bench.prepared_url()), SessionThreads(bench.new_file()))
    return [rates("SQLite, 1 caller, against the obvious SQLModel code", compared, Aim("at least", 2.5))]


def session_128(bench: Bench) -> Sequence[Row]:
    compared = bench.compare(Callers(bench.prepared_url(), callers=128), SessionThreads(bench.new_file(), threads=128))
    case = "SQLite, 128 callers, against the obvious SQLModel code in 128 threads"
    return [rates(case, compared, Aim("at least", 15))]


def arcaeon(threads: int, times: float) -> Callable[[Bench], Sequence[Row]]:
    def case(bench: Bench) -> Sequence[Row]:
        from tests.benchmarks.arcaeon_meter import MeterThreads

        ours = Shared(bench.prepared_url(), threads=threads)
        compared = bench.compare(ours, MeterThreads(bench.new_file("-arcaeon"), threads=threads))
        title = "1 thread" if threads == 1 else f"{threads} threads"
        return [rates(f"SQLite, {title}, against `arcaeon`", compared, Aim("at least", times))]

    return case


def arcaeon_ceiling(threads: int) -> Callable[[Bench], Sequence[Row]]:
    """What explains the row above it: the rows of the ledger in batches of as many events, with no engine at all."""

    def case(bench: Bench) -> Sequence[Row]:
        from tests.benchmarks.arcaeon_meter import MeterThreads

        rows = RawBatches(bench.prepared_file(), events=threads)
        compared = bench.compare(rows, MeterThreads(bench.new_file("-arcaeon"), threads=threads))
        title = f"SQLite, raw `sqlite3` itself, {threads} events a commit, against `arcaeon` in {threads} threads"
        return [rates(title, compared, None)]

    return case


def valkey(callers: int) -> Callable[[Bench], Sequence[Row]]:
    def case(bench: Bench) -> Sequence[Row]:
        from tests.benchmarks.valkey_counter import ValkeyCallers

        ours = Callers(bench.prepared_url(), callers=callers)
        compared = bench.compare(ours, ValkeyCallers(bench.new_file("-valkey"), callers=callers))
        title = "1 caller" if callers == 1 else f"{callers} callers"
        return [rates(f"SQLite, `AsyncBilling`, {title}, against Valkey's bare `INCRBY`, AOF always", compared, None)]

    return case


CASES = {
    "session_one_caller": session_one,
    "session_128_callers": session_128,
    "arcaeon_one_thread": arcaeon(1, 3),
    "arcaeon_8_threads": arcaeon(8, 6),
    "arcaeon_raw_8": arcaeon_ceiling(8),
    "valkey_one_caller": valkey(1),
    "valkey_128_callers": valkey(128),
}

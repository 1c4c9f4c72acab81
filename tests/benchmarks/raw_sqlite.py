"""R: what Python's own `sqlite3` does with the rows that the engine writes, as durably, one commit each."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.load import Call, Threads, alone
from tests.benchmarks.measure import Sample, Side
from tests.benchmarks.workload import FEATURE, LIMIT, SPREAD, fresh_key, turns

_QUARTER_US = 15 * 60 * 1_000_000
# The guard is in the statement. The repeated key is refused by the event's primary key.
_COUNT = """
update billing_counter set used = used + 1
where customer_id = ? and feature_key = ? and window_kind = ? and start_us = ? and end_us = ? and used + held < ?
returning used, held
"""
_EVENT = """
insert into billing_event (customer_id, idempotency_key, revision, feature_key, operation, quantity, requested, event_us,
                           recorded_us, timestamp_given, backfilled, receipt_used, receipt_held, receipt_limit,
                           receipt_start_us, receipt_end_us, details)
values (?, ?, 0, ?, 'track', 1, 1, ?, ?, 0, 0, ?, ?, ?, ?, ?, null)
"""
_ROLLUP = """
insert into billing_rollup (customer_id, feature_key, bucket_us, quantity) values (?, ?, ?, 1)
on conflict (customer_id, feature_key, bucket_us) do update set quantity = quantity + 1
"""


class RawBatches(Side):
    """The same rows with one commit for several events, from one caller: what group commit could reach at best."""

    def __init__(self, file: Path, *, events: int) -> None:
        self._connection = _connect(file)
        # As the engine's own writer has it: a cache that holds a batch, and a checkpoint for thousands of rows.
        self._connection.execute("pragma cache_size=-32768")
        self._connection.execute("pragma wal_autocheckpoint=8000")
        self._windows = _windows(self._connection)
        self._events = events
        self._turn = 0

    def run(self, seconds: float) -> Sample:
        return alone(self._call, seconds)

    def counted(self) -> int:
        return _counted(self._connection)

    def close(self) -> None:
        self._connection.close()

    def _call(self) -> int:
        execute = self._connection.execute
        self._turn += 1
        execute("begin immediate")
        for number in range(self._events):
            # As far apart as as many callers are.
            customer_id = SPREAD[(self._turn + len(SPREAD) * number // self._events) % len(SPREAD)]
            _track(execute, customer_id, self._windows[customer_id])
        execute("commit")
        return self._events


class RawThreads(Threads):
    """One connection for each thread, which waits for the others as SQLite does, up to a minute."""

    def __init__(self, file: Path, *, threads: int = 1, customers: Sequence[str] = SPREAD) -> None:
        self._connections = [_connect(file) for _ in range(threads)]
        self._windows = _windows(self._connections[0])
        super().__init__(
            lambda number: self._caller(self._connections[number], turns(customers, number, threads)), threads
        )

    def counted(self) -> int:
        return _counted(self._connections[0])

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def _caller(self, connection: sqlite3.Connection, whose: Iterator[str]) -> Call:
        execute = connection.execute
        windows = self._windows

        def call() -> int:
            customer_id = next(whose)
            execute("begin immediate")
            _track(execute, customer_id, windows[customer_id])
            execute("commit")
            return 1

        return call


def _track(execute: Callable[..., sqlite3.Cursor], customer_id: str, window: Sequence[Any]) -> None:
    now_us = time.time_ns() // 1000
    kind, start_us, end_us = window
    used, held = execute(_COUNT, (customer_id, FEATURE, kind, start_us, end_us, LIMIT)).fetchone()
    receipt = (used, held, LIMIT, start_us, end_us)
    execute(_EVENT, (customer_id, fresh_key(), FEATURE, now_us, now_us, *receipt))
    execute(_ROLLUP, (customer_id, FEATURE, now_us - now_us % _QUARTER_US))


def _windows(connection: sqlite3.Connection) -> dict[str, Sequence[Any]]:
    """A customer's month begins when the customer did."""
    rows = connection.execute("select customer_id, window_kind, start_us, end_us from billing_counter")
    return {customer_id: window for customer_id, *window in rows}


def _counted(connection: sqlite3.Connection) -> int:
    return int(connection.execute("select count(*) from billing_event").fetchone()[0])


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, timeout=60, check_same_thread=False)
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")
    return connection

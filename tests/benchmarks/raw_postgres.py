"""What a bare `psycopg` does with the rows that the engine writes for one event: one prepared statement, one commit."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from tests.benchmarks.load import Call, Threads
from tests.benchmarks.workload import FEATURE, LIMIT, fresh_key, turns

_QUARTER_US = 15 * 60 * 1_000_000
# The guard is in the statement. The repeated key is refused by the event's primary key.
_TRACK = """
with counted as (
  update billing_counter set used = used + 1
  where customer_id = %s and feature_key = %s and window_kind = %s and start_us = %s and end_us = %s and used + held < %s
  returning customer_id, feature_key, used, held, start_us, end_us
), rolled as (
  insert into billing_rollup (customer_id, feature_key, bucket_us, quantity)
  select customer_id, feature_key, %s, 1 from counted
  on conflict (customer_id, feature_key, bucket_us) do update set quantity = billing_rollup.quantity + 1
)
insert into billing_event (customer_id, idempotency_key, revision, feature_key, operation, quantity, requested, event_us,
                           recorded_us, timestamp_given, backfilled, receipt_used, receipt_held, receipt_limit,
                           receipt_start_us, receipt_end_us, details)
select customer_id, %s, 0, feature_key, 'track', 1, 1, %s, %s, false, false, used, held, %s, start_us, end_us, null
from counted
"""


class RawPostgres(Threads):
    """One connection for each thread, each statement a transaction of its own."""

    def __init__(self, url: str, *, threads: int, customers: Sequence[str]) -> None:
        plain = url.replace("postgresql+psycopg://", "postgresql://")
        self._connections = [psycopg.connect(plain, autocommit=True, prepare_threshold=0) for _ in range(threads)]
        rows = self._connections[0].execute("select customer_id, window_kind, start_us, end_us from billing_counter")
        self._windows = {customer_id: window for customer_id, *window in rows}
        super().__init__(
            lambda number: self._caller(self._connections[number], turns(customers, number, threads)), threads
        )

    def counted(self) -> int:
        row = self._connections[0].execute("select count(*) from billing_event").fetchone()
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def _caller(self, connection: psycopg.Connection[Any], whose: Iterator[str]) -> Call:
        def call() -> int:
            now_us = time.time_ns() // 1000
            customer_id = next(whose)
            where = (customer_id, FEATURE, *self._windows[customer_id], LIMIT)
            event = (fresh_key(), now_us, now_us, LIMIT)
            return connection.execute(_TRACK, (*where, now_us - now_us % _QUARTER_US, *event)).rowcount

        return call

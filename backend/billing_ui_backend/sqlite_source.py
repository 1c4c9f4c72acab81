"""Writing a batch to SQLite: a statement for each table, executed once for all rows."""

from __future__ import annotations

import sqlite3

from billing_ui_backend.batch import Batch
from billing_ui_backend.errors import ServiceUnavailable
from billing_ui_backend.source import DirectSource

_INSERT_EVENT = f"insert into billing_event values ({', '.join('?' * 17)})"

_OPEN_COUNTER = """
insert into billing_counter (used, held, customer_id, feature_key, window_kind, start_us, end_us) values (?, ?, ?, ?, ?, ?, ?)
"""

# The guard: the room was measured on these values, so they must be what is there.
_MOVE_COUNTER = """
update billing_counter set used = ?, held = ?
where customer_id = ? and feature_key = ? and window_kind = ? and start_us = ? and end_us = ? and used = ? and held = ?
"""

_PUT_ROLLUP = """
insert into billing_rollup (customer_id, feature_key, bucket_us, quantity) values (?, ?, ?, ?)
on conflict (customer_id, feature_key, bucket_us) do update set quantity = excluded.quantity
"""

_INSERT_THRESHOLD = "insert into billing_threshold values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing"

_COUNT_REFUSALS = """
insert into billing_refusal (customer_id, feature_key, day_us, reason, refused) values (?, ?, ?, ?, ?)
on conflict (customer_id, feature_key, day_us, reason) do update set refused = billing_refusal.refused + excluded.refused
"""


class SqliteSource(DirectSource):
    """What a batch reads from and writes to a SQLite file, under its lock."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._connection = connection

    def write(self, batch: Batch) -> None:
        """Writes what a batch has noted.

        Raises:
            ServiceUnavailable: a counter is no longer what was read. It can't be, while all who write take the lock.
        """
        connection = self._connection
        if batch.events:
            connection.executemany(_INSERT_EVENT, batch.events)
        opened, moved = [], []
        for counter in batch.counters:
            key = (counter.customer_id, counter.feature_key, counter.kind, counter.start_us, counter.end_us)
            if counter.stored:
                moved.append((counter.used, counter.held, *key, counter.kept_used, counter.kept_held))
            else:
                opened.append((counter.used, counter.held, *key))
        if opened:
            connection.executemany(_OPEN_COUNTER, opened)
        if moved and connection.executemany(_MOVE_COUNTER, moved).rowcount != len(moved):
            raise ServiceUnavailable(
                "another program changed the counters without the lock of the database: let only billing-ui write to it",
                retry_after=1,
            )
        if batch.rollups:
            connection.executemany(
                _PUT_ROLLUP, [(r.customer_id, r.feature_key, r.bucket_us, r.quantity) for r in batch.rollups]
            )
        if batch.thresholds:
            connection.executemany(_INSERT_THRESHOLD, batch.thresholds)
        for statement, row in batch.later:
            connection.execute(statement, row)
        if batch.refusals:
            connection.executemany(_COUNT_REFUSALS, [(*who, times) for who, times in batch.refusals.items()])

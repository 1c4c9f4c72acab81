"""Writing a batch to SQLite: a statement for each table, executed once for all rows."""

from __future__ import annotations

import sqlite3
from typing import Any

from billing_ui_backend.batch import Batch, EventKey
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


class KeyKnown(Exception):
    """A key that was taken for new was counted before; the transaction has to begin again."""


class SqliteSource(DirectSource):
    """What a batch reads from and writes to a SQLite file, under its lock.

    Args:
        look_up: whether keys are looked up. Else they are taken for new, for nearly all are, and the ledger's own key tells of
            one that is not.
    """

    def __init__(self, connection: sqlite3.Connection, *, look_up: bool) -> None:
        super().__init__(connection)
        self._connection = connection
        self._look_up = look_up
        self._taken_for_new: dict[EventKey, None] = {}

    def event(self, customer_id: str, idempotency_key: str, *, made: bool) -> Any:
        """The ledger's first line under a key, or None when it is taken for new."""
        if self._look_up:
            # One that was made may be there too: callers choose their keys, and may have guessed it.
            return super().event(customer_id, idempotency_key, made=False)
        if made:
            return None
        self._taken_for_new[customer_id, idempotency_key] = None
        return None

    def write(self, batch: Batch) -> None:
        """Writes what a batch has noted.

        Raises:
            KeyKnown: a key was taken for new and is not.
            ServiceUnavailable: a counter is no longer what was read. It can't be, while all who write take the lock.
        """
        connection = self._connection
        if batch.events:
            try:
                connection.executemany(_INSERT_EVENT, batch.events)
            except sqlite3.IntegrityError as error:
                if self._look_up:
                    raise
                raise KeyKnown from error
        for asked in self._taken_for_new.keys() - {(event[0], event[1]) for event in batch.events if not event[2]}:
            # A refused event is not written, so nothing told yet that its key was counted before.
            if super().event(*asked, made=False) is not None:
                raise KeyKnown
        self._taken_for_new.clear()
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

"""What a batch reads from and writes to PostgreSQL: everything at once where that is possible."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import psycopg

from billing_ui_backend import postgres_statements, schema
from billing_ui_backend.accounts import Account, Accounts, Holder
from billing_ui_backend.batch import Batch
from billing_ui_backend.catalog_store import StoredCatalog
from billing_ui_backend.errors import ServiceUnavailable, UnknownCustomer
from billing_ui_backend.ledger import UsageWrite
from billing_ui_backend.periods import LONGEST_US
from billing_ui_backend.postgres_driver import PostgresDriver, array
from billing_ui_backend.results import WindowKind
from billing_ui_backend.source import DirectSource
from billing_ui_backend.stretches import stretch_at
from billing_ui_backend.subscriptions import Phase, Timeline
from billing_ui_backend.windows import QUARTER_US

Connection = psycopg.Connection[Any]
_Stretch = tuple[str, str, int, int]


class NeedsDatabase(Exception):
    """What is in memory is not enough to decide a batch."""


class Stale(Exception):
    """What is in memory is not what is in the database any more; nothing was written."""


def write(connection: Connection, batch: Batch, stored: StoredCatalog, guarded: Mapping[str, int]) -> None:
    """Writes what a batch has noted, in one statement.

    Args:
        guarded: the customers whose version must still be this.

    Raises:
        Stale: a version, the catalog or the tables are others. Nothing was written.
    """
    tables: dict[str, Sequence[Sequence[Any]]] = {
        "billing_event": batch.events,
        "billing_counter": [
            (c.customer_id, c.feature_key, c.kind, c.start_us, c.end_us, c.used, c.held) for c in batch.counters
        ],
        "billing_rollup": [(r.customer_id, r.feature_key, r.bucket_us, r.quantity) for r in batch.rollups],
        "billing_threshold": batch.thresholds,
        "billing_refusal": [(*who, times) for who, times in batch.refusals.items()],
    }
    filled = {table: rows for table, rows in tables.items() if rows}
    values: list[Any] = [
        array(guarded),
        array(guarded.values()),
        len(guarded),
        stored.version,
        schema.VERSION,
        array(batch.pending),
    ]
    for rows in filled.values():
        values += [array(column) for column in zip(*rows, strict=True)]
    row = connection.execute(postgres_statements.write(tuple(filled)), values, prepare=True).fetchone()
    assert row is not None
    if not row[0]:
        raise Stale
    for customer_id in batch.pending:
        batch.accounts[customer_id].version += 1


class OptimisticSource:
    """Nothing is read: a batch that memory can decide alone is written in one statement, which checks that it was right."""

    def __init__(self, connection: Connection, stored: StoredCatalog) -> None:
        self._connection = connection
        self._stored = stored

    @property
    def driver(self) -> PostgresDriver:
        """There is no transaction yet."""
        raise NeedsDatabase

    def account(self, customer_id: str) -> Account:
        """Not in memory."""
        raise NeedsDatabase

    def event(self, customer_id: str, idempotency_key: str, *, made: bool) -> None:
        """Taken for new: where it is not, the statement breaks the key's uniqueness and writes nothing."""

    def counters(
        self, customer_id: str, feature_key: str, kinds: Collection[WindowKind], from_us: int, to_us: int
    ) -> Iterable[Any]:
        """Not in memory."""
        raise NeedsDatabase

    def rollup(self, customer_id: str, feature_key: str, bucket_us: int) -> int:
        """Not in memory."""
        raise NeedsDatabase

    def write(self, batch: Batch) -> None:
        """Writes and commits. Raises Stale, NeedsDatabase."""
        if batch.later:
            raise NeedsDatabase
        guarded = {account.customer_id: account.version for account in batch.accounts.values()}
        write(self._connection, batch, self._stored, guarded)


class LockedSource(DirectSource):
    """Reads in a transaction that has the customers' rows locked; what a batch will ask for is read in advance.

    Args:
        writes: the batch. Only its customers may be asked for.
        known: what this process remembers; whoever has another version by now is forgotten.
    """

    def __init__(
        self, connection: Connection, stored: StoredCatalog, writes: Sequence[Any], known: Accounts, now_us: int
    ) -> None:
        super().__init__(PostgresDriver(connection))
        self._connection = connection
        self._stored = stored
        self._customers: dict[str, Account] = {}
        self._events: dict[tuple[str, str], Any] = {}
        self._counters: dict[_Stretch, list[Any]] = {}
        self._rollups: dict[tuple[str, str, int], int] = {}
        self._lock(sorted({write.customer_id for write in writes}), known)
        usage = [write for write in writes if isinstance(write, UsageWrite)]
        if usage:
            self._read_events(usage)
            self._read_counters(usage, now_us)

    def account(self, customer_id: str) -> Account:
        """A customer as it was when it was locked. Raises UnknownCustomer."""
        account = self._customers.get(customer_id)
        if account is None:
            raise UnknownCustomer(f"there is no customer {customer_id!r}: create it first", customer_id=customer_id)
        return account

    def event(self, customer_id: str, idempotency_key: str, *, made: bool) -> Any:
        """The ledger's first line under a key. One that was made may be there: this may be the second try."""
        key = (customer_id, idempotency_key)
        return self._events[key] if key in self._events else super().event(*key, made=False)

    def counters(
        self, customer_id: str, feature_key: str, kinds: Collection[WindowKind], from_us: int, to_us: int
    ) -> Iterable[Any]:
        """(kind, start, end, used, held) of the counters that overlap [from_us, to_us)."""
        found = self._counters.get((customer_id, feature_key, from_us, to_us))
        return super().counters(customer_id, feature_key, kinds, from_us, to_us) if found is None else found

    def rollup(self, customer_id: str, feature_key: str, bucket_us: int) -> int:
        """A quarter hour's sum, 0 when there is none."""
        found = self._rollups.get((customer_id, feature_key, bucket_us))
        return super().rollup(customer_id, feature_key, bucket_us) if found is None else found

    def write(self, batch: Batch) -> None:
        """Writes what a batch has noted, in the transaction."""
        for statement, row in batch.later:
            self.driver.execute(statement, row)
        if not batch.pending and not batch.refusals:
            return
        try:
            write(self._connection, batch, self._stored, {})
        except Stale as error:
            raise ServiceUnavailable("the catalog has just changed: try again", retry_after=1) from error

    def _lock(self, customers: list[str], known: Accounts) -> None:
        rows = self._connection.execute(postgres_statements.LOCK_CUSTOMERS, [customers]).fetchall()
        zones: dict[str, tuple[str, int]] = {}
        for customer_id, zone, version in rows:
            account = known.get(customer_id)
            if account is not None and account.version == version:
                self._customers[customer_id] = account
            else:
                zones[customer_id] = (zone, version)
        for customer_id in customers:
            if customer_id not in self._customers:
                known.forget(customer_id)
        if not zones:
            return
        phases: dict[str, list[Phase]] = {customer_id: [] for customer_id in zones}
        for customer_id, *phase in self._connection.execute(postgres_statements.TIMELINES, [list(zones)]).fetchall():
            phases[customer_id].append(Phase(*phase))
        for customer_id, (zone, version) in zones.items():
            holder = Holder(zone, Timeline(tuple(phases[customer_id])))
            self._customers[customer_id] = Account(customer_id, holder, version)

    def _read_events(self, writes: Sequence[UsageWrite]) -> None:
        keys = list({(write.customer_id, write.idempotency_key): None for write in writes})
        rows = self._connection.execute(postgres_statements.EVENTS_BY_KEY, [list(c) for c in zip(*keys, strict=True)])
        self._events = dict.fromkeys(keys)
        for customer_id, key, *event in rows.fetchall():
            self._events[customer_id, key] = tuple(event)

    def _read_counters(self, writes: Sequence[UsageWrite], now_us: int) -> None:
        catalog, periods = self._stored.catalog, self._stored.periods
        stretches: dict[_Stretch, Collection[WindowKind]] = {}
        buckets: dict[tuple[str, str, int], None] = {}
        for write in writes:
            account, feature = self._customers.get(write.customer_id), catalog.features.get(write.feature_key)
            if account is None or feature is None or not feature.metered:
                continue
            event_us = now_us if write.given_us is None else write.given_us
            cell = account.cells.get(feature.key)
            if cell is None or not (cell.from_us <= event_us < cell.to_us and now_us < cell.until_us):
                stretch = stretch_at(account.holder, catalog, feature.key, event_us, now_us)
                if stretch.own:
                    kinds = periods[feature.key].union(stretch.kinds)
                    stretches[write.customer_id, feature.key, stretch.from_us, stretch.to_us] = kinds
            bucket = event_us // QUARTER_US * QUARTER_US
            if (feature.key, bucket) not in account.rollups:
                buckets[write.customer_id, feature.key, bucket] = None
        if stretches:
            self._counters = {stretch: [] for stretch in stretches}
            numbered = list(stretches)
            asked = [
                (number, who, feature_key, kind, max(from_us - LONGEST_US[kind], -(2**63)), to_us, from_us)
                for number, (who, feature_key, from_us, to_us) in enumerate(numbered)
                for kind in stretches[numbered[number]]
            ]
            columns = [list(column) for column in zip(*asked, strict=True)]
            for number, *row in self._connection.execute(postgres_statements.COUNTERS, columns).fetchall():
                self._counters[numbered[number]].append(row)
        if buckets:
            self._rollups = dict.fromkeys(buckets, 0)
            columns = [list(column) for column in zip(*buckets, strict=True)]
            for who, feature_key, bucket, quantity in self._connection.execute(
                postgres_statements.ROLLUPS, columns
            ).fetchall():
                self._rollups[who, feature_key, bucket] = quantity

"""What a batch reads from and writes to PostgreSQL: everything at once where that is possible."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, LiteralString

import psycopg

from billing_ui_backend import postgres_statements, schema, statements
from billing_ui_backend.accounts import Account, Accounts, Holder
from billing_ui_backend.batch import Batch, EventKey
from billing_ui_backend.catalog_store import StoredCatalog
from billing_ui_backend.driver import Driver
from billing_ui_backend.errors import BillingError, UnknownCustomer
from billing_ui_backend.ledger import UsageWrite, check_age
from billing_ui_backend.periods import LONGEST_US, Window
from billing_ui_backend.postgres_driver import PostgresDriver, array
from billing_ui_backend.results import WindowKind
from billing_ui_backend.source import DirectSource
from billing_ui_backend.stretches import stretch_at
from billing_ui_backend.subscriptions import Phase, Timeline
from billing_ui_backend.windows import QUARTER_US, whole_quarters

Connection = psycopg.Connection[Any]
_Stretch = tuple[str, str, int, int]


class NeedsDatabase(Exception):
    """What is in memory is not enough to decide a batch."""


class Stale(Exception):
    """What is in memory is not what is in the database any more; nothing was written."""


def write(
    connection: Connection, batch: Batch, stored: StoredCatalog, guarded: Mapping[str, int] | None
) -> psycopg.Cursor[Any]:
    """Writes what a batch has noted, in one statement.

    Args:
        guarded: the customers whose version must still be this; None when they are locked.

    Returns:
        One row, 1: or 0, when a version, the catalog or the tables are others and nothing was written.
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
    known = guarded or {}
    one_customer = len(known) == 1 and batch.pending == known.keys()
    values: list[Any] = [stored.version, schema.VERSION]
    if one_customer:
        values = [*known, *known.values(), *values]
    else:
        values = [
            *(array(known), array(known.values()), guarded is None, len(known)),
            *values,
            array(batch.pending),
        ]
    for rows in filled.values():
        values += rows[0] if len(rows) == 1 else [array(column) for column in zip(*rows, strict=True)]
    statement = postgres_statements.write(
        tuple((table, len(rows) == 1) for table, rows in filled.items()), one_customer=one_customer
    )
    return connection.execute(statement, values, prepare=True)


def _move_versions(batch: Batch) -> None:
    # Only once it is written: a version that memory was given for nothing would make others' changes look known.
    for customer_id in batch.pending:
        batch.accounts[customer_id].version += 1


class OptimisticSource:
    """Nothing is read: a batch that memory can decide alone is written in one statement, which checks that it was right.

    Args:
        strict: whether a transaction sees the database as it was when it began, also after it waited.
    """

    def __init__(self, connection: Connection, stored: StoredCatalog, *, strict: bool) -> None:
        self._connection = connection
        self._stored = stored
        self._strict = strict
        self._taken_for_new: set[EventKey] = set()

    @property
    def driver(self) -> PostgresDriver:
        """There is no transaction yet."""
        raise NeedsDatabase

    def account(self, customer_id: str) -> Account:
        """Not in memory."""
        raise NeedsDatabase

    def event(self, customer_id: str, idempotency_key: str, *, made: bool) -> None:
        """Taken for new: where it is not, the statement breaks the key's uniqueness and writes nothing."""
        if not made:
            self._taken_for_new.add((customer_id, idempotency_key))

    def counters(
        self, customer_id: str, feature_key: str, kinds: Collection[WindowKind], from_us: int, to_us: int
    ) -> Iterable[Any]:
        """Not in memory."""
        raise NeedsDatabase

    def sums(self, customer_id: str, feature_key: str, window: Window) -> tuple[int, int]:
        """Not in memory."""
        raise NeedsDatabase

    def rollup(self, customer_id: str, feature_key: str, bucket_us: int) -> int:
        """Not in memory."""
        raise NeedsDatabase

    def write(self, batch: Batch) -> None:
        """Writes and commits. Raises Stale, NeedsDatabase."""
        if batch.later:
            raise NeedsDatabase
        # An event that is refused is not written, so nothing would tell that its key was counted before.
        if not self._taken_for_new <= {(event[0], event[1]) for event in batch.events}:
            raise NeedsDatabase
        guarded = {account.customer_id: account.version for account in batch.accounts.values()}
        with self._beside_catalogs() if self._strict else nullcontext():
            row = write(self._connection, batch, self._stored, guarded).fetchone()
        if row is None or not row[0]:
            raise Stale
        _move_versions(batch)

    @contextmanager
    def _beside_catalogs(self) -> Iterator[None]:
        # A statement by itself takes its view of the database before it waits for whoever changes the catalog, and would
        # compare with the one before.
        with self._connection.pipeline(), self._connection.transaction():
            self._connection.execute(postgres_statements.KEEP_CATALOG)
            yield


class LockedSource(DirectSource):
    """Reads in a transaction that has the customers' rows locked. What a batch will ask for is read in advance: twice there
    and back, whatever its size.

    Args:
        writes: the batch. Only its customers may be asked for.
        known: what this process remembers; whoever has another version by now is forgotten.
        in_force: answers with the catalog, given the rows of the tables' and of the catalog's latest version.
    """

    def __init__(
        self,
        connection: Connection,
        writes: Sequence[Any],
        known: Accounts,
        in_force: Callable[[Any, Any, Driver], StoredCatalog],
        now_us: int,
    ) -> None:
        super().__init__(PostgresDriver(connection))
        self._connection = connection
        self._customers: dict[str, Account] = {}
        self._events: dict[tuple[str, str], Any] = {}
        self._counters: dict[_Stretch, list[Any]] = {}
        self._sums: dict[tuple[str, str, Window], tuple[int, int]] = {}
        self._rollups: dict[tuple[str, str, int], int] = {}
        customers = sorted({write.customer_id for write in writes})
        usage = [write for write in writes if isinstance(write, UsageWrite)]
        keys = list({(write.customer_id, write.idempotency_key): None for write in usage})
        self._connection.execute(postgres_statements.KEEP_CATALOG)
        # Before any other: an upgrade of the tables waits for whoever has read their version.
        tables = self._connection.execute(schema.VERSION_QUERY, prepare=True)
        asked = [(customer_id,) for customer_id in customers]
        locked = self._ask(postgres_statements.LOCK_CUSTOMERS, asked)
        # After the lock: who waited for it may have waited for others to count under a newer catalog.
        latest = self._connection.execute(statements.LATEST_CATALOG.encode(), prepare=True)
        timelines = self._ask(postgres_statements.TIMELINES, asked)
        events = self._ask(postgres_statements.EVENTS_BY_KEY, keys)
        self.stored = in_force(tables.fetchone(), latest.fetchone(), self.driver)
        self._take_customers(customers, locked, timelines, known)
        self._events = dict.fromkeys(keys)
        for customer_id, key, *event in events():
            self._events[customer_id, key] = tuple(event)
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

    def sums(self, customer_id: str, feature_key: str, window: Window) -> tuple[int, int]:
        """(used, held) of a window that has no counter."""
        found = self._sums.get((customer_id, feature_key, window))
        return super().sums(customer_id, feature_key, window) if found is None else found

    def rollup(self, customer_id: str, feature_key: str, bucket_us: int) -> int:
        """A quarter hour's sum, 0 when there is none."""
        found = self._rollups.get((customer_id, feature_key, bucket_us))
        return super().rollup(customer_id, feature_key, bucket_us) if found is None else found

    def write(self, batch: Batch) -> None:
        """Writes what a batch has noted, in the transaction."""
        for statement, row in batch.later:
            self.driver.execute(statement, row)
        if batch.pending or batch.refusals:
            write(self._connection, batch, self.stored, None)
            _move_versions(batch)

    def _ask(self, statement: LiteralString, rows: Sequence[Sequence[Any]]) -> Callable[[], list[Any]]:
        """Sends a statement whose parameters are the columns of some rows; the answer is waited for when it is taken."""
        if not rows:
            return list
        columns = [array(column) for column in zip(*rows, strict=True)]
        return self._connection.execute(statement, columns, prepare=True).fetchall

    def _take_customers(
        self,
        customers: Iterable[str],
        locked: Callable[[], list[Any]],
        timelines: Callable[[], list[Any]],
        known: Accounts,
    ) -> None:
        phases: dict[str, list[Phase]] = {}
        rows = locked()
        for customer_id, *phase in timelines():
            phases.setdefault(customer_id, []).append(Phase(*phase))
        for customer_id, zone, version in rows:
            account = known.get(customer_id)
            if account is None or account.version != version:
                account = Account(customer_id, Holder(zone, Timeline(tuple(phases[customer_id]))), version)
                known.forget(customer_id)
            self._customers[customer_id] = account
        for customer_id in customers:
            if customer_id not in self._customers:
                known.forget(customer_id)

    def _read_counters(self, writes: Sequence[UsageWrite], now_us: int) -> None:
        catalog, periods = self.stored.catalog, self.stored.periods
        counters: dict[tuple[Any, ...], _Stretch] = {}
        windows: dict[tuple[str, str, Window], None] = {}
        buckets: dict[tuple[str, str, int], None] = {}
        for write in writes:
            account, feature = self._customers.get(write.customer_id), catalog.features.get(write.feature_key)
            if account is None or feature is None or not feature.metered:
                continue
            who = (write.customer_id, feature.key)
            event_us = now_us if write.given_us is None else write.given_us
            try:
                check_age(write, event_us, now_us)
            except BillingError:
                # A key counted before, or a refusal: no window is asked for, and so far away there may be none.
                continue
            cell = account.cells.get(feature.key)
            if cell is None or not cell.serves(event_us, now_us):
                stretch = stretch_at(account.holder, (catalog,), feature.key, event_us, now_us)
                if stretch.own:
                    asked: _Stretch = (*who, stretch.from_us, stretch.to_us)
                    self._counters[asked] = []
                    for kind in periods[feature.key].union(stretch.kinds):
                        after = max(stretch.from_us - LONGEST_US[kind], -(2**63))
                        counters[*who, kind, after, stretch.to_us, stretch.from_us] = asked
                    windows.update(dict.fromkeys((*who, bound.window) for bound in stretch.own))
            bucket = event_us // QUARTER_US * QUARTER_US
            if (feature.key, bucket) not in account.rollups:
                buckets[*who, bucket] = None
        stretches, opened = list(counters.values()), list(windows)
        found = self._ask(postgres_statements.COUNTERS, [(n, *asked) for n, asked in enumerate(counters)])
        sums = self._ask(
            postgres_statements.SUMS,
            [
                (n, *who, window.kind, window.start_us, window.end_us, *whole_quarters(window.start_us, window.end_us))
                for n, (*who, window) in enumerate(opened)
            ],
        )
        rollups = self._ask(postgres_statements.ROLLUPS, list(buckets))
        for number, *row in found():
            self._counters[stretches[number]].append(row)
        for number, used, held in sums():
            self._sums[opened[number]] = (int(used), int(held))
        self._rollups = dict.fromkeys(buckets, 0)
        for customer_id, feature_key, bucket, quantity in rollups():
            self._rollups[customer_id, feature_key, bucket] = quantity

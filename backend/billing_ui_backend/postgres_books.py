"""Deciding and committing batches in PostgreSQL, beside other processes that do the same."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import errors

from billing_ui_backend import schema
from billing_ui_backend.accounts import Accounts
from billing_ui_backend.batch import Batch
from billing_ui_backend.books import OneToBlame
from billing_ui_backend.catalog_store import CatalogInForce, StoredCatalog
from billing_ui_backend.driver import Driver
from billing_ui_backend.errors import CatalogError, ServiceUnavailable
from billing_ui_backend.ledger import UsageWrite
from billing_ui_backend.postgres_source import LockedSource, NeedsDatabase, OptimisticSource, Stale

if TYPE_CHECKING:
    from billing_ui_backend.postgres_database import PostgresDatabase

T = TypeVar("T")
# What another process can do to a transaction: it is simply tried again.
CONFLICTS = (errors.SerializationFailure, errors.DeadlockDetected, errors.UniqueViolation)
# Of the classes of the server's errors those that a row can be to blame for: with what it holds, with what a constraint or a trigger
# says to it, because it is too long.
_OF_A_ROW = ("09", "21", "22", "23", "27", "2F", "38", "39", "44", "54", "P0", "XX")
_PATIENCE = 10.0
# After another process was in the way the next batches lock first, which costs less than being wrong again.
_CAUTIOUS_BATCHES = 16


class PostgresBooks:
    """Books in a PostgreSQL database.

    A batch of usage that memory can decide alone is one statement, which writes nothing unless memory was right. Any other
    locks its customers in key order, reads, decides and writes.
    """

    def __init__(self, database: PostgresDatabase, catalog: CatalogInForce, now_us: Callable[[], int]) -> None:
        self._database = database
        self._catalog = catalog
        self._now_us = now_us
        self._accounts = Accounts()
        self._decided_under = catalog.known.version
        self._cautious = 0

    def commit(self, writes: Sequence[Any], decide: Callable[[Batch], T]) -> tuple[T, set[str]]:
        """See Books."""
        with self._database.writing() as connect:
            try:
                return self._commit(connect, writes, decide)
            except Exception as error:
                if len(writes) > 1 and _may_be_of_one(error):
                    raise OneToBlame from error
                raise

    def _commit(
        self, connect: Callable[[], psycopg.Connection[Any]], writes: Sequence[Any], decide: Callable[[Batch], T]
    ) -> tuple[T, set[str]]:
        if self._from_memory(writes):
            try:
                return self._optimistic(connect(), decide)
            except (NeedsDatabase, errors.UniqueViolation):
                pass
            except (Stale, *CONFLICTS):
                self._cautious = _CAUTIOUS_BATCHES
            except errors.LockNotAvailable:
                # It was waited for; others wait for the writer.
                raise
            except psycopg.OperationalError:
                # Whether it was committed nobody knows; the second try looks the keys up.
                pass
        deadline = time.monotonic() + _PATIENCE
        lost = False
        for attempt in itertools.count():
            connection = connect()
            try:
                return self._locked(connection, writes, decide)
            except CONFLICTS as error:
                if _is_of_the_hosts(error):
                    raise
                if time.monotonic() > deadline:
                    raise ServiceUnavailable(
                        f"other processes were in the way for {_PATIENCE:.0f} s: try again in a moment",
                        retry_after=1,
                    ) from error
                time.sleep(random.uniform(0, 0.002 * 2 ** min(attempt, 6)))
            except psycopg.OperationalError:
                # A connection that idled is often gone. Once more is safe: what was committed all the same is looked up.
                if lost or not connection.broken:
                    raise
                lost = True
        raise AssertionError("tried until it was done, or refused")

    def forget(self, customer_id: str) -> None:
        """See Books."""
        self._accounts.forget(customer_id)

    def _from_memory(self, writes: Sequence[Any]) -> bool:
        if self._cautious:
            self._cautious -= 1
            return False
        return all(isinstance(write, UsageWrite) and self._accounts.get(write.customer_id) for write in writes)

    def _optimistic(self, connection: psycopg.Connection[Any], decide: Callable[[Batch], T]) -> tuple[T, set[str]]:
        stored = self._in_force(self._catalog.known)
        source = OptimisticSource(connection, stored, strict=self._database.strict)
        return self._decide(Batch(source, self._accounts, stored, self._now_us()), decide)

    def _locked(
        self, connection: psycopg.Connection[Any], writes: Sequence[Any], decide: Callable[[Batch], T]
    ) -> tuple[T, set[str]]:
        batch: Batch | None = None
        try:
            # Statements are sent without waiting for the answer to the one before.
            with connection.pipeline(), connection.transaction():
                now_us = self._now_us()
                source = LockedSource(connection, writes, self._accounts, self._begun, now_us)
                stored = source.stored
                batch = Batch(source, self._accounts, stored, now_us)
                answer = self._run(batch, decide)
        except BaseException:
            if batch is not None:
                batch.abandon()
            raise
        batch.committed()
        return answer, batch.changed

    def _begun(self, tables: Any, latest: Any, driver: Driver) -> StoredCatalog:
        schema.require(tables[0] if tables else "none", self._database.name)
        return self._in_force(self._catalog.at(latest[0] or 0, driver))

    def _in_force(self, stored: StoredCatalog) -> StoredCatalog:
        # What is remembered was opened under the grants of one catalog.
        if stored.version != self._decided_under:
            self._accounts.clear()
            self._decided_under = stored.version
        return stored

    def _decide(self, batch: Batch, decide: Callable[[Batch], T]) -> tuple[T, set[str]]:
        try:
            answer = self._run(batch, decide)
        except BaseException:
            batch.abandon()
            raise
        batch.committed()
        return answer, batch.changed

    def _run(self, batch: Batch, decide: Callable[[Batch], T]) -> T:
        answer = decide(batch)
        batch.flush()
        return answer


def _is_of_the_hosts(error: psycopg.Error) -> bool:
    """Whether what has to be unique is so by a table or a trigger of the host's: it will be so the next time."""
    return isinstance(error, errors.UniqueViolation) and not (error.diag.table_name or "").startswith("billing_")


def _may_be_of_one(error: Exception) -> bool:
    if isinstance(error, psycopg.Error):
        # What the driver itself can't send has no code; what takes too long may be quick in halves.
        of_a_row = isinstance(error, (psycopg.DataError, errors.QueryCanceled))
        return of_a_row or (error.sqlstate or "").startswith(_OF_A_ROW)
    return not isinstance(error, (ServiceUnavailable, CatalogError))

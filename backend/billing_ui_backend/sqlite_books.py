"""Deciding and committing batches in a SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from billing_ui_backend import schema
from billing_ui_backend.accounts import Accounts
from billing_ui_backend.batch import Batch
from billing_ui_backend.books import OneToBlame
from billing_ui_backend.catalog_store import CatalogInForce
from billing_ui_backend.errors import BillingError
from billing_ui_backend.sqlite_source import KeyKnown, SqliteSource

if TYPE_CHECKING:
    from billing_ui_backend.sqlite_database import SqliteDatabase

T = TypeVar("T")
# Of the driver's errors those that a row can be to blame for; the others are the file's.
_OF_A_ROW = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, sqlite3.InterfaceError)
# After a key was there already the next batches look theirs up first: retries come together.
_CAREFUL_BATCHES = 16


class SqliteBooks:
    """Books in a SQLite file. Batches run one at a time over all processes, under the lock of the file."""

    def __init__(self, database: SqliteDatabase, catalog: CatalogInForce, now_us: Callable[[], int]) -> None:
        self._database = database
        self._catalog = catalog
        self._now_us = now_us
        self._accounts = Accounts()
        self._seen: tuple[object, int] | None = None
        self._careful = 0

    def commit(self, writes: Sequence[Any], decide: Callable[[Batch], T]) -> tuple[T, set[str]]:
        """See Books."""
        batch: Batch | None = None
        try:
            with self._database.writing() as driver:
                # data_version moves when another connection commits anything; it counts per connection.
                seen = (driver, driver.execute("pragma data_version").fetchone()[0])
                if seen != self._seen:
                    self._accounts.clear()
                    schema.check(driver.execute, self._database.name)
                    self._catalog.refresh(driver)
                    self._seen = seen
                stored = self._catalog.known
                while True:
                    look_up = self._careful > 0
                    source = SqliteSource(driver, look_up=look_up)
                    batch = Batch(source, self._accounts, stored, self._now_us())
                    try:
                        answer = decide(batch)
                        batch.flush()
                    except KeyKnown:
                        batch.abandon()
                        driver.execute("rollback")
                        driver.execute("begin immediate")
                        self._careful = _CAREFUL_BATCHES + 1
                    except Exception as error:
                        if len(writes) > 1 and _may_be_of_one(error):
                            raise OneToBlame from error
                        raise
                    else:
                        self._careful -= look_up
                        break
        except BaseException:
            if batch is not None:
                batch.abandon()
            raise
        batch.committed()
        return answer, batch.changed

    def forget(self, customer_id: str) -> None:
        """See Books. Called under the lock, for no batch may be decided under what was replaced."""
        self._accounts.forget(customer_id)


def _may_be_of_one(error: Exception) -> bool:
    return isinstance(error, _OF_A_ROW) or not isinstance(error, (sqlite3.Error, BillingError))

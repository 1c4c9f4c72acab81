"""Opening an engine: lazily, in the process that first calls, and again after a fork.

`reflex run` imports the app in a supervisor and forks the workers after, so constructing opens nothing. And no connection
is open at a fork: SQLite counts its locks per process in memory that the child inherits, so the child would believe in
locks that only its parent holds, and lose what it commits when the parent closes.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import Session

from billing_ui_backend import catalog_store
from billing_ui_backend.books import Books
from billing_ui_backend.catalog import Catalog
from billing_ui_backend.catalog_store import CatalogInForce
from billing_ui_backend.clock import Clock, system_clock, to_us
from billing_ui_backend.database import Database, open_database
from billing_ui_backend.driver import driver_of
from billing_ui_backend.errors import CatalogError, ServiceUnavailable
from billing_ui_backend.validation import check_text
from billing_ui_backend.writer import Writer

DEFAULT_URL = "sqlite:///.billing/billing.db"

T = TypeVar("T")

logger = logging.getLogger("billing_ui")


class Opening:
    """What an engine has open in this process: the database, the writer, the catalog in force, known customers."""

    def __init__(
        self,
        url: str | None,
        catalog: Catalog | Mapping[str, Any] | str | Path | None,
        clock: Clock | None,
        committed: Callable[[set[str]], None],
    ) -> None:
        self._url = url
        # A daemon changes its folder, and a forked child opens anew: both mean the file that was meant here.
        self._folder = _current_folder()
        self._given = catalog
        self._clock = clock or system_clock
        self._committed = committed
        self._closed = False
        self._reset()
        _openings.add(self)

    def _reset(self) -> None:
        self._lock = threading.RLock()
        self._database: Database | None = None
        self._writer: Writer | None = None
        self._books: Books | None = None
        self._catalog: CatalogInForce | None = None

    def now_us(self) -> int:
        """The clock's time in microseconds since the epoch."""
        return to_us(self._clock())

    @property
    def given(self) -> Catalog | None:
        """The catalog that it was made with, whose TOML file is read now; None for the stored one."""
        return None if self._given is None else Catalog.load(self._given)

    @property
    def is_open(self) -> bool:
        """Whether the database is open in this process."""
        return self._database is not None

    @property
    def writer(self) -> Writer:
        """The writer; opens the database on the first call."""
        self._open()
        assert self._writer is not None
        return self._writer

    @contextmanager
    def read(self) -> Iterator[tuple[Session, Catalog]]:
        """A snapshot of the database and the catalog in force in it."""
        database = self._open()
        assert self._catalog is not None
        with database.read() as session:
            yield session, self._catalog.refresh(driver_of(session)).catalog

    def change(self, work: Callable[[Session, Catalog], T], customer_id: str | None = None) -> T:
        """A write transaction for administration; `work` may run again when another process was in its way. Afterwards the
        customer is read anew and its watchers are told."""
        if customer_id is not None:
            check_text(customer_id, "customer_id")
        database = self._open()
        catalog, books = self._catalog, self._books
        assert catalog is not None
        assert books is not None

        def in_transaction(session: Session) -> T:
            answer = work(session, catalog.refresh(driver_of(session)).catalog)
            if customer_id is not None:
                # While the lock is still held: no event may be decided under what this transaction replaces.
                books.forget(customer_id)
            return answer

        answer = database.change(in_transaction, customer_id)
        if customer_id is not None:
            self._committed({customer_id})
        return answer

    def close(self) -> None:
        """Commits what is queued and gives everything back. Closing twice is fine."""
        with self._lock:
            self._closed = True
            writer, database = self._writer, self._database
        if writer is not None:
            writer.close()
        if database is not None:
            database.close()
        # Only now: what was queued still needed them.
        self._writer = self._database = None

    def before_fork(self) -> None:
        """Closes all connections and holds every call until the fork is done."""
        self._lock.acquire()
        if self._database is not None and not self._database.suspend():
            logger.warning(
                "billing_ui: a call of this process takes too long to wait for: its forked child must not use %s",
                self._database.name,
            )

    def after_fork_in_parent(self) -> None:
        """Lets calls go on; the next one connects anew."""
        if self._database is not None:
            self._database.resume()
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Forgets what the parent has; the next call opens."""
        _inherited.append((self._database, self._writer))
        self._reset()

    def _open(self) -> Database:
        if self._database is not None:
            return self._database
        with self._lock:
            if self._closed:
                raise ServiceUnavailable("this Billing is closed: make a new one")
            if self._database is None:
                catalog = self.given
                url = self._url or os.environ.get("BILLING_DATABASE_URL") or DEFAULT_URL
                # Without a catalog a new database would be of no use: a mistyped path must not leave one behind.
                database = open_database(url, create=catalog is not None, folder=self._folder)
                try:
                    if catalog is not None:
                        database.change(lambda session: catalog_store.store(session, catalog, self.now_us()))
                    with database.read() as session:
                        stored = catalog_store.load(driver_of(session))
                    if stored is None:
                        raise CatalogError(
                            f"the database {database.name} has no catalog yet: pass one, such as "
                            "Billing(catalog='billing.toml')"
                        )
                except BaseException:
                    database.close()
                    raise
                self._catalog = CatalogInForce(stored)
                self._books = database.books(self._catalog, self.now_us)
                self._writer = Writer(self._books, self._committed)
                self._database = database
            return self._database


def _current_folder() -> Path | None:
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None  # It was deleted; whoever gives an absolute path or another server does not need it.


_openings: weakref.WeakSet[Opening] = weakref.WeakSet()
_forking: list[Opening] = []
_fork_lock = threading.Lock()
# Threads and locks of the parent's: a child keeps them alive and unused, for their end would act on the parent's files.
_inherited: list[object] = []


def _before_fork() -> None:
    _fork_lock.acquire()
    _forking[:] = _openings
    for opening in _forking:
        opening.before_fork()


def _after_fork_in_parent() -> None:
    for opening in _forking:
        opening.after_fork_in_parent()
    _forking.clear()
    _fork_lock.release()


def _after_fork_in_child() -> None:
    for opening in list(_openings):
        opening.after_fork_in_child()
    _forking.clear()
    _fork_lock.release()


def _close_at_exit() -> None:
    for opening in list(_openings):
        opening.close()


if hasattr(os, "register_at_fork"):  # Windows has no fork.
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
atexit.register(_close_at_exit)

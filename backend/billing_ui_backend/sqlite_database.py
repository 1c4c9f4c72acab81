"""One SQLite database: opened on the first call, in the process that calls, and given back as it was found.

Reads run on pooled connections in snapshots of their own; writes run one at a time on one connection, under an exclusive
lock on `<db>.lock` that all processes share. SQLite before 3.51.3 can corrupt a write-ahead log when two connections write
and checkpoint at once: no batch and no checkpoint runs without that lock, and no connection checkpoints by itself.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from stat import S_IMODE
from typing import TypeVar

from filelock import lock_descriptor, unlock_descriptor
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool, StaticPool
from sqlmodel import Session

from billing_ui_backend import schema
from billing_ui_backend.books import OneToBlame
from billing_ui_backend.catalog_store import CatalogInForce
from billing_ui_backend.durability import warn_of_network_file_system
from billing_ui_backend.errors import BillingError, CatalogError, ServiceUnavailable
from billing_ui_backend.gate import Gate
from billing_ui_backend.sqlite_books import SqliteBooks

T = TypeVar("T")
LOCK_TIMEOUT = 10.0
_RESTORE = "the file is damaged: restore it from a backup"
# What a checkpoint costs is shared by the batches before it: of a page that many of them wrote, only the last state is copied.
_CHECKPOINT_ROWS = 4000
_LOG_BYTES_KEPT = 16 * 2**20
# The keys of a batch lie all over the ledger, and of each page that one falls on the log gets the whole: small pages make it
# small. Only a file that is new takes this size.
_PAGE_BYTES = 2048
# SQLite's own 2 MiB hold less than a batch of spread keys touches.
_WRITER_CACHE_KIB = 32 * 1024

logger = logging.getLogger("billing_ui")


class SqliteDatabase:
    """An open database. Use `read()` for a snapshot, `writing()` for the writer's connection; `close()` when done."""

    def __init__(self, url: URL, *, create: bool = True) -> None:
        self.temporary: str | None = None
        self.path = self._prepare(url, create)
        # The system is asked about it with each batch: a Path would have to be read each time.
        self._path_text = os.fspath(self.path)
        self._lock = threading.RLock()
        # SQLite's own log lies beside the file that a link leads to: by every name it must be one lock.
        self._lock_path = Path(f"{os.path.realpath(self.path)}.lock")
        self._lock_file: int | None = None
        self._gate = Gate()
        self._closed = False
        self._checkpointed = 0
        self._writer: Connection | None = None
        self._driver: sqlite3.Connection | None = None
        self._writer_engine = _engine(self.path, writer=True)
        self._reader_engine = _engine(self.path, writer=False)
        warn_of_network_file_system(self.path)
        try:
            with database_errors(self.path), self._exclusive():
                self._create_schema(self._connected())
                self._identity = self._file_identity()
        except BaseException:
            self._disconnect()
            raise

    @property
    def name(self) -> str:
        """See Database."""
        return str(self.path)

    @property
    def driver(self) -> sqlite3.Connection:
        """The writer's driver connection, for prebuilt statements; only inside `writing()`."""
        if self._driver is None:
            connection = self._connected().connection.driver_connection
            assert isinstance(connection, sqlite3.Connection)
            self._driver = connection
        return self._driver

    def _connected(self) -> Connection:
        if self._writer is None:
            self._writer = self._writer_engine.connect()
            self._checkpointed = 0
        return self._writer

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one snapshot of the database; nothing can be written through it.

        Raises:
            ServiceUnavailable: the file is gone, locked, corrupt or unreadable.
        """
        with self._gate.passing(), database_errors(self.path):
            self._check_file()
            with Session(self._reader_engine) as session:
                yield session

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One write transaction: committed at the end, rolled back on any exception. One at a time, over all processes.

        Raises:
            ServiceUnavailable: the file is gone, locked, full, corrupt or not writable. Nothing was written.
        """
        with self._gate.passing(), self._lock, database_errors(self.path):
            lock = self._acquire()
            try:
                self._check_file()
                driver = self.driver
                try:
                    driver.execute("begin immediate")
                    yield driver
                    driver.execute("commit")
                except BaseException:
                    if driver.in_transaction:
                        driver.execute("rollback")
                    raise
                self._checkpoint(driver)
            finally:
                unlock_descriptor(lock)

    def change(self, work: Callable[[Session], T], customer_id: str | None = None) -> T:
        """See Database; the whole file is locked."""
        with self._gate.passing(), self._lock, database_errors(self.path), self._exclusive():
            self._check_file()
            writer = self._connected()
            schema.check(self.driver.execute, self.name)
            with writer.begin(), Session(writer, join_transaction_mode="create_savepoint") as session:
                answer = work(session)
                session.commit()
            self._checkpoint(self.driver)
            return answer

    def books(self, catalog: CatalogInForce, now_us: Callable[[], int]) -> SqliteBooks:
        """See Database."""
        return SqliteBooks(self, catalog, now_us)

    def close(self) -> None:
        """Gives back all connections; a temporary database is deleted."""
        with self._gate.passing(), self._lock:
            if self._closed:
                return
            self._closed = True
            self._disconnect()
            if self.temporary:
                shutil.rmtree(self.temporary)

    def suspend(self) -> bool:
        """Lets the calls under way end, closes all connections and holds further calls until `resume`, which connect anew.

        False when a call goes on for too long: then nothing was closed and no call is held.
        """
        if not self._gate.shut(timeout=2 * LOCK_TIMEOUT):
            return False
        self._disconnect()
        return True

    def resume(self) -> None:
        """Ends `suspend`."""
        self._gate.open()

    def _disconnect(self) -> None:
        # The last connection to close checkpoints, so it closes under the lock.
        try:
            lock = self._acquire()
        except (ServiceUnavailable, OSError):
            self._dispose()
        else:
            try:
                self._dispose()
            finally:
                unlock_descriptor(lock)
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def _dispose(self) -> None:
        self._reader_engine.dispose()
        if self._writer is not None:
            self._writer.close()
            self._writer = self._driver = None
        self._writer_engine.dispose()

    def _prepare(self, url: URL, create: bool) -> Path:
        if not url.database or url.database == ":memory:":
            self.temporary = tempfile.mkdtemp(prefix="billing-ui-")
            return Path(self.temporary) / "billing.db"
        path = Path(url.database).absolute()
        with database_errors(path):
            if not create and not path.exists():
                raise CatalogError(
                    f"there is no database {path} yet: check the path, or pass a catalog to make one, such as "
                    "Billing(catalog='billing.toml')"
                )
            path.parent.mkdir(parents=True, exist_ok=True)
        return path

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        lock = self._acquire()
        try:
            yield
        finally:
            unlock_descriptor(lock)

    def _acquire(self) -> int:
        # The file stays open: opening it anew for each batch costs more than the batch.
        deadline = time.monotonic() + LOCK_TIMEOUT
        while True:
            if self._lock_file is None:
                self._lock_file = self._open_lock()
            if lock_descriptor(self._lock_file, blocking=False):
                if os.fstat(self._lock_file).st_nlink:
                    return self._lock_file
                # Somebody deleted it: others would lock another file.
                os.close(self._lock_file)
                self._lock_file = None
            elif time.monotonic() >= deadline:
                raise ServiceUnavailable(
                    f"the database {self.path} has been busy for {LOCK_TIMEOUT:.0f} s: try again", retry_after=1
                )
            else:
                time.sleep(0.001)

    def _open_lock(self) -> int:
        # As SQLite makes a database, which may not be there yet.
        lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        # Whoever may write to the database may lock it, and nobody else: as SQLite does it with its own log. Only the owner can.
        with suppress(FileNotFoundError, PermissionError):
            wanted, found = self.path.stat(), os.fstat(lock)
            if (
                hasattr(os, "geteuid")
                and os.geteuid() == 0
                and (wanted.st_uid, wanted.st_gid) != (found.st_uid, found.st_gid)
            ):
                os.chown(lock, wanted.st_uid, wanted.st_gid)
            if S_IMODE(wanted.st_mode) != S_IMODE(found.st_mode):
                self._lock_path.chmod(S_IMODE(wanted.st_mode))
        return lock

    def _create_schema(self, writer: Connection) -> None:
        driver = self.driver
        if driver.execute("pragma journal_mode=wal").fetchone()[0] != "wal":
            raise ServiceUnavailable(
                f"the database {self.path} can't use a write-ahead log here: put it on a local disk"
            )
        if driver.execute("pragma synchronous").fetchone()[0] < 2:
            raise ServiceUnavailable(
                f"the database {self.path} does not keep synchronous=FULL: acknowledged usage could be lost"
            )
        with writer.begin():
            schema.prepare(writer)
            # SQLite opens a file that it may not write for reading, and would stay so when the file's mode is corrected.
            driver.execute("update billing_meta set value = value where 1 = 0")

    def _file_identity(self) -> tuple[int, int]:
        stat = os.stat(self._path_text)  # noqa: PTH116
        return stat.st_dev, stat.st_ino

    def _check_file(self) -> None:
        """An open file that was deleted or replaced goes on taking writes that nobody will ever see."""
        if self._closed:
            raise ServiceUnavailable("this Billing is closed: make a new one")
        try:
            same = self._file_identity() == self._identity
        except FileNotFoundError as error:
            raise ServiceUnavailable(f"the database {self.path} is gone: put the file back", retry_after=5) from error
        if not same:
            raise ServiceUnavailable(f"the database {self.path} was replaced while it was open: restart this process")

    def _checkpoint(self, driver: sqlite3.Connection) -> None:
        # By rows written, not by the log's size: the file keeps its size after a checkpoint and starts again at its front.
        if driver.total_changes - self._checkpointed >= _CHECKPOINT_ROWS:
            self._checkpointed = driver.total_changes
            try:
                driver.execute("pragma wal_checkpoint(passive)").fetchall()
            except sqlite3.Error:
                # The transaction is committed whatever happens here: refusing it now would have it counted twice.
                logger.warning("billing_ui: the database %s could not be checkpointed", self.path, exc_info=True)


def _engine(path: Path, *, writer: bool) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=StaticPool if writer else QueuePool,
        connect_args={"check_same_thread": False, "timeout": LOCK_TIMEOUT, "isolation_level": None},
        **({} if writer else {"pool_size": 4, "max_overflow": 12, "pool_timeout": LOCK_TIMEOUT}),
    )

    @event.listens_for(engine, "connect")
    def _settings(driver: sqlite3.Connection, _record: object) -> None:
        driver.execute(f"pragma page_size={_PAGE_BYTES}")
        driver.execute("pragma synchronous=full")
        driver.execute("pragma wal_autocheckpoint=0")
        driver.execute(f"pragma journal_size_limit={_LOG_BYTES_KEPT}")
        driver.execute("pragma foreign_keys=on")
        if writer:
            driver.execute(f"pragma cache_size=-{_WRITER_CACHE_KIB}")
        else:
            driver.execute("pragma query_only=on")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        # The writer's transaction is begun by `writing`; a reader's begins here, so that all it reads is one snapshot.
        if isinstance(driver, sqlite3.Connection) and not driver.in_transaction:
            driver.execute("begin immediate" if writer else "begin")

    return engine


@contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Turns the driver's and the file system's errors into ServiceUnavailable that says what to do."""
    try:
        yield
    except (BillingError, OneToBlame):
        raise
    except DBAPIError as error:
        raise _explained(path, error.orig or error) from error
    except PoolTimeout as error:
        raise ServiceUnavailable(f"too many reads of {path} at once: try again in a moment", retry_after=1) from error
    except (sqlite3.Error, OSError) as error:
        raise _explained(path, error) from error
    except Exception as error:
        # What a damaged file gives may be read as anything, and fail anywhere.
        if _damaged(path):
            raise ServiceUnavailable(
                f"the database {path} does not answer ({error}): {_RESTORE}", retry_after=1
            ) from error
        raise


def _damaged(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            (found,) = connection.execute("pragma integrity_check(1)").fetchone()
            return bool(found != "ok")
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        # The driver can't even say what is wrong: its message quotes the damaged text.
        return True


def _explained(path: Path, error: BaseException) -> ServiceUnavailable:
    text = str(error)
    if isinstance(error, sqlite3.IntegrityError):
        return ServiceUnavailable(
            f"the database {path} refuses a row ({text}): see which constraint or trigger of yours does", retry_after=1
        )
    if "locked" in text or "busy" in text:
        advice = "another program holds it: try again"
    elif "full" in text or getattr(error, "errno", None) == 28:
        advice = "free some space and try again"
    elif "readonly" in text or isinstance(error, PermissionError) or not os.access(path.parent, os.W_OK):
        advice = "this process may not write there: check the owner and the mode of the file and its folder"
    elif getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        advice = _RESTORE
    else:
        advice = "check the path and the disk"
    return ServiceUnavailable(f"the database {path} does not answer ({text}): {advice}", retry_after=1)

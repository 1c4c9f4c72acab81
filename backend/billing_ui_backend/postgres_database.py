"""One PostgreSQL database, shared with other processes and machines; every transaction locks only the customers it changes."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.pq import PipelineStatus, TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from billing_ui_backend import schema
from billing_ui_backend.catalog_store import CatalogInForce
from billing_ui_backend.durability import unsafe_settings
from billing_ui_backend.errors import BillingError, CatalogError, ServiceUnavailable
from billing_ui_backend.gate import Gate
from billing_ui_backend.postgres_books import CONFLICTS, PostgresBooks
from billing_ui_backend.postgres_driver import prepare_connection

T = TypeVar("T")
LOCK_TIMEOUT = 10.0
_TRIES = 12
# The server ends a transaction that stands still, and with it its locks, after so many seconds.
STOPPED_TIMEOUT = 30.0
# The server that has `transaction_timeout`, PostgreSQL 17.
_ENDS_TRANSACTIONS = 170_000
# Of the server's errors for that: a transaction was idle, or took too long.
_STOOD_STILL = ("25P03", "25P04")
# A connection that stands and will never serve again: its server was made a standby, or a pooler put another one behind it that
# knows nothing of what was prepared. The next call connects anew, perhaps to the new primary.
_SERVES_NO_MORE = (errors.ReadOnlySqlTransaction, errors.InvalidSqlStatementName)
# A host that is gone is noticed, and not waited for for ever.
_CONNECTION = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# Whatever the URL, a role, a database or the environment say: one text that can't be sent would fail a whole batch.
_ENCODING = {"client_encoding": "utf8"}

logger = logging.getLogger("billing_ui")


class PostgresDatabase:
    """An open database. See Database."""

    def __init__(self, url: URL, *, create: bool = True) -> None:
        self.name = url.render_as_string(hide_password=True)
        self._url = url.set(drivername="postgresql+psycopg")
        given = self._url.query
        self._options = {name: value for name, value in _CONNECTION.items() if name not in given} | _ENCODING
        self._lock = threading.RLock()
        self._gate = Gate()
        self._closed = False
        self._writer: psycopg.Connection[Any] | None = None
        # Whether the writer's transactions are stricter than READ COMMITTED.
        self.strict = False
        # A change locks its customer before it reads, and then has to see what it waited for: a stricter transaction would
        # fail instead, and several changes of one customer would use up each other's tries.
        self._changers = self._engine(pool_size=1, max_overflow=3, isolation_level="READ COMMITTED")
        self._readers = self._engine(pool_size=4, max_overflow=12, isolation_level="REPEATABLE READ")
        with database_errors(self.name), self._changers.connect() as connection:
            self._check_encoding(connection)
            with connection.begin():
                if not create and schema.version(connection) is None:
                    raise CatalogError(
                        f"the database {self.name} has no tables of billing-ui yet: check the address, or pass a catalog to make "
                        "them, such as Billing(catalog='billing.toml')"
                    )
            with connection.begin():
                schema.prepare(connection)
            self._warn_of_unsafe_settings(connection)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """See Database."""
        with self._gate.passing(), database_errors(self.name):
            self._check_open()
            with Session(self._readers.execution_options(postgresql_readonly=True)) as session:
                yield session

    def change(self, work: Callable[[Session], T], customer_id: str | None = None) -> T:
        """See Database. Whoever remembers the customer's books reads them anew afterwards."""
        with self._gate.passing(), database_errors(self.name):
            self._check_open()
            for attempt in range(_TRIES):
                try:
                    with self._changers.begin() as connection:
                        return self._change(connection, work, customer_id)
                except DBAPIError as error:
                    if isinstance(error.orig, _SERVES_NO_MORE):
                        self._changers.dispose()
                        self._readers.dispose()
                    if not isinstance(error.orig, CONFLICTS):
                        raise
                    time.sleep(random.uniform(0, 0.002 * 2 ** min(attempt, 6)))
        raise ServiceUnavailable(
            f"other processes were in the way {_TRIES} times in a row: try again in a moment", retry_after=1
        )

    @contextmanager
    def writing(self) -> Iterator[Callable[[], psycopg.Connection[Any]]]:
        """The writer's turn: gives a function that connects, or answers with the connection there is.

        Raises:
            ServiceUnavailable: the database does not answer.
        """
        with self._gate.passing(), self._lock, database_errors(self.name):
            self._check_open()
            try:
                yield self._connected
            except _SERVES_NO_MORE:
                self._disconnect()
                raise

    def books(self, catalog: CatalogInForce, now_us: Callable[[], int]) -> PostgresBooks:
        """See Database."""
        return PostgresBooks(self, catalog, now_us)

    def close(self) -> None:
        """See Database."""
        with self._gate.passing(), self._lock:
            self._closed = True
            self._disconnect()

    def suspend(self) -> bool:
        """See Database."""
        if not self._gate.shut(timeout=2 * LOCK_TIMEOUT):
            return False
        self._disconnect()
        return True

    def resume(self) -> None:
        """See Database."""
        self._gate.open()

    def _check_open(self) -> None:
        if self._closed:
            raise ServiceUnavailable("this Billing is closed: make a new one")

    def _change(self, connection: Connection, work: Callable[[Session], T], customer_id: str | None) -> T:
        who = {"customer_id": customer_id}
        schema.check(lambda statement: connection.exec_driver_sql(statement), self.name)
        if customer_id is not None:
            connection.execute(text("select 1 from billing_customer where customer_id = :customer_id for update"), who)
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            answer = work(session)
            session.commit()
        if customer_id is not None:
            connection.execute(
                text("update billing_customer set version = version + 1 where customer_id = :customer_id"), who
            )
        return answer

    def _connected(self) -> psycopg.Connection[Any]:
        if self._writer is not None and not _idle(self._writer):
            # Something from outside, such as an interrupt, left it in the middle.
            self._writer.close()
        if self._writer is None or self._writer.closed:
            arguments, options = self._changers.dialect.create_connect_args(self._url)
            connection = psycopg.connect(*arguments, autocommit=True, **{**options, **self._options})
            try:
                self._settle_writer(connection)
            except BaseException:
                connection.close()
                raise
            # Only now: one that was interrupted in the middle would write without its timeouts.
            self._writer = connection
        return self._writer

    def _settle_writer(self, connection: psycopg.Connection[Any]) -> None:
        self._settle(connection)
        if connection.info.server_version >= _ENDS_TRANSACTIONS:
            # A batch's statements are sent without waiting: a process that is stopped between two of them is not idle in
            # the server's eyes, and would keep its customers locked for as long as it stands still.
            connection.execute(f"set transaction_timeout = '{STOPPED_TIMEOUT * 1000:.0f}ms'".encode())
        # The plan of a batch is the same for one event and for a thousand, and always by key: one that was made while the
        # tables were empty would go through them whole when they are not.
        connection.execute("set plan_cache_mode = force_generic_plan")
        connection.execute("set enable_seqscan = off")
        connection.execute("set enable_hashjoin = off")
        connection.execute("set enable_mergejoin = off")
        connection.execute("set enable_material = off")
        self.strict = connection.execute("show transaction_isolation").fetchone() != ("read committed",)

    def _settle(self, connection: psycopg.Connection[Any]) -> None:
        prepare_connection(connection)
        connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT * 1000:.0f}ms'".encode())
        # A process that is stopped in the middle keeps its customers locked for so long and no longer.
        connection.execute(f"set idle_in_transaction_session_timeout = '{STOPPED_TIMEOUT * 1000:.0f}ms'".encode())

    def _engine(self, **options: Any) -> Engine:
        # No column is an hstore: not to ask for the type saves a round trip and registering it.
        engine = create_engine(
            self._url,
            pool_timeout=LOCK_TIMEOUT,
            connect_args=dict(self._options),
            pool_pre_ping=True,
            use_native_hstore=False,
            **options,
        )

        @event.listens_for(engine, "connect")
        def _settings(connection: psycopg.Connection[Any], _record: object) -> None:
            before, connection.autocommit = connection.autocommit, True
            self._settle(connection)
            connection.autocommit = before

        return engine

    def _disconnect(self) -> None:
        self._readers.dispose()
        self._changers.dispose()
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _check_encoding(self, connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        encoding = driver.info.parameter_status("server_encoding")
        if encoding not in (None, "UTF8", "SQL_ASCII"):
            raise ServiceUnavailable(
                f"the database {self.name} has the encoding {encoding}, which can't keep every text: make one with UTF8"
            )

    def _warn_of_unsafe_settings(self, connection: Connection) -> None:
        rows = connection.execute(text("select name, setting from pg_settings")).all()
        for warning in unsafe_settings([(name, setting) for name, setting in rows]):
            logger.warning("billing_ui: the database %s: %s", self.name, warning)


def _idle(connection: psycopg.Connection[Any]) -> bool:
    status = connection.pgconn
    return status.transaction_status == TransactionStatus.IDLE and status.pipeline_status == PipelineStatus.OFF


@contextmanager
def database_errors(name: str) -> Iterator[None]:
    """Turns the driver's errors into ServiceUnavailable that says what to do."""
    try:
        yield
    except BillingError:
        raise
    except PoolTimeout as error:
        raise ServiceUnavailable(f"too many reads of {name} at once: try again in a moment", retry_after=1) from error
    except DBAPIError as error:
        raise _explained(name, error.orig or error) from error
    except psycopg.Error as error:
        raise _explained(name, error) from error


def _explained(name: str, error: BaseException) -> ServiceUnavailable:
    told = " ".join(str(error).split())
    if isinstance(error, (psycopg.IntegrityError, errors.RaiseException)):
        return ServiceUnavailable(
            f"the database {name} refuses a row ({told}): see which constraint or trigger of yours does", retry_after=1
        )
    if isinstance(error, errors.LockNotAvailable):
        advice = "another transaction holds the customer for too long: try again"
    elif getattr(error, "sqlstate", None) in _STOOD_STILL:
        advice = "this process stood still in the middle, or waited too long for others: try again"
    elif isinstance(error, errors.DiskFull):
        advice = "free some space on the server and try again"
    elif isinstance(error, errors.TooManyConnections):
        advice = "raise max_connections of the server, or run fewer processes"
    elif isinstance(error, errors.ReadOnlySqlTransaction):
        advice = "it is read-only, perhaps a standby: connect to the primary"
    elif "authentication failed" in str(error):
        # A connection that was never made has no code.
        advice = "check user and password"
    elif isinstance(error, psycopg.OperationalError) and "does not exist" in str(error):
        advice = "make it first, or correct its name"
    elif isinstance(error, errors.InsufficientPrivilege):
        advice = "grant the user the right to make and to change tables there"
    elif isinstance(error, errors.UndefinedTable):
        advice = "its tables are gone: restore them from a backup"
    elif isinstance(error, psycopg.OperationalError):
        advice = "check that the server runs and can be reached from here, then try again"
    else:
        advice = "look at the server's log"
    return ServiceUnavailable(f"the database {name} does not answer ({told}): {advice}", retry_after=1)

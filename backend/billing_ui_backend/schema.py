"""Which version the tables have: made in an empty database, upgraded in an older one, left alone in a newer one.

The version is the one row of `billing_schema_version`. It is Alembic's table, and Alembic runs the upgrades, but it is
imported only for them: a database that is new or up to date opens without it.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final, LiteralString, Protocol

from sqlalchemy import Column, Connection, Dialect, Engine, MetaData, PrimaryKeyConstraint, String, Table, inspect, text
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement
from sqlalchemy.sql.schema import SchemaItem

from billing_ui_backend.errors import ServiceUnavailable
from billing_ui_backend.models import BillingTable

VERSIONS: Final = ("0001", "0002", "0003")
VERSION: Final = VERSIONS[-1]
VERSION_TABLE: Final = "billing_schema_version"
VERSION_QUERY: Final[LiteralString] = "select version_num from billing_schema_version"

PREFIX = "billing_"
# Any number will do that no other program locks: "billing" in ASCII.
_UPGRADE_LOCK = 0x62696C6C696E67
_FIRST_META = "select value from billing_meta where key = 'schema_version'"

# As Alembic makes it, in a metadata of its own: it is no customer's data, and Alembic compares without it.
_version_table = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)


class _Answer(Protocol):
    def fetchone(self) -> Any: ...


def prepare(connection: Connection) -> None:
    """Brings the tables to this release's version, in the caller's transaction: all of it or, rolled back, none.

    An empty database gets all tables; one that is up to date is only read. Nothing else may write to a SQLite database
    meanwhile: the caller holds its lock. On PostgreSQL other processes are kept out here.

    Args:
        connection: at the begin of a transaction, one in which nothing was read yet.

    Raises:
        ServiceUnavailable: a newer release upgraded the database, or its tables are not ours. Nothing was written.
    """
    postgresql = connection.dialect.name == "postgresql"
    if postgresql:
        # A stricter transaction would go on seeing the database as it was before it waited for another's upgrade.
        connection.execute(text("set transaction isolation level read committed"))
    found = version(connection)
    if found == VERSION:
        return
    if postgresql:
        found = _version_once_alone(connection)
    if found is None:
        _create(connection)
    elif found in VERSIONS[:-1]:
        _upgrade(connection, found)
    else:
        require(found, name_of(connection.engine))


def check(execute: Callable[[LiteralString], _Answer], database: str) -> None:
    """Asks whether the tables still have this release's version; one select, for transactions that are about to write.

    On PostgreSQL an upgrade waits for the transactions that asked, so what is true here stays true until their end.

    Args:
        execute: runs a statement on the driver connection, such as `driver.execute`.
        database: how messages name the database.

    Raises:
        ServiceUnavailable: a newer release upgraded the database while this process had it open.

    Example:
        >>> schema.check(driver.execute, "usage.db")
    """
    row = execute(VERSION_QUERY).fetchone()
    require(row[0] if row else "none", database)


def version(connection: Connection) -> str | None:
    """The version that the tables have, such as "0003"; None when there are none, "none" when they don't say."""
    inspector = inspect(connection)
    if inspector.has_table(VERSION_TABLE):
        return connection.exec_driver_sql(VERSION_QUERY).scalar() or "none"
    if not inspector.has_table("billing_meta"):
        return None
    # The first release kept its version, 1, beside other facts.
    first = connection.scalar(text(_FIRST_META))
    return VERSIONS[0] if first == "1" else first or "none"


def name_of(engine: Engine) -> str:
    """A database as messages name it: the path of a file, else the URL without its password."""
    if engine.dialect.name == "sqlite":
        return str(engine.url.database)
    return engine.url.render_as_string(hide_password=True)


def include_object(
    _object: SchemaItem, name: str | None, kind: str, reflected: bool, compare_to: SchemaItem | None
) -> bool:
    """Keeps a host's own Alembic from dropping our tables: for `include_object` in its `env.py`.

    A host that shares its database sees tables there that its models don't know, and `alembic revision --autogenerate` would
    drop them. This leaves out every such table whose name begins with `billing_`; all else is included.

    Example:
        >>> context.configure(connection=connection, target_metadata=metadata, include_object=include_object)
    """
    unknown_to_host = kind == "table" and reflected and compare_to is None
    return not (unknown_to_host and name is not None and name.startswith(PREFIX))


def _version_once_alone(connection: Connection) -> str | None:
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
    if inspect(connection).has_table(VERSION_TABLE):
        # Waits for every transaction that checked the version, and has those that are about to wait.
        connection.execute(text(f"lock table {VERSION_TABLE} in access exclusive mode"))
    return version(connection)


def _create(connection: Connection) -> None:
    tables = BillingTable.metadata.tables
    foreign = sorted(tables.keys() & set(inspect(connection).get_table_names()))
    if foreign:
        raise ServiceUnavailable(
            f"the database {name_of(connection.engine)} has a table {foreign[0]} of another program: use a database without it"
        )
    for statement in _statements(connection.dialect):
        connection.exec_driver_sql(statement)
    _stamp(connection, VERSION)


_made: dict[str, list[str]] = {}


def _statements(dialect: Dialect) -> list[str]:
    """What makes all tables. To write them takes as long as to make them in a file, so a process does it once."""
    if dialect.name not in _made:
        parts: list[DDLElement] = []
        for table in BillingTable.metadata.sorted_tables:
            parts += [CreateTable(table), *map(CreateIndex, sorted(table.indexes, key=attrgetter("name")))]
        _made[dialect.name] = [str(part.compile(dialect=dialect)) for part in parts]
    return _made[dialect.name]


def _upgrade(connection: Connection, found: str) -> None:
    from billing_ui_backend import migrations

    if not inspect(connection).has_table(VERSION_TABLE):
        _stamp(connection, found)
    migrations.upgrade(connection)


def _stamp(connection: Connection, stamped: str) -> None:
    _version_table.create(connection, checkfirst=False)
    connection.execute(_version_table.insert().values(version_num=stamped))


def require(found: str, database: str) -> None:
    """Refuses another version than this release's. Raises ServiceUnavailable."""
    if found != VERSION:
        raise ServiceUnavailable(
            f"the database {database} has schema version {found}, this release of billing-ui knows {VERSION}: "
            "install the release that wrote it"
        )

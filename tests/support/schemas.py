"""Databases of any version, and what their tables look like."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, event, inspect, text

from billing_ui_backend import migrations
from billing_ui_backend.schema import VERSION_TABLE

_FIRST_RELEASE = Path(__file__).parent / "first_release.sql"


def make_first_release(database: Path) -> None:
    """A database as the first release left it, on noon UTC of 10 March 2026.

    "anna" has used 8 of 10 calls, under the key "first"; a call under "second" was corrected to 0. "ben" holds 3, as "held",
    and was refused once.
    """
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(_FIRST_RELEASE.read_text())
        connection.execute("pragma journal_mode=wal")


@contextmanager
def transaction(url: str) -> Iterator[Connection]:
    """A transaction as the engine begins it: on SQLite it has the write lock from the begin, and tables are part of it."""
    sqlite = url.startswith("sqlite")
    engine = create_engine(url, poolclass=NullPool, connect_args={"isolation_level": None} if sqlite else {})
    if sqlite:
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("begin immediate"))
    with engine.begin() as connection:
        yield connection


def make_version(url: str, version: str) -> None:
    """Makes the tables of this version in an empty database, by the migrations."""
    with transaction(url) as connection:
        migrations.upgrade(connection, version)


def set_version(url: str, version: str) -> None:
    """Has a database say that it is of another version."""
    with transaction(url) as connection:
        connection.execute(text(f"update {VERSION_TABLE} set version_num = :version"), {"version": version})


def versions(url: str) -> list[str]:
    """What the version's table holds."""
    with transaction(url) as connection:
        return list(connection.scalars(text(f"select version_num from {VERSION_TABLE}")))


def shape(url: str) -> dict[str, Any]:
    """All tables of a database as it describes them: columns in their order, keys, indexes and constraints."""
    with transaction(url) as connection:
        inspector = inspect(connection)
        asked: tuple[Callable[[str], Any], ...] = (
            inspector.get_columns,
            inspector.get_pk_constraint,
            inspector.get_indexes,
            inspector.get_unique_constraints,
            inspector.get_foreign_keys,
            inspector.get_table_options,
        )
        return {table: [_plain(ask(table)) for ask in asked] for table in inspector.get_table_names()}


def _plain(described: Any) -> Any:
    # Types and conditions of SQLAlchemy are equal only to themselves.
    if isinstance(described, dict):
        return {key: _plain(value) for key, value in described.items()}
    if isinstance(described, list):
        return [_plain(value) for value in described]
    return str(described)

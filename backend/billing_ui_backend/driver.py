"""What the prebuilt statements run on: SQLite's own connection, or PostgreSQL's behind the same face."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlmodel import Session


class Cursor(Protocol):
    """The rows of one statement."""

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...


class Driver(Protocol):
    """A connection that takes statements with `?` or `:name` for parameters."""

    def execute(self, statement: str, parameters: Sequence[Any] | Mapping[str, Any] = (), /) -> Cursor: ...

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object: ...


def driver_of(session: Session) -> Driver:
    """The connection under a session, for the prebuilt statements."""
    connection = session.connection().connection.driver_connection
    if isinstance(connection, sqlite3.Connection):
        return connection
    # psycopg is an extra.
    from billing_ui_backend.postgres_driver import driver_of_postgres

    return driver_of_postgres(connection)

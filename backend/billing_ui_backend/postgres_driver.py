"""psycopg's connection behind the face that the prebuilt statements know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper

_PARAMETER = re.compile(r"'[^']*'|\?|(?<!:):(\w+)")


@cache
def translated(statement: str) -> bytes:
    """A statement with `?` and `:name` for parameters, as psycopg reads it."""

    def parameter(found: re.Match[str]) -> str:
        if found.group().startswith("'"):
            return found.group()
        return f"%({found.group(1)})s" if found.group(1) else "%s"

    return _PARAMETER.sub(parameter, statement.replace("%", "%%")).encode()


def array(values: Iterable[Any]) -> str:
    """A column of ints, bools, strings and None as PostgreSQL writes an array: psycopg's own way looks at each element, and
    takes longer than the server does for the whole batch.

    Example:
        >>> array(["a", 'b"c', None, 1, True])
        '{"a","b\\\\"c",NULL,1,t}'
    """
    return f"{{{','.join([_element(value) for value in values])}}}"


def _element(value: Any) -> str:
    if isinstance(value, str):
        if "\\" in value or '"' in value:
            value = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{value}"'
    if value is None:
        return "NULL"
    if value is True or value is False:
        return "t" if value else "f"
    return str(value)


def prepare_connection(connection: psycopg.Connection[Any]) -> None:
    """Has Python's numbers and strings sent as what the columns are: one plan for a statement, whatever the values."""
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.adapters.register_dumper(str, StrDumper)


class PostgresDriver:
    """A connection that takes statements with `?` or `:name` for parameters."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def execute(
        self, statement: str, parameters: Sequence[Any] | Mapping[str, Any] = (), /
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        return self.connection.execute(translated(statement), parameters)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(translated(statement), rows)


def driver_of_postgres(connection: object) -> PostgresDriver:
    """The driver of a connection that SQLAlchemy made."""
    assert isinstance(connection, psycopg.Connection)
    return PostgresDriver(connection)

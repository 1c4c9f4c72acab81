"""A database's rows, read and written behind the engine's back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import NullPool, create_engine

Execute = Callable[[str], Sequence[tuple[Any, ...]]]


@contextmanager
def tampering(url: str) -> Iterator[Execute]:
    """A function that runs a statement on a connection of its own, each committed by itself; answers with the rows, if any."""
    with create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:

        def execute(statement: str) -> Sequence[tuple[Any, ...]]:
            with closing(connection.exec_driver_sql(statement)) as answer:
                return [tuple(row) for row in answer] if answer.returns_rows else []

        yield execute

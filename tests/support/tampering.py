"""A database's file, written behind the engine's back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def tampering(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection of its own, each statement committed by itself."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        yield connection

"""PyPI's `arcaeon`: `Meter.check`, a counter with a monthly cap for each key, in SQLite."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from arcaeon.save.meter import Meter
from arcaeon.save.meter.keys import add_key

from tests.benchmarks.load import Call, Threads
from tests.benchmarks.workload import LIMIT

# Each is minted by rewriting the whole file of keys, so they are fewer than the customers of the others.
_KEYS = 100


class MeterThreads(Threads):
    """One meter, shared by one or more threads as its README does: no events are kept, so no key repeats safely."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        folder.mkdir()
        keys = folder / "keys.json"
        secrets = [add_key(keys, monthly_cap=LIMIT)[0] for _ in range(_KEYS)]
        self._meter = Meter(keys)
        super().__init__(lambda number: self._caller(itertools.cycle(secrets[number::threads])), threads)

    def counted(self) -> int:
        with closing(sqlite3.connect(self._meter.db_path)) as connection:
            return connection.execute("select coalesce(sum(used), 0) from usage").fetchone()[0]

    def close(self) -> None:
        """It opens its file for each call and keeps nothing."""

    def _caller(self, keys: Iterator[str]) -> Call:
        check = self._meter.check

        def call() -> int:
            return int(bool(check(next(keys))))

        return call

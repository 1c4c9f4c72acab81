"""The databases under proof: every fault test runs on each of them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.faults_scale import LONG
from tests.support.partitions import make_partitioned
from tests.support.postgres import PostgresServer

# In the long form also the strictest isolation, and the layout of databases that are spread over machines.
DATABASES = ("sqlite", "postgresql", *(("postgresql serializable", "postgresql partitioned") if LONG else ()))

NewDatabase = Callable[[], str]


@contextmanager
def sqlite_databases() -> Iterator[NewDatabase]:
    """Gives the URL of another empty SQLite file each time it is called; all are deleted at the end.

    In memory where the system has a folder for that: a process that is killed leaves the same bytes behind as on a disk.
    """
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="billing-ui-faults-", dir=memory if memory.is_dir() else None))
    made = 0

    def new() -> str:
        nonlocal made
        made += 1
        return f"sqlite:///{folder / str(made)}/billing.db"

    try:
        yield new
    finally:
        shutil.rmtree(folder)


@contextmanager
def postgres_databases(server: PostgresServer, kind: str) -> Iterator[NewDatabase]:
    """Gives the URL of another empty database of this server each time it is called; all are dropped at the end."""
    settings = {"default_transaction_isolation": "serializable"} if kind == "postgresql serializable" else {}
    made: list[str] = []

    def new() -> str:
        made.append(server.create_database(**settings))
        if kind == "postgresql partitioned":
            make_partitioned(made[-1])
        return made[-1]

    try:
        yield new
    finally:
        for url in made:
            server.drop_database(url)


def path_of(url: str) -> Path:
    """The file of a SQLite database."""
    return Path(url.removeprefix("sqlite:///"))

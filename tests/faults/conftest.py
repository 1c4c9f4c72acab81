"""What the fault proofs may ask for: both databases, randomness that can be repeated, processes that are ready."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from billing_ui_backend import Billing, postgres_database, sqlite_database
from tests.support.faults_callers import Callers, Processes, Tasks, Threads, processes
from tests.support.faults_databases import DATABASES, NewDatabase, postgres_databases, sqlite_databases
from tests.support.faults_disks import CannotMount, SmallDisk, small_disk
from tests.support.faults_scale import dice

Open = Callable[..., Billing]
CallersOf = Callable[[str, Billing, str], Callers]


@pytest.fixture(scope="module", params=DATABASES)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    return request.param


@pytest.fixture(scope="module")
def new_database(kind: str, request: pytest.FixtureRequest) -> Iterator[NewDatabase]:
    """Gives the URL of another empty database each time it is called."""
    made = sqlite_databases() if kind == "sqlite" else postgres_databases(request.getfixturevalue("postgres"), kind)
    with made as new:
        yield new


@pytest.fixture
def url(new_database: NewDatabase) -> str:
    """The URL of an empty database."""
    return new_database()


@pytest.fixture
def open_billing() -> Iterator[Open]:
    """Opens engines, and closes them at the end."""
    opened: list[Billing] = []

    def open_one(url: str, catalog: Any = None, **rest: Any) -> Billing:
        opened.append(Billing(url, catalog=catalog, **rest))
        return opened[-1]

    yield open_one
    for billing in opened:
        billing.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines opened from here on wait for a lock for a moment only."""
    for module in (sqlite_database, postgres_database):
        monkeypatch.setattr(module, "LOCK_TIMEOUT", 0.1)


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    """A disk of its own, of 24 megabytes; skips where none can be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="billing-ui-disk-"))
    # A database server is another user.
    folder.chmod(0o755)
    try:
        with small_disk(folder, megabytes=24) as mounted:
            yield mounted
    except CannotMount as reason:
        pytest.skip(f"NOT SHOWN on this machine, a full disk: it takes the right to mount one ({reason})")
    finally:
        folder.rmdir()


@pytest.fixture
def rng() -> random.Random:
    """Randomness whose seed is printed."""
    return dice()


@pytest.fixture(scope="module")
def four_processes(new_database: NewDatabase) -> Iterator[Processes]:  # noqa: ARG001 - an order, not a value
    """Four processes, ready to call; they end before the databases do."""
    with processes() as ready:
        yield ready


@pytest.fixture
def callers(request: pytest.FixtureRequest) -> CallersOf:
    """Gives threads, tasks or processes on a database that an engine has open already."""

    def give(way: str, billing: Billing, url: str) -> Callers:
        if way == "threads":
            return Threads(billing)
        if way == "tasks":
            return Tasks(billing)
        return request.getfixturevalue("four_processes").over(url)

    return give

"""What the engine's tests may ask for: a real database of either kind, a catalog, a clock and the engine over them."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import make_url

from billing_ui_backend import Billing, schema
from billing_ui_backend.sqlite_database import SqliteDatabase
from tests.support.billing_api import RunningApi, running_api
from tests.support.engine import Clock, small_catalog
from tests.support.postgres import PostgresServer
from tests.support.postgres_copies import PostgresCopies
from tests.support.schemas import transaction

# The same examples in every run, so that a red build is red again; `HYPOTHESIS_PROFILE=search` looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None, print_blob=True, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

OpenBilling = Callable[..., Billing]

# For one test of a module whose others run on both databases.
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
# And for one that makes the file itself, or watches the engine do so.
new_file_only = pytest.mark.parametrize("database_url", ["new file"], indirect=True)


@pytest.fixture
def clock() -> Clock:
    """A clock at noon UTC, 10 March 2026; it stands still until a test moves it."""
    return Clock()


@pytest.fixture
def catalog() -> dict[str, Any]:
    """The small catalog, to be changed as a test likes."""
    return small_catalog()


@pytest.fixture
def database() -> Iterator[Path]:
    """Where a database may be; in memory where the system has a folder for that, for most tests wait for the disk only."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="billing-ui-test-", dir=memory if memory.is_dir() else None))
    yield folder / "billing.db"
    shutil.rmtree(folder)


@pytest.fixture
def sqlite_url(database: Path) -> str:
    """The URL of `database`. A module about files has its `database_url` be this one."""
    return f"sqlite:///{database}"


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """A billing API in a process of its own. Each test has customers of its own in it."""
    with running_api(tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.fixture(scope="session")
def made_tables(postgres: PostgresServer) -> str:
    """A PostgreSQL database in which the engine has made its tables, to be copied: to make them takes twice as long."""
    url = postgres.create_database()
    with transaction(url) as connection:
        schema.prepare(connection)
    return url


@pytest.fixture(scope="session")
def postgres_copies(postgres: PostgresServer, made_tables: str) -> PostgresCopies:
    """The databases that `copied_url` hands out."""
    return PostgresCopies(postgres, made_tables)


@pytest.fixture
def copied_url(postgres_copies: PostgresCopies) -> Iterator[str]:
    """A PostgreSQL database of the test's own, with the tables and without a row. An empty one is `postgres_url`."""
    url = postgres_copies.take()
    yield url
    postgres_copies.give_back(url)


@pytest.fixture(scope="session")
def made_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A SQLite file in which the engine has made its tables."""
    file = tmp_path_factory.mktemp("made") / "billing.db"
    SqliteDatabase(make_url(f"sqlite:///{file}")).close()
    return file.read_bytes()


@pytest.fixture
def copied_file_url(database: Path, sqlite_url: str, made_file: bytes) -> str:
    """A SQLite database of the test's own, with the tables and without a row. One without a file is `sqlite_url`."""
    database.write_bytes(made_file)
    return sqlite_url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database of the test's own without a row: a file, and then the same test on a PostgreSQL server."""
    fixtures = {"sqlite": "copied_file_url", "new file": "sqlite_url", "postgresql": "copied_url"}
    return request.getfixturevalue(fixtures[request.param])


@pytest.fixture
def open_billing(database_url: str, catalog: dict[str, Any], clock: Clock) -> Iterator[OpenBilling]:
    """Opens engines, all on one database unless told otherwise, and closes them at the end."""
    opened: list[Billing] = []

    def open_one(url: str = database_url, *, catalog: Any = catalog, clock: Any = clock) -> Billing:
        opened.append(Billing(url, catalog=catalog, clock=clock))
        return opened[-1]

    yield open_one
    for billing in opened:
        billing.close()


@pytest.fixture
def billing(open_billing: OpenBilling) -> Billing:
    """An engine with the small catalog, and one customer on free: "cus_1"."""
    engine = open_billing()
    engine.create_customer("cus_1")
    return engine

"""The tables' version: what makes them, what upgrades them, and who may not touch them."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from billing_ui_backend import Billing, ServiceUnavailable, migrations, schema
from billing_ui_backend.models import BillingTable
from tests.backend.conftest import OpenBilling, new_file_only, sqlite_only
from tests.support.engine import Clock
from tests.support.postgres import PostgresServer
from tests.support.schemas import make_first_release, make_version, set_version, shape, transaction, versions

NewDatabase = Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, database: Path) -> Iterator[NewDatabase]:
    """Makes empty databases."""
    made: list[str] = []
    server: PostgresServer | None = request.getfixturevalue("postgres") if request.param == "postgresql" else None

    def make() -> str:
        made.append(server.create_database() if server else f"sqlite:///{database.with_name(f'{len(made)}.db')}")
        return made[-1]

    yield make
    if server:
        for url in made:
            server.drop_database(url)


@pytest.fixture
def first_release(database: Path) -> Path:
    """A database of the first release, with usage in it."""
    make_first_release(database)
    return database


def prepare(url: str) -> None:
    with transaction(url) as connection:
        schema.prepare(connection)


def test_the_migrations_make_what_the_models_say(new_database: NewDatabase) -> None:
    new, upgraded = new_database(), new_database()
    prepare(new)
    make_version(upgraded, "head")
    assert shape(upgraded) == shape(new)
    assert versions(upgraded) == versions(new) == [schema.VERSION]
    options = {"version_table": schema.VERSION_TABLE, "compare_server_default": True}
    for url in (new, upgraded):
        with transaction(url) as connection:
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, BillingTable.metadata) == []


def test_the_first_migration_makes_what_the_first_release_made(first_release: Path) -> None:
    made = f"sqlite:///{first_release.with_name('made.db')}"
    make_version(made, "0001")
    tables = shape(made)
    del tables[schema.VERSION_TABLE]
    assert tables == shape(f"sqlite:///{first_release}")


def test_there_is_one_migration_for_each_version() -> None:
    steps = ScriptDirectory(str(Path(migrations.__file__).parent)).walk_revisions()
    assert [step.revision for step in steps] == list(reversed(schema.VERSIONS))


@new_file_only
def test_a_database_of_the_first_release_opens_upgraded_and_keeps_its_counts(
    first_release: Path, open_billing: OpenBilling, clock: Clock
) -> None:
    clock.now += timedelta(minutes=30)
    billing = open_billing(catalog=None)
    shown = billing.get_usage_metrics("anna", "api_calls")["api_calls"]
    assert (shown.consumed, shown.remaining) == (8, 2)
    checked = billing.verify()
    assert checked, checked.problems
    assert checked.events == 3
    again = billing.track_usage(customer_id="anna", feature_key="api_calls", quantity=8, idempotency_key="first")
    assert (again.replayed, again.usage.consumed_units) == (True, 8)
    billing.commit_hold("ben", "held", 2)
    assert billing.get_usage_metrics("ben", "api_calls")["api_calls"].consumed == 2
    assert billing.verify()
    url = f"sqlite:///{first_release}"
    assert versions(url) == [schema.VERSION]
    with transaction(url) as connection:
        assert connection.scalar(text("select count(*) from billing_meta where key = 'schema_version'")) == 0
        assert list(connection.scalars(text("select version from billing_customer"))) == [0, 0]


def test_an_older_database_is_upgraded_with_its_rows(new_database: NewDatabase) -> None:
    url = new_database()
    make_version(url, "0001")
    insert = "insert into billing_customer (customer_id, timezone, locale, created_us) values ('anna', 'UTC', 'en', 1)"
    with transaction(url) as connection:
        connection.execute(text(insert))
    prepare(url)
    with transaction(url) as connection:
        assert connection.execute(text("select customer_id, version from billing_customer")).all() == [("anna", 0)]
    assert versions(url) == [schema.VERSION]
    current = new_database()
    prepare(current)
    assert shape(url) == shape(current)


@sqlite_only
@pytest.mark.parametrize("newer", ["0004", "99", "one"])
def test_a_newer_database_is_refused_and_left_as_it_was(database: Path, open_billing: OpenBilling, newer: str) -> None:
    url = f"sqlite:///{database}"
    prepare(url)
    with transaction(url) as connection:
        connection.execute(text("create table billing_newer (customer_id text primary key)"))
    # The first opening makes it a database with a write-ahead log, as it would have been.
    open_and_close(open_billing)
    set_version(url, newer)
    before = database.read_bytes()
    refused = (
        f"schema version {newer}, this release of billing-ui knows {schema.VERSION}: install the release that wrote"
    )
    with pytest.raises(ServiceUnavailable, match=refused):
        open_billing().list_customers()
    assert database.read_bytes() == before
    log = database.with_name(f"{database.name}-wal")
    assert not log.exists() or log.stat().st_size == 0


def open_and_close(open_billing: OpenBilling) -> None:
    billing = open_billing()
    billing.list_customers()
    billing.close()


def test_a_newer_postgresql_database_is_refused(postgres_url: str) -> None:
    prepare(postgres_url)
    set_version(postgres_url, "0004")
    before = shape(postgres_url)
    with pytest.raises(ServiceUnavailable, match="schema version 0004") as refused:
        prepare(postgres_url)
    assert "***@127.0.0.1" in refused.value.message
    assert shape(postgres_url) == before
    assert versions(postgres_url) == ["0004"]


@new_file_only
def test_a_first_release_that_nobody_knows_is_refused(first_release: Path, open_billing: OpenBilling) -> None:
    url = f"sqlite:///{first_release}"
    with transaction(url) as connection:
        connection.execute(text("update billing_meta set value = '7' where key = 'schema_version'"))
    with pytest.raises(ServiceUnavailable, match="schema version 7"):
        open_billing(catalog=None).list_customers()


def test_another_programs_table_of_our_name_is_not_taken_over(new_database: NewDatabase) -> None:
    url = new_database()
    with transaction(url) as connection:
        connection.execute(text("create table billing_customer (id integer)"))
    with pytest.raises(ServiceUnavailable, match="a table billing_customer of another program"):
        prepare(url)
    assert list(shape(url)) == ["billing_customer"]


def test_an_upgrade_that_fails_half_way_leaves_the_old_tables(new_database: NewDatabase) -> None:
    url = new_database()
    make_version(url, "0001")
    with transaction(url) as connection:
        # In the way of the second migration, after the column that it adds first.
        connection.execute(text("create table billing_session_token (id integer)"))
    before = shape(url)
    with pytest.raises(Exception, match="already exists"):
        prepare(url)
    assert shape(url) == before
    assert versions(url) == ["0001"]
    with transaction(url) as connection:
        connection.execute(text("drop table billing_session_token"))
    prepare(url)
    assert versions(url) == [schema.VERSION]


@new_file_only
def test_an_opening_that_fails_to_upgrade_says_so_and_the_next_one_works(
    first_release: Path, open_billing: OpenBilling
) -> None:
    url = f"sqlite:///{first_release}"
    with transaction(url) as connection:
        connection.execute(text("create table billing_session_token (id integer)"))
    before = shape(url)
    billing = open_billing(catalog=None)
    with pytest.raises(ServiceUnavailable, match="billing_session_token already exists"):
        billing.verify()
    assert shape(url) == before
    with transaction(url) as connection:
        connection.execute(text("drop table billing_session_token"))
    assert billing.verify().events == 3


def test_processes_that_open_an_old_database_at_once_upgrade_it_once(first_release: Path) -> None:
    url = f"sqlite:///{first_release}"
    code = (
        "import sys; from billing_ui_backend import Billing\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        f"with Billing({url!r}) as billing: print(billing.verify().events)"
    )
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen([sys.executable, "-c", code], **pipes) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    answers = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        answers.append(process.communicate(timeout=60)[0])
        assert process.returncode == 0
    assert answers == ["3\n", "3\n"]
    assert versions(url) == [schema.VERSION]


def test_threads_upgrade_several_databases_at_once(database: Path) -> None:
    files = [database.with_name(f"{number}.db") for number in range(6)]
    for file in files:
        make_first_release(file)
    start = threading.Barrier(len(files))

    def open_one(file: Path) -> int:
        with Billing(f"sqlite:///{file}") as billing:
            start.wait(60)
            return billing.verify().events

    with ThreadPoolExecutor(len(files)) as threads:
        assert list(threads.map(open_one, files)) == [3] * len(files)


@pytest.mark.parametrize("isolation", ["read committed", "serializable"])
@pytest.mark.parametrize("before", [None, "0001"])
def test_on_postgresql_who_opens_meanwhile_waits_and_finds_it_done(
    postgres: PostgresServer, isolation: str, before: str | None
) -> None:
    url = postgres.create_database(default_transaction_isolation=isolation)
    if before:
        make_version(url, before)
    with ThreadPoolExecutor(1) as other:
        with transaction(url) as first:
            schema.prepare(first)
            second = other.submit(prepare, url)
            wait_for_a_lock(postgres, url, second)
        second.result(60)
    assert versions(url) == [schema.VERSION]
    postgres.drop_database(url)


def test_on_postgresql_an_upgrade_waits_for_who_checked_the_version(
    postgres: PostgresServer, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_version(postgres_url, "0001")
    with ThreadPoolExecutor(1) as other:
        with transaction(postgres_url) as writer:
            with monkeypatch.context() as older:
                older.setattr(schema, "VERSION", "0001")
                schema.check(driver(writer).execute, "an older release's")
            upgrade = other.submit(prepare, postgres_url)
            wait_for_a_lock(postgres, postgres_url, upgrade)
            writer.execute(text("insert into billing_meta values ('still', 'allowed')"))
        upgrade.result(60)
    assert versions(postgres_url) == [schema.VERSION]


def wait_for_a_lock(postgres: PostgresServer, url: str, waiting: Future[None]) -> None:
    with postgres.connect(url) as connection:
        while not connection.execute("select 1 from pg_locks where not granted").fetchone():
            assert not waiting.done(), "it did not wait"


def driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def test_a_process_that_has_it_open_notices_a_newer_release(new_database: NewDatabase) -> None:
    url = new_database()
    prepare(url)
    with transaction(url) as connection:
        schema.check(driver(connection).execute, "usage.db")
    set_version(url, "0004")
    with transaction(url) as connection, pytest.raises(ServiceUnavailable, match=r"usage\.db has schema version 0004"):
        schema.check(driver(connection).execute, "usage.db")
    with transaction(url) as connection:
        connection.execute(text(f"delete from {schema.VERSION_TABLE}"))
    with transaction(url) as connection, pytest.raises(ServiceUnavailable, match="schema version none"):
        schema.check(driver(connection).execute, "usage.db")


def test_a_current_database_is_only_read(postgres_url: str) -> None:
    prepare(postgres_url)
    with transaction(postgres_url) as connection:
        connection.execute(text("set transaction read only"))
        schema.prepare(connection)


def test_a_new_or_current_database_opens_without_alembic(database: Path) -> None:
    code = (
        "import sys; from billing_ui_backend.database import open_database\n"
        f"for _ in range(2): open_database({f'sqlite:///{database}'!r}).close()\n"
        "assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_dismissal_of_an_older_release_still_holds(
    new_database: NewDatabase, open_billing: OpenBilling, clock: Clock
) -> None:
    url = new_database()
    make_version(url, "0002")
    values = f"'cus_1', 'ada', 'emails', 'day', 80, {int(clock.now.timestamp()) * 1_000_000}"
    columns = "customer_id, user_id, feature_key, window_kind, threshold, dismissed_us"
    with transaction(url) as connection:
        connection.execute(text(f"insert into billing_dismissal ({columns}) values ({values})"))
    with open_billing(url) as billing:
        billing.create_customer("cus_1")
        clock.advance(minutes=5)
        billing.track_usage(customer_id="cus_1", feature_key="emails", quantity=85)
        assert billing.get_nudge("cus_1", user_id="ada") is None
        assert billing.get_nudge("cus_1", user_id="bob") is not None
        kept = billing.list_nudge_events("cus_1").events
        assert [(event.user_id, event.action) for event in kept] == [("ada", "shown"), ("ada", "dismissed")]

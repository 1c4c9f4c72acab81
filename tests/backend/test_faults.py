"""When the database fails, the answer says what to do, nothing is counted twice, and the next call works once the fault is gone."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from billing_ui_backend import AsyncBilling, Billing, BillingError, ServiceUnavailable, sqlite_database
from billing_ui_backend.schema import VERSION
from billing_ui_backend.sqlite_books import SqliteBooks
from billing_ui_backend.sqlite_database import SqliteDatabase
from tests.backend.conftest import OpenBilling
from tests.support.engine import one_quota

Call = Callable[[Billing], object]
NOBODY = 65534

# Every way into the database: reading, counting, administering.
CALLS: dict[str, Call] = {
    "track": lambda billing: billing.track_usage(
        customer_id="cus_1", feature_key="api_calls", idempotency_key="faulty"
    ),
    "batch": lambda billing: billing.track_usage_batch([{"customer_id": "cus_1", "feature_key": "api_calls"}]),
    "create": lambda billing: billing.create_customer("cus_2"),
    "change": lambda billing: billing.change_plan("cus_1", "pro"),
    "metrics": lambda billing: billing.get_usage_metrics("cus_1"),
    "verify": lambda billing: billing.verify(),
}
WRITES = ("track", "batch", "create", "change")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What befalls a file; what befalls a server is in test_postgres.py."""
    return sqlite_url


def opened(billing: Billing) -> SqliteDatabase:
    """What an engine has open."""
    books = billing.open_writer()._books
    assert isinstance(books, SqliteBooks)
    return books._database


def track(billing: Billing, key: str | None = None, **rest: Any) -> object:
    return billing.track_usage(customer_id="cus_1", feature_key="api_calls", idempotency_key=key, **rest)


def used(billing: Billing) -> object:
    return billing.get_usage_metrics("cus_1")["api_calls"].consumed


def fails(call: Call, billing: Billing, *words: str) -> None:
    """The call answers ServiceUnavailable, which names the file and what to do."""
    with pytest.raises(ServiceUnavailable) as failure:
        call(billing)
    assert failure.value.status == 503
    for word in words:
        assert word in failure.value.message, failure.value.message


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines opened from here on wait for a lock for a moment only."""
    monkeypatch.setattr(sqlite_database, "LOCK_TIMEOUT", 0.05)


@contextmanager
def held_by_another_program(database: Path) -> Iterator[None]:
    """Another process, one that knows nothing of billing_ui, is in the middle of a transaction."""
    script = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('begin immediate')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.stdin.close()


@pytest.mark.parametrize("name", CALLS)
def test_a_file_that_is_gone_is_missed_at_once_and_works_again_when_it_is_back(
    billing: Billing, database: Path, name: str
) -> None:
    track(billing)
    hidden = database.with_name("elsewhere.db")
    database.rename(hidden)
    fails(CALLS[name], billing, str(database), "gone", "put the file back")
    assert not database.exists()
    hidden.rename(database)
    CALLS[name](billing)
    assert billing.verify()
    assert billing.verify().events == (2 if name in ("track", "batch") else 1)


@pytest.mark.parametrize("name", CALLS)
def test_a_file_that_was_replaced_takes_no_event_that_nobody_would_see(
    billing: Billing, database: Path, name: str
) -> None:
    track(billing)
    original = database.with_name("original.db")
    database.rename(original)
    shutil.copy(original, database)
    fails(CALLS[name], billing, str(database), "replaced", "restart")
    original.replace(database)
    CALLS[name](billing)
    assert billing.verify()


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.usefixtures("impatient")
def test_a_database_that_another_program_holds_says_so(
    billing: Billing, open_billing: OpenBilling, database: Path, name: str
) -> None:
    track(billing)
    with held_by_another_program(database):
        fails(CALLS[name], billing, str(database), "another program holds it: try again")
        # Reading goes on.
        assert used(billing) == 1
        fails(lambda engine: engine.catalog(), open_billing(), "another program holds it")
    CALLS[name](billing)
    assert billing.verify()


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.usefixtures("impatient")
def test_a_lock_that_another_process_keeps_is_not_waited_for_for_ever(
    billing: Billing, database: Path, name: str
) -> None:
    track(billing)
    with FileLock(f"{database}.lock"):
        fails(CALLS[name], billing, "busy", "try again")
        assert used(billing) == 1
    CALLS[name](billing)
    assert billing.verify()


@pytest.mark.parametrize("name", WRITES)
def test_a_full_disk_takes_nothing_by_halves(billing: Billing, name: str) -> None:
    metadata = {"padding": "x" * 16_000}
    driver = opened(billing).driver
    driver.execute(f"pragma max_page_count = {driver.execute('pragma page_count').fetchone()[0] + 2}")
    counted = 0
    refusal = None
    while refusal is None:
        try:
            track(billing, f"k{counted}", metadata=metadata)
            counted += 1
        except ServiceUnavailable as full:
            refusal = full
    assert "free some space and try again" in refusal.message
    # What is small may still fit; what does not has no effect.
    events = billing.verify().events
    assert events == counted
    try:
        CALLS[name](billing)
    except ServiceUnavailable:
        assert billing.verify().events == events
    driver.execute("pragma max_page_count = 1000000")
    CALLS[name](billing)
    for number in range(counted + 1):
        track(billing, f"k{number}", metadata=metadata)
    proof = billing.verify()
    assert proof
    assert used(billing) == proof.events


def test_a_checkpoint_that_fails_does_not_undo_what_was_committed(
    billing: Billing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The event is in the log already: refusing it would have the caller count it again."""
    monkeypatch.setattr(sqlite_database, "_CHECKPOINT_ROWS", 1)
    driver = opened(billing).driver

    def no_checkpoint(action: int, name: str | None, *_: object) -> int:
        checkpoint = action == sqlite3.SQLITE_PRAGMA and name == "wal_checkpoint"
        return sqlite3.SQLITE_DENY if checkpoint else sqlite3.SQLITE_OK

    driver.set_authorizer(no_checkpoint)
    track(billing, "k")
    assert "could not be checkpointed" in caplog.text
    driver.set_authorizer(None)
    track(billing, "k")
    assert used(billing) == 1


@pytest.mark.parametrize("name", CALLS)
def test_a_file_that_is_no_database_is_left_as_it_is(open_billing: OpenBilling, database: Path, name: str) -> None:
    garbage = b"This is no database. " * 500
    database.write_bytes(garbage)
    billing = open_billing()
    fails(CALLS[name], billing, str(database), "not a database", "restore it from a backup")
    assert database.read_bytes() == garbage
    database.unlink()
    billing.create_customer("cus_1")
    CALLS[name](billing)
    assert billing.verify()


def test_a_damaged_page_is_named_and_reads_of_it_fail(
    billing: Billing, open_billing: OpenBilling, database: Path
) -> None:
    billing.change_plan("cus_1", "pro")
    billing.track_usage_batch([{"customer_id": "cus_1", "feature_key": "api_calls"}] * 1000)
    billing.close()
    content = bytearray(database.read_bytes())
    whole = bytes(content)
    for page in range(20, len(content) // 4096):
        content[page * 4096 : page * 4096 + 512] = b"\xff" * 512
    database.write_bytes(content)
    fails(lambda engine: engine.verify(), open_billing(), str(database), "damaged: restore it from a backup")
    database.write_bytes(whole)
    again = open_billing()
    assert again.verify().events == 1000


@pytest.mark.parametrize("version", ["0000", "9999", "one"])
def test_another_releases_schema_is_refused_by_name(
    billing: Billing, open_billing: OpenBilling, database: Path, version: str
) -> None:
    track(billing)
    billing.close()
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("update billing_schema_version set version_num = ?", (version,))
    newer = open_billing()
    fails(used, newer, f"schema version {version}", "install the release")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("update billing_schema_version set version_num = ?", (VERSION,))
    assert used(newer) == 1


def test_a_database_without_its_version_is_refused(billing: Billing, open_billing: OpenBilling, database: Path) -> None:
    billing.close()
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("delete from billing_schema_version")
    fails(used, open_billing(), "schema version none")


def test_a_hosts_own_database_can_hold_the_tables(open_billing: OpenBilling, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("create table user (id integer primary key)")
        connection.execute("insert into user values (7)")
    billing = open_billing()
    billing.create_customer("cus_1")
    track(billing)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("select id from user").fetchall() == [(7,)]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("folder", ["folder", "check"]),
        ("file/billing.db", ["file", "check"]),
        ("file/deeper/billing.db", ["file", "check"]),
        ("x" * 300 + ".db", ["check"]),
    ],
)
def test_a_path_where_no_file_can_be_says_so(
    open_billing: OpenBilling, tmp_path: Path, where: str, words: list[str]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    fails(lambda engine: engine.catalog(), open_billing(f"sqlite:///{tmp_path / where}"), *words)


def test_a_folder_is_made_when_it_is_not_there(open_billing: OpenBilling, tmp_path: Path) -> None:
    open_billing(f"sqlite:///{tmp_path}/some/where/billing.db").create_customer("cus_1")
    assert (tmp_path / "some" / "where" / "billing.db").exists()


@contextmanager
def without_privileges() -> Iterator[None]:
    """Root may write everywhere; inside, this process is nobody."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    yield
    os.seteuid(user)


def test_a_folder_that_can_not_be_written_names_the_owner_and_the_mode(
    open_billing: OpenBilling, database: Path
) -> None:
    database.parent.chmod(0o555)
    billing = open_billing()
    with without_privileges():
        fails(lambda engine: engine.catalog(), billing, str(database), "owner and the mode")
    database.parent.chmod(0o755)
    assert billing.create_customer("cus_1").plan_key == "free"


def test_a_file_that_can_not_be_written_names_the_owner_and_the_mode(
    billing: Billing, open_billing: OpenBilling, database: Path
) -> None:
    track(billing)
    billing.close()
    again = open_billing()
    database.parent.chmod(0o777)
    database.with_name("billing.db.lock").chmod(0o666)
    database.chmod(0o444)
    with without_privileges():
        fails(track, again, str(database), "owner and the mode")
    database.chmod(0o644)
    track(again)
    assert used(again) == 2


def test_a_writer_that_may_only_read_says_so(billing: Billing) -> None:
    driver = opened(billing).driver
    driver.execute("pragma query_only=on")
    fails(track, billing, "may not write there", "owner and the mode")
    assert used(billing) == 0
    driver.execute("pragma query_only=off")
    track(billing)
    assert used(billing) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://user:secret@host/db", ["not supported", "sqlite:///path", "postgresql+psycopg://"]),
        ("billing.db", ["can't be read", "sqlite:///path"]),
        ("", ["sqlite"]),
    ],
)
def test_a_url_that_is_none_says_how_to_write_one(
    url: str, words: list[str], catalog: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BILLING_DATABASE_URL", "oracle://host/db")
    monkeypatch.chdir(tmp_path)
    with Billing(url, catalog=catalog) as billing, pytest.raises(ServiceUnavailable) as failure:
        billing.catalog()
    for word in words:
        assert word in failure.value.message
    assert "secret" not in failure.value.message


@pytest.mark.usefixtures("impatient")
def test_asynchronous_callers_get_the_same_answers(database: Path) -> None:
    async def run() -> None:
        async with AsyncBilling(f"sqlite:///{database}", catalog=one_quota(100)) as billing:
            await billing.create_customer("cus_1")
            with FileLock(f"{database}.lock"):
                calls = [
                    billing.track_usage(customer_id="cus_1", feature_key="api_calls", idempotency_key=str(number))
                    for number in range(20)
                ]
                answers = await asyncio.gather(*calls, return_exceptions=True)
                assert {type(answer) for answer in answers} == {ServiceUnavailable}
            for number in range(20):
                await billing.track_usage(customer_id="cus_1", feature_key="api_calls", idempotency_key=str(number))
            assert (await billing.get_usage_metrics("cus_1"))["api_calls"].consumed == 20
            assert await billing.verify()

    asyncio.run(run())


def test_more_reads_than_connections_wait_their_turn_or_are_told_to(
    open_billing: OpenBilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_database, "LOCK_TIMEOUT", 0.05)
    billing = open_billing()
    billing.create_customer("cus_1")
    database = opened(billing)
    with ExitStack() as reading:
        for _ in range(16):
            reading.enter_context(database.read()).connection()
        fails(used, billing, "too many reads", "try again")
    assert used(billing) == 0


def test_every_failure_is_a_billing_error_with_a_wait(billing: Billing, database: Path) -> None:
    database.rename(database.with_name("away.db"))
    with pytest.raises(BillingError) as failure:
        track(billing)
    assert failure.value.details["retry_after"] > 0
    database.with_name("away.db").rename(database)

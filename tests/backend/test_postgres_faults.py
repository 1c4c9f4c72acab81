"""When PostgreSQL fails, the answer says what to do, nothing is counted twice, and the next call works."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

import pytest
from psycopg import Connection

from billing_ui_backend import Billing, CatalogError, ServiceUnavailable, postgres_database
from billing_ui_backend.postgres_books import PostgresBooks
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock, small_catalog
from tests.support.faults_clients import wait_for
from tests.support.postgres import PostgresServer
from tests.support.tampering import tampering

Call = Callable[[Billing], object]
CALL: dict[str, Any] = {"customer_id": "cus_1", "feature_key": "api_calls"}
# Transactions in a database whose client is awaited.
STANDING = "select count(*) from pg_stat_activity where datname = %s and state = 'idle in transaction'"
CALLS: dict[str, Call] = {
    "track": lambda billing: billing.track_usage(**CALL, idempotency_key="faulty"),
    "batch": lambda billing: billing.track_usage_batch([{**CALL, "idempotency_key": "faulty"}]),
    "change": lambda billing: billing.change_plan("cus_1", "pro"),
    "metrics": lambda billing: billing.get_usage_metrics("cus_1"),
    "verify": lambda billing: billing.verify(),
}


@pytest.fixture
def database_url(copied_url: str) -> str:
    """These are about PostgreSQL only."""
    return copied_url


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines opened from here on wait for a lock for a moment only."""
    monkeypatch.setattr(postgres_database, "LOCK_TIMEOUT", 0.05)


def used(billing: Billing) -> int:
    return int(billing.get_usage_metrics("cus_1")["api_calls"].consumed)


def fails(call: Call, billing: Billing, *words: str) -> None:
    """The call answers ServiceUnavailable, which says what to do and not the password."""
    with pytest.raises(ServiceUnavailable) as failure:
        call(billing)
    assert failure.value.status == 503
    assert failure.value.details["retry_after"] > 0
    for word in words:
        assert word in failure.value.message, failure.value.message
    url = billing._opening._url
    assert url is not None
    password = re.search(":([^:@/]+)@", url)
    assert password is not None
    assert password[1] not in failure.value.message


@contextmanager
def role(postgres: PostgresServer, url: str, name: str, grant: str) -> Iterator[str]:
    """The URL for a user with no rights but these."""
    with postgres.connect(url) as owner:
        owner.execute(f"create role {name} login password 'hush-hush'".encode())
        owner.execute(f"grant {grant} on all tables in schema public to {name}".encode())
        yield re.sub("//.*@", f"//{name}:hush-hush@", url)
        owner.execute(f"drop owned by {name}".encode())
        owner.execute(f"drop role {name}".encode())


@pytest.mark.parametrize(
    ("part", "wrong", "words"),
    [
        ("//postgres:[^@]*@", "//postgres:not-it@", ["password authentication failed", "check user and password"]),
        ("//postgres:", "//nobody:", ["check user and password"]),
        ("127.0.0.1", "no-such-host.invalid", ["no-such-host.invalid", "server runs and can be reached", "try again"]),
        (":[0-9]+/", ":1/", ["server runs and can be reached", "try again"]),
        ("/[^/]*$", "/no_such_database", ["no_such_database", "make it first, or correct its name"]),
    ],
    ids=["password", "user", "host", "port", "database"],
)
def test_an_address_that_is_wrong_says_in_what(
    postgres: PostgresServer, open_billing: OpenBilling, part: str, wrong: str, words: list[str]
) -> None:
    fails(lambda billing: billing.catalog(), open_billing(re.sub(part, wrong, postgres.url(), count=1)), *words)


def test_an_empty_database_without_a_catalog_is_left_empty(postgres_url: str, open_billing: OpenBilling) -> None:
    with pytest.raises(CatalogError, match="check the address"):
        open_billing(postgres_url, catalog=None).catalog()
    with tampering(postgres_url) as execute:
        assert execute("select count(*) from pg_tables where schemaname = 'public'") == [(0,)]


def test_without_its_driver_the_answer_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "billing_ui_backend.postgres_database")
    install = r"driver that is not installed .*pip install billing-ui\[postgres\]"
    url = "postgresql://user:secret@host/db"
    with Billing(url, catalog=small_catalog()) as billing, pytest.raises(ServiceUnavailable, match=install):
        billing.catalog()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", ["track", "batch", "change"])
def test_a_customer_that_another_program_locks_is_not_waited_for_for_ever(
    postgres: PostgresServer, database_url: str, billing: Billing, name: str
) -> None:
    billing.track_usage(**CALL)
    with postgres.connect(database_url) as other, other.transaction():
        other.execute("select 1 from billing_customer for update")
        fails(CALLS[name], billing, "holds the customer for too long: try again")
        # Reading goes on.
        assert used(billing) == 1
    CALLS[name](billing)
    assert billing.verify().events == (1 if name == "change" else 2)


def test_who_stands_still_in_the_middle_of_a_change_loses_it_and_is_told_so(
    monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer, database_url: str, open_billing: OpenBilling
) -> None:
    monkeypatch.setattr(postgres_database, "STOPPED_TIMEOUT", 2.0)
    clock = Clock()
    stand_still = False

    def now() -> datetime:
        nonlocal stand_still
        if stand_still:
            stand_still = False
            with postgres.connect() as server:
                wait_for(lambda: server.execute(STANDING, [database_url.rpartition("/")[2]]).fetchone() == (0,))
        return clock()

    billing = open_billing(clock=now)
    billing.create_customer("cus_1")
    stand_still = True
    fails(CALLS["change"], billing, "stood still in the middle", "try again")
    assert billing.get_customer("cus_1").plan_key == "free"
    CALLS["change"](billing)
    assert billing.get_customer("cus_1").plan_key == "pro"


@pytest.mark.parametrize("name", CALLS)
def test_a_server_that_was_killed_and_started_again_is_used_again(
    postgres: PostgresServer, billing: Billing, name: str
) -> None:
    for call in CALLS.values():
        call(billing)
    try:
        postgres.kill()
        fails(CALLS[name], billing, "server runs and can be reached", "try again")
    finally:
        postgres.start()
    CALLS[name](billing)
    assert used(billing) == 1
    assert billing.verify()


def test_a_user_who_may_only_read_is_told_so(
    postgres: PostgresServer, database_url: str, billing: Billing, open_billing: OpenBilling
) -> None:
    billing.track_usage(**CALL)
    with role(postgres, database_url, "reader", "select") as url:
        reader = open_billing(url, catalog=None)
        assert used(reader) == 1
        for name in ("track", "change"):
            fails(CALLS[name], reader, "permission denied", "grant the user the right")
        reader.close()
    assert billing.verify().events == 1


def test_a_database_that_is_read_only_is_told_apart(
    postgres: PostgresServer, database_url: str, open_billing: OpenBilling
) -> None:
    """As a standby is."""
    open_billing().create_customer("cus_1")
    with postgres.connect(database_url) as owner:
        name = database_url.rpartition("/")[2]
        owner.execute(f"alter database {name} set default_transaction_read_only = on".encode())
    standby = open_billing(catalog=None)
    assert used(standby) == 0
    fails(CALLS["track"], standby, "connect to the primary")


@pytest.mark.usefixtures("impatient")
def test_more_reads_than_connections_wait_their_turn_or_are_told_to(billing: Billing) -> None:
    books = billing.open_writer()._books
    assert isinstance(books, PostgresBooks)
    with ExitStack() as reading:
        for _ in range(16):
            reading.enter_context(books._database.read()).connection()
        fails(lambda engine: engine.verify(), billing, "too many reads", "try again")
    assert used(billing) == 0


@pytest.mark.parametrize("name", ["reserve", "other"])
def test_a_connection_that_was_lost_while_it_idled_fails_no_write(
    postgres: PostgresServer, database_url: str, billing: Billing, name: str
) -> None:
    """Neither can be decided from memory: the whole transaction is begun again."""
    billing.create_customer("cus_2")
    billing.track_usage(**CALL)
    with postgres.connect() as other:
        other.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()",
            [database_url.rpartition("/")[2]],
        )
    if name == "reserve":
        assert billing.reserve_usage(**CALL, quantity=2).status == "held"
    else:
        assert billing.track_usage(**{**CALL, "customer_id": "cus_2"}).success
    assert billing.verify()


@pytest.mark.parametrize(
    "statement", ["set default_transaction_read_only = on", "do $$ begin execute 'deallocate all'; end $$"]
)
def test_a_connection_whose_server_became_another_is_given_up(billing: Billing, statement: str) -> None:
    """As after a failover that keeps connections open, and behind a pooler."""
    billing.track_usage(**CALL)
    database = billing._opening._database
    assert isinstance(database, postgres_database.PostgresDatabase)
    writer = database._writer
    assert writer is not None
    for _ in range(8):
        # Often enough for the driver to prepare whatever it prepares.
        billing.track_usage(**CALL)
    writer.execute(statement.encode())
    fails(CALLS["track"], billing)
    assert billing.track_usage(**CALL).success
    assert used(billing) == 10


def test_an_interrupt_while_it_connects_leaves_no_connection_without_its_timeouts(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = billing._opening._database
    assert isinstance(database, postgres_database.PostgresDatabase)
    database._disconnect()
    with monkeypatch.context() as patch:
        patch.setattr(database, "_settle", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            billing.track_usage(**CALL)
    billing.track_usage(**CALL)
    writer = database._writer
    assert writer is not None
    assert writer.execute("show lock_timeout").fetchone() == ("10s",)


def test_text_is_sent_whole_whatever_the_encoding_of_a_role_or_the_environment(
    open_billing: OpenBilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    billing = open_billing()
    billing.create_customer("\u6f22")
    receipt = billing.track_usage(customer_id="\u6f22", feature_key="api_calls", metadata={"to": "\u6f22"})
    assert receipt.customer_id == "\u6f22"


def test_what_the_url_says_of_a_connection_holds_for_all_but_the_encoding(
    database_url: str, open_billing: OpenBilling
) -> None:
    billing = open_billing(f"{database_url}?connect_timeout=3&client_encoding=latin1")
    billing.create_customer("cus_1")
    billing.track_usage(**CALL)
    database = billing._opening._database
    assert isinstance(database, postgres_database.PostgresDatabase)
    with database._changers.connect() as changer, database._readers.connect() as reader:
        for connection in (database._writer, *(one.connection.driver_connection for one in (changer, reader))):
            assert isinstance(connection, Connection)
            assert connection.info.get_parameters()["connect_timeout"] == "3"
            assert connection.info.encoding == "utf-8"


def test_a_database_that_cannot_keep_every_text_is_refused(postgres: PostgresServer, catalog: dict[str, Any]) -> None:
    with postgres.connect() as owner:
        owner.execute("create database narrow template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'")
    url = postgres.url("narrow")
    with Billing(url, catalog=catalog) as billing, pytest.raises(ServiceUnavailable, match=r"LATIN1.*UTF8"):
        billing.create_customer("cus_1")
    postgres.drop_database(url)

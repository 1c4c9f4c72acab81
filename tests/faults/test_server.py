"""PostgreSQL that is away, locked, full or closed to us: a clear error, one effect at most, and the next call works."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from billing_ui_backend import Billing, ServiceUnavailable, UsageReceipt
from tests.faults.conftest import Open
from tests.support.engine import one_quota
from tests.support.faults_clients import (
    check_everything_counts_once,
    clients_at_work,
    create_customers,
)
from tests.support.faults_disks import SmallDisk
from tests.support.faults_proxy import cutting_proxy
from tests.support.faults_scale import scaled
from tests.support.faults_workers import KINDS, Job, until_done
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.postgres_programs import give_away

CATALOG = one_quota(10**6)
WHAT: dict[str, Any] = {"customer_id": "cus_0", "feature_key": "api_calls"}
CUTS = 1000
TERMINATIONS = 200


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of these tests' own, to be stopped and filled."""
    with postgres_server() as running:
        yield running


@pytest.fixture
def billing(server: PostgresServer, open_billing: Open) -> Billing:
    """An engine on an empty database of that server."""
    engine = open_billing(server.create_database(), CATALOG)
    create_customers(engine)
    return engine


def url_of(billing: Billing) -> str:
    url = billing._opening._url
    assert url is not None
    return url


def used(billing: Billing) -> object:
    return billing.get_usage_metrics("cus_0")["api_calls"].consumed


def fails(billing: Billing, key: str) -> str:
    """Tracks, in vain, one call under the key; the message."""
    with pytest.raises(ServiceUnavailable) as refused:
        billing.track_usage(**WHAT, idempotency_key=key)
    assert refused.value.details["retry_after"] > 0
    password = url_of(billing).split(":")[2].split("@")[0]
    assert password not in refused.value.message
    return refused.value.message


def test_a_server_that_is_away_is_missed_at_once_and_used_again_when_it_is_back(
    billing: Billing, server: PostgresServer
) -> None:
    billing.track_usage(**WHAT, idempotency_key="before")
    server.stop()
    assert "try again" in fails(billing, "meanwhile")
    with pytest.raises(ServiceUnavailable):
        used(billing)
    with pytest.raises(ServiceUnavailable):
        billing.create_customer("cus_1")
    server.start()
    billing.track_usage(**WHAT, idempotency_key="meanwhile")
    assert used(billing) == 2
    assert billing.verify()


def test_a_server_that_was_started_anew_between_two_calls_is_not_noticed(
    billing: Billing, server: PostgresServer
) -> None:
    for restarts in range(3):
        assert used(billing) == 2 * restarts
        billing.track_usage(**WHAT)
        server.stop()
        server.start()
        billing.track_usage(**WHAT)
    billing.change_plan("cus_0", "only")
    assert billing.verify()


@pytest.mark.usefixtures("impatient")
def test_a_table_that_another_program_locks_is_not_waited_for_for_ever(
    server: PostgresServer, open_billing: Open
) -> None:
    billing = open_billing(server.create_database(), CATALOG)
    create_customers(billing)
    with server.connect(url_of(billing)) as other, other.transaction():
        other.execute("lock table billing_event, billing_counter in exclusive mode")
        assert "try again" in fails(billing, "locked")
        # Reading goes on.
        assert used(billing) == 0
    billing.track_usage(**WHAT, idempotency_key="locked")
    assert used(billing) == 1
    assert billing.verify()


def test_a_user_who_may_only_read_is_told_so(billing: Billing, server: PostgresServer, open_billing: Open) -> None:
    billing.track_usage(**WHAT, idempotency_key="before")
    with server.connect(url_of(billing)) as owner:
        owner.execute("create role reader login password 'reader'")
        owner.execute("grant pg_read_all_data to reader")
    head, _, tail = url_of(billing).partition("postgres:")
    reader = open_billing(f"{head}reader:reader@{tail.partition('@')[2]}")
    assert used(reader) == 1
    with pytest.raises(ServiceUnavailable, match="permission denied"):
        reader.track_usage(**WHAT, idempotency_key="refused")
    with server.connect(url_of(billing)) as owner:
        owner.execute("grant pg_write_all_data to reader")
    reader.track_usage(**WHAT, idempotency_key="refused")
    assert used(billing) == 2
    assert billing.verify()


def test_a_full_disk_takes_nothing_by_halves(server: PostgresServer, open_billing: Open, disk: SmallDisk) -> None:
    data = disk.folder / "data"
    data.mkdir()
    give_away(data)
    with server.connect() as connection:
        connection.execute(sql.SQL("create tablespace small location {}").format(sql.Literal(str(data))))
    url = server.create_database()
    with server.connect() as connection:
        connection.execute(
            sql.SQL("alter database {} set tablespace small").format(sql.Identifier(url.rpartition("/")[2]))
        )
    billing = open_billing(url, CATALOG)
    create_customers(billing)
    disk.fill()
    answers = [track_padded(billing, number) for number in range(100)]
    refusals = [answer for answer in answers if isinstance(answer, ServiceUnavailable)]
    assert refusals
    assert all("free some space" in refusal.message for refusal in refusals)
    assert used(billing) == len(answers) - len(refusals)
    disk.free()
    for number in range(100):
        assert isinstance(track_padded(billing, number), UsageReceipt)
    assert used(billing) == 100
    assert billing.verify()
    billing.close()
    server.drop_database(url)
    with server.connect() as connection:
        connection.execute("drop tablespace small")


def track_padded(billing: Billing, number: int) -> UsageReceipt | ServiceUnavailable:
    try:
        return billing.track_usage(**WHAT, idempotency_key=str(number), metadata={"padding": "x" * 8_000})
    except ServiceUnavailable as error:
        return error


def test_connections_that_break_under_load_lose_nothing_and_count_nothing_twice(
    billing: Billing, server: PostgresServer, rng: random.Random
) -> None:
    """A network between engine and server that loses answers, that of a commit too; the callers try again with their keys."""
    url = url_of(billing)
    jobs = [Job(rng.choice(KINDS), "cus_0", str(number)) for number in range(scaled(CUTS))]
    with cutting_proxy(server.port, lambda: rng.random() < 0.03) as port:
        far = Billing(url.replace(f":{server.port}/", f":{port}/"))
        for job in jobs:
            until_done(job, far)
        far.close()
    check_everything_counts_once(billing, [], jobs)


def test_connections_that_the_server_ends_lose_nothing_and_count_nothing_twice(
    billing: Billing, server: PostgresServer, tmp_path: Path
) -> None:
    with clients_at_work(url_of(billing), tmp_path, 1) as (client,):
        for _ in range(scaled(TERMINATIONS)):
            with server.connect(url_of(billing)) as other:
                other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid()"
                )
            client.until_at_work()
        client.kill()
    until_done(Job("track", "cus_0", "mine"), billing)
    check_everything_counts_once(billing, [client], [Job("track", "cus_0", "mine")])

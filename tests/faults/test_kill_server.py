"""PostgreSQL killed, `kill -9` of all its processes, at random points under load; then it recovers from its log."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Open
from tests.support.engine import one_quota
from tests.support.faults_clients import (
    check_everything_counts_once,
    check_nothing_is_lost,
    clients_at_work,
    create_customers,
)
from tests.support.faults_scale import scaled
from tests.support.postgres import PostgresServer, postgres_server

KILLS = 200
KILLS_OF_A_DATABASE = 3
CLIENTS = 2


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server of the test's own, to be killed."""
    with postgres_server() as running:
        yield running


def test_a_server_that_is_killed_loses_nothing_and_the_retries_of_its_clients_count_once(
    server: PostgresServer, open_billing: Open, rng: random.Random, tmp_path: Path
) -> None:
    """The clients live through it and try again with their keys; sometimes one of them is killed as well."""
    left = scaled(KILLS)
    while left > 0:
        url = server.create_database()
        billing = open_billing(url, one_quota(1000, enforcement="soft"))
        create_customers(billing)
        folder = tmp_path / str(left)
        folder.mkdir()
        with clients_at_work(url, folder, CLIENTS) as clients:
            for _ in range(min(left, KILLS_OF_A_DATABASE)):
                time.sleep(rng.uniform(0, 0.05))
                server.kill()
                killed = [client for client in clients if rng.random() < 0.2]
                for client in killed:
                    client.kill()
                server.start()
                check_nothing_is_lost(billing, clients)
                for client in killed:
                    client.begin()
                for client in clients:
                    client.until_at_work()
            for client in clients:
                client.kill()
        check_nothing_is_lost(billing, clients)
        check_everything_counts_once(billing, clients)
        billing.close()
        left -= KILLS_OF_A_DATABASE

"""`kill -9` at random points under load: nothing acknowledged is lost, and nothing counts twice."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults.conftest import Open
from tests.support.engine import one_quota
from tests.support.faults_clients import (
    check_everything_counts_once,
    check_nothing_is_lost,
    clients_at_work,
    create_customers,
)
from tests.support.faults_databases import NewDatabase
from tests.support.faults_scale import scaled

KILLS = 200
# Then on a new database: looking at all of it after each kill stays affordable.
KILLS_OF_A_DATABASE = 3
CLIENTS = 2


def rounds() -> Iterator[int]:
    """The kills of each database."""
    left = scaled(KILLS)
    while left > 0:
        yield min(left, KILLS_OF_A_DATABASE)
        left -= KILLS_OF_A_DATABASE


def test_a_client_that_is_killed_loses_nothing_and_its_retries_count_once(
    new_database: NewDatabase, open_billing: Open, rng: random.Random, tmp_path: Path
) -> None:
    """Parity, "prevents duplicates on retries": exactly once, also after a crash."""
    for number, kills in enumerate(rounds()):
        url = new_database()
        # A limit that is passed at once: thresholds are reached and overage is counted on the way.
        billing = open_billing(url, one_quota(1000, enforcement="soft"))
        create_customers(billing)
        folder = tmp_path / str(number)
        folder.mkdir()
        with clients_at_work(url, folder, CLIENTS) as clients:
            for _ in range(kills):
                client = rng.choice(clients)
                time.sleep(rng.uniform(0, 0.05))
                client.kill()
                check_nothing_is_lost(billing, clients)
                client.begin()
                client.until_at_work()
            for client in clients:
                client.kill()
        check_nothing_is_lost(billing, clients)
        check_everything_counts_once(billing, clients)
        billing.close()

"""A client that stands still in the middle of a commit: the others are told so, and nothing is lost when it goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from billing_ui_backend import Billing, ServiceUnavailable
from tests.faults.conftest import Open
from tests.support.engine import one_quota
from tests.support.faults_clients import (
    Client,
    check_everything_counts_once,
    check_nothing_is_lost,
    clients_at_work,
    create_customers,
    wait_for,
)
from tests.support.faults_databases import DATABASES
from tests.support.faults_scale import scaled
from tests.support.faults_workers import CUSTOMERS, Job

PAUSES = 50
# It commits most of the time.
ATTEMPTS = 1000


def pause_in_the_middle(client: Client, billing: Billing, mine: list[Job]) -> list[ServiceUnavailable]:
    """Pauses the client where others have to wait for it; what they are told. What they tried is added to `mine`."""
    for _ in range(ATTEMPTS):
        client.pause()
        told = []
        for customer_id in CUSTOMERS:
            mine.append(Job("track", customer_id, f"mine.{len(mine)}"))
            try:
                mine[-1].do(billing)
            except ServiceUnavailable as error:
                told.append(error)
        if told:
            return told
        client.go_on()
        # On a busy machine it would be stopped again before it had a turn, each time at the same place.
        client.until_at_work()
    raise AssertionError("it was never in the middle of a commit")


@pytest.mark.usefixtures("impatient")
def test_others_are_told_to_try_again_and_nothing_is_lost(url: str, open_billing: Open, tmp_path: Path) -> None:
    billing = open_billing(url, one_quota(1000, enforcement="soft"))
    create_customers(billing)
    mine: list[Job] = []
    with clients_at_work(url, tmp_path, 1) as (client,):
        for _ in range(scaled(PAUSES)):
            for error in pause_in_the_middle(client, billing, mine):
                assert "try again" in error.message
                assert error.details["retry_after"] > 0
            # Reading does not wait for writers, and what was acknowledged before is there.
            check_nothing_is_lost(billing, [client])
            client.go_on()
            client.until_at_work()
        client.kill()
    for job in mine:
        job.do(billing)
    check_everything_counts_once(billing, [client], mine)


@pytest.mark.parametrize("kind", [kind for kind in DATABASES if kind != "sqlite"], indirect=True)
@pytest.mark.usefixtures("impatient")
def test_a_server_does_not_wait_for_ever_for_a_client_that_stands_still(
    url: str, open_billing: Open, tmp_path: Path
) -> None:
    """A file has nobody who could take the lock from a process that lives."""
    billing = open_billing(url, one_quota(1000, enforcement="soft"))
    create_customers(billing)
    mine: list[Job] = []

    def done(job: Job) -> bool:
        try:
            job.do(billing)
        except ServiceUnavailable:
            return False
        return True

    with clients_at_work(url, tmp_path, 1, stopped_timeout=2) as (client,):
        assert pause_in_the_middle(client, billing, mine)
        for job in mine:
            wait_for(lambda job=job: done(job))
        client.go_on()
        client.until_at_work()
        client.kill()
    check_everything_counts_once(billing, [client], mine)

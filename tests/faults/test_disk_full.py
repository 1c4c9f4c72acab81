"""A disk that is full: nothing by halves, a clear error, and the next call works once there is room."""

from __future__ import annotations

import random
from typing import Any

import pytest

from billing_ui_backend import Billing, ServiceUnavailable
from tests.faults.conftest import Open
from tests.support.engine import one_quota
from tests.support.faults_disks import SmallDisk
from tests.support.faults_scale import scaled

FULL_DISKS = 100
PADDING: dict[str, Any] = {"padding": "x" * 8_000}
WHAT: dict[str, Any] = {"customer_id": "cus_1", "feature_key": "api_calls"}
FREE_SOME_SPACE = "free some space and try again"


def used(billing: Billing) -> object:
    return billing.get_usage_metrics("cus_1")["api_calls"].consumed


def test_a_full_disk_takes_nothing_by_halves(disk: SmallDisk, open_billing: Open, rng: random.Random) -> None:
    billing = new_billing(disk, open_billing)
    done: list[str] = []
    for number in range(scaled(FULL_DISKS)):
        if disk.room < 2 * 2**20:
            billing.close()
            billing = new_billing(disk, open_billing)
            done.clear()
        # Full at another byte each time, and so in another step of what is written.
        disk.fill(but=rng.randrange(200_000))
        refused, error = fill_up(billing, done, number)
        assert FREE_SOME_SPACE in error.message
        assert str(disk.folder) in error.message
        # Reading goes on, and the refused one left nothing behind.
        assert used(billing) == len(done)
        disk.free()
        assert not billing.track_usage(**WHAT, idempotency_key=refused, metadata=PADDING).replayed
        done.append(refused)
        proof = billing.verify()
        assert (proof.ok, proof.events) == (True, len(done)), proof.problems


def new_billing(disk: SmallDisk, open_billing: Open) -> Billing:
    """An engine on an empty disk."""
    for file in disk.folder.iterdir():
        file.unlink()
    billing = open_billing(f"sqlite:///{disk.folder}/billing.db", one_quota(10**6))
    billing.create_customer("cus_1")
    return billing


def fill_up(billing: Billing, done: list[str], number: int) -> tuple[str, ServiceUnavailable]:
    """Counts until the disk is full; the key that no longer fitted, and the error."""
    while True:
        key = f"{number}-{len(done)}"
        try:
            billing.track_usage(**WHAT, idempotency_key=key, metadata=PADDING)
        except ServiceUnavailable as error:
            return key, error
        done.append(key)


def test_a_database_that_does_not_fit_is_made_once_there_is_room(disk: SmallDisk, open_billing: Open) -> None:
    disk.fill(but=20_000)
    billing = open_billing(f"sqlite:///{disk.folder}/billing.db", one_quota(100))
    with pytest.raises(ServiceUnavailable, match=f"{FREE_SOME_SPACE}|check the path and the disk"):
        billing.create_customer("cus_1")
    disk.free()
    billing.create_customer("cus_1")
    billing.track_usage(**WHAT)
    assert used(billing) == 1
    assert billing.verify()


def test_a_disk_that_is_full_when_the_database_is_opened_again_says_so(disk: SmallDisk, open_billing: Open) -> None:
    url = f"sqlite:///{disk.folder}/billing.db"
    first = open_billing(url, one_quota(100))
    first.create_customer("cus_1")
    first.track_usage(**WHAT, idempotency_key="before")
    first.close()
    disk.fill()
    again = open_billing(url)
    with pytest.raises(ServiceUnavailable):
        again.track_usage(**WHAT, idempotency_key="after")
    disk.free()
    again.track_usage(**WHAT, idempotency_key="after")
    assert used(again) == 2
    assert again.verify()

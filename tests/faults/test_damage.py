"""A file that is damaged: never another error than the engine's own, and after the repair nothing is missing or there twice."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from billing_ui_backend import Billing, BillingError, ServiceUnavailable
from tests.faults.conftest import Open
from tests.support.engine import one_quota
from tests.support.faults_scale import scaled

DAMAGES = 400
PAGE = 4096
WHAT: dict[str, Any] = {"customer_id": "cus_1", "feature_key": "api_calls"}


def written(path: Path, open_billing: Open) -> bytes:
    """A closed database with 200 events of one customer, as bytes."""
    billing = open_billing(f"sqlite:///{path}", one_quota(10**6))
    billing.create_customer("cus_1")
    billing.track_usage_batch([{**WHAT, "idempotency_key": str(number)} for number in range(200)])
    billing.close()
    return path.read_bytes()


def put_back(path: Path, content: bytes) -> None:
    """Makes this the database, as one restores a backup: as another file under the same name."""
    for old in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        old.unlink(missing_ok=True)
    path.write_bytes(content)


def sees_damage(path: Path) -> bool:
    """Whether SQLite itself can tell. A byte of a value that has become another value is none of its business."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("pragma integrity_check").fetchall() != [("ok",)]
    except (sqlite3.Error, UnicodeDecodeError):
        return True


def every_call(billing: Billing, key: str) -> list[Exception]:
    """Makes every kind of call; what was refused."""
    calls = [
        lambda: billing.verify(),
        lambda: billing.get_usage_metrics("cus_1"),
        lambda: billing.list_usage_events("cus_1"),
        lambda: billing.track_usage(**WHAT, idempotency_key=key),
        lambda: billing.track_usage_batch([{**WHAT, "idempotency_key": f"{key}/{each}"} for each in range(30)]),
        lambda: billing.create_customer("cus_2"),
        lambda: billing.reserve_usage(**WHAT, quantity=1, idempotency_key=f"hold {key}").release(),
        lambda: billing.correct_usage(customer_id="cus_1", idempotency_key="7", quantity=2, reason="damage"),
    ]
    refusals: list[Exception] = []
    for call in calls:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - whether it may be this one is what is asked
            # Without its frames, and what they have open.
            refusals.append(error.with_traceback(None))
    return refusals


@pytest.mark.parametrize("kind_of_damage", ["header", "schema", "shorter", "empty tail"])
def test_a_file_whose_beginning_or_end_is_lost_is_named_and_works_after_the_repair(
    tmp_path: Path, open_billing: Open, kind_of_damage: str
) -> None:
    path = tmp_path / "billing.db"
    whole = written(path, open_billing)
    damaged = {
        "header": b"\xa5" * 100 + whole[100:],
        "schema": whole[:100] + b"\xa5" * (PAGE - 100) + whole[PAGE:],
        "shorter": whole[: len(whole) // 2],
        "empty tail": whole[: len(whole) // 2].ljust(len(whole), b"\0"),
    }[kind_of_damage]
    put_back(path, damaged)
    billing = open_billing(f"sqlite:///{path}")
    with pytest.raises(ServiceUnavailable, match="restore it from a backup") as refused:
        billing.verify()
    assert str(path) in refused.value.message
    billing.close()
    put_back(path, whole)
    again = open_billing(f"sqlite:///{path}")
    assert again.verify().events == 200
    again.track_usage(**WHAT, idempotency_key="7")
    again.track_usage(**WHAT, idempotency_key="new")
    assert again.get_usage_metrics("cus_1")["api_calls"].consumed == 201


def test_damage_that_can_be_seen_gives_errors_of_the_engine_only(
    tmp_path: Path, open_billing: Open, rng: random.Random
) -> None:
    path = tmp_path / "billing.db"
    whole = written(path, open_billing)
    found = 0
    for number in range(scaled(DAMAGES)):
        damaged = bytearray(whole)
        # From a single bit to half a page, in one to four places.
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(whole))
            length = rng.choice([1, 8, 64, PAGE // 2])
            damaged[at : at + length] = rng.randbytes(len(whole[at : at + length]))
        put_back(path, bytes(damaged))
        billing = open_billing(f"sqlite:///{path}")
        refusals = every_call(billing, f"damaged {number}")
        billing.close()
        if sees_damage(path):
            found += bool(refusals)
            foreign = [error for error in refusals if not isinstance(error, BillingError)]
            assert not foreign, f"damage {number}: {foreign}"
    assert found > 0
    put_back(path, whole)
    billing = open_billing(f"sqlite:///{path}")
    assert every_call(billing, "repaired") == []
    proof = billing.verify()
    assert (proof.ok, proof.events) == (True, 200 + 1 + 30 + 1)

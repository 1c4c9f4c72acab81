"""Concurrent calls answer as if they had been made one at a time, each between its beginning and its end."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.conftest import CallersOf, Open
from tests.support.engine import one_quota
from tests.support.faults_callers import Answer, Ask, Script, Threads
from tests.support.faults_linear import Quota, as_text, linearizable
from tests.support.faults_scale import scaled

LIMIT = 8
HISTORIES = 2000
WAYS = ("threads", "tasks", "processes")


def quota_and_level() -> dict[str, Any]:
    catalog = one_quota(LIMIT)
    catalog["features"]["seats"] = {"title": "Seats", "type": "numeric_limit", "unit": "seat", "scale": 0}
    catalog["plans"]["only"]["features"]["seats"] = {"limit": LIMIT}
    return catalog


def calls_of_a_quota(rng: random.Random, customer_id: str) -> Ask:
    """One call; few keys and holds, so that callers meet at the same ones."""
    who = {"customer_id": customer_id}
    what = {**who, "feature_key": "api_calls"}
    hold = f"h{rng.randrange(3)}"
    return rng.choice(
        [
            Ask("track_usage", {**what, "quantity": rng.randint(1, 3)}),
            Ask("track_usage", {**what, "quantity": 2, "idempotency_key": f"k{rng.randrange(2)}"}),
            Ask("reserve_usage", {**what, "quantity": 3, "ttl": 3600, "idempotency_key": hold}),
            Ask("commit_hold", {**who, "hold_id": hold, "quantity": rng.choice([1, 3, 4])}),
            Ask("release_hold", {**who, "hold_id": hold}),
            Ask("get_usage_metrics", what),
        ]
    )


def calls_of_a_level(rng: random.Random, customer_id: str) -> Ask:
    what = {"customer_id": customer_id, "feature_key": "seats"}
    return rng.choice(
        [
            Ask("track_usage", {**what, "quantity": rng.choice([-2, -1, 1, 3])}),
            Ask("set_usage", {**what, "quantity": rng.randint(0, LIMIT + 2)}),
            Ask("get_usage_metrics", what),
        ]
    )


def scripts(rng: random.Random, customer_id: str) -> list[Script]:
    """4 to 8 callers of one counter, 3 to 6 calls each."""
    call: Callable[[random.Random, str], Ask] = rng.choice([calls_of_a_quota, calls_of_a_quota, calls_of_a_level])
    return [[call(rng, customer_id) for _ in range(rng.randint(3, 6))] for _ in range(rng.randint(4, 8))]


@pytest.mark.parametrize("way", WAYS)
def test_every_history_has_an_order_that_explains_it(
    url: str, open_billing: Open, callers: CallersOf, rng: random.Random, way: str
) -> None:
    billing = open_billing(url, quota_and_level())
    together = callers(way, billing, url)
    overlapping = 0
    for number in range(scaled(HISTORIES) // len(WAYS)):
        customer_id = f"cus_{number}"
        billing.create_customer(customer_id)
        answers = together.run(scripts(rng, customer_id))
        history = [answer for script in answers for answer in script]
        assert linearizable(history, Quota(LIMIT)), as_text(history)
        by_beginning = sorted(history, key=lambda answer: answer.began)
        overlapping += any(later.began < earlier.ended for earlier, later in itertools.pairwise(by_beginning))
    assert overlapping > 0
    assert billing.verify()


def answer(began: int, ended: int, method: str, *said: object, **arguments: object) -> Answer:
    return Answer(Ask(method, {"feature_key": "api_calls", **arguments}), began, ended, said)


BROKEN = {
    "passes the limit": [
        answer(0, 10, "track_usage", "counted", 5, 5, False, quantity=5),
        answer(0, 10, "track_usage", "counted", 5, 10, False, quantity=5),
    ],
    "loses an update": [
        answer(0, 10, "track_usage", "counted", 3, 3, False, quantity=3),
        answer(0, 10, "track_usage", "counted", 3, 3, False, quantity=3),
    ],
    "reads what is no longer so": [
        answer(0, 10, "track_usage", "counted", 3, 3, False, quantity=3),
        answer(11, 20, "get_usage_metrics", "metrics", ("api_calls", 0, 0)),
    ],
    "reads what is not yet so": [
        answer(0, 10, "get_usage_metrics", "metrics", ("api_calls", 3, 0)),
        answer(11, 20, "track_usage", "counted", 3, 3, False, quantity=3),
    ],
    "refuses although there is room": [
        answer(0, 10, "track_usage", "counted", 3, 3, False, quantity=3),
        answer(5, 20, "track_usage", "refused", "QuotaExceeded", quantity=3),
    ],
    "counts one key twice": [
        answer(0, 10, "track_usage", "counted", 2, 2, False, quantity=2, idempotency_key="k"),
        answer(0, 10, "track_usage", "counted", 2, 4, False, quantity=2, idempotency_key="k"),
    ],
    "replays what was never counted": [
        answer(0, 10, "track_usage", "counted", 2, 2, True, quantity=2, idempotency_key="k")
    ],
    "commits and releases one hold": [
        answer(0, 10, "reserve_usage", "held", False, quantity=3, idempotency_key="h"),
        answer(11, 30, "commit_hold", "counted", 3, 3, False, hold_id="h", quantity=3),
        answer(11, 30, "release_hold", "said", True, hold_id="h"),
    ],
    "gives away what is held": [
        answer(0, 10, "reserve_usage", "held", False, quantity=6, idempotency_key="h"),
        answer(11, 20, "track_usage", "counted", 3, 3, False, quantity=3),
    ],
    "goes back in time between two readers": [
        answer(0, 100, "track_usage", "counted", 1, 1, False, quantity=1),
        answer(10, 20, "get_usage_metrics", "metrics", ("api_calls", 1, 0)),
        answer(30, 40, "get_usage_metrics", "metrics", ("api_calls", 0, 0)),
    ],
}


@pytest.mark.parametrize("history", BROKEN.values(), ids=BROKEN)
def test_a_history_that_is_broken_is_found(history: list[Answer]) -> None:
    assert not linearizable(history, Quota(LIMIT)), as_text(history)


def test_a_history_is_explained_by_an_order_other_than_that_of_its_beginnings() -> None:
    history = [
        answer(0, 100, "track_usage", "refused", "QuotaExceeded", quantity=3),
        answer(1, 90, "track_usage", "counted", 6, 6, False, quantity=6),
        answer(2, 50, "get_usage_metrics", "metrics", ("api_calls", 0, 0)),
        answer(60, 70, "get_usage_metrics", "metrics", ("api_calls", 6, 0)),
    ]
    assert linearizable(history, Quota(LIMIT))


class Careless:
    """Reads, then writes, without a lock; two callers meet in between."""

    def __init__(self) -> None:
        self.used = 0
        self._met = threading.Barrier(2)

    def track_usage(self, *, quantity: int) -> int:
        seen = self.used
        self._met.wait(30)
        self.used = seen + quantity
        return self.used


def test_an_engine_that_reads_and_then_writes_is_found() -> None:
    both = Threads(Careless()).run([[Ask("track_usage", {"quantity": 3})]] * 2)
    history = [replace(only, said=("counted", 3, only.said[1], False)) for (only,) in both]
    assert not linearizable(history, Quota(LIMIT)), as_text(history)

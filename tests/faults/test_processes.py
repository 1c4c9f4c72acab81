"""Processes that write one database at the same time, everything that there is to write, leave books that are exact."""

from __future__ import annotations

import random
from collections import Counter

from tests.faults.conftest import Open
from tests.support.engine import one_quota
from tests.support.faults_callers import Answer, Ask, Processes, Script
from tests.support.faults_scale import scaled

CALLS = 40_000
CALLERS = 8
CUSTOMERS = ("cus_0", "cus_1", "cus_2")


def script(rng: random.Random, caller: int) -> list[Ask]:
    """Calls of one caller, with keys of its own; what is corrected, committed or released was made before."""
    asks: list[Ask] = []
    for number in range(scaled(CALLS) // CALLERS // 2):
        key = f"{caller}-{number}"
        who = {"customer_id": rng.choice(CUSTOMERS)}
        what = {**who, "feature_key": "api_calls"}
        asks += rng.choice(
            [
                [Ask("track_usage", {**what, "quantity": rng.randint(1, 9)}), Ask("get_usage_metrics", who)],
                [Ask("track_usage_batch", {"events": [{**what, "quantity": 2}, {**what, "quantity": 3}]})],
                [
                    Ask("track_usage", {**what, "quantity": 9, "idempotency_key": key}),
                    Ask("correct_usage", {**who, "idempotency_key": key, "quantity": 4, "reason": "too many"}),
                ],
                [
                    Ask("reserve_usage", {**what, "quantity": 5, "idempotency_key": key}),
                    Ask("commit_hold", {**who, "hold_id": key, "quantity": rng.randint(1, 8)}),
                ],
                [
                    Ask("reserve_usage", {**what, "quantity": 5, "idempotency_key": key}),
                    Ask("release_hold", {**who, "hold_id": key}),
                ],
            ]
        )
    return asks


def counted(answer: Answer) -> int:
    """What an answered call added to the usage."""
    entries = answer.said[1:] if answer.said[0] == "batch" else [answer.said]
    return sum(int(entry[1]) for entry in entries if entry[0] == "counted")


def test_four_processes_on_one_database_stay_exact(
    url: str, open_billing: Open, four_processes: Processes, rng: random.Random
) -> None:
    billing = open_billing(url, one_quota(100, enforcement="soft"))
    for customer_id in CUSTOMERS:
        billing.create_customer(customer_id)
    scripts: list[Script] = [script(rng, caller) for caller in range(CALLERS)]
    expected: Counter[str] = Counter()
    for answers in four_processes.over(url).run(scripts):
        for answer in answers:
            assert answer.said[0] != "refused", answer
            if answer.ask.method == "track_usage_batch":
                expected[answer.ask.arguments["events"][0]["customer_id"]] += counted(answer)
            else:
                expected[answer.ask.arguments["customer_id"]] += counted(answer)
    for customer_id in CUSTOMERS:
        metric = billing.get_usage_metrics(customer_id)["api_calls"]
        assert (metric.consumed, metric.held) == (expected[customer_id], 0)
    proof = billing.verify()
    assert proof, proof.problems

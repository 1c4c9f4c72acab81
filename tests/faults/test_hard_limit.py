"""A hard limit is never passed and never missed, by any number of calls from threads, tasks and processes."""

from __future__ import annotations

import math

import pytest

from tests.faults.conftest import CallersOf, Open
from tests.support.engine import one_quota
from tests.support.faults_callers import Answer, Ask
from tests.support.faults_databases import DATABASES
from tests.support.faults_scale import scaled

# Shared out evenly to the databases.
CALLS = 1_000_000
# As many calls as are looked at together.
CALLS_OF_A_ROUND = 2_000
CUSTOMERS_OF_A_ROUND = 4
LIMIT = CALLS_OF_A_ROUND // CUSTOMERS_OF_A_ROUND // 2
CALLERS = {"threads": 16, "tasks": 128, "processes": 16}
# The share of each way in the million; all reach the limit more than once a round.
SHARE = {"threads": 0.25, "tasks": 0.5, "processes": 0.25}


@pytest.mark.parametrize("way", CALLERS)
def test_calls_at_a_hard_limit_end_exactly_at_it(url: str, open_billing: Open, callers: CallersOf, way: str) -> None:
    """Parity, "20. Limits bypassed ... by concurrency"; theirs reads, then writes."""
    billing = open_billing(url, one_quota(LIMIT))
    together = callers(way, billing, url)
    rounds = math.ceil(scaled(CALLS) / len(DATABASES) * SHARE[way] / CALLS_OF_A_ROUND)
    for number in range(rounds):
        customers = [f"cus_{number}_{each}" for each in range(CUSTOMERS_OF_A_ROUND)]
        for customer_id in customers:
            billing.create_customer(customer_id)
        asks = [
            Ask("track_usage", {"customer_id": customer_id, "feature_key": "api_calls"}) for customer_id in customers
        ]
        each = CALLS_OF_A_ROUND // CALLERS[way] // CUSTOMERS_OF_A_ROUND
        # One customer after the other: all callers are at the same limit at the same time.
        answers = together.run([[ask for ask in asks for _ in range(each + 1)]] * CALLERS[way])
        for customer_id in customers:
            said = [answer.said for script in answers for answer in script if asked_for(answer) == customer_id]
            # Each number up to the limit was some caller's usage after its call, and no number twice.
            counted = sorted(entry[2] for entry in said if entry[0] == "counted")
            assert counted == list(range(1, LIMIT + 1))
            assert set(said) - {("counted", 1, used, False) for used in counted} == {("refused", "QuotaExceeded")}
            assert billing.get_usage_metrics(customer_id)["api_calls"].consumed == LIMIT
    proof = billing.verify()
    assert (proof.ok, proof.events) == (True, rounds * CUSTOMERS_OF_A_ROUND * LIMIT)


def asked_for(answer: Answer) -> object:
    return answer.ask.arguments["customer_id"]

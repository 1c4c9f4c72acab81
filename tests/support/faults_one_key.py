"""The same call by 64 callers at the same moment."""

from __future__ import annotations

from collections import Counter

from billing_ui_backend import Billing
from tests.support.faults_callers import Ask, Callers
from tests.support.faults_scale import scaled

CALLERS = 64
ROUNDS = 100


def check_one_key(billing: Billing, callers: Callers, customer_id: str = "cus_1") -> None:
    """Has one key counted by all callers at once, then used for another payload by all; again with further keys."""
    events = billing.verify().events
    for number in range(scaled(ROUNDS)):
        what = {"customer_id": customer_id, "feature_key": "api_calls", "idempotency_key": f"key {number}"}
        before = billing.get_usage_metrics(customer_id)["api_calls"].consumed

        same = callers.run([[Ask("track_usage", {**what, "quantity": 3})]] * CALLERS)
        said = Counter(answer.said for (answer,) in same)
        after = before + 3
        assert said == {("counted", 3, after, False): 1, ("counted", 3, after, True): CALLERS - 1}

        other = callers.run([[Ask("track_usage", {**what, "quantity": 4})]] * CALLERS)
        assert {answer.said for (answer,) in other} == {("refused", "IdempotencyKeyReused")}
        assert billing.get_usage_metrics(customer_id)["api_calls"].consumed == after
    proof = billing.verify()
    assert (proof.ok, proof.events) == (True, events + scaled(ROUNDS))

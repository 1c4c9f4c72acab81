"""A batch: up to 1,000 events in one commit, each decided by itself, in order; safe to send again whole."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing_ui_backend import (
    Billing,
    BillingError,
    FeatureNotInPlan,
    IdempotencyKeyReused,
    InvalidQuantity,
    InvalidRequest,
    PeriodClosed,
    QuotaExceeded,
    UnknownCustomer,
    UnknownFeature,
)
from tests.support.engine import NOON
from tests.support.ids import short_repr


def event(quantity: object = 1, feature_key: str = "emails", customer_id: str = "cus_1", **rest: Any) -> dict[str, Any]:
    return {"customer_id": customer_id, "feature_key": feature_key, "quantity": quantity, **rest}


def used(billing: Billing, feature_key: str = "emails", customer_id: str = "cus_1") -> Decimal:
    return billing.get_usage_metrics(customer_id)[feature_key].consumed


def test_each_event_is_decided_by_itself_in_order_and_answered_in_its_place(billing: Billing) -> None:
    billing.create_customer("cus_2")
    events = [
        event(60),
        event(50),
        event(40),
        event(1),
        event(-1),
        event(1, "no_such"),
        event(1, "files"),
        event(100, customer_id="cus_2"),
        event(1, customer_id="nobody"),
        event(1, timestamp=NOON - timedelta(days=36)),
        event(2, "team"),
        event(-2, "team"),
        event(-1, "team"),
    ]
    items = billing.track_usage_batch(events)
    expected: list[type[BillingError] | None] = [
        *(None, QuotaExceeded, None, QuotaExceeded, InvalidQuantity, UnknownFeature, FeatureNotInPlan),
        *(None, UnknownCustomer, PeriodClosed, None, None, InvalidQuantity),
    ]
    assert [type(item.error) if item.error else None for item in items] == expected
    for item, sent in zip(items, events, strict=True):
        assert item.success == (item.error is None) == (item.receipt is not None)
        assert item.receipt is None or item.receipt.quantity == sent["quantity"]
    assert (used(billing), used(billing, customer_id="cus_2"), used(billing, "team")) == (100, 100, 0)
    assert billing.verify()


def test_a_batch_sent_again_whole_changes_nothing(billing: Billing) -> None:
    events = [event(1, idempotency_key=f"k{number}") for number in range(150)]
    first = billing.track_usage_batch(events)
    again = billing.track_usage_batch(events)
    assert [item.success for item in first] == [True] * 100 + [False] * 50
    assert [item.success for item in again] == [item.success for item in first]
    assert all(item.receipt.replayed for item in again if item.receipt)
    assert used(billing) == 100


def test_a_batch_that_was_counted_in_part_is_completed_by_sending_it_again(billing: Billing) -> None:
    events = [event(1, idempotency_key=f"k{number}") for number in range(50)]
    billing.track_usage_batch(events[:20])
    items = billing.track_usage_batch(events)
    assert [item.receipt.replayed for item in items if item.receipt] == [True] * 20 + [False] * 30
    assert used(billing) == 50


def test_one_key_twice_in_a_batch_counts_once(billing: Billing) -> None:
    same = event(5, idempotency_key="k")
    first, again, other = billing.track_usage_batch([same, same, event(6, idempotency_key="k")])
    assert first.receipt is not None
    assert not first.receipt.replayed
    assert again.receipt is not None
    assert again.receipt.replayed
    assert isinstance(other.error, IdempotencyKeyReused)
    assert used(billing) == 5


def test_a_key_refused_first_passes_later_in_the_same_batch(billing: Billing) -> None:
    items = billing.track_usage_batch([event(3, "team"), event(1, "team", idempotency_key="k"), event(-1, "team")])
    assert [item.success for item in items] == [True, False, True]
    (retried,) = billing.track_usage_batch([event(1, "team", idempotency_key="k")])
    assert retried.receipt is not None
    assert not retried.receipt.replayed


def test_a_thousand_events_are_one_batch_and_one_more_is_none(billing: Billing) -> None:
    billing.change_plan("cus_1", "pro")
    items = billing.track_usage_batch([event() for _ in range(1000)])
    assert all(item.success for item in items)
    assert used(billing) == 1000
    with pytest.raises(InvalidRequest, match=r"1,001|1001"):
        billing.track_usage_batch([event() for _ in range(1001)])
    assert used(billing) == 1000


@pytest.mark.parametrize("batch", [[], None, "events", {"events": []}, iter([]), 7], ids=short_repr)
def test_what_is_no_batch_is_refused_whole(billing: Billing, batch: Any) -> None:
    with pytest.raises(InvalidRequest, match="events"):
        billing.track_usage_batch(batch)


@pytest.mark.parametrize(
    "wrong",
    [
        "event",
        None,
        {},
        {"customer_id": "cus_1"},
        {"feature_key": "emails"},
        {**event(), "quantty": 5},
        {**event(), "customer_id": 7},
        {**event(), "customer_id": ""},
        {**event(), "metadata": "text"},
        {**event(), "metadata": {"a": float("nan")}},
        {**event(), "metadata": {"a": "x" * 17_000}},
        {**event(), "metadata": {"a": object()}},
        {**event(), "quantity": None},
        {**event(), "idempotency_key": 7},
        {**event(), "timestamp": "yesterday"},
    ],
    ids=short_repr,
)
def test_a_malformed_event_is_an_error_of_its_own(billing: Billing, wrong: Any) -> None:
    before, error, after = billing.track_usage_batch([event(1), wrong, event(2)])
    assert before.success
    assert after.success
    assert isinstance(error.error, BillingError)
    assert error.error.status == 400
    assert used(billing) == 3


def test_metadata_is_kept_as_json(billing: Billing) -> None:
    metadata = {"project": "ü", "tags": [1, 2.5, None, True], "nested": {"deep": "🚀"}}
    billing.track_usage_batch([event(metadata=metadata)])
    assert billing.list_usage_events("cus_1").events[0].metadata == metadata

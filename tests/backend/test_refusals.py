"""Refusals are counted for the merchant, apart from usage: who asked in vain, for what, and why."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from billing_ui_backend import AsyncBilling, Billing, BillingError, InvalidTimestamp, UnknownCustomer
from tests.support.engine import NOON, Clock

MIDNIGHT = NOON - timedelta(hours=12)


def refused(billing: Billing, feature_key: str = "emails", quantity: object = 1, **more: Any) -> str:
    with pytest.raises(BillingError) as caught:
        billing.track_usage(customer_id="cus_1", feature_key=feature_key, quantity=quantity, **more)
    return caught.value.code


def counted(billing: Billing, **bounds: datetime) -> list[tuple[datetime, str, str, int]]:
    listed = billing.list_refusals("cus_1", **bounds)
    return [(item.day, item.feature_key, item.reason, item.count) for item in listed]


def test_a_refusal_is_counted_and_usage_is_not(billing: Billing) -> None:
    for _ in range(3):
        assert refused(billing, quantity=101) == "quota_exceeded"
    assert counted(billing) == [(MIDNIGHT, "emails", "quota_exceeded", 3)]
    assert billing.get_usage_metrics("cus_1", "emails")["emails"].consumed == 0
    assert billing.list_usage_events("cus_1").events == ()
    assert billing.verify()


def test_each_reason_is_counted_by_itself(billing: Billing, clock: Clock) -> None:
    refused(billing, quantity=101)
    refused(billing, "files")
    for _ in range(5):
        billing.browser_track("cus_1", "api_calls")
    with pytest.raises(BillingError):
        billing.browser_track("cus_1", "api_calls")
    clock.advance(minutes=1)
    billing.pause_subscription("cus_1")
    refused(billing)
    assert counted(billing) == [
        (MIDNIGHT, "api_calls", "rate_limited", 1),
        (MIDNIGHT, "emails", "quota_exceeded", 1),
        (MIDNIGHT, "emails", "subscription_inactive", 1),
        (MIDNIGHT, "files", "feature_not_in_plan", 1),
    ]


def test_a_malformed_request_is_no_refusal(billing: Billing) -> None:
    refused(billing, quantity=0)
    refused(billing, "nothing")
    refused(billing, timestamp=NOON + timedelta(days=1))
    refused(billing, timestamp=NOON - timedelta(days=36))
    assert counted(billing) == []


def test_an_import_that_is_refused_turns_nobody_away(billing: Billing) -> None:
    event = {"customer_id": "cus_1", "feature_key": "files", "timestamp": NOON - timedelta(days=300)}
    (item,) = billing.backfill_usage_batch([event])
    assert not item.success
    assert counted(billing) == []


def test_refused_events_of_a_batch_are_counted_and_the_others_stand(billing: Billing) -> None:
    event = {"customer_id": "cus_1", "feature_key": "emails", "quantity": 60}
    items = billing.track_usage_batch([event, event, event])
    assert [item.success for item in items] == [True, False, False]
    assert counted(billing) == [(MIDNIGHT, "emails", "quota_exceeded", 2)]
    assert billing.get_usage_metrics("cus_1", "emails")["emails"].consumed == 60


def test_days_are_utc_days_the_latest_first_within_the_bounds(billing: Billing, clock: Clock) -> None:
    for _ in range(3):
        refused(billing, quantity=101)
        clock.advance(days=1)
    days = [MIDNIGHT + timedelta(days=number) for number in (2, 1, 0)]
    assert [item[0] for item in counted(billing)] == days
    assert [item[0] for item in counted(billing, start=NOON + timedelta(days=1))] == days[:2]
    assert [item[0] for item in counted(billing, end=days[1])] == days[2:]
    assert [item[0] for item in counted(billing, start=days[1], end=days[0])] == [days[1]]


def test_refusals_are_kept_by_customer(billing: Billing) -> None:
    billing.create_customer("cus_2")
    refused(billing, quantity=101)
    assert billing.list_refusals("cus_2") == ()


def test_the_watchers_hear_nothing_of_a_refusal(billing: Billing) -> None:
    heard: list[str] = []
    billing.on_commit(heard.append)
    refused(billing, quantity=101)
    assert heard == []


def test_what_can_not_be_answered_says_why(billing: Billing) -> None:
    with pytest.raises(UnknownCustomer):
        billing.list_refusals("nobody")
    with pytest.raises(InvalidTimestamp, match="start"):
        billing.list_refusals("cus_1", start=NOON.replace(tzinfo=None))


def test_the_asynchronous_engine_lists_the_same(billing: Billing) -> None:
    async def run() -> Any:
        async with AsyncBilling(billing=billing) as engine:
            return await engine.list_refusals("cus_1")

    refused(billing, quantity=101)
    assert asyncio.run(run()) == billing.list_refusals("cus_1")

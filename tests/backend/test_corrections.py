"""An event's quantity can be corrected, in the windows it was counted in, and the ledger keeps both.

Parity, more of their faults: "There is no event log, history, correction or audit."
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing_ui_backend import (
    AsyncBilling,
    Billing,
    IdempotencyKeyReused,
    InvalidQuantity,
    InvalidRequest,
    UnknownCustomer,
    UsageReceipt,
)
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock


def track(billing: Billing, quantity: object = 1, key: str = "k", feature_key: str = "api_calls", **more: Any) -> Any:
    return billing.track_usage(
        customer_id="cus_1", feature_key=feature_key, quantity=quantity, idempotency_key=key, **more
    )


def correct(billing: Billing, quantity: object, key: str = "k", reason: str = "counted wrong") -> Any:
    return billing.correct_usage(customer_id="cus_1", idempotency_key=key, quantity=quantity, reason=reason)


def used(billing: Billing, feature_key: str = "api_calls") -> dict[str, Decimal]:
    return {
        window.window: window.used for window in billing.get_usage_metrics("cus_1", feature_key)[feature_key].windows
    }


def test_a_correction_is_a_difference_in_every_window_of_the_event(billing: Billing, clock: Clock) -> None:
    track(billing, 10)
    track(billing, 5, "other")
    first = clock.now
    clock.advance(minutes=3)
    receipt = correct(billing, 4)
    assert (receipt.success, receipt.replayed, receipt.quantity) == (True, False, -6)
    assert (receipt.timestamp, receipt.recorded_at) == (first, clock.now)
    assert (receipt.usage.consumed_units, receipt.usage.limit_units, receipt.usage.remaining_units) == (9, 60, 51)
    assert used(billing) == {"month": 9, "hour": 9}
    assert billing.verify()


def test_a_correction_counts_in_the_originals_hour_not_in_this_one(billing: Billing, clock: Clock) -> None:
    track(billing, 10)
    clock.advance(hours=2)
    correct(billing, 12)
    assert used(billing) == {"month": 12, "hour": 0}
    assert billing.verify()


def test_a_correction_to_0_voids_the_event_and_can_itself_be_corrected(billing: Billing) -> None:
    track(billing, 10)
    assert correct(billing, 0).quantity == -10
    assert used(billing) == {"month": 0, "hour": 0}
    assert correct(billing, "7.5").quantity == Decimal("7.5")
    assert used(billing) == {"month": Decimal("7.5"), "hour": Decimal("7.5")}
    assert billing.verify()


def test_the_ledger_shows_the_event_and_each_correction_with_its_reason(billing: Billing) -> None:
    track(billing, 10, metadata={"job": 7})
    correct(billing, 4, reason="half the job failed")
    correct(billing, 5, reason="a bit less than half – naïve")
    lines = [(e.operation, e.quantity, e.metadata) for e in billing.list_usage_events("cus_1").events]
    assert lines == [
        ("correct", 1, {"reason": "a bit less than half – naïve"}),
        ("correct", -6, {"reason": "half the job failed"}),
        ("track", 10, {"job": 7}),
    ]


def test_repeating_a_correction_changes_nothing(billing: Billing, clock: Clock) -> None:
    track(billing, 10)
    first = correct(billing, 4)
    clock.advance(days=3)
    again = correct(billing, "4.0", reason="told twice")
    assert again.replayed
    assert (again.quantity, again.recorded_at, again.usage) == (first.quantity, first.recorded_at, first.usage)
    assert len(billing.list_usage_events("cus_1").events) == 2
    assert used(billing)["month"] == 4


def test_correcting_to_what_was_counted_answers_with_the_first_receipt(billing: Billing) -> None:
    first = track(billing, 10)
    same = correct(billing, 10)
    assert (same.replayed, same.quantity, same.usage) == (True, 10, first.usage)
    assert len(billing.list_usage_events("cus_1").events) == 1


def test_the_events_own_key_still_gives_the_first_receipt(billing: Billing) -> None:
    first = track(billing, 10)
    correct(billing, 4)
    again = track(billing, 10)
    assert (again.replayed, again.quantity, again.usage) == (True, 10, first.usage)
    assert used(billing)["hour"] == 4


def test_a_correction_may_pass_a_limit_and_the_limit_goes_on_binding(billing: Billing) -> None:
    track(billing, 10)
    receipt = correct(billing, 100)
    assert (receipt.usage.consumed_units, receipt.usage.remaining_units) == (100, 0)
    assert billing.get_usage_metrics("cus_1", "api_calls")["api_calls"].overage == 40
    assert billing.check_entitlement("cus_1", "api_calls").reason == "quota_exceeded"
    assert billing.verify()


def test_a_correction_makes_room_again(billing: Billing) -> None:
    track(billing, 60)
    assert not billing.check_entitlement("cus_1", "api_calls").has_access
    correct(billing, 59)
    assert track(billing, 1, "fits").usage.remaining_units == 0


def test_a_level_is_never_corrected_below_0(billing: Billing) -> None:
    track(billing, 3, "up", "team")
    track(billing, -2, "down", "team")
    with pytest.raises(InvalidQuantity, match="below 0"):
        correct(billing, 1, "up")
    assert used(billing, "team") == {"never": 1}
    assert correct(billing, 2, "up").usage.consumed_units == 0
    assert correct(billing, -1, "down").usage.consumed_units == 1
    assert billing.verify()


def test_a_level_that_was_set_is_corrected_to_another_level(billing: Billing) -> None:
    track(billing, 1, "one", "team")
    billing.set_usage(customer_id="cus_1", feature_key="team", quantity=3, idempotency_key="set")
    receipt = correct(billing, 2, "set")
    assert (receipt.quantity, receipt.usage.consumed_units) == (-1, 2)
    assert correct(billing, 2, "set").replayed
    with pytest.raises(InvalidQuantity, match="0 to void"):
        correct(billing, -1, "set")
    assert billing.verify()


def test_an_event_of_a_former_plan_is_corrected_in_all_its_windows(billing: Billing, clock: Clock) -> None:
    track(billing, 40)
    clock.advance(minutes=1)
    billing.change_plan("cus_1", "pro")
    receipt = correct(billing, 30)
    assert (receipt.quantity, receipt.usage.consumed_units, receipt.usage.limit_units) == (-10, 30, 60)
    assert used(billing) == {"month": 30}
    clock.advance(minutes=1)
    billing.change_plan("cus_1", "free")
    assert used(billing) == {"month": 30, "hour": 30}
    assert billing.verify()


def test_a_window_opened_later_contains_the_correction(
    open_billing: OpenBilling, catalog: dict[str, Any], clock: Clock
) -> None:
    billing = open_billing()
    billing.create_customer("cus_1")
    track(billing, 40, feature_key="emails")
    correct(billing, 25)
    clock.advance(minutes=1)
    catalog["plans"]["free"]["features"]["emails"] = {"limit": 100, "period": "week"}
    open_billing(catalog=catalog).catalog()
    assert used(billing, "emails") == {"week": 25}
    track(billing, 1, "k2", "emails")
    correct(billing, 24)
    assert used(billing, "emails") == {"week": 25}
    assert billing.verify()


def test_a_customer_whose_subscription_ended_can_be_corrected(billing: Billing, clock: Clock) -> None:
    track(billing, 10)
    clock.advance(minutes=1)
    billing.cancel_subscription("cus_1", at="now")
    assert correct(billing, 0).quantity == -10
    assert billing.verify()


def test_events_of_the_librarys_own_keys_can_be_corrected(billing: Billing) -> None:
    receipt = billing.browser_track("cus_1", "api_calls", 2)
    assert receipt.idempotency_key.startswith("ui:")
    assert correct(billing, 0, receipt.idempotency_key).usage.consumed_units == 0


def test_what_can_not_be_corrected_says_why_and_changes_nothing(billing: Billing) -> None:
    track(billing, 10)
    with pytest.raises(InvalidRequest, match="no event with idempotency_key 'other'"):
        correct(billing, 1, "other")
    with pytest.raises(UnknownCustomer):
        billing.correct_usage(customer_id="nobody", idempotency_key="k", quantity=1, reason="r")
    with pytest.raises(InvalidRequest, match="reason"):
        correct(billing, 1, reason="")
    for wrong in (-1, "0.0000001", True, "many"):
        with pytest.raises(InvalidQuantity):
            correct(billing, wrong)
    assert used(billing)["month"] == 10
    assert billing.verify()


def test_a_correction_beyond_64_bits_is_refused(billing: Billing) -> None:
    billing.change_plan("cus_1", "enterprise")
    track(billing, "5000000000000", "one")
    track(billing, "10", "two")
    with pytest.raises(InvalidQuantity, match="64 bits"):
        correct(billing, "9000000000000", "two")
    assert used(billing)["month"] == Decimal("5000000000010")
    assert billing.verify()


def test_watchers_hear_of_a_correction_and_not_of_its_repetition(billing: Billing) -> None:
    track(billing, 10)
    heard: list[str] = []
    billing.on_commit(heard.append)
    correct(billing, 4)
    correct(billing, 4)
    assert heard == ["cus_1"]


def test_the_asynchronous_engine_corrects_too(billing: Billing) -> None:
    async def run() -> UsageReceipt:
        async with AsyncBilling(billing=billing) as engine:
            return await engine.correct_usage(customer_id="cus_1", idempotency_key="k", quantity=4, reason="r")

    track(billing, 10)
    assert asyncio.run(run()).quantity == -6


def test_an_old_event_is_corrected_in_its_own_month(billing: Billing, clock: Clock) -> None:
    track(billing, 10)
    clock.advance(days=90)
    correct(billing, 3)
    history = billing.list_usage_events("cus_1", end=clock.now - timedelta(days=89)).events
    assert [event.quantity for event in history] == [-7, 10]
    assert used(billing) == {"month": 0, "hour": 0}
    assert billing.verify()


def test_a_correction_that_changed_nothing_is_known_again_too(billing: Billing) -> None:
    track(billing, 10)
    told = {"customer_id": "cus_1", "idempotency_key": "k", "quantity": 10, "reason": "it was right"}
    first = billing.correct_usage(**told, correction_key="a")
    assert (first.quantity, first.replayed) == (0, False)
    correct(billing, 7, reason="less of it failed")
    again = billing.correct_usage(**told, correction_key="a")
    assert (again.replayed, again.quantity, again.recorded_at) == (True, 0, first.recorded_at)
    assert used(billing)["month"] == 7
    assert billing.verify()


def test_a_correction_that_is_told_again_late_takes_no_newer_one_back(billing: Billing) -> None:
    track(billing, 10)
    told = {"customer_id": "cus_1", "idempotency_key": "k", "quantity": 4, "reason": "half the job failed"}
    first = billing.correct_usage(**told, correction_key="a")
    correct(billing, 7, reason="less of it failed")
    again = billing.correct_usage(**told, correction_key="a")
    assert (again.replayed, again.quantity, again.recorded_at) == (True, first.quantity, first.recorded_at)
    assert used(billing)["month"] == 7
    with pytest.raises(IdempotencyKeyReused):
        billing.correct_usage(**{**told, "quantity": 5}, correction_key="a")
    assert billing.correct_usage(**told, correction_key="b").quantity == -3
    assert used(billing)["month"] == 4
    assert billing.verify()

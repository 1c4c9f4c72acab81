"""A new period is a new counter; late events count in their own windows, under the plan of that time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing_ui_backend import (
    Billing,
    FeatureNotInPlan,
    InvalidTimestamp,
    PeriodClosed,
    QuotaExceeded,
    SubscriptionInactive,
    UsageReceipt,
)
from tests.backend.conftest import OpenBilling
from tests.support.engine import NOON, Clock, one_quota


def track(billing: Billing, quantity: object = 1, feature_key: str = "api_calls", **rest: Any) -> UsageReceipt:
    return billing.track_usage(customer_id="cus_1", feature_key=feature_key, quantity=quantity, **rest)


def used(billing: Billing, feature_key: str = "api_calls") -> dict[str, Decimal]:
    return {window.window: window.used for window in billing.get_usage_metrics("cus_1")[feature_key].windows}


@pytest.mark.parametrize(
    ("period", "last", "first"),
    [
        ("hour", datetime(2026, 3, 10, 12, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 3, 10, 13, tzinfo=UTC)),
        ("day", datetime(2026, 3, 10, 23, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC)),
        ("week", datetime(2026, 3, 15, 23, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 3, 16, tzinfo=UTC)),
        ("month", datetime(2026, 4, 10, 11, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 4, 10, 12, tzinfo=UTC)),
        ("year", datetime(2027, 3, 10, 11, 59, 59, 999_999, tzinfo=UTC), datetime(2027, 3, 10, 12, tzinfo=UTC)),
    ],
)
def test_a_period_is_half_open_and_the_next_begins_empty(
    open_billing: OpenBilling, clock: Clock, period: str, last: datetime, first: datetime
) -> None:
    billing = open_billing(catalog=one_quota(5, period=period))
    billing.create_customer("cus_1")
    track(billing, 5)
    clock.now = last
    with pytest.raises(QuotaExceeded) as refused:
        track(billing)
    assert refused.value.resets_at == first
    clock.now = first
    metric = billing.get_usage_metrics("cus_1")["api_calls"]
    assert (metric.consumed, metric.period_start) == (0, first)
    assert track(billing, 5).usage.period_start == first
    assert billing.verify()


def test_never_never_resets(open_billing: OpenBilling, clock: Clock) -> None:
    billing = open_billing(catalog=one_quota(5, period="never"))
    billing.create_customer("cus_1")
    track(billing, 5)
    clock.advance(days=4000)
    with pytest.raises(QuotaExceeded) as refused:
        track(billing)
    assert refused.value.resets_at is None
    assert used(billing) == {"never": 5}


def test_days_follow_the_customers_wall_clock(open_billing: OpenBilling, clock: Clock) -> None:
    """Parity, "8. Days in the customer's own time zone, right across daylight saving"."""
    clock.now = datetime(2026, 3, 8, 3, tzinfo=UTC)  # 22:00 of the 7th in New York, which loses an hour on the 8th
    billing = open_billing()
    billing.create_customer("cus_1", timezone="America/New_York")
    track(billing, 100, "emails")
    clock.now = datetime(2026, 3, 8, 4, 59, tzinfo=UTC)
    with pytest.raises(QuotaExceeded):
        track(billing, 1, "emails")
    clock.now = datetime(2026, 3, 8, 5, tzinfo=UTC)
    receipt = track(billing, 100, "emails")
    assert receipt.usage.period_end == datetime(2026, 3, 9, 4, tzinfo=UTC)


def test_the_quotas_period_is_its_own_not_the_prices(open_billing: OpenBilling, clock: Clock) -> None:
    """Parity, "A quota of "1,000 a month" on a yearly plan resets yearly; free plans never renew"."""
    catalog = one_quota(1000)
    catalog["plans"]["only"]["prices"] = [{"amount": "100", "currency": "USD", "interval": "year"}]
    catalog["plans"]["without_price"] = {"rank": 2, "features": {"api_calls": {"limit": 1000, "period": "month"}}}
    billing = open_billing(catalog=catalog)
    for customer_id, plan in (("yearly", "only"), ("free", "without_price")):
        billing.create_customer(customer_id, plan=plan)
        billing.track_usage(customer_id=customer_id, feature_key="api_calls", quantity=1000)
    clock.advance(days=31)
    for customer_id in ("yearly", "free"):
        metric = billing.get_usage_metrics(customer_id)["api_calls"]
        assert (metric.consumed, metric.period_end) == (0, datetime(2026, 5, 10, 12, tzinfo=UTC))
        billing.track_usage(customer_id=customer_id, feature_key="api_calls", quantity=1000)


def test_a_quota_can_follow_the_calendar_month(open_billing: OpenBilling) -> None:
    billing = open_billing(catalog=one_quota(5, align="calendar"))
    billing.create_customer("cus_1", timezone="Europe/Berlin")
    receipt = track(billing, 5)
    assert receipt.usage.period_start == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert receipt.usage.period_end == datetime(2026, 3, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize("late", [timedelta(days=35), timedelta(days=1), timedelta(), -timedelta(minutes=5)])
def test_an_event_may_be_35_days_old_or_5_minutes_ahead(billing: Billing, late: timedelta) -> None:
    receipt = track(billing, timestamp=NOON - late)
    assert receipt.timestamp == NOON - late
    assert receipt.recorded_at == NOON
    assert billing.verify()


def test_an_older_event_finds_its_period_closed(billing: Billing) -> None:
    with pytest.raises(PeriodClosed, match="35 days") as refused:
        track(billing, timestamp=NOON - timedelta(days=35, microseconds=1))
    assert (refused.value.status, refused.value.code) == (409, "period_closed")
    assert "where the database is, with `backfill_usage_batch`" in refused.value.message


@pytest.mark.parametrize("at", [NOON + timedelta(minutes=5, microseconds=1), datetime.max.replace(tzinfo=UTC)])
def test_an_event_further_ahead_is_refused(billing: Billing, at: datetime) -> None:
    with pytest.raises(InvalidTimestamp, match="5 minutes ahead"):
        track(billing, timestamp=at)


@pytest.mark.parametrize(
    "at", [NOON.replace(tzinfo=None), "2026-03-10T12:00:00Z", 1_773_144_000, NOON.date()], ids=repr
)
def test_a_timestamp_without_zone_is_refused(billing: Billing, at: Any) -> None:
    with pytest.raises(InvalidTimestamp, match="zone"):
        track(billing, timestamp=at)


def test_a_late_event_counts_in_its_own_windows(billing: Billing, clock: Clock) -> None:
    track(billing, 50)
    clock.advance(hours=1)
    assert track(billing, 10, timestamp=NOON + timedelta(minutes=59)).usage.consumed_units == 60
    with pytest.raises(QuotaExceeded) as refused:
        track(billing, 1, timestamp=NOON + timedelta(minutes=1))
    assert (refused.value.window, refused.value.resets_at) == ("hour", datetime(2026, 3, 10, 13, tzinfo=UTC))
    assert used(billing) == {"month": 60, "hour": 0}
    track(billing, 60)
    assert billing.verify()


def test_a_late_event_counts_under_the_plan_of_its_time(billing: Billing, clock: Clock) -> None:
    billing.change_plan("cus_1", "pro")
    clock.advance(days=2)
    billing.change_plan("cus_1", "free")
    clock.advance(days=1)
    with pytest.raises(FeatureNotInPlan):
        track(billing, 1, "files")
    track(billing, 150, "files", timestamp=NOON + timedelta(days=1))
    # Yesterday on free 100 emails were allowed, the day before on pro 10,000.
    track(billing, 5000, "emails", timestamp=NOON + timedelta(days=1))
    with pytest.raises(QuotaExceeded):
        track(billing, 101, "emails", timestamp=NOON + timedelta(days=2, hours=1))
    assert billing.verify()


def test_a_late_event_from_a_pause_is_refused_also_after_it(billing: Billing, clock: Clock) -> None:
    clock.advance(hours=1)
    billing.pause_subscription("cus_1")
    clock.advance(hours=1)
    billing.resume_subscription("cus_1")
    clock.advance(hours=1)
    with pytest.raises(SubscriptionInactive, match="paused"):
        track(billing, timestamp=NOON + timedelta(hours=1, minutes=30))
    track(billing, timestamp=NOON + timedelta(minutes=30))
    track(billing, timestamp=NOON + timedelta(hours=2))


def test_an_upgrade_opens_the_window_for_what_was_refused_before_it(billing: Billing, clock: Clock) -> None:
    """The event keeps its time, and its window is still open under the larger plan."""
    event = {"quantity": 101, "feature_key": "emails", "timestamp": NOON, "idempotency_key": "retried"}
    with pytest.raises(QuotaExceeded):
        track(billing, **event)
    clock.advance(hours=1)
    billing.change_plan("cus_1", "pro")
    assert track(billing, **event).usage.limit_units == 10_000


def test_a_downgrade_does_not_take_back_what_was_allowed_at_its_time(billing: Billing, clock: Clock) -> None:
    billing.change_plan("cus_1", "pro")
    clock.advance(hours=1)
    billing.change_plan("cus_1", "free")
    assert track(billing, 5000, "emails", timestamp=NOON + timedelta(minutes=1)).usage.limit_units == 10_000
    metric = billing.get_usage_metrics("cus_1")["emails"]
    assert (metric.consumed, metric.limit, metric.remaining, metric.overage) == (5000, 100, 0, 4900)
    with pytest.raises(QuotaExceeded):
        track(billing, 1, "emails")


def test_an_event_from_before_the_customer_was_made_counts_under_the_first_plan(billing: Billing) -> None:
    receipt = track(billing, 10, timestamp=NOON - timedelta(days=3))
    assert receipt.usage.limit_units == 60
    assert used(billing) == {"month": 0, "hour": 0}


@pytest.mark.parametrize("first", ["pro", "free"])
def test_a_plan_change_keeps_what_was_used(billing: Billing, clock: Clock, first: str) -> None:
    """Parity, "Changing plan resets consumed to 0, in both directions and again when a webhook is delivered twice"."""
    then = "free" if first == "pro" else "pro"
    billing.change_plan("cus_1", first)
    track(billing, 55)
    track(billing, 2, "team")
    clock.advance(minutes=10)
    for _ in range(2):
        billing.change_plan("cus_1", then)
        metrics = billing.get_usage_metrics("cus_1")
        assert metrics["api_calls"].windows[0].used == 55
        assert metrics["team"].consumed == 2
    clock.advance(minutes=10)
    billing.change_plan("cus_1", first)
    assert billing.get_usage_metrics("cus_1")["api_calls"].windows[0].used == 55
    assert billing.verify()


def test_a_window_that_a_plan_adds_opens_with_what_the_ledger_has_in_it(billing: Billing, clock: Clock) -> None:
    billing.change_plan("cus_1", "pro")
    track(billing, 500)
    clock.advance(minutes=50)
    track(billing, 30)
    clock.advance(minutes=20)
    track(billing, 7)
    billing.change_plan("cus_1", "free")
    # It is 13:10: this hour holds the last event only.
    assert used(billing) == {"month": 537, "hour": 7}
    receipt = track(billing, 53)
    assert (receipt.usage.consumed_units, receipt.usage.remaining_units) == (60, 0)
    with pytest.raises(QuotaExceeded):
        track(billing)
    assert billing.verify()


def test_counters_that_a_plan_left_behind_go_on_moving(billing: Billing) -> None:
    track(billing, 10)
    billing.change_plan("cus_1", "pro")
    track(billing, 20)
    billing.change_plan("cus_1", "free")
    assert used(billing) == {"month": 30, "hour": 30}
    assert billing.verify()


def test_a_move_to_another_zone_opens_the_day_of_that_zone(billing: Billing, clock: Clock) -> None:
    clock.now = datetime(2026, 3, 10, 20, tzinfo=UTC)
    track(billing, 40, "emails")
    clock.now = datetime(2026, 3, 10, 23, tzinfo=UTC)
    track(billing, 30, "emails")
    billing.update_customer("cus_1", timezone="Asia/Kolkata")  # where the 11th began at 18:30 UTC
    assert used(billing, "emails") == {"day": 70}
    billing.update_customer("cus_1", timezone="Asia/Dhaka")  # at 18:00
    clock.now = datetime(2026, 3, 11, 17, 59, tzinfo=UTC)
    assert track(billing, 30, "emails").usage.consumed_units == 100
    with pytest.raises(QuotaExceeded):
        track(billing, 1, "emails")
    billing.update_customer("cus_1", timezone="UTC")
    assert used(billing, "emails") == {"day": 30}
    assert billing.verify()


def test_the_hour_and_the_month_do_not_move_with_the_zone(billing: Billing) -> None:
    track(billing, 60)
    billing.update_customer("cus_1", timezone="Asia/Tokyo")
    assert used(billing) == {"month": 60, "hour": 60}
    with pytest.raises(QuotaExceeded):
        track(billing)


def test_a_new_anchor_moves_the_month(billing: Billing, clock: Clock) -> None:
    track(billing, 50)
    clock.advance(days=5)
    track(billing, 40)
    billing.cancel_subscription("cus_1", at="now")
    clock.advance(days=5)
    billing.change_plan("cus_1", "free")
    metric = billing.get_usage_metrics("cus_1")["api_calls"].windows[0]
    assert (metric.used, metric.period_start) == (0, clock.now)
    track(billing, 3)
    assert used(billing)["month"] == 3
    assert billing.verify()


def test_backfill_records_old_events_past_any_limit(billing: Billing) -> None:
    at = datetime(2025, 1, 1, 12, tzinfo=UTC)
    event = {"customer_id": "cus_1", "feature_key": "api_calls", "idempotency_key": "import:1", "timestamp": at}
    first, again, early = billing.backfill_usage_batch(
        [
            {**event, "quantity": 5000},
            {**event, "quantity": 5000},
            {**event, "timestamp": datetime(1969, 1, 1, tzinfo=UTC)},
        ]
    )
    assert first.receipt is not None
    assert again.receipt is not None
    assert first.receipt.usage.consumed_units == 5000
    assert again.receipt.replayed
    assert early.error is not None
    assert billing.verify()

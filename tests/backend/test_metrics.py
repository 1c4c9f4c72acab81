"""Reads of usage: exact, complete, in one snapshot, and in the shapes that are kept."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing_ui_backend import (
    Billing,
    Entitlement,
    UnknownCustomer,
    UnknownFeature,
    UsageMetric,
)
from tests.backend.conftest import OpenBilling
from tests.support.engine import NOON, Clock, one_quota

MONTH_END = datetime(2026, 4, 10, 12, tzinfo=UTC)


def track(billing: Billing, quantity: object = 1, feature_key: str = "api_calls", **rest: Any) -> None:
    billing.track_usage(customer_id="cus_1", feature_key=feature_key, quantity=quantity, **rest)


def metric(billing: Billing, feature_key: str = "api_calls") -> UsageMetric:
    return billing.get_usage_metrics("cus_1", feature_key)[feature_key]


def names(result: Any) -> list[str]:
    return [field.name for field in dataclasses.fields(result)]


def test_the_shape_of_a_metric_is_kept(billing: Billing) -> None:
    """Parity, "Shapes to keep": UsageMetric; more fields may follow, none may go missing."""
    kept = [
        "feature_key",
        "feature_title",
        "product_name",
        "consumed",
        "limit",
        "remaining",
        "percentage_used",
        "period_start",
        "period_end",
        "resets_in_days",
    ]
    assert names(metric(billing))[: len(kept)] == kept


def test_the_shape_of_a_receipt_is_kept(billing: Billing) -> None:
    """Parity, "Shapes to keep": track's receipt, plus replayed."""
    receipt = billing.track_usage(customer_id="cus_1", feature_key="api_calls", quantity=7)
    assert {"success", "feature_key", "quantity", "recorded_at", "usage", "replayed"} <= set(names(receipt))
    assert names(receipt.usage) == ["consumed_units", "limit_units", "remaining_units", "period_start", "period_end"]
    assert (receipt.success, receipt.customer_id, receipt.feature_key, receipt.quantity) == (
        True,
        "cus_1",
        "api_calls",
        7,
    )
    assert (receipt.timestamp, receipt.recorded_at, receipt.replayed) == (NOON, NOON, False)
    usage = receipt.usage
    assert (usage.consumed_units, usage.limit_units, usage.remaining_units) == (7, 60, 53)
    assert (usage.period_start, usage.period_end) == (NOON, NOON + timedelta(hours=1))


def test_the_shape_of_an_entitlement_is_kept(billing: Billing) -> None:
    """Parity, "Shapes to keep": entitlement, and its metadata."""
    track(billing, 7)
    assert billing.check_entitlement("cus_1", "api_calls") == Entitlement(
        feature_key="api_calls",
        has_access=True,
        reason=None,
        limit=Decimal(60),
        usage=Decimal(7),
        metadata={"remaining": 53, "resets_at": NOON + timedelta(hours=1), "type": "usage_quota"},
    )


def test_every_metered_feature_of_the_plan_is_there_used_or_not_in_the_catalogs_order(billing: Billing) -> None:
    """Parity, "theirs shows only features that already have a row this period"."""
    metrics = billing.get_usage_metrics("cus_1")
    assert [item.feature_key for item in metrics.metrics] == ["api_calls", "emails", "storage_gb", "team"]
    assert {item.consumed for item in metrics.metrics} == {0}
    assert metrics.as_of == NOON
    assert metrics.customer == billing.get_customer("cus_1")
    (missing,) = metrics.not_included
    assert (missing.feature_key, missing.available_from_key, missing.available_from_title) == ("files", "pro", "Pro")


def test_one_feature_can_be_asked_for(billing: Billing) -> None:
    """Parity, "useUsageMetrics("api_calls") -> data.metrics[0]"."""
    track(billing, 6)
    metrics = billing.get_usage_metrics("cus_1", "api_calls")
    (item,) = metrics.metrics
    assert (item.feature_title, item.consumed, item.limit, item.resets_in_days) == ("API calls", 6, 60, 0)
    assert metrics.not_included == ()
    absent = billing.get_usage_metrics("cus_1", "files")
    assert (absent.metrics, [gone.feature_key for gone in absent.not_included]) == ((), ["files"])
    assert billing.get_usage_metrics("cus_1", "sso").metrics == ()
    with pytest.raises(KeyError):
        metrics["emails"]
    with pytest.raises(UnknownFeature):
        billing.get_usage_metrics("cus_1", "no_such")
    with pytest.raises(UnknownCustomer):
        billing.get_usage_metrics("nobody")


def test_the_numbers_of_a_metric(billing: Billing) -> None:
    billing.change_plan("cus_1", "pro")
    track(billing, 37_500)
    item = metric(billing)
    assert (item.feature_title, item.product_name, item.unit, item.scale) == ("API calls", "Pro", "call", 6)
    assert (item.consumed, item.limit, item.remaining, item.percentage_used) == (37_500, 50_000, 12_500, 75)
    assert (item.period_start, item.period_end, item.resets_in_days) == (NOON, MONTH_END, 31)
    assert (item.feature_type, item.window, item.enforcement) == ("usage_quota", "month", "soft")
    assert (item.held, item.overage) == (0, 0)


def test_used_held_remaining_and_overage_always_make_up_the_limit(billing: Billing) -> None:
    for quantity in (1, 49_998, 1, 1, 777):
        track(billing, quantity) if quantity == 1 else None
        billing.change_plan("cus_1", "pro")
        track(billing, quantity)
        for item in billing.get_usage_metrics("cus_1").metrics:
            for window in item.windows:
                assert window.limit is not None
                assert window.remaining is not None
                assert window.used + window.held + window.remaining - window.overage == window.limit
                assert window.remaining == 0 or window.overage == 0


def test_the_hard_window_binds_before_the_soft_one_and_the_one_with_least_left_before_the_others(
    open_billing: OpenBilling, clock: Clock
) -> None:
    catalog = one_quota(100)
    catalog["plans"]["only"]["features"]["api_calls"] = [
        {"limit": 5, "period": "hour", "enforcement": "soft"},
        {"limit": 60, "period": "day"},
        {"limit": 100, "period": "month"},
        {"limit": "unlimited", "period": "year"},
    ]
    billing = open_billing(catalog=catalog)
    billing.create_customer("cus_1")
    assert (metric(billing).window, metric(billing).remaining) == ("day", 60)
    track(billing, 50)
    assert (metric(billing).window, metric(billing).remaining) == ("day", 10)
    clock.advance(days=1)
    assert (metric(billing).window, metric(billing).remaining) == ("month", 50)
    assert [window.window for window in metric(billing).windows] == ["hour", "day", "month", "year"]


def test_each_window_has_the_cost_of_its_own_price_and_the_metric_the_highest(open_billing: OpenBilling) -> None:
    """A cost beside another window's overage, or beside that of a window without a price, would be made up."""
    catalog = one_quota(100)
    catalog["plans"]["only"]["features"]["api_calls"] = [
        {"limit": 10, "period": "hour", "enforcement": "soft"},
        {"limit": 20, "period": "day", "enforcement": "soft", "overage": {"unit_amount": "0.01", "currency": "USD"}},
        {"limit": 50, "period": "month", "enforcement": "soft", "overage": {"unit_amount": "0.50", "currency": "USD"}},
        {"limit": 500, "period": "year", "enforcement": "soft", "overage": {"unit_amount": "9", "currency": "USD"}},
    ]
    billing = open_billing(catalog=catalog)
    billing.create_customer("cus_1")
    track(billing, 60)
    item = metric(billing)
    assert {window.window: (window.overage, window.overage_cost, window.currency) for window in item.windows} == {
        "hour": (50, None, None),
        "day": (40, Decimal("0.40"), "USD"),
        "month": (10, Decimal("5.00"), "USD"),
        "year": (0, Decimal("0.00"), "USD"),
    }
    assert (item.overage_cost, item.currency) == (Decimal("5.00"), "USD")


def test_of_windows_with_as_much_left_the_one_that_resets_first_binds(open_billing: OpenBilling) -> None:
    catalog = one_quota(10)
    windows = [{"limit": 10, "period": period} for period in ("month", "hour", "day")]
    catalog["plans"]["only"]["features"]["api_calls"] = windows
    billing = open_billing(catalog=catalog)
    billing.create_customer("cus_1")
    assert metric(billing).window == "hour"


@pytest.mark.parametrize(
    ("now", "zone", "days"),
    [
        (datetime(2026, 3, 10, 23, 59, tzinfo=UTC), "UTC", 1),
        (datetime(2026, 3, 11, 0, 0, tzinfo=UTC), "UTC", 1),
        (datetime(2026, 3, 10, 15, 0, tzinfo=UTC), "Asia/Tokyo", 1),  # 00:00 of the 11th there
        (datetime(2026, 3, 10, 14, 59, tzinfo=UTC), "Asia/Tokyo", 1),  # 23:59 of the 10th
    ],
)
def test_a_day_that_ends_at_midnight_resets_tomorrow(
    open_billing: OpenBilling, clock: Clock, now: datetime, zone: str, days: int
) -> None:
    clock.now = now
    billing = open_billing()
    billing.create_customer("cus_1", timezone=zone)
    assert metric(billing, "emails").resets_in_days == days


def test_days_until_the_reset_are_calendar_days_of_the_customer(billing: Billing, clock: Clock) -> None:
    """Parity, "14. The exact reset time"."""
    billing.change_plan("cus_1", "pro")
    clock.now = datetime(
        2026, 4, 9, 20, tzinfo=UTC
    )  # 05:00 of the 10th in Tokyo; the month ends at 21:00 of the 10th there
    assert (metric(billing).resets_in_days, metric(billing).period_end) == (1, MONTH_END)
    billing.update_customer("cus_1", timezone="Asia/Tokyo")
    assert (metric(billing).resets_in_days, metric(billing).period_end) == (0, MONTH_END)


def test_999_of_1000_is_not_100_percent(open_billing: OpenBilling) -> None:
    """Parity, "999 of 1,000 shows "100 % used, 1 remaining""."""
    billing = open_billing(catalog=one_quota(1000))
    billing.create_customer("cus_1")
    track(billing, 999)
    assert (metric(billing).percentage_used, metric(billing).remaining) == (Decimal("99.90"), 1)
    track(billing, 1)
    assert (metric(billing).percentage_used, metric(billing).remaining) == (100, 0)


def test_reads_come_from_the_present_plan_whatever_was_read_before(billing: Billing) -> None:
    assert metric(billing).limit == 60
    billing.change_plan("cus_1", "pro")
    assert metric(billing).limit == 50_000
    assert metric(billing).product_name == "Pro"

"""Whether a customer may use a feature, and whether a limit comes near."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing_ui_backend import (
    Billing,
    InvalidQuantity,
    InvalidRequest,
    QuotaExceeded,
    UsageMetric,
)
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock, one_quota

MONTH_END = datetime(2026, 4, 10, 12, tzinfo=UTC)


def track(billing: Billing, quantity: object = 1, feature_key: str = "api_calls", **rest: Any) -> None:
    billing.track_usage(customer_id="cus_1", feature_key=feature_key, quantity=quantity, **rest)


def metric(billing: Billing, feature_key: str = "api_calls") -> UsageMetric:
    return billing.get_usage_metrics("cus_1", feature_key)[feature_key]


@pytest.mark.parametrize(
    ("quantity", "access", "reason"),
    [
        (1, True, None),
        (40, True, None),
        ("40.000001", False, "quota_exceeded"),
        (41, False, "quota_exceeded"),
        (0, True, None),
    ],
)
def test_an_entitlement_answers_for_the_quantity_asked(
    billing: Billing, quantity: object, access: bool, reason: str | None
) -> None:
    track(billing, 20)
    asked = billing.check_entitlement("cus_1", "api_calls", quantity)
    assert (asked.has_access, asked.reason, asked.usage, asked.metadata["remaining"]) == (access, reason, 20, 40)
    # What a developer writes without a look at the fields must not let everybody through.
    assert bool(asked) is access
    if quantity != 0:
        if access:
            track(billing, quantity)
        else:
            with pytest.raises(QuotaExceeded):
                track(billing, quantity)


def test_an_entitlement_names_the_window_that_is_full(open_billing: OpenBilling, clock: Clock) -> None:
    billing = open_billing()
    billing.create_customer("cus_1")
    for _ in range(16):
        track(billing, 60)
        clock.advance(hours=1)
    asked = billing.check_entitlement("cus_1", "api_calls", 50)
    assert (asked.reason, asked.limit, asked.usage) == ("quota_exceeded", 1000, 960)
    assert asked.metadata["resets_at"] == MONTH_END
    assert billing.check_entitlement("cus_1", "api_calls", 40).has_access


def test_a_soft_limit_denies_nothing(billing: Billing) -> None:
    billing.change_plan("cus_1", "pro")
    track(billing, 60_000)
    asked = billing.check_entitlement("cus_1", "api_calls", 10_000)
    assert (asked.has_access, asked.limit, asked.usage, asked.metadata["remaining"]) == (True, 50_000, 60_000, 0)


def test_a_flag_is_in_the_plan_or_not(billing: Billing) -> None:
    denied = billing.check_entitlement("cus_1", "sso")
    assert (denied.has_access, denied.reason, denied.limit, denied.usage) == (False, "feature_not_in_plan", None, None)
    assert denied.metadata == {"remaining": None, "resets_at": None, "type": "boolean_flag"}
    billing.change_plan("cus_1", "pro")
    granted = billing.check_entitlement("cus_1", "sso")
    assert (granted.has_access, granted.reason) == (True, None)


def test_unlimited_has_access_to_any_quantity(billing: Billing) -> None:
    billing.change_plan("cus_1", "enterprise")
    asked = billing.check_entitlement("cus_1", "api_calls", 10**12)
    assert (asked.has_access, asked.limit, asked.usage, asked.metadata["remaining"]) == (True, None, 0, None)


@pytest.mark.parametrize("quantity", ["x", True, None, float("nan"), "0.0000001"], ids=repr)
def test_an_entitlement_is_asked_with_a_number(billing: Billing, quantity: Any) -> None:
    with pytest.raises(InvalidQuantity, match="api_calls"):
        billing.check_entitlement("cus_1", "api_calls", quantity)


def test_an_entitlement_is_not_asked_below_zero(billing: Billing) -> None:
    with pytest.raises(InvalidRequest, match="0 or more"):
        billing.check_entitlement("cus_1", "team", -1)


def test_asking_counts_nothing(billing: Billing) -> None:
    for _ in range(5):
        billing.check_entitlement("cus_1", "api_calls", 60)
        billing.get_usage_metrics("cus_1")
        billing.is_approaching_limit("cus_1", "api_calls")
        billing.get_nudge("cus_1")
    assert metric(billing).consumed == 0
    assert billing.verify().events == 0


@pytest.mark.parametrize(("quantity", "approaching"), [("79.999999", False), (80, True), (100, True)])
def test_approaching_is_from_the_threshold_on_exactly(
    open_billing: OpenBilling, quantity: object, approaching: bool
) -> None:
    """Parity, "useIsApproachingLimit("cus_123", "api_calls", 80)": theirs never returns true."""
    billing = open_billing(catalog=one_quota(100, scale=6))
    billing.create_customer("cus_1")
    track(billing, quantity)
    assert billing.is_approaching_limit("cus_1", "api_calls", 80) is approaching
    assert billing.is_approaching_limit("cus_1", "api_calls") is approaching


def test_approaching_is_exact_for_any_threshold(open_billing: OpenBilling) -> None:
    billing = open_billing(catalog=one_quota("9000000000", scale=9))
    billing.create_customer("cus_1")
    track(billing, "2999999999.999999999")
    # 100 * (3e9 - 1e-9) / 9e9 = 33.3333333333333333222...: more digits than a Decimal's context multiplies.
    below, above = Decimal("33.33333333333333332222"), Decimal("33.33333333333333332223")
    assert billing.is_approaching_limit("cus_1", "api_calls", below)  # type: ignore[arg-type]
    assert not billing.is_approaching_limit("cus_1", "api_calls", above)  # type: ignore[arg-type]


def test_any_window_can_come_near_its_limit(billing: Billing) -> None:
    track(billing, 48)
    assert billing.is_approaching_limit("cus_1", "api_calls", 80)


def test_what_has_no_limit_or_is_not_included_never_comes_near(billing: Billing) -> None:
    for feature_key in ("files", "sso"):
        assert billing.is_approaching_limit("cus_1", feature_key, 0) is False
    billing.change_plan("cus_1", "enterprise")
    track(billing, 10**12)
    assert billing.is_approaching_limit("cus_1", "api_calls", 0) is False


@pytest.mark.parametrize(
    "threshold",
    [-1, 1001, True, None, "80", float("nan"), float("inf"), Decimal("NaN"), Decimal("sNaN"), 10**400],
    ids=["below", "above", "bool", "none", "text", "nan", "inf", "decimal-nan", "decimal-snan", "huge"],
)
def test_a_threshold_is_a_percentage(billing: Billing, threshold: Any) -> None:
    with pytest.raises(InvalidRequest, match="threshold"):
        billing.is_approaching_limit("cus_1", "api_calls", threshold)


def test_thresholds_above_100_and_zero_are_thresholds(billing: Billing) -> None:
    assert billing.is_approaching_limit("cus_1", "api_calls", 0)
    billing.change_plan("cus_1", "pro")
    track(billing, 60_000)
    assert billing.is_approaching_limit("cus_1", "api_calls", 120)
    assert not billing.is_approaching_limit("cus_1", "api_calls", 120.0001)


def test_a_paused_customer_still_sees_what_was_used(billing: Billing) -> None:
    """Parity, "22. ... the page readable while restricted"."""
    track(billing, 50)
    billing.pause_subscription("cus_1")
    metrics = billing.get_usage_metrics("cus_1")
    assert metrics["api_calls"].consumed == 50
    assert metrics.customer.subscription is not None
    assert metrics.customer.subscription.status == "paused"
    asked = billing.check_entitlement("cus_1", "api_calls")
    assert (asked.has_access, asked.reason, asked.usage) == (False, "subscription_not_active", 50)

"""The seed's lines that the engine answers, each as somebody would write it; the details are tested beside each rule."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest

from billing_ui_backend import AsyncBilling, Billing, QuotaExceeded
from billing_ui_backend.results import EntitlementReason, FeatureType
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock, one_quota

DEMO = {
    "api_calls": ("usage_quota", {"limit": 1000, "period": "month"}),
    "storage_gb": ("numeric_limit", {"limit": "0.5"}),
    "team_members": ("numeric_limit", {"limit": 3}),
    "emails": ("usage_quota", {"limit": 100, "period": "day"}),
    "files": ("usage_quota", {"limit": 50, "period": "month"}),
}


def test_track_usage_takes_the_seeds_arguments_by_name(billing: Billing) -> None:
    """Parity, "billing.trackUsage({customerId, featureKey, quantity, idempotencyKey, metadata})"."""
    receipt = billing.track_usage(
        customer_id="cus_1", feature_key="api_calls", quantity=1, idempotency_key="request-1", metadata={"path": "/v1"}
    )
    assert (receipt.success, receipt.idempotency_key) == (True, "request-1")
    for engine in (Billing, AsyncBilling):
        parameters = inspect.signature(engine.track_usage).parameters
        assert list(parameters)[1:] == [
            "customer_id",
            "feature_key",
            "quantity",
            "idempotency_key",
            "timestamp",
            "metadata",
        ]
        assert all(p.kind is p.KEYWORD_ONLY for name, p in parameters.items() if name != "self")
        assert parameters["quantity"].default == 1


def test_a_key_is_made_once_where_none_is_given(billing: Billing) -> None:
    """Parity, "retries carry no key, so usage counts twice": what is retried under the receipt's key counts once."""
    call: dict[str, Any] = {"customer_id": "cus_1", "feature_key": "emails", "quantity": 5}
    receipt = billing.track_usage(**call)
    assert billing.track_usage(**call, idempotency_key=receipt.idempotency_key).replayed
    assert billing.get_usage_metrics("cus_1")["emails"].consumed == 5


def test_all_five_features_are_tracked_and_the_levels_go_down(open_billing: OpenBilling) -> None:
    """Parity, "features: API calls, storage GB, team members, emails, files"."""
    catalog = {
        "default_plan": "free",
        "features": {key: {"type": kind} for key, (kind, _) in DEMO.items()},
        "plans": {"free": {"rank": 1, "features": {key: granted for key, (_, granted) in DEMO.items()}}},
    }
    billing = open_billing(catalog=catalog)
    billing.create_customer("cus_1")
    size = 123_456_789
    for feature_key, quantity in [("api_calls", 1), ("storage_gb", size / 1024**3), ("team_members", 2), ("emails", 3)]:
        billing.track_usage(customer_id="cus_1", feature_key=feature_key, quantity=quantity)
    billing.track_usage(customer_id="cus_1", feature_key="team_members", quantity=-1)
    billing.set_usage(customer_id="cus_1", feature_key="storage_gb", quantity="0.25")
    consumed = {metric.feature_key: metric.consumed for metric in billing.get_usage_metrics("cus_1").metrics}
    assert consumed == {
        "api_calls": 1,
        "storage_gb": Decimal("0.25"),
        "team_members": 1,
        "emails": 3,
        "files": 0,
    }


def test_there_are_three_types_of_feature() -> None:
    """Parity, "Feature types"."""
    assert get_args(FeatureType) == ("boolean_flag", "usage_quota", "numeric_limit")


def test_each_reason_for_no_access_is_given(billing: Billing) -> None:
    """Parity, "Reasons": no_active_subscription, subscription_not_active, quota_exceeded, feature_not_in_plan."""

    def reason(feature_key: str = "emails", quantity: int = 1) -> str | None:
        return billing.check_entitlement("cus_1", feature_key, quantity).reason

    given = [reason(), reason("emails", 101), reason("files"), reason("sso")]
    billing.pause_subscription("cus_1")
    given.append(reason())
    billing.cancel_subscription("cus_1", at="now")
    given.append(reason())
    assert given == [
        None,
        "quota_exceeded",
        "feature_not_in_plan",
        "feature_not_in_plan",
        "subscription_not_active",
        "no_active_subscription",
    ]
    assert set(get_args(EntitlementReason)) == set(given) - {None}


def test_limits_are_enforced_by_tracking_itself(billing: Billing) -> None:
    """Parity, "enforces limits automatically": one atomic check-and-consume, not an answer that is old when it is used."""
    assert billing.check_entitlement("cus_1", "team", 3).has_access
    billing.track_usage(customer_id="cus_1", feature_key="team", quantity=3)
    with pytest.raises(QuotaExceeded) as refused:
        billing.track_usage(customer_id="cus_1", feature_key="team")
    assert (refused.value.resets_at, refused.value.suggested_plan) == (None, "trial")


def test_usage_is_seen_by_the_next_read_of_any_engine(billing: Billing, open_billing: OpenBilling) -> None:
    """Parity, "tracks usage in real time": theirs polls every 30 s."""
    told: list[str] = []
    billing.on_commit(told.append)
    other = open_billing()
    billing.track_usage(customer_id="cus_1", feature_key="emails", quantity=2)
    assert told == ["cus_1"]
    assert other.get_usage_metrics("cus_1")["emails"].consumed == 2
    other.track_usage(customer_id="cus_1", feature_key="emails", quantity=2)
    assert billing.get_usage_metrics("cus_1")["emails"].consumed == 4


def test_metrics_say_as_of_when_they_are(billing: Billing, clock: Clock) -> None:
    """Parity, "1. Stale numbers that look current: an "as of" time"."""
    now = clock.advance(minutes=3)
    assert billing.get_usage_metrics("cus_1").as_of == now


def test_over_100_percent_the_true_figure_and_its_cost_are_there(billing: Billing) -> None:
    """Parity, "2. Over 100 %: the true figure and its cost"; theirs clamps at 100 %."""
    billing.change_plan("cus_1", "pro")
    billing.track_usage(customer_id="cus_1", feature_key="api_calls", quantity=125_000)
    metric = billing.get_usage_metrics("cus_1")["api_calls"]
    assert (metric.percentage_used, metric.overage, metric.overage_cost) == (250, 75_000, 150)


def test_no_use_is_zero_and_unlimited_is_none(billing: Billing) -> None:
    """Parity, "3. Unlimited, zero and NaN"; theirs reads "42 of 0" or crashes."""
    metric = billing.get_usage_metrics("cus_1")["emails"]
    assert (metric.consumed, metric.limit, metric.remaining, metric.percentage_used) == (0, 100, 100, 0)
    billing.change_plan("cus_1", "enterprise")
    metric = billing.get_usage_metrics("cus_1")["emails"]
    assert (metric.consumed, metric.limit, metric.remaining, metric.percentage_used) == (0, None, None, None)


def test_the_reset_is_an_instant_not_a_number_of_days(billing: Billing) -> None:
    """Parity, "14. The exact reset time"."""
    metric = billing.get_usage_metrics("cus_1")["emails"]
    assert (metric.period_end, metric.resets_in_days) == (datetime(2026, 3, 11, tzinfo=UTC), 1)


def test_two_answers_about_the_same_limit_agree(billing: Billing) -> None:
    """Parity, "21. Two screens that disagree"."""
    billing.track_usage(customer_id="cus_1", feature_key="api_calls", quantity=59)
    metric = billing.get_usage_metrics("cus_1")["api_calls"]
    asked = billing.check_entitlement("cus_1", "api_calls", 2)
    with pytest.raises(QuotaExceeded) as refused:
        billing.track_usage(customer_id="cus_1", feature_key="api_calls", quantity=2)
    nudge = billing.get_nudge("cus_1")
    assert nudge is not None
    assert nudge.window is not None
    assert metric.consumed == asked.usage == refused.value.consumed == nudge.window.used == 59
    assert metric.limit == asked.limit == refused.value.limit == nudge.window.limit == 60
    assert metric.remaining == asked.metadata["remaining"] == refused.value.remaining == 1
    assert metric.period_end == asked.metadata["resets_at"] == refused.value.resets_at == nudge.window.period_end


def test_a_free_plan_renews_for_years(open_billing: OpenBilling, clock: Clock) -> None:
    """Parity, "free plans never renew"."""
    billing = open_billing(catalog=one_quota(10))
    billing.create_customer("cus_1")
    for _ in range(40):
        billing.track_usage(customer_id="cus_1", feature_key="api_calls", quantity=10)
        with pytest.raises(QuotaExceeded):
            billing.track_usage(customer_id="cus_1", feature_key="api_calls")
        end = billing.get_usage_metrics("cus_1")["api_calls"].period_end
        assert end is not None
        assert timedelta(days=28) <= end - clock.now <= timedelta(days=31)
        clock.now = end
    assert billing.verify()

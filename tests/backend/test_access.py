"""The access to every feature, read with the metrics in one snapshot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_ui_backend import Billing, FeatureAccess
from tests.backend.conftest import OpenBilling
from tests.support.engine import NOON, Clock, one_quota


def access(billing: Billing, customer_id: str = "cus_1") -> dict[str, FeatureAccess]:
    return {item.feature_key: item for item in billing.get_usage_metrics(customer_id).access}


def reasons(billing: Billing) -> dict[str, Any]:
    return {key: item.reason for key, item in access(billing).items()}


def test_every_feature_of_the_catalog_is_told_flags_among_them(billing: Billing) -> None:
    told = access(billing)
    assert list(told) == ["api_calls", "emails", "storage_gb", "team", "files", "sso"]
    assert {key for key, item in told.items() if item.has_access} == {"api_calls", "emails", "storage_gb", "team"}
    sso = told["sso"]
    assert (sso.feature_title, sso.feature_type, sso.reason) == (
        "Single sign-on",
        "boolean_flag",
        "feature_not_in_plan",
    )
    assert (sso.available_from_key, sso.available_from_title) == ("pro", "Pro")
    assert (told["emails"].available_from_key, told["emails"].available_from_title) == (None, None)


def test_one_feature_can_be_asked_for(billing: Billing) -> None:
    assert [item.feature_key for item in billing.get_usage_metrics("cus_1", "sso").access] == ["sso"]


def test_it_agrees_with_check_entitlement(open_billing: OpenBilling, clock: Clock) -> None:
    """The same decision by either way, in every state of the subscription."""
    billing = open_billing()
    billing.create_customer("cus_1")
    changes = [
        lambda: billing.track_usage(customer_id="cus_1", feature_key="emails", quantity=100),
        lambda: billing.set_usage(customer_id="cus_1", feature_key="team", quantity=3),
        lambda: billing.pause_subscription("cus_1"),
        lambda: billing.resume_subscription("cus_1"),
        lambda: billing.change_plan("cus_1", "pro"),
        lambda: billing.track_usage(customer_id="cus_1", feature_key="api_calls", quantity=60_000),
        lambda: billing.cancel_subscription("cus_1", at="now"),
    ]
    seen = set()
    for change in changes:
        change()
        clock.advance(seconds=1)
        for key, reason in reasons(billing).items():
            least = 1 if key in ("emails", "team", "sso") else "0.000001"
            assert reason == billing.check_entitlement("cus_1", key, least).reason, key
            seen.add(reason)
    assert seen == {
        None,
        "feature_not_in_plan",
        "quota_exceeded",
        "subscription_not_active",
        "no_active_subscription",
    }


def test_anything_left_is_access_although_it_is_less_than_one(billing: Billing) -> None:
    billing.set_usage(customer_id="cus_1", feature_key="storage_gb", quantity="0.499999")
    assert access(billing)["storage_gb"].has_access
    billing.set_usage(customer_id="cus_1", feature_key="storage_gb", quantity="0.5")
    assert access(billing)["storage_gb"].reason == "quota_exceeded"


def test_what_is_held_is_not_left(billing: Billing) -> None:
    hold = billing.reserve_usage(customer_id="cus_1", feature_key="emails", quantity=100)
    assert access(billing)["emails"].reason == "quota_exceeded"
    hold.release()
    assert access(billing)["emails"].has_access


def test_a_full_window_of_several_closes(open_billing: OpenBilling, clock: Clock) -> None:
    billing = open_billing()
    billing.create_customer("cus_1")
    billing.track_usage(customer_id="cus_1", feature_key="api_calls", quantity=60)
    assert access(billing)["api_calls"].reason == "quota_exceeded"
    clock.advance(hours=1)
    assert access(billing)["api_calls"].has_access


def test_a_subscription_that_ends_by_itself_takes_the_access_along(open_billing: OpenBilling, clock: Clock) -> None:
    billing = open_billing(catalog=one_quota(10))
    billing.create_customer("cus_1")
    billing.cancel_subscription("cus_1", at="period_end")
    ends = billing.get_usage_metrics("cus_1").customer.subscription
    assert ends is not None
    assert ends.next_change_at is not None
    clock.advance(seconds=(ends.next_change_at - NOON - timedelta(seconds=1)).total_seconds())
    assert set(reasons(billing).values()) == {None}
    clock.advance(seconds=1)
    assert set(reasons(billing).values()) == {"no_active_subscription"}


@pytest.mark.parametrize("quantity", [0, 1])
def test_a_metric_and_its_access_never_disagree(billing: Billing, quantity: int) -> None:
    billing.set_usage(customer_id="cus_1", feature_key="team", quantity=3 * quantity)
    usage = billing.get_usage_metrics("cus_1")
    (team,) = [item for item in usage.access if item.feature_key == "team"]
    assert team.has_access == (usage["team"].remaining != 0)

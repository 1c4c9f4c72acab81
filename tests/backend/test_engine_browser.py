"""The browser's path: only features marked for it, within their bounds, under a key made here."""

from __future__ import annotations

from typing import Any

import pytest

from billing_ui_backend import Billing, InvalidQuantity, InvalidRequest, PermissionDenied, QuotaExceeded, RateLimited
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock


def test_a_browser_tracks_what_is_marked_for_it_under_a_key_made_here(billing: Billing) -> None:
    """Parity, "useTrackUsage() -> trackUsage({featureKey, quantity})": only features marked client_trackable, bounded,
    deduplicated, customer taken from the session."""
    receipt = billing.browser_track("cus_1", "api_calls", 2)
    assert receipt.quantity == 2
    assert receipt.idempotency_key.startswith("ui:")
    with pytest.raises(PermissionDenied, match="client_trackable"):
        billing.browser_track("cus_1", "emails", 1)
    with pytest.raises(PermissionDenied):
        billing.browser_track("cus_1", "storage_gb", "0.1")


@pytest.mark.parametrize(
    "quantity", [-1, "-1", 0, 3, "2.000001", 10**30, 1e300, float("nan"), "inf", True, None, [], "1e0"]
)
def test_a_browser_can_count_only_a_little_and_only_up(billing: Billing, quantity: Any) -> None:
    """Parity, "the browser may send a negative quantity"."""
    with pytest.raises(InvalidQuantity):
        billing.browser_track("cus_1", "api_calls", quantity)
    assert billing.list_usage_events("cus_1").events == ()


def test_a_level_that_a_browser_may_raise_it_may_not_lower(open_billing: OpenBilling, catalog: dict[str, Any]) -> None:
    catalog["features"]["team"]["client_trackable"] = {"max_quantity": 1, "per_minute": 10}
    billing = open_billing()
    billing.create_customer("cus_1")
    billing.browser_track("cus_1", "team", 1)
    with pytest.raises(InvalidQuantity, match="a browser can't lower usage"):
        billing.browser_track("cus_1", "team", -1)


def test_calls_are_counted_by_minute_and_customer_over_all_engines(
    billing: Billing, open_billing: OpenBilling, clock: Clock
) -> None:
    """Parity, "20. Limits bypassed from the client or by concurrency"."""
    other = open_billing()
    billing.create_customer("cus_2")
    for engine in (billing, other, billing, other, billing):
        engine.browser_track("cus_1", "api_calls")
    clock.advance(seconds=18)
    for engine in (billing, other):
        with pytest.raises(RateLimited) as refused:
            engine.browser_track("cus_1", "api_calls")
        assert (refused.value.status, refused.value.details["retry_after"]) == (429, 42)
    billing.browser_track("cus_2", "api_calls")
    clock.advance(seconds=42)
    billing.browser_track("cus_1", "api_calls")
    assert billing.get_usage_metrics("cus_1")["api_calls"].consumed == 6
    assert billing.verify()


def test_the_limit_binds_the_browser_too(billing: Billing) -> None:
    billing.track_usage(customer_id="cus_1", feature_key="api_calls", quantity=59)
    with pytest.raises(QuotaExceeded):
        billing.browser_track("cus_1", "api_calls", 2)
    billing.browser_track("cus_1", "api_calls", 1)


@pytest.mark.parametrize("feature_key", [None, 7, "", "x" * 300, {"a": 1}], ids=repr)
def test_a_browsers_nonsense_is_refused(billing: Billing, feature_key: Any) -> None:
    with pytest.raises(InvalidRequest):
        billing.browser_track("cus_1", feature_key)

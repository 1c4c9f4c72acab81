"""A numeric_limit is a level: it goes up and down, never below zero, and can be set."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from billing_ui_backend import Billing, InvalidQuantity, QuotaExceeded, UsageReceipt
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock


def track(billing: Billing, quantity: object, feature_key: str = "team", **rest: Any) -> UsageReceipt:
    return billing.track_usage(customer_id="cus_1", feature_key=feature_key, quantity=quantity, **rest)


def set_to(billing: Billing, quantity: object, feature_key: str = "team", **rest: Any) -> UsageReceipt:
    return billing.set_usage(customer_id="cus_1", feature_key=feature_key, quantity=quantity, **rest)


def level(billing: Billing, feature_key: str = "team") -> Decimal:
    return billing.get_usage_metrics("cus_1")[feature_key].consumed


def test_members_come_and_go_and_uploads_are_deleted(billing: Billing) -> None:
    """Parity, "features: API calls, storage GB, team members, emails, files": members and storage go down too."""
    track(billing, 3)
    track(billing, -1)
    track(billing, 1)
    assert level(billing) == 3
    upload = track(billing, 123_456_789 / 1024**3, "storage_gb")
    assert track(billing, -upload.quantity, "storage_gb").usage.consumed_units == 0
    assert billing.verify()


def test_a_level_never_falls_below_zero(billing: Billing) -> None:
    with pytest.raises(InvalidQuantity, match="below 0"):
        track(billing, -1)
    track(billing, 2)
    with pytest.raises(InvalidQuantity, match="is at 2, -3 would bring it below 0"):
        track(billing, -3)
    track(billing, -2)
    assert level(billing) == 0
    assert billing.verify()


def test_a_level_has_no_period_and_does_not_reset(billing: Billing, clock: Clock) -> None:
    receipt = track(billing, 2)
    assert (receipt.usage.period_start, receipt.usage.period_end) == (None, None)
    clock.advance(days=800)
    metric = billing.get_usage_metrics("cus_1")["team"]
    assert (metric.consumed, metric.window, metric.resets_in_days) == (2, "never", None)


@pytest.mark.parametrize(("levels", "differences"), [((3, 1, 1, 0, 2), (3, -2, 0, -1, 2)), ((0,), (0,))])
def test_a_set_level_is_kept_as_the_difference(
    billing: Billing, levels: tuple[int, ...], differences: tuple[int, ...]
) -> None:
    receipts = [set_to(billing, quantity) for quantity in levels]
    assert tuple(receipt.quantity for receipt in receipts) == differences
    assert tuple(receipt.usage.consumed_units for receipt in receipts) == levels
    assert level(billing) == levels[-1]
    ledger = billing.list_usage_events("cus_1").events
    assert sorted(event.quantity for event in ledger) == sorted(differences)
    assert {event.operation for event in ledger} == {"set"}
    assert billing.verify()


def test_a_level_is_set_within_its_limit(billing: Billing) -> None:
    set_to(billing, 2)
    with pytest.raises(QuotaExceeded) as refused:
        set_to(billing, 4)
    assert (refused.value.requested, refused.value.consumed, refused.value.limit) == (2, 2, 3)
    set_to(billing, 3)


def test_a_level_above_a_lowered_limit_can_be_set_lower_and_not_higher(
    open_billing: OpenBilling, catalog: dict[str, Any]
) -> None:
    billing = open_billing()
    billing.create_customer("cus_1")
    set_to(billing, 3)
    catalog["plans"]["free"]["features"]["team"] = {"limit": 1}
    lowered = open_billing(catalog=catalog)
    assert set_to(lowered, 3).quantity == 0
    assert set_to(lowered, 2).quantity == -1
    with pytest.raises(QuotaExceeded):
        set_to(lowered, 3)
    assert level(lowered) == 2


@pytest.mark.parametrize("quantity", [-1, "-0.5", True, None, float("nan"), "0.0000001", 10**13])
def test_a_level_is_a_number_from_zero_on(billing: Billing, quantity: object) -> None:
    with pytest.raises(InvalidQuantity, match="storage_gb"):
        set_to(billing, quantity, "storage_gb")
    assert billing.list_usage_events("cus_1").events == ()


def test_only_levels_can_be_set_or_go_down(billing: Billing) -> None:
    with pytest.raises(InvalidQuantity, match="usage_quota"):
        set_to(billing, 5, "api_calls")
    with pytest.raises(InvalidQuantity, match="only a numeric_limit can go down"):
        track(billing, -1, "api_calls")
    with pytest.raises(InvalidQuantity, match="boolean_flag"):
        set_to(billing, 1, "sso")


def test_setting_is_idempotent_by_the_level_not_by_the_difference(billing: Billing) -> None:
    first = set_to(billing, 2, idempotency_key="k")
    track(billing, 1)
    assert set_to(billing, 2, idempotency_key="k") == replace(first, replayed=True)
    assert level(billing) == 3


def test_a_quantity_of_zero_can_be_set_but_not_tracked(billing: Billing) -> None:
    set_to(billing, 2)
    with pytest.raises(InvalidQuantity, match="nothing to count"):
        track(billing, 0)
    assert set_to(billing, 0).quantity == -2


def test_a_level_survives_a_change_of_plan(billing: Billing) -> None:
    set_to(billing, 3)
    billing.change_plan("cus_1", "pro")
    set_to(billing, 8)
    billing.change_plan("cus_1", "free")
    metric = billing.get_usage_metrics("cus_1")["team"]
    assert (metric.consumed, metric.limit, metric.overage, metric.percentage_used) == (8, 3, 5, Decimal("266.66"))
    with pytest.raises(QuotaExceeded):
        track(billing, 1)
    set_to(billing, 3)
    assert billing.verify()

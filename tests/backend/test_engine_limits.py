"""A hard limit is never passed, a soft one is passed and priced, unlimited is None, and what is over a limit can only go down."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing_ui_backend import (
    Billing,
    FeatureNotInPlan,
    InvalidQuantity,
    QuotaExceeded,
    UnknownCustomer,
    UnknownFeature,
)
from billing_ui_backend.quantities import MAX_UNITS
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock, one_quota


def track(billing: Billing, quantity: object = 1, feature_key: str = "api_calls", **rest: Any) -> Any:
    return billing.track_usage(customer_id="cus_1", feature_key=feature_key, quantity=quantity, **rest)


def used(billing: Billing, feature_key: str = "api_calls") -> Decimal:
    return billing.get_usage_metrics("cus_1")[feature_key].consumed


def test_a_limit_can_be_used_to_the_last_unit_and_not_beyond(billing: Billing) -> None:
    track(billing, 99, "emails")
    track(billing, 1, "emails")
    with pytest.raises(QuotaExceeded):
        track(billing, 1, "emails")
    assert used(billing, "emails") == 100
    assert billing.verify()


def test_the_first_event_of_a_window_is_bound_too(billing: Billing) -> None:
    with pytest.raises(QuotaExceeded):
        track(billing, 101, "emails")
    assert used(billing, "emails") == 0
    assert billing.list_usage_events("cus_1").events == ()
    track(billing, 100, "emails")


def test_a_refusal_says_how_much_is_left_when_it_resets_and_what_would_fit(billing: Billing) -> None:
    """Parity, "enforces limits automatically": a full quota is a typed QuotaExceeded with the numbers, the reset time and
    the plan that would fit."""
    track(billing, 60, "emails")
    with pytest.raises(QuotaExceeded) as refused:
        track(billing, 41, "emails")
    error = refused.value
    assert (error.status, error.code) == (402, "quota_exceeded")
    assert (error.customer_id, error.feature_key, error.window) == ("cus_1", "emails", "day")
    assert (error.requested, error.consumed, error.limit, error.remaining) == (41, 60, 100, 40)
    assert error.resets_at == datetime(2026, 3, 11, tzinfo=UTC)
    # Among the plans above free, in order of rank: trial (500 a day) comes before pro.
    assert error.suggested_plan == "trial"
    for part in ("cus_1", "emails", "40", "100", "41", "trial"):
        assert part in error.message


def test_one_full_window_refuses_the_event_in_all_of_them(billing: Billing, clock: Clock) -> None:
    track(billing, 60)
    with pytest.raises(QuotaExceeded) as refused:
        track(billing, 1)
    assert refused.value.window == "hour"
    assert refused.value.resets_at == datetime(2026, 3, 10, 13, tzinfo=UTC)
    metric = billing.get_usage_metrics("cus_1", "api_calls")["api_calls"]
    assert {window.window: window.used for window in metric.windows} == {"month": 60, "hour": 60}
    clock.advance(hours=1)
    track(billing, 60)
    assert {w.window: w.used for w in billing.get_usage_metrics("cus_1")["api_calls"].windows} == {
        "month": 120,
        "hour": 60,
    }
    assert billing.verify()


def test_the_refusal_of_several_full_windows_names_the_one_that_check_entitlement_names(
    open_billing: OpenBilling, catalog: dict[str, Any]
) -> None:
    windows = [("year", 40), ("month", 30), ("week", 20), ("day", 10), ("hour", 5)]
    catalog["plans"]["free"]["features"]["emails"] = [{"limit": limit, "period": period} for period, limit in windows]
    billing = open_billing()
    billing.create_customer("cus_1")
    with pytest.raises(QuotaExceeded) as refused:
        track(billing, 100, "emails")
    asked = billing.check_entitlement("cus_1", "emails", 100)
    assert (refused.value.window, refused.value.limit) == ("hour", 5)
    assert (asked.limit, asked.metadata["resets_at"]) == (5, refused.value.resets_at)


def test_the_suggestion_does_not_count_what_was_refused(open_billing: OpenBilling, catalog: dict[str, Any]) -> None:
    """The other windows had room, so they were moved before one refused: that must not stand in the way of a plan."""
    wide = [("year", 1000), ("month", 1000), ("week", 1000), ("day", 1000), ("never", 1000)]
    free = [{"limit": limit, "period": period} for period, limit in wide] + [{"limit": 5, "period": "hour"}]
    catalog["plans"]["free"]["features"]["emails"] = free
    catalog["plans"]["trial"]["features"]["emails"] = [{"limit": 15, "period": period} for period, _ in wide]
    billing = open_billing()
    billing.create_customer("cus_1")
    with pytest.raises(QuotaExceeded) as refused:
        track(billing, 10, "emails")
    assert refused.value.suggested_plan == "trial"


def test_a_soft_limit_counts_on_and_prices_what_is_over(billing: Billing) -> None:
    billing.change_plan("cus_1", "pro")
    track(billing, 50_000)
    metric = billing.get_usage_metrics("cus_1", "api_calls")["api_calls"]
    assert (metric.remaining, metric.overage, metric.overage_cost, metric.currency) == (0, 0, 0, "USD")
    receipt = track(billing, 1234)
    assert (receipt.usage.consumed_units, receipt.usage.limit_units, receipt.usage.remaining_units) == (
        51_234,
        50_000,
        0,
    )
    metric = billing.get_usage_metrics("cus_1", "api_calls")["api_calls"]
    assert (metric.consumed, metric.overage, metric.percentage_used) == (51_234, 1234, Decimal("102.46"))
    # 1,234 * $0.002 = $2.468
    assert metric.overage_cost == Decimal("2.47")


def test_unlimited_is_none_never_zero(billing: Billing) -> None:
    """Parity, "Missing limit counts as 0"."""
    billing.change_plan("cus_1", "enterprise")
    receipt = track(billing, 10**12)
    assert (receipt.usage.limit_units, receipt.usage.remaining_units) == (None, None)
    metric = billing.get_usage_metrics("cus_1", "api_calls")["api_calls"]
    assert (metric.limit, metric.remaining, metric.percentage_used, metric.overage) == (None, None, None, 0)
    assert metric.consumed == 10**12


@pytest.mark.parametrize(
    "granted", [None, False, {"limit": 0}, [{"limit": 0, "period": "day"}, {"limit": 9, "period": "week"}]]
)
def test_absent_false_and_limit_0_all_mean_not_included(
    open_billing: OpenBilling, catalog: dict[str, Any], granted: Any
) -> None:
    features = catalog["plans"]["free"]["features"]
    del features["storage_gb"], features["emails"]
    if granted is not None:
        key = "emails" if isinstance(granted, list) else "storage_gb"
        features[key] = granted
    billing = open_billing()
    billing.create_customer("cus_1")
    for key in ("storage_gb", "emails"):
        with pytest.raises(FeatureNotInPlan, match="free") as refused:
            track(billing, 1, key)
        assert refused.value.status == 403
        assert billing.check_entitlement("cus_1", key).reason == "feature_not_in_plan"
    missing = {item.feature_key: item.available_from_key for item in billing.get_usage_metrics("cus_1").not_included}
    assert missing == {"emails": "trial", "storage_gb": "trial", "files": "pro"}


def test_a_plan_without_the_feature_counts_nothing(billing: Billing) -> None:
    with pytest.raises(FeatureNotInPlan):
        track(billing, 1, "files")
    assert billing.list_usage_events("cus_1").events == ()


def test_a_flag_has_nothing_to_count(billing: Billing) -> None:
    with pytest.raises(InvalidQuantity, match="boolean_flag"):
        track(billing, 1, "sso")


def test_who_and_what_must_be_known(billing: Billing) -> None:
    with pytest.raises(UnknownFeature, match="api_calls, emails") as unknown:
        track(billing, 1, "api_cals")
    assert unknown.value.status == 404
    with pytest.raises(UnknownCustomer, match="cus_2"):
        billing.track_usage(customer_id="cus_2", feature_key="api_calls")


@pytest.mark.parametrize("quantity", [0, -1, "0", Decimal("0.0000001"), 1e-9, True, float("nan"), "-5", None, 10**13])
def test_a_quota_counts_only_what_is_above_zero_and_fits(billing: Billing, quantity: object) -> None:
    """Parity, "the browser may send a negative quantity"."""
    with pytest.raises(InvalidQuantity, match="api_calls"):
        track(billing, quantity)
    assert billing.list_usage_events("cus_1").events == ()


def test_fractions_add_up_exactly(open_billing: OpenBilling) -> None:
    """Parity, "their Node SDK refuses quantities below 1"."""
    billing = open_billing(catalog=one_quota(1, scale=9))
    billing.create_customer("cus_1")
    for _ in range(10):
        track(billing, "0.1")
    with pytest.raises(QuotaExceeded) as refused:
        track(billing, "0.000000001")
    assert (refused.value.consumed, refused.value.remaining) == (1, 0)


def test_the_receipt_says_what_a_float_was_counted_as(billing: Billing) -> None:
    receipt = track(billing, 1_000_000 / 1024**3, "storage_gb")
    assert receipt.quantity == Decimal("0.000931")
    assert receipt.usage.consumed_units == receipt.quantity


def test_a_lowered_limit_stops_what_goes_up_and_lets_what_goes_down(
    open_billing: OpenBilling, catalog: dict[str, Any]
) -> None:
    billing = open_billing()
    billing.create_customer("cus_1")
    track(billing, 3, "team")
    catalog["plans"]["free"]["features"]["team"] = {"limit": 1}
    lowered = open_billing(catalog=catalog)
    metric = lowered.get_usage_metrics("cus_1", "team")["team"]
    assert (metric.consumed, metric.limit, metric.remaining, metric.overage) == (3, 1, 0, 2)
    with pytest.raises(QuotaExceeded) as refused:
        track(billing, 1, "team")
    assert (refused.value.consumed, refused.value.limit, refused.value.remaining) == (3, 1, 0)
    track(billing, -1, "team")
    with pytest.raises(QuotaExceeded):
        track(billing, 1, "team")
    track(billing, -2, "team")
    track(billing, 1, "team")
    assert billing.verify()


def test_a_window_holds_what_64_bits_hold_and_refuses_the_rest(open_billing: OpenBilling) -> None:
    billing = open_billing(catalog=one_quota("unlimited"))
    billing.create_customer("cus_1")
    track(billing, MAX_UNITS - 1)
    track(billing, 1)
    with pytest.raises(InvalidQuantity, match="64 bits"):
        track(billing, 1)
    assert used(billing) == MAX_UNITS
    assert billing.verify()


def test_a_longer_window_of_another_plan_is_never_rounded(open_billing: OpenBilling, clock: Clock) -> None:
    """A year may hold more than 64 bits although each of its hours does not."""
    catalog = one_quota("unlimited", period="hour")
    catalog["plans"]["yearly"] = {"rank": 2, "features": {"api_calls": {"limit": "unlimited", "period": "year"}}}
    billing = open_billing(catalog=catalog)
    billing.create_customer("cus_1", plan="yearly")
    track(billing, 1)
    billing.change_plan("cus_1", "only")
    track(billing, MAX_UNITS - 10)
    clock.advance(hours=1)
    with pytest.raises(InvalidQuantity, match="64 bits"):
        track(billing, MAX_UNITS - 10)
    track(billing, 9)
    assert billing.verify()
    billing.change_plan("cus_1", "yearly")
    assert used(billing) == MAX_UNITS


def test_a_window_that_opens_beyond_64_bits_is_read_exactly_and_takes_no_more(
    open_billing: OpenBilling, clock: Clock
) -> None:
    catalog = one_quota("unlimited", period="hour")
    catalog["plans"]["yearly"] = {"rank": 2, "features": {"api_calls": {"limit": "unlimited", "period": "year"}}}
    billing = open_billing(catalog=catalog)
    billing.create_customer("cus_1")
    track(billing, MAX_UNITS)
    clock.advance(hours=1)
    track(billing, MAX_UNITS)
    billing.change_plan("cus_1", "yearly")
    assert used(billing) == 2 * MAX_UNITS
    items = billing.track_usage_batch(
        [{"customer_id": "cus_1", "feature_key": "api_calls"}, {"customer_id": "cus_2", "feature_key": "api_calls"}]
    )
    assert isinstance(items[0].error, InvalidQuantity)
    assert isinstance(items[1].error, UnknownCustomer)
    assert billing.verify()


def test_money_is_rounded_half_up_once_to_the_currencys_own_places() -> None:
    """Parity, "18. Currencies without decimals"."""
    for currency, expected in [("USD", "1.50"), ("JPY", "2"), ("KWD", "1.500")]:
        overage = {"unit_amount": "0.5", "per": "1000", "currency": currency}
        catalog = one_quota(1, enforcement="soft", overage=overage)
        with Billing("sqlite://", catalog=catalog) as billing:
            billing.create_customer("cus_1")
            track(billing, 3001)
            metric = billing.get_usage_metrics("cus_1")["api_calls"]
            assert str(metric.overage_cost) == expected
            assert metric.currency == currency


@pytest.mark.parametrize(
    ("over", "cost"), [(1, "0.00"), (4, "0.00"), (5, "0.01"), (14, "0.01"), (15, "0.02"), (333, "0.33")]
)
def test_a_tenth_of_a_cent_is_rounded_on_the_line_not_on_each_unit(
    open_billing: OpenBilling, over: int, cost: str
) -> None:
    overage = {"unit_amount": "0.001", "per": 1, "currency": "USD"}
    billing = open_billing(catalog=one_quota(1, enforcement="soft", overage=overage))
    billing.create_customer("cus_1")
    for _ in range(2):
        track(billing, 1)
    if over > 1:
        track(billing, over - 1)
    assert str(billing.get_usage_metrics("cus_1")["api_calls"].overage_cost) == cost


def test_without_a_price_there_is_no_cost(open_billing: OpenBilling) -> None:
    billing = open_billing(catalog=one_quota(1, enforcement="soft"))
    billing.create_customer("cus_1")
    track(billing, 5)
    metric = billing.get_usage_metrics("cus_1")["api_calls"]
    assert (metric.overage, metric.overage_cost, metric.currency) == (4, None, None)

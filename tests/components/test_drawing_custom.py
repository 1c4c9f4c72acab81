"""Vars and events for a host's own components: right before the first load, without a limit and at the threshold."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest
from reflex.event import EventSpec

from billing_ui_components import UsageState, is_approaching_limit, track_usage, usage_metrics
from billing_ui_components.meter import MeterView
from tests.support.javascript import value_of

HALF = MeterView(
    feature_key="api_calls", consumed=500, limit=1000, remaining=500, percentage_used=50, highest_percentage=50
)


def shown(*meters: MeterView) -> dict[str, Any]:
    return {"meters": {meter.feature_key: asdict(meter) for meter in meters}}


@pytest.mark.parametrize(
    ("percentage", "approaching"), [(0.0, False), (79.99, False), (80.0, True), (100.0, True), (340.0, True)]
)
def test_approaching_the_limit_is_true_from_the_threshold_on(percentage: float, approaching: bool) -> None:
    """`useIsApproachingLimit("cus_123", "api_calls", 80)`, which in theirs never becomes true."""
    meter = MeterView(feature_key="api_calls", limit=1000, highest_percentage=percentage)
    assert value_of(is_approaching_limit("api_calls"), UsageState, shown(meter)) is approaching


def test_the_fullest_window_counts_although_another_one_binds() -> None:
    meter = MeterView(feature_key="api_calls", limit=60, percentage_used=5, highest_percentage=86)
    assert value_of(is_approaching_limit("api_calls"), UsageState, shown(meter)) is True


@pytest.mark.parametrize("threshold", [0, 80])
@pytest.mark.parametrize(
    "meters",
    [
        [],
        [MeterView(feature_key="api_calls", limit=None, consumed=42)],
        [MeterView(feature_key="api_calls", limit=0.0, state="not_included")],
    ],
    ids=["before the load", "unlimited", "not included"],
)
def test_approaching_the_limit_is_false_where_there_is_none(meters: list[MeterView], threshold: int) -> None:
    assert value_of(is_approaching_limit("api_calls", threshold), UsageState, shown(*meters)) is False


def test_a_threshold_of_zero_holds_for_every_limit() -> None:
    unused = MeterView(feature_key="api_calls", limit=1000)
    assert value_of(is_approaching_limit("api_calls", 0), UsageState, shown(unused)) is True


def test_a_threshold_may_be_exact() -> None:
    assert value_of(is_approaching_limit("api_calls", Decimal("50.01")), UsageState, shown(HALF)) is False
    assert value_of(is_approaching_limit("api_calls", Decimal("50.00")), UsageState, shown(HALF)) is True


@pytest.mark.parametrize("threshold", [-1, float("nan"), float("inf")])
def test_a_threshold_that_is_no_percentage_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        is_approaching_limit("api_calls", threshold)


def test_the_numbers_of_a_metric_are_for_arithmetic() -> None:
    """`useUsageMetrics("api_calls")` and its custom bar."""
    metric = usage_metrics("api_calls")
    assert value_of(metric.consumed / metric.limit * 100, UsageState, shown(HALF)) == 50
    assert value_of(metric.remaining - 1, UsageState, shown(HALF)) == 499


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("percentage_used", 0),
        ("consumed", 0),
        ("limit", None),
        ("remaining", None),
        ("consumed_text", ""),
        ("limit_text", ""),
        ("feature_title", ""),
        ("width", "0%"),
        ("windows", []),
    ],
)
def test_a_metric_is_defined_before_the_first_load(name: str, before: Any) -> None:
    assert value_of(getattr(usage_metrics("api_calls"), name), UsageState, shown()) == before


def test_the_percentage_is_a_number_before_the_first_load() -> None:
    """NaN, the third most asked-for: JSON would turn it to null."""
    assert value_of(usage_metrics("api_calls").percentage_used * 2, UsageState, shown()) == 0


def test_all_metrics_keep_their_order() -> None:
    first, second = MeterView(feature_key="b", consumed=1), MeterView(feature_key="a", consumed=2)
    assert [view["feature_key"] for view in value_of(usage_metrics(), UsageState, shown(first, second))] == ["b", "a"]


def test_showing_a_metric_holds_the_lease() -> None:
    for var in (usage_metrics("api_calls").consumed_text, usage_metrics(), is_approaching_limit("api_calls")):
        data = var._get_all_var_data()
        assert data is not None
        assert any("useLease" in hook for hook in data.hooks)


@pytest.mark.parametrize(
    ("quantity", "sent"),
    [(1, "1"), (0.25, "0.25"), ("2.5", '"2.5"'), (Decimal("0.1"), '"0.1"'), (2**60, '"1152921504606846976"')],
)
def test_a_tracked_quantity_keeps_its_digits(quantity: Any, sent: str) -> None:
    """`trackUsage({featureKey, quantity})`, with quantities that JavaScript's numbers cannot hold."""
    event = track_usage("storage_gb", quantity)
    assert isinstance(event, EventSpec)
    assert {str(name): str(value) for name, value in event.args} == {"feature_key": '"storage_gb"', "quantity": sent}

"""Input that is made to hurt: it is refused before it costs anything, and what is accepted can be read again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from billing_ui_backend import Billing, InvalidQuantity, InvalidRequest
from billing_ui_backend.api.body import parse
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock

LARGEST = Decimal(2**63 - 1).scaleb(-6)


def nested(depth: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(depth - 1):
        value = [value]
    return {"deep": value}


def test_a_number_with_a_million_digits_is_refused_by_its_length(billing: Billing) -> None:
    digits = "1." + "3" * 1_000_000
    with pytest.raises(InvalidQuantity, match="more than 100 digits"):
        billing.track_usage(customer_id="cus_1", feature_key="api_calls", quantity=Decimal(digits))
    with pytest.raises(InvalidQuantity, match="characters"):
        parse(b'{"quantity": ' + digits.encode() + b"}")


@pytest.mark.parametrize("threshold", ["1E+9999999", "1E-9999999"])
def test_a_threshold_with_millions_of_digits_is_refused_before_they_are_written_out(
    billing: Billing, monkeypatch: pytest.MonkeyPatch, threshold: str
) -> None:
    monkeypatch.setattr("billing_ui_backend.metrics.Fraction", lambda *_: pytest.fail("it was written out"))
    with pytest.raises(InvalidRequest, match="percentage"):
        billing.is_approaching_limit("cus_1", "api_calls", Decimal(threshold))  # type: ignore[arg-type]


def test_metadata_is_kept_only_so_deep_that_the_ledger_can_be_read(billing: Billing) -> None:
    billing.track_usage(customer_id="cus_1", feature_key="api_calls", metadata=nested(20))
    for depth in (21, 850, 100_000):
        with pytest.raises(InvalidRequest, match="deep"):
            billing.track_usage(customer_id="cus_1", feature_key="api_calls", metadata=nested(depth))
    assert [event.metadata for event in billing.list_usage_events("cus_1").events] == [nested(20)]


def test_a_decimal_in_metadata_is_kept_as_a_number(billing: Billing) -> None:
    billing.track_usage(customer_id="cus_1", feature_key="api_calls", metadata={"cost": Decimal("1.25")})
    assert billing.list_usage_events("cus_1").events[0].metadata == {"cost": 1.25}
    with pytest.raises(InvalidRequest, match="metadata"):
        billing.track_usage(customer_id="cus_1", feature_key="api_calls", metadata={"cost": Decimal("1e400")})


def test_books_whose_sums_pass_64_bits_on_the_way_still_verify(billing: Billing, clock: Clock) -> None:
    """The largest level, back to nothing, and in between, sent late, the largest level again."""
    billing.create_customer("big", plan="enterprise")
    billing.track_usage(customer_id="big", feature_key="storage_gb", quantity=LARGEST)
    late = clock.advance(hours=2)
    clock.advance(hours=2)
    billing.track_usage(customer_id="big", feature_key="storage_gb", quantity=-LARGEST)
    billing.track_usage(customer_id="big", feature_key="storage_gb", quantity=LARGEST, timestamp=late)
    assert billing.get_usage_metrics("big")["storage_gb"].consumed == LARGEST
    assert billing.verify()


def test_a_dismissal_outlives_a_change_of_time_zone(billing: Billing) -> None:
    billing.track_usage(customer_id="cus_1", feature_key="emails", quantity=100)
    shown = billing.get_nudge("cus_1")
    assert shown is not None
    billing.dismiss_nudge("cus_1", shown.nudge_id)
    billing.update_customer("cus_1", timezone="Europe/Berlin")
    assert billing.get_usage_metrics("cus_1")["emails"].consumed == 100
    assert billing.get_nudge("cus_1") is None


def test_a_smaller_limit_is_no_help_although_its_window_has_just_begun(
    open_billing: OpenBilling, catalog: dict[str, Any], clock: Clock
) -> None:
    catalog["plans"]["trial"]["features"]["emails"] = {"limit": 50, "period": "month", "align": "calendar"}
    catalog["plans"]["free"]["features"]["emails"] = {"limit": 100, "period": "month"}
    catalog["plans"]["pro"]["features"]["emails"] = {"limit": 5000, "period": "month"}
    billing = open_billing()
    billing.create_customer("cus_1")
    billing.track_usage(customer_id="cus_1", feature_key="emails", quantity=100)
    clock.advance(days=25)
    shown = billing.get_nudge("cus_1")
    assert shown is not None
    assert shown.suggested_plan_key == "pro"

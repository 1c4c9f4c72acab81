"""One key, one effect: a repeated call gives the first receipt again, another call under the same key is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing_ui_backend import (
    Billing,
    IdempotencyKeyReused,
    InvalidRequest,
    QuotaExceeded,
    SubscriptionInactive,
    UsageReceipt,
    writes,
)
from tests.backend.conftest import OpenBilling
from tests.support.engine import NOON, Clock, one_quota


def track(billing: Billing, quantity: object = 1, *, key: str | None = "key-1", **rest: Any) -> UsageReceipt:
    event = {"customer_id": "cus_1", "feature_key": "api_calls", **rest}
    return billing.track_usage(quantity=quantity, idempotency_key=key, **event)


def used(billing: Billing, feature_key: str = "api_calls", customer_id: str = "cus_1") -> Decimal:
    return billing.get_usage_metrics(customer_id)[feature_key].consumed


def test_the_same_call_again_gives_the_first_receipt(billing: Billing, clock: Clock) -> None:
    """Parity, "prevents duplicates on retries"."""
    first = track(billing, 5)
    assert not first.replayed
    track(billing, 7, key="key-2")
    clock.advance(minutes=10)
    again = track(billing, 5)
    assert again == replace(first, replayed=True)
    assert used(billing) == 12
    assert len(billing.list_usage_events("cus_1").events) == 2


@pytest.mark.parametrize("same", [5, "5", "5.0", 5.0, Decimal("5.000000000")])
def test_the_payload_is_the_quantity_at_scale_however_it_was_written(billing: Billing, same: object) -> None:
    first = track(billing, 5)
    assert track(billing, same) == replace(first, replayed=True)


@pytest.mark.parametrize(
    "other", [{"quantity": 6}, {"feature_key": "emails"}, {"timestamp": NOON}], ids=["quantity", "feature", "timestamp"]
)
def test_another_payload_under_the_same_key_is_refused(billing: Billing, other: dict[str, Any]) -> None:
    track(billing, 5)
    with pytest.raises(IdempotencyKeyReused, match="key-1") as refused:
        track(billing, **{"quantity": 5, **other})
    assert refused.value.status == 422
    assert used(billing) == 5
    assert used(billing, "emails") == 0


def test_track_and_set_are_different_operations(billing: Billing) -> None:
    track(billing, 2, feature_key="team")
    with pytest.raises(IdempotencyKeyReused):
        billing.set_usage(customer_id="cus_1", feature_key="team", quantity=2, idempotency_key="key-1")


def test_metadata_is_not_part_of_the_payload_and_the_first_is_kept(billing: Billing) -> None:
    track(billing, metadata={"project": "a"})
    assert track(billing, metadata={"project": "b"}).replayed
    assert track(billing).replayed
    assert [event.metadata for event in billing.list_usage_events("cus_1").events] == [{"project": "a"}]


def test_an_explicit_timestamp_is_part_of_the_payload_as_an_instant(billing: Billing, clock: Clock) -> None:
    at = NOON - timedelta(hours=3)
    first = track(billing, timestamp=at)
    clock.advance(days=1)
    in_tokyo = at.astimezone(datetime.strptime("+0900", "%z").tzinfo)
    assert track(billing, timestamp=in_tokyo) == replace(first, replayed=True)
    for other in (None, at + timedelta(microseconds=1)):
        with pytest.raises(IdempotencyKeyReused):
            track(billing, timestamp=other)


def test_a_key_belongs_to_one_customer(billing: Billing) -> None:
    """Parity, "Feature lookups cross tenants"."""
    billing.create_customer("cus_2")
    track(billing, 5)
    other = track(billing, 7, customer_id="cus_2")
    assert not other.replayed
    assert (used(billing), used(billing, customer_id="cus_2")) == (5, 7)


def test_a_retry_after_the_periods_end_counts_once_in_the_first_period(billing: Billing, clock: Clock) -> None:
    first = track(billing, 40)
    clock.advance(hours=1)
    assert track(billing, 40) == replace(first, replayed=True)
    hour = {window.window: window.used for window in billing.get_usage_metrics("cus_1")["api_calls"].windows}
    assert hour == {"month": 40, "hour": 0}
    clock.advance(days=60)
    assert track(billing, 40) == replace(first, replayed=True)
    assert used(billing) == 0
    assert billing.verify()


def test_a_retry_after_35_days_is_still_the_first_event(billing: Billing, clock: Clock) -> None:
    first = track(billing, timestamp=NOON)
    clock.advance(days=36)
    assert track(billing, timestamp=NOON) == replace(first, replayed=True)


def test_a_retry_is_the_first_event_also_where_another_one_would_be_refused(open_billing: OpenBilling) -> None:
    billing = open_billing(catalog=one_quota(3))
    billing.create_customer("cus_1")
    first = [track(billing, key=key) for key in "abc"]
    assert [track(billing, key=key) for key in "abc"] == [replace(receipt, replayed=True) for receipt in first]
    with pytest.raises(IdempotencyKeyReused):
        track(billing, 2, key="b")
    with pytest.raises(QuotaExceeded):
        track(billing, key="d")
    billing.pause_subscription("cus_1")
    assert track(billing, key="c") == replace(first[2], replayed=True)
    assert [(refusal.reason, refusal.count) for refusal in billing.list_refusals("cus_1")] == [("quota_exceeded", 1)]


def test_a_refusal_is_not_stored_so_the_key_passes_after_an_upgrade(billing: Billing) -> None:
    with pytest.raises(QuotaExceeded):
        track(billing, 61)
    billing.change_plan("cus_1", "pro")
    receipt = track(billing, 61)
    assert not receipt.replayed
    assert receipt.usage.consumed_units == 61
    assert track(billing, 61).replayed


def test_a_refused_key_is_free_for_another_event(billing: Billing) -> None:
    with pytest.raises(QuotaExceeded):
        track(billing, 61)
    assert track(billing, 60).quantity == 60


def test_a_replay_is_answered_whatever_became_of_the_subscription(billing: Billing) -> None:
    first = track(billing, 60)
    billing.pause_subscription("cus_1")
    assert track(billing, 60) == replace(first, replayed=True)
    with pytest.raises(SubscriptionInactive):
        track(billing, 1, key="key-2")


def test_the_first_receipt_comes_back_after_plan_and_limit_changed(billing: Billing) -> None:
    first = track(billing, 10)
    billing.change_plan("cus_1", "pro")
    track(billing, 10, key="key-2")
    assert track(billing, 10) == replace(first, replayed=True)


def test_without_a_key_each_call_is_an_event_and_its_receipt_names_its_key(billing: Billing) -> None:
    first, second = track(billing, key=None), track(billing, key=None)
    assert first.idempotency_key != second.idempotency_key
    assert used(billing) == 2
    assert track(billing, key=first.idempotency_key).replayed


@pytest.mark.parametrize("prefix", ["ui:", "import:", "hold:"])
def test_the_librarys_own_prefixes_are_refused_from_callers(billing: Billing, prefix: str) -> None:
    with pytest.raises(InvalidRequest, match=prefix):
        track(billing, key=f"{prefix}1")
    with pytest.raises(InvalidRequest, match=prefix):
        billing.set_usage(customer_id="cus_1", feature_key="team", quantity=1, idempotency_key=f"{prefix}1")
    (item,) = billing.track_usage_batch(
        [{"customer_id": "cus_1", "feature_key": "api_calls", "idempotency_key": f"{prefix}1"}]
    )
    assert isinstance(item.error, InvalidRequest)
    assert used(billing) == 0


@pytest.mark.parametrize("key", ["", "a" * 256, "a\nb", "a\x00b", "\ud800", 7, b"key", ["key"]], ids=repr)
def test_a_key_is_a_plain_string_of_up_to_255_characters(billing: Billing, key: Any) -> None:
    with pytest.raises(InvalidRequest, match="idempotency_key"):
        track(billing, key=key)


@pytest.mark.parametrize("key", ["a", "a" * 255, "Ключ 🔑", "a b", "%_'\";--", "UI:1", " ui:1", "hold"], ids=repr)
def test_any_other_string_is_a_key(billing: Billing, key: str) -> None:
    assert not track(billing, key=key).replayed
    assert track(billing, key=key).replayed


def test_keys_that_look_alike_are_different(billing: Billing) -> None:
    for key in ("k", "K", "k ", "ｋ", "e\u0301", "\u00e9"):
        assert not track(billing, key=key).replayed
    assert used(billing) == 6


def test_two_engines_see_each_others_keys(billing: Billing, database_url: str, clock: Clock) -> None:
    first = track(billing, 5)
    with Billing(database_url, clock=clock) as other:
        assert track(other, 5) == replace(first, replayed=True)
        with pytest.raises(IdempotencyKeyReused):
            track(other, 6)
    assert used(billing) == 5


def test_a_replay_keeps_the_instant_of_the_first(billing: Billing, clock: Clock) -> None:
    first = track(billing)
    clock.advance(seconds=5)
    again = track(billing)
    assert again.recorded_at == first.recorded_at == datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert again.timestamp == first.timestamp


def test_a_caller_who_guessed_a_key_that_is_made_later_stops_nobody_else(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    billing.create_customer("cus_2")
    track(billing, 5, key="guessed")
    monkeypatch.setattr(writes, "made_key", lambda: "guessed")
    event = {"feature_key": "api_calls", "quantity": 1}
    own, other = billing.track_usage_batch([{"customer_id": "cus_1", **event}, {"customer_id": "cus_2", **event}])
    assert isinstance(own.error, IdempotencyKeyReused)
    assert other.receipt is not None
    assert (used(billing), used(billing, customer_id="cus_2")) == (5, 1)

"""Usage over time, in buckets of the customer's zone that are exact over daylight saving and after a change of zone.

Parity, what users ask for: "8. Days in the customer's own time zone, right across daylight saving."
"""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_ui_backend import AsyncBilling, Billing, InvalidRequest, InvalidTimestamp, UnknownFeature, UsageBucket
from tests.support.engine import NOON, Clock

HOUR = timedelta(hours=1)


def backfill(billing: Billing, *events: tuple[datetime, object], customer_id: str = "cus_1") -> None:
    items = billing.backfill_usage_batch(
        [
            {"customer_id": customer_id, "feature_key": "api_calls", "quantity": quantity, "timestamp": at}
            for at, quantity in events
        ]
    )
    assert all(item.success for item in items)


def history(
    billing: Billing, start: datetime, end: datetime, granularity: Any = "day", **more: Any
) -> list[UsageBucket]:
    key = more.pop("feature_key", "api_calls")
    return billing.get_usage_history("cus_1", key, start=start, end=end, granularity=granularity)


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[misc,arg-type]


def test_buckets_are_contiguous_whole_and_those_without_usage_are_there(billing: Billing) -> None:
    backfill(billing, (NOON - timedelta(days=2), 3), (NOON - timedelta(days=2, minutes=1), 4), (NOON, 1))
    days = history(billing, NOON - timedelta(days=3), NOON)
    assert [day.quantity for day in days] == [0, 7, 0, 1]
    assert days[0].start == datetime(2026, 3, 7, tzinfo=UTC)
    assert days[-1].end == datetime(2026, 3, 11, tzinfo=UTC)
    assert all(before.end == after.start for before, after in itertools.pairwise(days))


def test_an_end_on_a_boundary_opens_no_further_bucket(billing: Billing) -> None:
    midnight = datetime(2026, 3, 10, tzinfo=UTC)
    assert len(history(billing, midnight, midnight + timedelta(days=1))) == 1
    assert len(history(billing, midnight, midnight + timedelta(days=1, microseconds=1))) == 2
    assert len(history(billing, midnight, midnight + timedelta(microseconds=1))) == 1


@pytest.mark.parametrize(
    ("day", "hours"),
    [((2025, 3, 30), 23), ((2025, 10, 26), 25), ((2025, 6, 1), 24)],
    ids=["spring", "autumn", "summer"],
)
def test_a_day_is_the_wall_clocks_over_daylight_saving(billing: Billing, day: tuple[int, int, int], hours: int) -> None:
    billing.update_customer("cus_1", timezone="Europe/Berlin")
    start = local("Europe/Berlin", *day).astimezone(UTC)
    end = start + hours * HOUR
    tick = timedelta(microseconds=1)
    backfill(billing, (start - tick, 1), (start, 10), (end - tick, 100), (end, 1000))
    (bucket,) = history(billing, start, end)
    assert (bucket.start, bucket.end, bucket.quantity) == (start, end, 110)
    assert len(history(billing, start, end, "hour")) == hours
    assert [b.quantity for b in history(billing, start - tick, end + tick)] == [1, 110, 1000]


def test_months_follow_the_zone_and_their_own_length(billing: Billing) -> None:
    billing.update_customer("cus_1", timezone="America/New_York")
    edge = local("America/New_York", 2026, 2, 1).astimezone(UTC)
    backfill(billing, (edge - timedelta(microseconds=1), 1), (edge, 10))
    months = history(billing, edge - HOUR, edge + HOUR, "month")
    assert [(m.quantity, (m.end - m.start).days) for m in months] == [(1, 31), (10, 28)]


def test_a_change_of_zone_recounts_the_past_exactly(billing: Billing) -> None:
    moment = datetime(2026, 3, 9, 22, 45, tzinfo=UTC)
    backfill(billing, (moment, 5), (moment - timedelta(microseconds=1), 7))
    start, end = NOON - timedelta(days=2), NOON
    assert [day.quantity for day in history(billing, start, end)] == [0, 12, 0]
    # Kathmandu is 5:45 ahead: what fell on the 9th in UTC falls on the 10th there, exactly from 18:15 UTC on.
    billing.update_customer("cus_1", timezone="Asia/Kathmandu")
    assert [day.quantity for day in history(billing, start, end)] == [0, 0, 12]
    billing.update_customer("cus_1", timezone="Etc/GMT-1")
    assert [day.quantity for day in history(billing, start, end)] == [0, 12, 0]
    billing.update_customer("cus_1", timezone="Etc/GMT-2")
    assert [day.quantity for day in history(billing, start, end)] == [0, 0, 12]


def test_corrections_count_where_the_event_was(billing: Billing, clock: Clock) -> None:
    billing.track_usage(customer_id="cus_1", feature_key="api_calls", quantity=10, idempotency_key="k")
    clock.advance(days=2)
    billing.correct_usage(customer_id="cus_1", idempotency_key="k", quantity=3, reason="r")
    assert [day.quantity for day in history(billing, NOON, clock.now)] == [3, 0, 0]


def test_a_levels_bucket_is_the_level_at_its_end(billing: Billing, clock: Clock) -> None:
    billing.set_usage(customer_id="cus_1", feature_key="team", quantity=2)
    clock.advance(days=1)
    billing.set_usage(customer_id="cus_1", feature_key="team", quantity=3)
    billing.set_usage(customer_id="cus_1", feature_key="team", quantity=1)
    clock.advance(days=2)
    days = history(billing, NOON - timedelta(days=1), clock.now, feature_key="team")
    assert [day.quantity for day in days] == [0, 2, 1, 1, 1]
    late = history(billing, clock.now, clock.now + HOUR, "hour", feature_key="team")
    assert [hour.quantity for hour in late] == [1]


def test_fractions_stay_exact(billing: Billing) -> None:
    backfill(billing, *[(NOON - timedelta(minutes=n), "0.1") for n in range(1, 31)])
    assert [hour.quantity for hour in history(billing, NOON - HOUR, NOON, "hour")] == [Decimal(3)]


@pytest.mark.parametrize(
    ("arguments", "error", "named"),
    [
        ({"start": NOON, "end": NOON}, InvalidRequest, "before end"),
        ({"start": NOON, "end": NOON - HOUR}, InvalidRequest, "before end"),
        ({"start": NOON.replace(tzinfo=None), "end": NOON}, InvalidTimestamp, "start"),
        ({"start": NOON, "end": "tomorrow"}, InvalidTimestamp, "end"),
        ({"start": datetime(1, 1, 1, tzinfo=UTC), "end": NOON}, InvalidTimestamp, "1900"),
        ({"start": NOON, "end": datetime(9999, 12, 31, tzinfo=UTC)}, InvalidTimestamp, "9000"),
        ({"start": NOON, "end": NOON + 10_001 * HOUR, "granularity": "hour"}, InvalidRequest, "10,000"),
        ({"start": NOON, "end": NOON + HOUR, "granularity": "week"}, InvalidRequest, "hour, day, month"),
        ({"start": NOON, "end": NOON + HOUR, "feature_key": "sso"}, InvalidRequest, "boolean_flag"),
        ({"start": NOON, "end": NOON + HOUR, "feature_key": "nothing"}, UnknownFeature, "nothing"),
    ],
)
def test_what_can_not_be_answered_says_why(
    billing: Billing, arguments: dict[str, Any], error: type[Exception], named: str
) -> None:
    with pytest.raises(error, match=named):
        billing.get_usage_history("cus_1", **{"feature_key": "api_calls", **arguments})


def test_ten_thousand_buckets_are_answered(billing: Billing) -> None:
    assert len(history(billing, NOON, NOON + 10_000 * HOUR, "hour")) == 10_000


def test_a_feature_outside_the_plan_keeps_its_history(billing: Billing, clock: Clock) -> None:
    billing.change_plan("cus_1", "pro")
    billing.track_usage(customer_id="cus_1", feature_key="files", quantity=4)
    clock.advance(minutes=1)
    billing.change_plan("cus_1", "free")
    assert [day.quantity for day in history(billing, NOON, clock.now, feature_key="files")] == [4]


def test_the_asynchronous_engine_answers_the_same(billing: Billing) -> None:
    async def run() -> list[UsageBucket]:
        async with AsyncBilling(billing=billing) as engine:
            return await engine.get_usage_history("cus_1", "api_calls", start=NOON, end=NOON + HOUR)

    backfill(billing, (NOON, 2))
    assert asyncio.run(run()) == history(billing, NOON, NOON + HOUR)


ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo"]


@given(
    zone=st.sampled_from(ZONES),
    moments=st.lists(st.integers(0, 2 * 365 * 86_400), min_size=1, max_size=8),
    granularity=st.sampled_from(["day", "month"]),
)
def test_every_event_lies_in_exactly_one_bucket(zone: str, moments: list[int], granularity: Any) -> None:
    catalog: dict[str, Any] = {
        "default_plan": "only",
        "features": {"api_calls": {"title": "API calls", "type": "usage_quota", "unit": "call"}},
        "plans": {"only": {"rank": 1, "features": {"api_calls": {"limit": "unlimited", "period": "month"}}}},
    }
    with Billing("sqlite://", catalog=catalog, clock=Clock()) as billing:
        billing.create_customer("cus_1", timezone=zone)
        at = [datetime(2018, 1, 1, tzinfo=UTC) + timedelta(seconds=moment) for moment in moments]
        backfill(billing, *[(moment, 2**index) for index, moment in enumerate(at)])
        buckets = history(billing, min(at), max(at) + timedelta(microseconds=1), granularity)
        for bucket in buckets:
            inside = [2**index for index, moment in enumerate(at) if bucket.start <= moment < bucket.end]
            assert bucket.quantity == sum(inside)
        assert sum(bucket.quantity for bucket in buckets) == 2 ** len(at) - 1

"""The ledger, page by page: newest first by (timestamp, key), nothing twice and nothing left out."""

from __future__ import annotations

import base64
import itertools
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing_ui_backend import Billing, InvalidRequest, InvalidTimestamp, UnknownFeature, UsageEvent
from tests.support.engine import NOON, Clock, small_catalog


def pages(billing: Billing, customer_id: str = "cus_1", *, limit: int = 100, **which: Any) -> list[UsageEvent]:
    found: list[UsageEvent] = []
    cursor = None
    while True:
        page = billing.list_usage_events(customer_id, cursor=cursor, limit=limit, **which)
        assert len(page.events) <= limit
        found += page.events
        if page.next_cursor is None:
            return found
        assert len(page.events) == limit
        assert page.next_cursor != cursor
        cursor = page.next_cursor


def in_order(events: list[UsageEvent]) -> bool:
    names = [(event.timestamp, event.idempotency_key) for event in events]
    return names == sorted(names, reverse=True)


def test_an_event_is_kept_as_it_was_counted(billing: Billing, clock: Clock) -> None:
    """Parity, "There is no event log, history, correction or audit"."""
    clock.advance(minutes=1)
    billing.track_usage(
        customer_id="cus_1",
        feature_key="storage_gb",
        quantity=1 / 3,
        idempotency_key="upload-1",
        timestamp=NOON,
        metadata={"file": "a.bin"},
    )
    assert billing.list_usage_events("cus_1").events == (
        UsageEvent(
            customer_id="cus_1",
            feature_key="storage_gb",
            operation="track",
            quantity=Decimal("0.333333"),
            idempotency_key="upload-1",
            timestamp=NOON,
            recorded_at=NOON + timedelta(minutes=1),
            metadata={"file": "a.bin"},
        ),
    )


@pytest.fixture(scope="module")
def many_customers() -> Iterator[Billing]:
    with Billing("sqlite://", catalog=small_catalog(), clock=Clock()) as billing:
        yield billing


customer_ids = (f"page_{number}" for number in itertools.count())


@settings(max_examples=50)
@given(
    events=st.lists(
        st.tuples(
            st.sampled_from(["api_calls", "emails", "files"]),
            st.sampled_from(["a", "b", "B", "ä", "🚀", "～", "z"]),
            st.integers(0, 3),
        ),
        unique_by=lambda event: event[1:],
        min_size=1,
        max_size=25,
    ),
    limit=st.integers(1, 7),
)
def test_pages_hold_every_event_once_and_in_order(
    many_customers: Billing, events: list[tuple[str, str, int]], limit: int
) -> None:
    billing, customer_id, other_id = many_customers, next(customer_ids), next(customer_ids)
    sent = []
    for who in (customer_id, other_id):
        billing.create_customer(who, plan="enterprise")
        sent += [
            {
                "customer_id": who,
                "feature_key": feature_key,
                "idempotency_key": f"{name}{seconds}",
                "timestamp": NOON - timedelta(seconds=seconds),
            }
            for feature_key, name, seconds in events
        ]
    assert all(item.success for item in billing.track_usage_batch(sent))
    found = pages(billing, customer_id, limit=limit)
    assert sorted((event.feature_key, event.idempotency_key) for event in found) == sorted(
        (feature_key, f"{name}{seconds}") for feature_key, name, seconds in events
    )
    assert in_order(found)
    assert {event.customer_id for event in found} == {customer_id}
    emails = pages(billing, customer_id, limit=limit, feature_key="emails")
    assert emails == [event for event in found if event.feature_key == "emails"]
    later = pages(billing, customer_id, limit=limit, start=NOON - timedelta(seconds=2), end=NOON)
    assert later == [event for event in found if NOON - timedelta(seconds=2) <= event.timestamp < NOON]


def test_pages_have_no_gap_and_no_double_while_events_arrive(billing: Billing, open_billing: Any) -> None:
    billing.change_plan("cus_1", "enterprise")
    before = {f"old-{number:03}" for number in range(120)}
    billing.track_usage_batch(
        [
            {"customer_id": "cus_1", "feature_key": "api_calls", "idempotency_key": key, "timestamp": NOON}
            for key in sorted(before)
        ]
    )
    writing, done = threading.Event(), threading.Event()
    other = open_billing()

    def write() -> None:
        for number in range(60):
            moment = NOON + timedelta(seconds=number % 2)
            other.track_usage(
                customer_id="cus_1", feature_key="emails", idempotency_key=f"new-{number}", timestamp=moment
            )
            writing.set()
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    assert writing.wait(10)
    rounds = 0
    while rounds < 3 or not done.is_set():
        found = pages(billing, limit=7)
        names = [event.idempotency_key for event in found]
        assert len(names) == len(set(names))
        assert before <= set(names)
        assert in_order(found)
        rounds += 1
    thread.join()
    assert len(pages(billing, limit=1000)) == 180


def test_an_event_that_arrives_late_does_not_move_the_pages_after_it(billing: Billing) -> None:
    billing.change_plan("cus_1", "enterprise")
    for key in ("a", "b", "c", "d"):
        billing.track_usage(customer_id="cus_1", feature_key="api_calls", idempotency_key=key, timestamp=NOON)
    first = billing.list_usage_events("cus_1", limit=2)
    billing.track_usage(customer_id="cus_1", feature_key="api_calls", idempotency_key="cc", timestamp=NOON)
    second = billing.list_usage_events("cus_1", limit=2, cursor=first.next_cursor)
    names = [event.idempotency_key for event in (*first.events, *second.events)]
    assert names == ["d", "c", "b", "a"]


def test_a_page_may_end_at_the_longest_key(billing: Billing, clock: Clock) -> None:
    billing.track_usage(customer_id="cus_1", feature_key="emails", idempotency_key="first")
    clock.advance(seconds=1)
    held = billing.reserve_usage(customer_id="cus_1", feature_key="emails", quantity=1, idempotency_key="k" * 255)
    held.commit(1)
    assert [event.idempotency_key for event in pages(billing, limit=1)] == ["hold:" + "k" * 255, "first"]


def test_a_range_is_half_open_and_in_any_zone(billing: Billing) -> None:
    for minutes in (0, 1, 2):
        billing.track_usage(
            customer_id="cus_1", feature_key="emails", timestamp=NOON + timedelta(minutes=minutes), quantity=minutes + 1
        )
    berlin = datetime.strptime("+0100", "%z").tzinfo
    start, end = (NOON + timedelta(minutes=minutes) for minutes in (1, 2))
    assert [event.quantity for event in pages(billing, start=start.astimezone(berlin), end=end)] == [2]
    assert [event.quantity for event in pages(billing, start=end)] == [3]
    assert pages(billing, start=end, end=start) == []
    assert len(pages(billing, start=datetime.min.replace(tzinfo=UTC), end=datetime.max.replace(tzinfo=UTC))) == 3


@pytest.mark.parametrize("limit", [0, 1001, -1, True, "10", 1.5, None], ids=repr)
def test_a_page_has_1_to_1000_events(billing: Billing, limit: Any) -> None:
    with pytest.raises(InvalidRequest, match="limit"):
        billing.list_usage_events("cus_1", limit=limit)


def cursor_of(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "ü", "a" * 5000, "e30=", 7, b"x"),
        *map(cursor_of, ([], {}, [1, 2, 3], ["1", "k", 0], [1, "k"], [1, "k", 0.5], [1, "k", True], [None, "k", 0])),
        *map(cursor_of, ([2**63, "k", 0], [1, "k", 2**40], [1, "\ud800", 0], [1, "", 0], {"a": 1, "b": 2, "c": 3})),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
    ids=lambda cursor: repr(cursor)[:40],
)
def test_a_cursor_that_is_none_of_ours_is_refused(billing: Billing, cursor: Any) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        billing.list_usage_events("cus_1", cursor=cursor)


@pytest.mark.parametrize("at", [NOON.replace(tzinfo=None), "2026-03-10", NOON.date(), 7], ids=repr)
@pytest.mark.parametrize("name", ["start", "end"])
def test_a_range_has_a_zone(billing: Billing, name: str, at: Any) -> None:
    with pytest.raises(InvalidTimestamp, match=name):
        billing.list_usage_events("cus_1", **{name: at})


def test_an_unknown_feature_is_an_error_not_an_empty_page(billing: Billing) -> None:
    with pytest.raises(UnknownFeature, match="no_such"):
        billing.list_usage_events("cus_1", feature_key="no_such")

"""Holds: usage is reserved before it happens, then committed, released, or over when its time is; always exact."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing_ui_backend import (
    AsyncBilling,
    AsyncHold,
    Billing,
    BillingError,
    FeatureNotInPlan,
    Hold,
    HoldExpired,
    IdempotencyKeyReused,
    InvalidQuantity,
    InvalidRequest,
    QuotaExceeded,
    SubscriptionInactive,
    UnknownCustomer,
    UnknownFeature,
)
from tests.backend.conftest import OpenBilling
from tests.support.engine import NOON, Clock, one_quota, put
from tests.support.tampering import tampering


def reserve(billing: Billing, quantity: object = 10, feature_key: str = "emails", **more: Any) -> Hold:
    return billing.reserve_usage(customer_id="cus_1", feature_key=feature_key, quantity=quantity, **more)


def track(billing: Billing, quantity: object = 1, feature_key: str = "emails", **more: Any) -> Any:
    return billing.track_usage(customer_id="cus_1", feature_key=feature_key, quantity=quantity, **more)


def state(billing: Billing, feature_key: str = "emails") -> tuple[Decimal, Decimal, Decimal | None]:
    """(used, held, remaining) of the window that binds, once the books are proved and the sum is right."""
    assert billing.verify()
    item = billing.get_usage_metrics("cus_1", feature_key)[feature_key]
    for window in item.windows:
        if window.limit is not None and window.remaining is not None:
            assert window.used + window.held + window.remaining - window.overage == window.limit
    return item.consumed, item.held, item.remaining


def test_a_hold_takes_room_without_being_used(billing: Billing, clock: Clock) -> None:
    hold = reserve(billing, 10, ttl=60)
    assert (hold.customer_id, hold.feature_key, hold.quantity, hold.status) == ("cus_1", "emails", 10, "held")
    assert (hold.created_at, hold.expires_at, hold.replayed) == (NOON, NOON + timedelta(seconds=60), False)
    assert state(billing) == (0, 10, 90)
    assert billing.list_usage_events("cus_1").events == ()
    assert billing.check_entitlement("cus_1", "emails", 90).has_access
    assert not billing.check_entitlement("cus_1", "emails", 91).has_access
    assert clock.now == NOON


def test_usage_and_holds_share_one_limit(billing: Billing) -> None:
    reserve(billing, 60)
    track(billing, 30)
    with pytest.raises(QuotaExceeded) as refused:
        track(billing, 11)
    assert (refused.value.consumed, refused.value.remaining, refused.value.requested) == (30, 10, 11)
    with pytest.raises(QuotaExceeded) as refused:
        reserve(billing, 11)
    assert (refused.value.consumed, refused.value.remaining, refused.value.requested) == (30, 10, 11)
    assert reserve(billing, 10).status == "held"
    assert state(billing) == (30, 70, 0)


def test_a_commit_counts_what_was_used_and_gives_the_rest_back(billing: Billing, clock: Clock) -> None:
    hold = reserve(billing, 10)
    clock.advance(seconds=30)
    receipt = hold.commit(7)
    assert (receipt.quantity, receipt.idempotency_key) == (7, f"hold:{hold.hold_id}")
    assert (receipt.timestamp, receipt.recorded_at) == (NOON, clock.now)
    assert (receipt.usage.consumed_units, receipt.usage.remaining_units) == (7, 93)
    assert state(billing) == (7, 0, 93)
    (event,) = billing.list_usage_events("cus_1").events
    assert (event.operation, event.quantity, event.timestamp) == ("track", 7, NOON)


def test_a_commit_counts_in_the_windows_of_its_reservation(billing: Billing, clock: Clock) -> None:
    clock.advance(hours=11, minutes=59)
    hold = reserve(billing, 10, "api_calls")
    clock.advance(minutes=2)
    hold.commit(4)
    windows = {w.window: w.used for w in billing.get_usage_metrics("cus_1", "api_calls")["api_calls"].windows}
    assert windows == {"month": 4, "hour": 0}
    assert billing.verify()


def test_a_commit_within_the_hold_never_fails_for_a_limit(open_billing: OpenBilling) -> None:
    billing = open_billing(catalog=one_quota(100))
    billing.create_customer("cus_1")
    track(billing, 60, "api_calls")
    hold = reserve(billing, 40, "api_calls")
    open_billing(catalog=one_quota(50)).catalog()
    assert hold.commit(40).usage.consumed_units == 100
    assert state(billing, "api_calls") == (100, 0, 0)


def test_a_commit_beyond_the_hold_takes_the_excess_under_the_guard(billing: Billing) -> None:
    track(billing, 85)
    hold = reserve(billing, 10)
    with pytest.raises(QuotaExceeded) as refused:
        hold.commit(16)
    assert (refused.value.requested, refused.value.consumed, refused.value.remaining) == (6, 85, 5)
    assert state(billing) == (85, 10, 5)
    assert hold.commit(15).usage.remaining_units == 0
    assert state(billing) == (100, 0, 0)


def test_a_commit_of_nothing_releases_and_leaves_no_line(billing: Billing) -> None:
    hold = reserve(billing, 10)
    first = hold.commit(0)
    assert (first.quantity, first.replayed, first.usage.remaining_units) == (0, False, 100)
    assert hold.commit(0).replayed
    assert state(billing) == (0, 0, 100)
    assert billing.list_usage_events("cus_1").events == ()
    with pytest.raises(HoldExpired):
        hold.commit(1)


def test_a_release_gives_all_back_once(billing: Billing) -> None:
    hold = reserve(billing, 10)
    assert hold.release() is True
    assert hold.release() is False
    assert state(billing) == (0, 0, 100)
    with pytest.raises(HoldExpired, match="released"):
        hold.commit(3)
    assert reserve(billing, 100).status == "held"


def test_the_same_commit_again_gives_the_first_receipt(billing: Billing, clock: Clock) -> None:
    hold = reserve(billing, 10)
    first = hold.commit(7)
    clock.advance(hours=30)
    again = billing.commit_hold("cus_1", hold.hold_id, "7")
    assert again.replayed
    assert (again.quantity, again.recorded_at, again.usage) == (7, NOON, first.usage)
    for other in (8, 0):
        with pytest.raises(IdempotencyKeyReused, match="already committed with 7"):
            hold.commit(other)
    assert hold.release() is False
    assert len(billing.list_usage_events("cus_1").events) == 1


def test_the_same_reservation_again_gives_the_same_hold(billing: Billing, clock: Clock) -> None:
    first = reserve(billing, 10, idempotency_key="job-1", ttl=60)
    assert first.hold_id == "job-1"
    again = reserve(billing, "10.0", idempotency_key="job-1")
    assert again.replayed
    assert (again.created_at, again.expires_at, again.status) == (first.created_at, first.expires_at, "held")
    assert state(billing) == (0, 10, 90)
    with pytest.raises(IdempotencyKeyReused):
        reserve(billing, 11, idempotency_key="job-1")
    with pytest.raises(IdempotencyKeyReused):
        reserve(billing, 1, "api_calls", idempotency_key="job-1")
    clock.advance(seconds=60)
    assert reserve(billing, 10, idempotency_key="job-1").status == "expired"
    again.commit(2)
    assert reserve(billing, 10, idempotency_key="job-1").status == "committed"


def test_an_expired_hold_holds_nothing_although_nothing_ran(billing: Billing, clock: Clock) -> None:
    reserve(billing, 60, ttl=300)
    track(billing, 10)
    clock.advance(seconds=299, milliseconds=999)
    assert state(billing) == (10, 60, 30)
    clock.advance(milliseconds=1)
    assert state(billing) == (10, 0, 90)
    assert billing.check_entitlement("cus_1", "emails", 90).has_access
    assert track(billing, 1).usage.remaining_units == 89
    assert track(billing, 89).usage.remaining_units == 0
    assert state(billing) == (100, 0, 0)


def test_room_of_an_expired_hold_is_used_at_once(billing: Billing, clock: Clock) -> None:
    reserve(billing, 100)
    with pytest.raises(QuotaExceeded):
        track(billing, 1)
    clock.advance(minutes=5)
    assert track(billing, 100).usage.remaining_units == 0
    assert state(billing) == (100, 0, 0)


def test_an_expired_hold_makes_room_for_another(billing: Billing, clock: Clock) -> None:
    reserve(billing, 100)
    clock.advance(minutes=5)
    assert reserve(billing, 100).status == "held"
    assert state(billing) == (0, 100, 0)


def test_a_refusal_tells_what_is_left_without_expired_holds(billing: Billing, clock: Clock) -> None:
    reserve(billing, 60)
    track(billing, 10)
    clock.advance(minutes=5)
    with pytest.raises(QuotaExceeded) as refused:
        track(billing, 91)
    assert (refused.value.consumed, refused.value.remaining) == (10, 90)
    assert state(billing) == (10, 0, 90)


def test_a_browsers_call_is_counted_once_when_it_meets_an_expired_hold(billing: Billing, clock: Clock) -> None:
    reserve(billing, 60, "api_calls", ttl=1)
    clock.advance(seconds=1)
    for _ in range(5):
        billing.browser_track("cus_1", "api_calls", 2)
    assert state(billing, "api_calls")[0] == 10


def test_a_commit_after_expiry_is_new_usage_now_and_guarded(billing: Billing, clock: Clock) -> None:
    hold = reserve(billing, 10)
    track(billing, 85)
    clock.advance(minutes=6)
    with pytest.raises(QuotaExceeded):
        hold.commit(16)
    receipt = hold.commit(15)
    assert (receipt.timestamp, receipt.usage.remaining_units) == (clock.now, 0)
    assert hold.commit(15).replayed
    assert state(billing) == (100, 0, 0)


def test_a_hold_given_up_after_its_time_is_not_committed_later(billing: Billing, clock: Clock) -> None:
    hold = reserve(billing, 10)
    clock.advance(minutes=6)
    assert hold.release() is False
    with pytest.raises(HoldExpired):
        hold.commit(1)
    assert state(billing) == (0, 0, 100)


def test_an_expired_hold_of_an_earlier_window_is_swept_by_the_next_one(
    billing: Billing, clock: Clock, database_url: str
) -> None:
    reserve(billing, 10)
    clock.advance(days=1)
    reserve(billing, 5)
    assert state(billing) == (0, 5, 95)
    with tampering(database_url) as execute:
        statuses = execute("select status, quantity from billing_hold order by quantity")
    assert statuses == [("held", 5), ("expired", 10)]


def test_a_window_opened_later_contains_what_is_held(billing: Billing, clock: Clock) -> None:
    hold = reserve(billing, 10, "api_calls")
    clock.advance(minutes=1)
    billing.change_plan("cus_1", "trial")
    assert state(billing, "api_calls") == (0, 10, 1990)
    track(billing, 5, "api_calls")
    assert state(billing, "api_calls") == (5, 10, 1985)
    hold.commit(10)
    assert state(billing, "api_calls") == (15, 0, 1985)


def test_a_window_that_another_zone_opens_contains_what_is_held(billing: Billing, clock: Clock) -> None:
    hold = reserve(billing, 10)
    clock.advance(minutes=1)
    billing.update_customer("cus_1", timezone="Asia/Kathmandu")
    assert state(billing) == (0, 10, 90)
    with pytest.raises(QuotaExceeded):
        track(billing, 91)
    track(billing, 90)
    assert state(billing) == (90, 10, 0)
    assert hold.release() is True
    assert state(billing) == (90, 0, 10)


def test_a_level_can_be_reserved(billing: Billing) -> None:
    billing.set_usage(customer_id="cus_1", feature_key="team", quantity=1)
    hold = reserve(billing, 2, "team")
    with pytest.raises(QuotaExceeded):
        track(billing, 1, "team")
    assert state(billing, "team") == (1, 2, 0)
    assert hold.commit(1).usage.consumed_units == 2
    assert state(billing, "team") == (2, 0, 1)


def test_setting_a_level_leaves_room_for_what_is_held(billing: Billing, clock: Clock) -> None:
    reserve(billing, 2, "team")
    with pytest.raises(QuotaExceeded):
        billing.set_usage(customer_id="cus_1", feature_key="team", quantity=2)
    assert billing.set_usage(customer_id="cus_1", feature_key="team", quantity=1).usage.remaining_units == 0
    clock.advance(minutes=5)
    assert billing.set_usage(customer_id="cus_1", feature_key="team", quantity=3).usage.remaining_units == 0
    assert state(billing, "team") == (3, 0, 0)


def test_all_windows_are_guarded_and_a_full_one_refuses_the_hold_whole(billing: Billing) -> None:
    with pytest.raises(QuotaExceeded) as refused:
        reserve(billing, 61, "api_calls")
    assert refused.value.window == "hour"
    assert state(billing, "api_calls") == (0, 0, 60)
    assert [(r.reason, r.count) for r in billing.list_refusals("cus_1")] == [("quota_exceeded", 1)]


def test_what_was_reserved_may_be_committed_after_the_subscription_ended(billing: Billing, clock: Clock) -> None:
    hold, other = reserve(billing, 10), reserve(billing, 10)
    billing.cancel_subscription("cus_1", at="now")
    with pytest.raises(SubscriptionInactive):
        reserve(billing, 1)
    assert hold.commit(10).success
    clock.advance(minutes=5)
    with pytest.raises(SubscriptionInactive):
        other.commit(10)
    assert billing.verify()


def test_what_was_reserved_may_be_committed_after_a_catalog_took_the_feature_out_of_the_plan(
    billing: Billing, open_billing: OpenBilling, catalog: dict[str, Any], clock: Clock
) -> None:
    billing.track_usage(customer_id="cus_1", feature_key="emails", quantity=5)
    holds = [reserve(billing, 10) for _ in range(4)]
    put("plans/free/features/emails", ...)(catalog)
    newer = open_billing(catalog=catalog)
    with pytest.raises(FeatureNotInPlan):
        newer.reserve_usage(customer_id="cus_1", feature_key="emails", quantity=1)
    assert holds[0].commit(4).usage.limit_units == 100
    usage = newer.commit_hold("cus_1", holds[1].hold_id, 4).usage
    assert (usage.consumed_units, usage.limit_units) == (13, 100)
    assert usage.period_end == datetime(2026, 3, 11, tzinfo=UTC)
    assert usage.remaining_units == 100 - 13 - 20
    # What goes beyond the promise is usage of a feature that is not in the plan.
    with pytest.raises(FeatureNotInPlan):
        holds[2].commit(11)
    assert holds[2].commit(10).usage.consumed_units == 23
    assert holds[2].commit(10).replayed
    assert holds[3].release()
    assert not holds[3].release()
    clock.advance(minutes=5)
    with pytest.raises(FeatureNotInPlan):
        billing.track_usage(customer_id="cus_1", feature_key="emails")
    assert billing.verify()


def test_a_hold_reaches_no_threshold_and_its_commit_does(billing: Billing) -> None:
    hold = reserve(billing, 100)
    assert billing.list_reached_thresholds("cus_1") == ()
    hold.commit(80)
    assert [item.threshold for item in billing.list_reached_thresholds("cus_1")] == [80, 50]


def test_a_committed_hold_can_be_corrected(billing: Billing) -> None:
    hold = reserve(billing, 10)
    receipt = hold.commit(7)
    billing.correct_usage(
        customer_id="cus_1", idempotency_key=receipt.idempotency_key, quantity=5, reason="two bounced"
    )
    assert state(billing) == (5, 0, 95)


def test_holds_of_customers_do_not_meet(billing: Billing) -> None:
    billing.create_customer("cus_2")
    reserve(billing, 100, idempotency_key="k")
    other = billing.reserve_usage(customer_id="cus_2", feature_key="emails", quantity=3, idempotency_key="k")
    assert (other.replayed, other.quantity) == (False, 3)
    assert state(billing) == (0, 100, 0)


def test_a_soft_limit_and_none_hold_without_end(billing: Billing) -> None:
    billing.change_plan("cus_1", "pro")
    hold = reserve(billing, 60_000, "api_calls")
    item = billing.get_usage_metrics("cus_1", "api_calls")["api_calls"]
    assert (item.held, item.remaining, item.overage, item.overage_cost) == (60_000, 0, 10_000, 0)
    hold.commit(60_000)
    assert billing.get_usage_metrics("cus_1", "api_calls")["api_calls"].overage_cost == 20


@pytest.mark.parametrize("enforcement", ["soft", "hard"])
def test_what_is_used_and_held_fits_in_64_bits(open_billing: OpenBilling, enforcement: str) -> None:
    billing = open_billing(catalog=one_quota(2**63 - 1, enforcement=enforcement))
    billing.create_customer("cus_1")
    track(billing, 1, "api_calls")
    with pytest.raises((InvalidQuantity, QuotaExceeded)):
        reserve(billing, 2**63 - 1, "api_calls")
    reserve(billing, 2**63 - 2, "api_calls").commit(2**63 - 2)
    assert state(billing, "api_calls")[0] == 2**63 - 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"quantity": 0}, InvalidQuantity),
        ({"quantity": -1}, InvalidQuantity),
        ({"quantity": -1, "feature_key": "team"}, InvalidQuantity),
        ({"quantity": "x"}, InvalidQuantity),
        ({"feature_key": "sso"}, InvalidQuantity),
        ({"feature_key": "files"}, FeatureNotInPlan),
        ({"feature_key": "nothing"}, UnknownFeature),
        ({"ttl": 0}, InvalidRequest),
        ({"ttl": -5}, InvalidRequest),
        ({"ttl": float("nan")}, InvalidRequest),
        ({"ttl": True}, InvalidRequest),
        ({"ttl": "60"}, InvalidRequest),
        ({"ttl": 35 * 86_400 + 1}, InvalidRequest),
        ({"idempotency_key": "hold:x"}, InvalidRequest),
        ({"idempotency_key": ""}, InvalidRequest),
    ],
)
def test_what_can_not_be_reserved_says_why(
    billing: Billing, arguments: dict[str, Any], error: type[BillingError]
) -> None:
    with pytest.raises(error):
        reserve(billing, **arguments)
    assert state(billing) == (0, 0, 100)


def test_an_unknown_hold_is_named(billing: Billing) -> None:
    for call in (lambda: billing.commit_hold("cus_1", "h1", 1), lambda: billing.release_hold("cus_1", "h1")):
        with pytest.raises(InvalidRequest, match="no hold 'h1'"):
            call()
    with pytest.raises(UnknownCustomer):
        billing.release_hold("nobody", "h1")
    with pytest.raises(InvalidQuantity):
        reserve(billing).commit(-1)


def test_watchers_hear_of_each_change(billing: Billing) -> None:
    heard: list[str] = []
    billing.on_commit(heard.append)
    hold = reserve(billing)
    hold.commit(3)
    hold.commit(3)
    other = reserve(billing)
    other.release()
    other.release()
    assert heard == ["cus_1"] * 4


def test_verify_names_a_counter_that_holds_something_else(billing: Billing, database_url: str) -> None:
    reserve(billing, 10)
    with tampering(database_url) as execute:
        execute("update billing_counter set held = held + 1")
    proof = billing.verify()
    assert not proof
    assert "holds 11" in proof.problems[0]
    assert "the holds 10" in proof.problems[0]


def test_the_asynchronous_engine_holds_too(billing: Billing) -> None:
    async def run() -> None:
        async with AsyncBilling(billing=billing) as engine:
            hold = await engine.reserve_usage(customer_id="cus_1", feature_key="emails", quantity=10)
            assert isinstance(hold, AsyncHold)
            assert (await hold.commit(4)).quantity == 4
            other = await engine.reserve_usage(customer_id="cus_1", feature_key="emails", quantity=10)
            assert await other.release()

    asyncio.run(run())
    assert state(billing) == (4, 0, 96)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Runs the calls in threads that start together; each one's result or error."""
    start = threading.Barrier(len(calls))

    def one(call: Callable[[], object]) -> object:
        start.wait(10)
        try:
            return call()
        except BillingError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def test_threads_that_reserve_against_one_limit_never_pass_it(billing: Billing) -> None:
    def many() -> list[Hold]:
        made = []
        for _ in range(20):
            try:
                made.append(reserve(billing, 1))
            except QuotaExceeded:
                continue
        return made

    made: Any = at_once(*[many] * 8)
    holds = [hold for some in made for hold in some]
    assert len(holds) == 100
    assert state(billing) == (0, 100, 0)
    at_once(*[lambda n=n: [hold.commit(1) for hold in holds[n::8]] for n in range(8)])
    assert state(billing) == (100, 0, 0)


@pytest.mark.parametrize("round_number", range(10))
def test_commit_and_release_at_once_end_the_hold_once(billing: Billing, round_number: int) -> None:
    hold = reserve(billing, 10, idempotency_key=f"round-{round_number}")
    answers = at_once(*[lambda: hold.commit(7)] * 4, *[hold.release] * 4)
    committed = [answer for answer in answers[:4] if not isinstance(answer, BillingError)]
    if committed:
        assert [receipt.replayed for receipt in committed].count(False) == 1  # type: ignore[attr-defined]
        assert answers[4:] == [False] * 4
        assert state(billing) == (7, 0, 93)
    else:
        assert answers[4:].count(True) == 1
        assert all(isinstance(answer, HoldExpired) for answer in answers[:4])
        assert state(billing) == (0, 0, 100)


def test_commits_and_usage_race_with_expiry_and_stay_exact(billing: Billing, clock: Clock) -> None:
    holds = [reserve(billing, 5, ttl=number + 1) for number in range(20)]

    def committing(some: list[Hold]) -> int:
        counted = 0
        for hold in some:
            try:
                counted += int(hold.commit(5).quantity)
            except QuotaExceeded:
                continue
        return counted

    def tracking() -> int:
        counted = 0
        for _ in range(30):
            clock.advance(milliseconds=300)
            try:
                counted += int(track(billing, 1).quantity)
            except QuotaExceeded:
                continue
        return counted

    answers: Any = at_once(lambda: committing(holds[::2]), lambda: committing(holds[1::2]), tracking, tracking)
    used, held, remaining = state(billing)
    assert used == sum(answers) <= 100
    assert (held, remaining) == (0, 100 - used)


def test_processes_that_reserve_against_one_limit_never_pass_it(database_url: str) -> None:
    code = (
        "import sys\n"
        "from billing_ui_backend import Billing, QuotaExceeded\n"
        "from tests.support.engine import Clock, one_quota\n"
        "made = 0\n"
        "with Billing(sys.argv[1], catalog=one_quota(30), clock=Clock()) as billing:\n"
        "    billing.create_customer('cus_1')\n"
        "    for number in range(30):\n"
        "        try:\n"
        "            hold = billing.reserve_usage(customer_id='cus_1', feature_key='api_calls', quantity=1)\n"
        "        except QuotaExceeded:\n"
        "            continue\n"
        "        made += 1\n"
        "        if number % 2: hold.commit(1)\n"
        "print(made)\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, database_url], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    made = [int(process.communicate(timeout=60)[0]) for process in running]
    assert sum(made) == 30
    with closing(Billing(database_url, clock=Clock())) as billing:
        used, held, remaining = state(billing, "api_calls")
        assert (used + held, remaining) == (30, 0)

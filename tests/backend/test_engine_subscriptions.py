"""The subscription in force is a function of time: plans, ends, pauses and trials."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing_ui_backend import (
    Billing,
    InvalidRequest,
    Subscription,
    SubscriptionInactive,
    UnknownPlan,
)
from tests.backend.conftest import OpenBilling
from tests.support.engine import NOON, Clock

TRIAL_END = NOON + timedelta(days=14)
MONTH_END = datetime(2026, 4, 10, 12, tzinfo=UTC)


def subscription(billing: Billing, customer_id: str = "cus_1") -> Subscription:
    found = billing.get_customer(customer_id).subscription
    assert found is not None
    return found


def plan_and_status(billing: Billing, customer_id: str = "cus_1") -> tuple[str, str]:
    found = subscription(billing, customer_id)
    return found.plan_key, found.status


def track(billing: Billing, customer_id: str = "cus_1") -> None:
    billing.track_usage(customer_id=customer_id, feature_key="api_calls")


@pytest.fixture
def trialing(billing: Billing) -> Billing:
    """An engine whose customer "try" is on a trial of 14 days."""
    billing.create_customer("try", plan="trial")
    return billing


def test_a_plan_changes_at_once_and_keeps_the_anchor(billing: Billing, clock: Clock) -> None:
    clock.advance(days=3)
    changed = billing.change_plan("cus_1", "pro").subscription
    assert changed == Subscription("pro", "Pro", "active", starts_at=clock.now, anchor=NOON)


def test_the_same_plan_again_changes_nothing(billing: Billing, clock: Clock) -> None:
    """Parity, "again when a webhook is delivered twice"."""
    clock.advance(days=3)
    first = billing.change_plan("cus_1", "pro")
    clock.advance(days=3)
    assert billing.change_plan("cus_1", "pro") == first


def test_limits_and_access_follow_a_change_at_once(billing: Billing) -> None:
    """Parity, "9. Limits still old after paying"."""
    assert billing.check_entitlement("cus_1", "files").reason == "feature_not_in_plan"
    billing.change_plan("cus_1", "pro")
    billing.track_usage(customer_id="cus_1", feature_key="files", quantity=200)
    billing.track_usage(customer_id="cus_1", feature_key="emails", quantity=10_000)


def test_a_change_at_the_periods_end_is_announced_and_comes_by_itself(billing: Billing, clock: Clock) -> None:
    billing.change_plan("cus_1", "pro")
    clock.advance(days=10)
    announced = billing.change_plan("cus_1", "free", at="period_end").subscription
    assert announced is not None
    assert (announced.plan_key, announced.next_plan_key, announced.next_status, announced.next_change_at) == (
        "pro",
        "free",
        "active",
        MONTH_END,
    )
    clock.now = MONTH_END - timedelta(microseconds=1)
    assert plan_and_status(billing) == ("pro", "active")
    clock.now = MONTH_END
    assert plan_and_status(billing) == ("free", "active")
    assert subscription(billing).next_plan_key is None


def test_the_billing_period_is_a_year_where_all_prices_are(open_billing: OpenBilling, catalog: dict[str, Any]) -> None:
    catalog["plans"]["pro"]["prices"] = [{"amount": "290", "currency": "USD", "interval": "year"}]
    billing = open_billing()
    billing.create_customer("cus_1", plan="pro")
    billing.cancel_subscription("cus_1")
    assert subscription(billing).next_change_at == datetime(2027, 3, 10, 12, tzinfo=UTC)


def test_choosing_the_own_plan_takes_a_scheduled_change_back(billing: Billing, clock: Clock) -> None:
    billing.change_plan("cus_1", "pro", at="period_end")
    billing.change_plan("cus_1", "free")
    assert subscription(billing).next_plan_key is None
    clock.now = MONTH_END
    assert plan_and_status(billing) == ("free", "active")


def test_a_change_now_replaces_what_was_scheduled(billing: Billing, clock: Clock) -> None:
    billing.change_plan("cus_1", "pro", at="period_end")
    clock.advance(days=1)
    billing.change_plan("cus_1", "enterprise")
    clock.now = MONTH_END
    assert plan_and_status(billing) == ("enterprise", "active")


def test_an_unknown_plan_or_time_changes_nothing(billing: Billing) -> None:
    with pytest.raises(UnknownPlan, match="prro"):
        billing.change_plan("cus_1", "prro")
    for at in ("tomorrow", None, NOON):
        with pytest.raises(InvalidRequest, match="period_end"):
            billing.change_plan("cus_1", "pro", at=at)  # type: ignore[arg-type]
        with pytest.raises(InvalidRequest, match="period_end"):
            billing.cancel_subscription("cus_1", at=at)  # type: ignore[arg-type]
    assert plan_and_status(billing) == ("free", "active")


def test_a_cancelled_subscription_lasts_to_the_periods_end(billing: Billing, clock: Clock) -> None:
    clock.advance(days=3)
    cancelled = billing.cancel_subscription("cus_1").subscription
    assert cancelled is not None
    assert (cancelled.status, cancelled.next_status, cancelled.next_change_at) == ("active", "ended", MONTH_END)
    track(billing)
    clock.now = MONTH_END
    assert plan_and_status(billing) == ("free", "ended")
    with pytest.raises(SubscriptionInactive, match="ended"):
        track(billing)
    assert billing.check_entitlement("cus_1", "api_calls").reason == "no_active_subscription"


def test_a_subscription_can_end_now_and_begin_again_with_a_new_anchor(billing: Billing, clock: Clock) -> None:
    billing.cancel_subscription("cus_1", at="now")
    with pytest.raises(SubscriptionInactive):
        track(billing)
    clock.advance(days=5)
    with pytest.raises(SubscriptionInactive, match="change_plan"):
        billing.resume_subscription("cus_1")
    with pytest.raises(SubscriptionInactive):
        billing.pause_subscription("cus_1")
    assert billing.cancel_subscription("cus_1") == billing.get_customer("cus_1")
    again = billing.change_plan("cus_1", "free").subscription
    assert again == Subscription("free", "Free", "active", starts_at=clock.now, anchor=clock.now)
    track(billing)


def test_after_the_end_there_is_no_period_to_wait_for(billing: Billing, clock: Clock) -> None:
    billing.cancel_subscription("cus_1", at="now")
    clock.advance(days=5)
    billing.change_plan("cus_1", "pro", at="period_end")
    assert plan_and_status(billing) == ("pro", "active")


def test_a_cancellation_can_be_taken_back(billing: Billing, clock: Clock) -> None:
    billing.cancel_subscription("cus_1")
    billing.change_plan("cus_1", "free")
    clock.now = MONTH_END
    assert plan_and_status(billing) == ("free", "active")


def test_resuming_leaves_a_cancellation_alone_however_often_it_is_sent(billing: Billing, clock: Clock) -> None:
    """A client that did not get its answer sends the call again: twice must not do more than once."""
    billing.cancel_subscription("cus_1")
    clock.advance(days=1)
    billing.pause_subscription("cus_1")
    clock.advance(days=1)
    for _ in range(2):
        billing.resume_subscription("cus_1")
        assert subscription(billing).next_status == "ended"
    clock.now = MONTH_END
    assert plan_and_status(billing) == ("free", "ended")


def test_a_pause_takes_access_away_until_resumed(billing: Billing, clock: Clock) -> None:
    track(billing)
    clock.advance(days=1)
    for _ in range(2):
        assert billing.pause_subscription("cus_1").subscription == Subscription(
            "free", "Free", "paused", starts_at=NOON + timedelta(days=1), anchor=NOON
        )
        clock.advance(hours=1)
    with pytest.raises(SubscriptionInactive, match="paused") as refused:
        track(billing)
    assert refused.value.status == 403
    assert billing.check_entitlement("cus_1", "api_calls").reason == "subscription_not_active"
    with pytest.raises(SubscriptionInactive, match="resume"):
        billing.change_plan("cus_1", "pro")
    for _ in range(2):
        billing.resume_subscription("cus_1")
        track(billing)
    assert billing.get_usage_metrics("cus_1")["api_calls"].consumed == 2
    assert billing.verify()


def test_what_was_scheduled_comes_during_a_pause_without_access(billing: Billing, clock: Clock) -> None:
    billing.change_plan("cus_1", "pro", at="period_end")
    clock.advance(days=1)
    billing.pause_subscription("cus_1")
    clock.now = MONTH_END
    assert plan_and_status(billing) == ("pro", "paused")
    billing.resume_subscription("cus_1")
    assert plan_and_status(billing) == ("pro", "active")


def test_pause_and_resume_in_the_very_instant_of_the_beginning(billing: Billing) -> None:
    """A test's clock may stand still over all of it."""
    billing.pause_subscription("cus_1")
    assert plan_and_status(billing) == ("free", "paused")
    billing.resume_subscription("cus_1")
    assert plan_and_status(billing) == ("free", "active")
    billing.create_customer("try", plan="trial")
    billing.pause_subscription("try")
    billing.resume_subscription("try")
    assert subscription(billing, "try").trial_ends_at == TRIAL_END


def test_a_trial_has_access_and_becomes_active_by_itself(trialing: Billing, clock: Clock) -> None:
    """Parity, "Trialing customers are denied"."""
    begun = subscription(trialing, "try")
    assert (begun.status, begun.trial_ends_at) == ("trialing", TRIAL_END)
    track(trialing, "try")
    assert trialing.check_entitlement("try", "api_calls").has_access
    clock.now = TRIAL_END
    ended = subscription(trialing, "try")
    assert (ended.plan_key, ended.status, ended.trial_ends_at, ended.anchor) == ("trial", "active", None, NOON)
    track(trialing, "try")


def test_a_trial_that_is_cancelled_ends_when_the_trial_does(trialing: Billing, clock: Clock) -> None:
    cancelled = trialing.cancel_subscription("try").subscription
    assert cancelled is not None
    assert (cancelled.status, cancelled.next_status, cancelled.next_change_at) == ("trialing", "ended", TRIAL_END)
    clock.now = TRIAL_END
    for _ in range(4):
        assert plan_and_status(trialing, "try") == ("trial", "ended")
        clock.advance(days=30)


def test_a_long_trial_that_is_cancelled_never_comes_back(
    open_billing: OpenBilling, catalog: dict[str, Any], clock: Clock
) -> None:
    catalog["plans"]["trial"]["trial_days"] = 45
    billing = open_billing()
    billing.create_customer("try", plan="trial")
    billing.cancel_subscription("try")
    billing.create_customer("other", plan="trial")
    billing.change_plan("other", "pro", at="period_end")
    clock.advance(days=44)
    assert (plan_and_status(billing, "try"), plan_and_status(billing, "other")) == (("trial", "trialing"),) * 2
    clock.advance(days=1)
    for _ in range(3):
        assert plan_and_status(billing, "try") == ("trial", "ended")
        assert plan_and_status(billing, "other") == ("pro", "active")
        clock.advance(days=30)


@pytest.mark.parametrize("scheduled", ["end", "change"])
def test_what_a_trial_was_to_become_can_be_taken_back_and_the_trial_still_ends(
    trialing: Billing, clock: Clock, scheduled: str
) -> None:
    if scheduled == "end":
        trialing.cancel_subscription("try")
    else:
        trialing.change_plan("try", "pro", at="period_end")
    clock.advance(days=1)
    trialing.change_plan("try", "trial")
    assert subscription(trialing, "try").trial_ends_at == TRIAL_END
    clock.now = TRIAL_END
    assert plan_and_status(trialing, "try") == ("trial", "active")


def test_another_plan_now_ends_the_trial(trialing: Billing, clock: Clock) -> None:
    clock.advance(days=1)
    changed = trialing.change_plan("try", "pro").subscription
    assert changed == Subscription("pro", "Pro", "active", starts_at=clock.now, anchor=NOON)
    clock.advance(days=30)
    assert plan_and_status(trialing, "try") == ("pro", "active")


def test_a_trial_goes_on_after_a_pause_and_ends_in_its_time(trialing: Billing, clock: Clock) -> None:
    clock.advance(days=1)
    trialing.pause_subscription("try")
    clock.advance(days=1)
    trialing.resume_subscription("try")
    assert subscription(trialing, "try").trial_ends_at == TRIAL_END
    clock.now = TRIAL_END
    assert plan_and_status(trialing, "try") == ("trial", "active")


def test_a_trial_that_ran_out_during_a_pause_is_active_after_it(trialing: Billing, clock: Clock) -> None:
    clock.advance(days=1)
    trialing.pause_subscription("try")
    clock.advance(days=20)
    assert plan_and_status(trialing, "try") == ("trial", "paused")
    resumed = trialing.resume_subscription("try").subscription
    assert resumed is not None
    assert (resumed.status, resumed.trial_ends_at) == ("active", None)


def test_one_customer_changes_and_the_other_does_not(billing: Billing) -> None:
    billing.create_customer("cus_2")
    billing.change_plan("cus_1", "pro")
    billing.pause_subscription("cus_1")
    assert plan_and_status(billing, "cus_2") == ("free", "active")
    track(billing, "cus_2")
    assert billing.get_usage_metrics("cus_1")["api_calls"].consumed == 0

"""Customers are made once; their subscription is a function of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing_ui_backend import (
    Billing,
    Customer,
    InvalidRequest,
    Subscription,
    SubscriptionInactive,
    UnknownCustomer,
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


def test_a_new_customer_is_on_the_default_plan_in_utc(billing: Billing) -> None:
    assert billing.get_customer("cus_1") == Customer(
        customer_id="cus_1",
        name=None,
        email=None,
        timezone="UTC",
        locale="en-US",
        created_at=NOON,
        subscription=Subscription("free", "Free", "active", starts_at=NOON, anchor=NOON),
    )


def test_creating_again_updates_what_is_given_and_leaves_the_plan(billing: Billing, clock: Clock) -> None:
    billing.create_customer("cus_1", name="Ada", email="ada@example.com", timezone="Europe/Berlin", locale="de-DE")
    clock.advance(days=1)
    again = billing.create_customer("cus_1", plan="pro", name="Ada L.")
    assert (again.name, again.email, again.timezone, again.locale) == (
        "Ada L.",
        "ada@example.com",
        "Europe/Berlin",
        "de-DE",
    )
    assert (again.plan_key, again.created_at) == ("free", NOON)
    assert again == billing.get_customer("cus_1")


def test_a_customer_can_begin_on_any_plan(billing: Billing) -> None:
    assert billing.create_customer("cus_2", plan="pro").plan_key == "pro"


def test_without_a_plan_and_a_default_plan_there_is_no_customer(
    open_billing: OpenBilling, catalog: dict[str, Any]
) -> None:
    del catalog["default_plan"]
    billing = open_billing()
    with pytest.raises(UnknownPlan, match="default_plan"):
        billing.create_customer("cus_1")
    with pytest.raises(UnknownCustomer):
        billing.get_customer("cus_1")
    billing.create_customer("cus_1", plan="pro")


def test_an_unknown_plan_makes_no_customer(billing: Billing) -> None:
    with pytest.raises(UnknownPlan, match="free, pro"):
        billing.create_customer("cus_2", plan="prro")
    with pytest.raises(UnknownCustomer):
        billing.get_customer("cus_2")


@pytest.mark.parametrize(
    "profile",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"timezone": "America"},
        {"timezone": ""},
        {"timezone": 7},
        {"locale": "xx-XX-XX-XX"},
        {"locale": "not a locale"},
        {"name": "a\x00b"},
        {"name": "x" * 256},
        {"email": b"a@b"},
    ],
    ids=repr,
)
def test_a_profile_that_cannot_be_is_refused_whole(billing: Billing, profile: dict[str, Any]) -> None:
    (name,) = profile
    for change in (billing.create_customer, billing.update_customer):
        with pytest.raises(InvalidRequest, match=name):
            change("cus_1", **({"name": "new"} | profile))
    assert billing.get_customer("cus_1").name is None


@pytest.mark.parametrize("customer_id", ["", "x" * 256, "a\nb", "\ud800", None, 7], ids=repr)
def test_an_id_is_a_plain_string(billing: Billing, customer_id: Any) -> None:
    for call in (billing.create_customer, billing.get_customer, billing.pause_subscription, billing.get_usage_metrics):
        with pytest.raises(InvalidRequest, match="customer_id"):
            call(customer_id)


@pytest.mark.parametrize("customer_id", ["a" * 255, "Ümläut 🚀", "' or 1=1 --", "../x", "a/b c"])
def test_any_other_string_is_an_id(billing: Billing, customer_id: str) -> None:
    billing.create_customer(customer_id)
    track(billing, customer_id)
    assert billing.get_usage_metrics(customer_id)["api_calls"].consumed == 1


def test_only_the_given_fields_are_updated(billing: Billing) -> None:
    billing.update_customer("cus_1", name="Ada", timezone="Asia/Tokyo")
    customer = billing.update_customer("cus_1", email="ada@example.com")
    assert (customer.name, customer.email, customer.timezone) == ("Ada", "ada@example.com", "Asia/Tokyo")


def test_who_is_not_there_can_not_be_changed(billing: Billing) -> None:
    for call in (
        billing.get_customer,
        billing.update_customer,
        billing.cancel_subscription,
        billing.pause_subscription,
        billing.resume_subscription,
        billing.get_nudge,
        billing.list_usage_events,
    ):
        with pytest.raises(UnknownCustomer, match="nobody"):
            call("nobody")
    with pytest.raises(UnknownCustomer, match="nobody"):
        billing.change_plan("nobody", "pro")


def test_pages_of_customers_are_in_order_of_id_and_complete(billing: Billing) -> None:
    for number in range(25):
        billing.create_customer(f"page_{number:02}")
    seen, cursor = [], None
    while True:
        page = billing.list_customers(cursor=cursor, limit=10)
        seen += [customer.customer_id for customer in page.customers]
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.customers) == 10
    assert seen == sorted(["cus_1", *(f"page_{number:02}" for number in range(25))])
    assert billing.list_customers(limit=26).next_cursor is None


@pytest.mark.parametrize("limit", [0, 1001, -1, True, "10", 1.5, None], ids=repr)
def test_a_page_has_1_to_1000_customers(billing: Billing, limit: Any) -> None:
    with pytest.raises(InvalidRequest, match="limit"):
        billing.list_customers(limit=limit)


def test_a_plan_changes_at_once_and_keeps_the_anchor(billing: Billing, clock: Clock) -> None:
    clock.advance(days=3)
    changed = billing.change_plan("cus_1", "pro").subscription
    assert changed == Subscription("pro", "Pro", "active", starts_at=clock.now, anchor=NOON)


def test_the_same_plan_again_changes_nothing(billing: Billing, clock: Clock) -> None:
    """parity.md, "again when a webhook is delivered twice"."""
    clock.advance(days=3)
    first = billing.change_plan("cus_1", "pro")
    clock.advance(days=3)
    assert billing.change_plan("cus_1", "pro") == first


def test_limits_and_access_follow_a_change_at_once(billing: Billing) -> None:
    """parity.md, "9. Limits still old after paying"."""
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
    billing.resume_subscription("cus_1")
    clock.now = MONTH_END
    assert plan_and_status(billing) == ("free", "active")


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
    """parity.md, "Trialing customers are denied"."""
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


@pytest.mark.parametrize("take_back", ["resume", "same plan"])
@pytest.mark.parametrize("scheduled", ["end", "change"])
def test_what_a_trial_was_to_become_can_be_taken_back_and_the_trial_still_ends(
    trialing: Billing, clock: Clock, scheduled: str, take_back: str
) -> None:
    if scheduled == "end":
        trialing.cancel_subscription("try")
    else:
        trialing.change_plan("try", "pro", at="period_end")
    clock.advance(days=1)
    if take_back == "same plan" or scheduled == "change":
        trialing.change_plan("try", "trial")
    else:
        trialing.resume_subscription("try")
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

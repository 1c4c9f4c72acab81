"""A nudge: the worst case, the plan that would really fit, and a dismissal that is remembered."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing_ui_backend import Billing, InvalidRequest, Nudge
from tests.backend.conftest import OpenBilling
from tests.support.engine import NOON, Clock
from tests.support.tampering import tampering


def track(billing: Billing, quantity: object, feature_key: str = "api_calls", customer_id: str = "cus_1") -> None:
    billing.track_usage(customer_id=customer_id, feature_key=feature_key, quantity=quantity)


def nudge(billing: Billing, user_id: str | None = None) -> Nudge:
    found = billing.get_nudge("cus_1", user_id=user_id)
    assert found is not None
    return found


def shown(billing: Billing, user_id: str | None = None) -> tuple[str | None, int | None] | None:
    found = billing.get_nudge("cus_1", user_id=user_id)
    return None if found is None else (found.feature_key, found.threshold)


@pytest.mark.parametrize(
    ("quantity", "threshold"),
    [(0, None), (79, None), (80, 80), (89, 80), (90, 90), (94, 90), (95, 95), (99, 95), (100, 100)],
)
def test_a_nudge_names_the_highest_threshold_reached(billing: Billing, quantity: int, threshold: int | None) -> None:
    if quantity:
        track(billing, quantity, "emails")
    assert shown(billing) == (None if threshold is None else ("emails", threshold))


def test_the_worst_case_is_shown_not_the_first(billing: Billing) -> None:
    """Parity, "UpgradeNudge": theirs takes the first feature over 80 % instead of the worst."""
    track(billing, 49)  # 81 % of the hour
    track(billing, 96, "emails")
    track(billing, "0.45", "storage_gb")
    assert shown(billing) == ("emails", 95)
    found = nudge(billing)
    assert found.window is not None
    assert (found.window.window, found.window.percentage_used) == ("day", 96)
    assert found.metric == billing.get_usage_metrics("cus_1")["emails"]


def test_the_window_that_is_short_is_named_also_when_another_one_binds(
    open_billing: OpenBilling, catalog: dict[str, Any]
) -> None:
    catalog["plans"]["free"]["features"]["emails"] = [
        {"limit": 1000, "period": "month", "enforcement": "soft"},
        {"limit": 2000, "period": "year"},
    ]
    billing = open_billing()
    billing.create_customer("cus_1")
    track(billing, 900, "emails")
    found = nudge(billing)
    assert found.metric is not None
    assert found.window is not None
    assert (found.metric.window, found.window.window, found.threshold) == ("year", "month", 90)


def test_a_hard_limit_that_is_reached_is_worse_than_a_soft_one_far_exceeded(billing: Billing) -> None:
    """Parity, nudge rules, "order: hard limit, ..."."""
    billing.change_plan("cus_1", "pro")
    track(billing, 200_000)
    assert shown(billing) == ("api_calls", 100)
    track(billing, 9, "team")
    assert shown(billing) == ("api_calls", 100)
    track(billing, 1, "team")
    assert shown(billing) == ("team", 100)


def test_the_suggested_plan_holds_everything_that_is_used(billing: Billing) -> None:
    """Parity, "suggests an empty plan at $0"."""
    track(billing, 100, "emails")
    found = nudge(billing)
    assert (found.suggested_plan_key, found.suggested_plan_title) == ("trial", "Trial")
    assert (found.suggested_limit, found.suggested_window, found.suggested_unlimited) == (500, "day", False)
    assert (found.suggested_price, found.suggested_currency, found.suggested_interval) == (9, "USD", "month")


@pytest.mark.parametrize("free", [[{"amount": "0", "currency": "JPY", "interval": "month"}], []])
def test_a_price_is_told_in_the_currency_of_the_customers_plan_as_in_the_table(
    open_billing: OpenBilling, catalog: dict[str, Any], free: list[Any]
) -> None:
    """Of who pays nothing and has no price: in that of the lowest plan with one."""
    catalog["plans"]["free"]["prices"] = free
    if not free:
        catalog["plans"]["low"] = {"rank": 11, "prices": [{"amount": "1", "currency": "JPY", "interval": "month"}]}
    # The table shows the monthly price at first, whichever the catalog names first.
    for amount, interval in (("13000", "year"), ("1300", "month")):
        catalog["plans"]["trial"]["prices"].append({"amount": amount, "currency": "JPY", "interval": interval})
    billing = open_billing()
    billing.create_customer("cus_1")
    track(billing, 100, "emails")
    found = nudge(billing)
    assert (found.suggested_plan_key, found.suggested_price, found.suggested_currency) == ("trial", 1300, "JPY")


def test_a_plan_that_helps_one_feature_and_cuts_another_short_does_not_fit(
    open_billing: OpenBilling, catalog: dict[str, Any]
) -> None:
    catalog["plans"]["trial"]["features"]["team"] = {"limit": 1}
    billing = open_billing()
    billing.create_customer("cus_1")
    track(billing, 2, "team")
    track(billing, 100, "emails")
    assert nudge(billing).suggested_plan_key == "pro"


@pytest.mark.parametrize("lacking", ["team", "sso"])
def test_a_plan_that_lacks_what_the_customer_has_does_not_fit(
    open_billing: OpenBilling, catalog: dict[str, Any], lacking: str
) -> None:
    catalog["plans"]["free"]["features"]["sso"] = True
    catalog["plans"]["trial"]["features"]["sso"] = True
    del catalog["plans"]["trial"]["features"][lacking]
    billing = open_billing()
    billing.create_customer("cus_1")
    track(billing, 90, "emails")
    assert nudge(billing).suggested_plan_key == "pro"


def test_a_plan_with_the_same_limit_is_no_help(open_billing: OpenBilling, catalog: dict[str, Any]) -> None:
    catalog["plans"]["trial"]["features"]["emails"] = {"limit": 100, "period": "day"}
    billing = open_billing()
    billing.create_customer("cus_1")
    track(billing, 85, "emails")
    assert nudge(billing).suggested_plan_key == "pro"


def test_a_soft_limit_that_usage_is_over_does_not_fit(open_billing: OpenBilling) -> None:
    billing = open_billing()
    billing.create_customer("cus_1", plan="pro")
    track(billing, 50_001)
    found = nudge(billing)
    assert (found.suggested_plan_key, found.suggested_unlimited, found.suggested_limit) == ("enterprise", True, None)


def test_where_no_plan_fits_none_is_suggested(open_billing: OpenBilling, catalog: dict[str, Any]) -> None:
    for plan in ("trial", "pro", "enterprise"):
        catalog["plans"][plan]["features"]["emails"] = {"limit": 100, "period": "day"}
    billing = open_billing()
    billing.create_customer("cus_1")
    track(billing, 100, "emails")
    found = nudge(billing)
    assert (found.suggested_plan_key, found.suggested_price, found.suggested_unlimited) == (None, None, False)


def test_there_is_no_nudge_on_the_top_plan(open_billing: OpenBilling, catalog: dict[str, Any]) -> None:
    """Parity, "never on the top plan"."""
    catalog["plans"]["enterprise"]["features"]["emails"] = {"limit": 1, "period": "day"}
    billing = open_billing()
    billing.create_customer("cus_1", plan="enterprise")
    track(billing, 1, "emails")
    assert billing.get_nudge("cus_1") is None


def test_there_is_no_nudge_without_access(billing: Billing) -> None:
    track(billing, 100, "emails")
    billing.pause_subscription("cus_1")
    assert billing.get_nudge("cus_1") is None
    billing.resume_subscription("cus_1")
    assert shown(billing) == ("emails", 100)
    billing.cancel_subscription("cus_1", at="now")
    assert billing.get_nudge("cus_1") is None


def test_a_dismissed_nudge_stays_away_for_the_rest_of_the_period(billing: Billing, clock: Clock) -> None:
    """Parity, "and forgets a dismissal"; "11. Nudges that come back after dismissal"."""
    track(billing, "0.45", "storage_gb")
    assert billing.dismiss_nudge("cus_1", nudge(billing).nudge_id)
    for _ in range(3):
        assert shown(billing) is None
        clock.advance(days=40)


def test_a_nudge_about_what_never_starts_again_is_named_without_an_instant(billing: Billing) -> None:
    track(billing, "0.45", "storage_gb")
    assert nudge(billing).nudge_id == "storage_gb:never:90"
    billing.dismiss_nudge("cus_1", nudge(billing).nudge_id)
    assert {event.nudge_id for event in billing.list_nudge_events("cus_1").events} == {"storage_gb:never:90"}


def test_a_dismissal_that_an_earlier_release_wrote_still_holds(billing: Billing, database_url: str) -> None:
    track(billing, "0.45", "storage_gb")
    with tampering(database_url) as execute:
        execute(
            "insert into billing_nudge_event (customer_id, user_id, trigger, feature_key, window_kind, start_us, threshold,"
            f" action, event_us) values ('cus_1', '', 'limit', 'storage_gb', 'never', {-(2**62)}, 90, 'dismissed',"
            f" {int(NOON.timestamp()) * 1_000_000})"
        )
    assert shown(billing) is None


def test_a_dismissal_holds_on_every_device(billing: Billing, open_billing: OpenBilling) -> None:
    track(billing, 80, "emails")
    assert open_billing().dismiss_nudge("cus_1", nudge(billing).nudge_id)
    assert shown(billing) is None
    assert open_billing(catalog=None).get_nudge("cus_1") is None


def test_the_next_worst_case_is_shown_after_a_dismissal(billing: Billing) -> None:
    track(billing, 96, "emails")
    track(billing, 49)
    billing.dismiss_nudge("cus_1", nudge(billing).nudge_id)
    assert shown(billing) == ("api_calls", 80)


def test_a_dismissal_is_one_users_own(billing: Billing) -> None:
    track(billing, 80, "emails")
    found = nudge(billing, "ada")
    assert billing.dismiss_nudge("cus_1", found.nudge_id, user_id="ada")
    assert shown(billing, "ada") is None
    assert shown(billing, "bob") == ("emails", 80)
    assert shown(billing) == ("emails", 80)
    billing.create_customer("cus_2")
    track(billing, 80, "emails", "cus_2")
    assert billing.get_nudge("cus_2", user_id="ada") is not None


def test_a_higher_threshold_shows_again_after_24_hours(billing: Billing, clock: Clock) -> None:
    track(billing, "0.4", "storage_gb")
    billing.dismiss_nudge("cus_1", nudge(billing).nudge_id)
    track(billing, "0.05", "storage_gb")
    clock.advance(hours=23, minutes=59)
    assert shown(billing) is None
    clock.advance(minutes=1)
    assert shown(billing) == ("storage_gb", 90)


def test_100_percent_is_never_muted(billing: Billing) -> None:
    """Parity, "caps and quiet never mute 100 %"."""
    track(billing, 80, "emails")
    billing.dismiss_nudge("cus_1", nudge(billing).nudge_id)
    track(billing, 19, "emails")
    assert shown(billing) is None
    track(billing, 1, "emails")
    assert shown(billing) == ("emails", 100)


def test_a_new_period_shows_again_after_24_hours_or_at_once_at_100_percent(billing: Billing, clock: Clock) -> None:
    clock.advance(hours=11)
    track(billing, 80, "emails")
    billing.dismiss_nudge("cus_1", nudge(billing).nudge_id)
    clock.advance(hours=2)
    track(billing, 99, "emails")
    assert shown(billing) is None
    track(billing, 1, "emails")
    assert shown(billing) == ("emails", 100)
    clock.advance(days=1)
    track(billing, 80, "emails")
    assert shown(billing) == ("emails", 80)


def test_even_100_percent_is_dismissed_for_its_own_period_only(billing: Billing, clock: Clock) -> None:
    track(billing, 100, "emails")
    billing.dismiss_nudge("cus_1", nudge(billing).nudge_id)
    assert shown(billing) is None
    clock.advance(days=1)
    track(billing, 100, "emails")
    assert shown(billing) == ("emails", 100)


def test_a_nudge_that_hangs_in_another_tab_does_not_bring_the_higher_one_back(billing: Billing, clock: Clock) -> None:
    track(billing, "0.4", "storage_gb")
    in_another_tab = nudge(billing).nudge_id
    track(billing, "0.1", "storage_gb")
    assert billing.dismiss_nudge("cus_1", nudge(billing).nudge_id)
    assert billing.dismiss_nudge("cus_1", in_another_tab)
    assert shown(billing) is None
    clock.advance(days=2)
    assert shown(billing) is None


def test_dismissing_what_was_drawn_before_usage_grew_leaves_the_higher_one(billing: Billing) -> None:
    track(billing, 80, "emails")
    drawn = nudge(billing).nudge_id
    track(billing, 20, "emails")
    assert billing.dismiss_nudge("cus_1", drawn)
    assert shown(billing) == ("emails", 100)


@pytest.mark.parametrize(
    "nudge_id", ["", "emails:day:0:80", "emails", "x" * 10_000, "\ud800", "emails:day:1773100800000000:100"]
)
def test_what_is_not_the_customers_case_is_not_stored(billing: Billing, nudge_id: str) -> None:
    track(billing, 80, "emails")
    assert billing.dismiss_nudge("cus_1", nudge_id) is False
    assert shown(billing) == ("emails", 80)


def test_the_nudge_of_one_customer_says_nothing_of_another(billing: Billing) -> None:
    billing.create_customer("cus_2")
    track(billing, 80, "emails", "cus_2")
    other = billing.get_nudge("cus_2")
    assert other is not None
    assert billing.dismiss_nudge("cus_1", other.nudge_id) is False
    assert billing.get_nudge("cus_1") is None


@pytest.mark.parametrize("nudge_id", [None, 7, b"x", ["x"]], ids=repr)
def test_a_nudge_is_named_by_a_string(billing: Billing, nudge_id: Any) -> None:
    with pytest.raises(InvalidRequest, match="nudge_id"):
        billing.dismiss_nudge("cus_1", nudge_id)


@pytest.mark.parametrize("user_id", ["\ud800", 7, "a\x00b", "x" * 300], ids=["surrogate", "int", "nul", "long"])
def test_a_user_is_named_by_a_plain_string(billing: Billing, user_id: Any) -> None:
    track(billing, 80, "emails")
    with pytest.raises(InvalidRequest, match="user_id"):
        billing.get_nudge("cus_1", user_id=user_id)
    with pytest.raises(InvalidRequest, match="user_id"):
        billing.dismiss_nudge("cus_1", "emails", user_id=user_id)


def test_a_level_that_falls_takes_its_nudge_away(billing: Billing) -> None:
    track(billing, "0.45", "storage_gb")
    track(billing, "-0.2", "storage_gb")
    assert shown(billing) is None


def test_a_trial_sees_nudges_too(billing: Billing, clock: Clock) -> None:
    billing.create_customer("try", plan="trial")
    track(billing, 1900, customer_id="try")
    found = billing.get_nudge("try")
    assert found is not None
    assert (found.threshold, found.suggested_plan_key, found.suggested_limit) == (95, "pro", Decimal(50_000))
    clock.advance(**{"days": 1})
    assert found.metric is not None
    assert clock.now - timedelta(days=1) == found.metric.period_start

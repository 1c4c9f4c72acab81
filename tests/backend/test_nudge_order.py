"""What comes first, and how often: the order of nudges, caps, the quiet of the first days, per user."""

from __future__ import annotations

from typing import Any

import pytest

from billing_ui_backend import Billing, CatalogError, FeatureNotInPlan, Nudge, NudgeRules
from billing_ui_backend.catalog import Catalog
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock


def use(billing: Billing, quantity: object, feature_key: str = "emails", customer_id: str = "cus_1") -> None:
    billing.track_usage(customer_id=customer_id, feature_key=feature_key, quantity=quantity)


def ask_in_vain(billing: Billing, feature_key: str = "files", customer_id: str = "cus_1") -> None:
    with pytest.raises(FeatureNotInPlan):
        use(billing, 1, feature_key, customer_id)


def decided(billing: Billing, customer_id: str = "cus_1", user_id: str | None = None) -> Nudge | None:
    return billing.get_nudge(customer_id, user_id=user_id)


def see(billing: Billing, customer_id: str = "cus_1", user_id: str | None = None) -> tuple[Any, ...] | None:
    """What the user is shown, and that it is recorded."""
    nudge = decided(billing, customer_id, user_id)
    if nudge is None:
        return None
    assert billing.record_nudge(customer_id, nudge.nudge_id, "shown", user_id=user_id)
    return nudge.trigger, nudge.feature_key, nudge.threshold


def test_each_case_waits_for_the_more_urgent_one(
    open_billing: OpenBilling, catalog: dict[str, Any], clock: Clock
) -> None:
    """A hard limit, a trial's end, 90 %, a feature that was refused, 80 %."""
    catalog["nudges"] = {"per_week": 9}
    billing = open_billing()
    billing.create_customer("try", plan="trial")
    clock.advance(days=12)
    use(billing, 4, "team", "try")
    ask_in_vain(billing, "files", "try")
    use(billing, "4.5", "storage_gb", "try")
    use(billing, 500, "emails", "try")
    found = []
    for _ in range(6):
        nudge = decided(billing, "try")
        if nudge is None:
            break
        found.append((nudge.trigger, nudge.feature_key, nudge.threshold))
        assert billing.dismiss_nudge("try", nudge.nudge_id)
    assert found == [
        ("limit", "emails", 100),
        ("trial_end", None, None),
        ("limit", "storage_gb", 90),
        ("feature_access", "files", None),
        ("limit", "team", 80),
    ]


@pytest.mark.parametrize(("days", "due"), [(10, False), (11, True), (13, True), (14, False)])
def test_a_trials_end_is_told_in_its_last_three_days(billing: Billing, clock: Clock, days: int, due: bool) -> None:
    billing.create_customer("try", plan="trial")
    clock.advance(days=days)
    nudge = decided(billing, "try")
    assert (nudge is not None) == due
    if nudge is not None:
        customer = billing.get_customer("try")
        assert customer.subscription is not None
        assert nudge.trial_ends_at == customer.subscription.trial_ends_at
        assert (nudge.suggested_plan_key, nudge.suggested_price, nudge.metric) == ("trial", 9, None)


def test_at_a_trials_end_the_plan_is_suggested_that_holds_all_that_is_used(billing: Billing, clock: Clock) -> None:
    billing.create_customer("try", plan="trial")
    clock.advance(days=12)
    # More than the plan allows comes from an import.
    imported = {"customer_id": "try", "feature_key": "emails", "quantity": 600, "timestamp": clock.now}
    assert billing.backfill_usage_batch([{**imported, "idempotency_key": "old"}])[0].success
    nudge = decided(billing, "try")
    assert nudge is not None
    billing.dismiss_nudge("try", nudge.nudge_id)
    nudge = decided(billing, "try")
    assert nudge is not None
    assert (nudge.trigger, nudge.suggested_plan_key, nudge.suggested_price) == ("trial_end", "pro", 29)


def test_who_has_chosen_a_plan_for_after_the_trial_is_not_reminded(billing: Billing, clock: Clock) -> None:
    billing.create_customer("try", plan="trial")
    clock.advance(days=12)
    billing.change_plan("try", "pro", at="period_end")
    assert decided(billing, "try") is None
    billing.change_plan("try", "trial")
    assert see(billing, "try") == ("trial_end", None, None)
    billing.cancel_subscription("try")
    assert see(billing, "try") == ("trial_end", None, None)


def test_a_trials_end_is_dismissed_for_good(billing: Billing, clock: Clock) -> None:
    billing.create_customer("try", plan="trial")
    clock.advance(days=11)
    nudge = decided(billing, "try")
    assert nudge is not None
    billing.dismiss_nudge("try", nudge.nudge_id)
    clock.advance(days=2)
    assert decided(billing, "try") is None


def test_a_trial_of_the_top_plan_has_nothing_to_upgrade_to(
    open_billing: OpenBilling, catalog: dict[str, Any], clock: Clock
) -> None:
    catalog["plans"]["enterprise"]["trial_days"] = 14
    billing = open_billing()
    billing.create_customer("try", plan="enterprise")
    clock.advance(days=13)
    assert decided(billing, "try") is None


def test_a_refused_feature_is_offered_with_the_plan_that_has_it(billing: Billing, clock: Clock) -> None:
    assert decided(billing) is None
    ask_in_vain(billing)
    nudge = decided(billing)
    assert nudge is not None
    assert (nudge.trigger, nudge.feature_key, nudge.feature_title) == ("feature_access", "files", "Files")
    assert (nudge.suggested_plan_key, nudge.suggested_limit, nudge.suggested_window) == ("pro", 200, "month")
    clock.advance(days=1)
    assert decided(billing) == nudge
    clock.advance(days=1)
    assert decided(billing) is None


def test_a_refused_feature_is_offered_with_a_plan_that_holds_all_the_rest(
    open_billing: OpenBilling, catalog: dict[str, Any]
) -> None:
    catalog["plans"]["trial"]["features"]["files"] = {"limit": 5, "period": "month"}
    catalog["plans"]["trial"]["features"]["team"] = {"limit": 1}
    billing = open_billing()
    billing.create_customer("cus_1")
    ask_in_vain(billing)
    use(billing, 1, "team")
    first = decided(billing)
    assert first is not None
    assert first.suggested_plan_key == "trial"
    use(billing, 1, "team")
    then = decided(billing)
    assert then is not None
    assert then.suggested_plan_key == "pro"


def test_a_feature_that_no_plan_has_is_not_offered(open_billing: OpenBilling, catalog: dict[str, Any]) -> None:
    for plan in ("pro", "enterprise"):
        del catalog["plans"][plan]["features"]["files"]
    billing = open_billing()
    billing.create_customer("cus_1")
    ask_in_vain(billing)
    assert decided(billing) is None


def test_a_refusal_after_an_upgrade_is_history(billing: Billing) -> None:
    ask_in_vain(billing)
    billing.change_plan("cus_1", "pro")
    assert decided(billing) is None


def test_a_refusal_of_another_day_nudges_again_but_not_within_24_hours(billing: Billing, clock: Clock) -> None:
    clock.advance(hours=11)
    ask_in_vain(billing)
    nudge = decided(billing)
    assert nudge is not None
    billing.dismiss_nudge("cus_1", nudge.nudge_id)
    clock.advance(hours=2)
    ask_in_vain(billing)
    assert decided(billing) is None
    clock.advance(hours=22)
    assert see(billing) == ("feature_access", "files", None)


def test_one_trigger_is_shown_once_a_day(billing: Billing, clock: Clock) -> None:
    """An hourly limit would nudge every hour."""
    use(billing, 50, "api_calls")
    assert see(billing) == ("limit", "api_calls", 80)
    clock.advance(hours=1)
    use(billing, 50, "api_calls")
    assert decided(billing) is None
    use(billing, 5, "api_calls")
    assert see(billing) == ("limit", "api_calls", 90)
    clock.advance(hours=22, minutes=59)
    use(billing, 50, "api_calls")
    assert decided(billing) is None
    clock.advance(minutes=1)
    use(billing, 50, "api_calls")
    assert see(billing) == ("limit", "api_calls", 80)


def test_what_was_shown_and_is_still_due_stays(billing: Billing, clock: Clock) -> None:
    use(billing, "0.4", "storage_gb")
    for _ in range(5):
        assert see(billing) == ("limit", "storage_gb", 80)
        clock.advance(days=3)


def test_a_level_that_goes_up_and_down_shows_a_step_once_a_day(billing: Billing, clock: Clock) -> None:
    """The period of a level never ends: nothing but the day says that it was enough."""

    def seen_at_each_rise(quantity: str) -> list[object]:
        seen = []
        for _ in range(5):
            billing.set_usage(customer_id="cus_1", feature_key="storage_gb", quantity=quantity)
            seen.append(see(billing))
            assert see(billing) == seen[-1], "what is shown stays while it is so"
            clock.advance(minutes=10)
            billing.set_usage(customer_id="cus_1", feature_key="storage_gb", quantity="0.1")
            assert see(billing) is None
            clock.advance(minutes=10)
        return seen

    assert seen_at_each_rise("0.46") == [("limit", "storage_gb", 90), *[None] * 4]
    assert seen_at_each_rise("0.42") == [("limit", "storage_gb", 80), *[None] * 4], "another step"
    clock.advance(days=1)
    assert seen_at_each_rise("0.46") == [("limit", "storage_gb", 90), *[None] * 4]
    clock.advance(days=1)
    assert seen_at_each_rise("0.46") == [None] * 5, "three in the week"
    times = [event.occurred_at for event in billing.list_nudge_events("cus_1").events]
    assert len(times) == 3
    assert seen_at_each_rise("0.5") == [("limit", "storage_gb", 100)] * 5, "a full limit is never held back"


def test_a_level_that_falls_below_one_step_only_goes_on_showing_the_lower_one(billing: Billing, clock: Clock) -> None:
    for quantity, threshold in [("0.42", 80), ("0.46", 90), ("0.42", 80), ("0.46", 80), ("0.4", 80)]:
        billing.set_usage(customer_id="cus_1", feature_key="storage_gb", quantity=quantity)
        assert see(billing) == ("limit", "storage_gb", threshold)
        clock.advance(minutes=10)


def test_a_closed_step_of_a_level_stays_closed_when_the_level_comes_back(billing: Billing, clock: Clock) -> None:
    use(billing, "0.46", "storage_gb")
    nudge = decided(billing)
    assert nudge is not None
    billing.dismiss_nudge("cus_1", nudge.nudge_id)
    for _ in range(3):
        clock.advance(days=2)
        billing.set_usage(customer_id="cus_1", feature_key="storage_gb", quantity="0.1")
        clock.advance(days=2)
        billing.set_usage(customer_id="cus_1", feature_key="storage_gb", quantity="0.46")
        assert decided(billing) is None


def test_three_are_shown_in_a_week(billing: Billing, clock: Clock) -> None:
    use(billing, "0.4", "storage_gb")
    assert see(billing) == ("limit", "storage_gb", 80)
    use(billing, "0.05", "storage_gb")
    assert see(billing) == ("limit", "storage_gb", 90)
    use(billing, "0.03", "storage_gb")
    assert see(billing) == ("limit", "storage_gb", 95)
    clock.advance(days=6)
    use(billing, 99, "emails")
    # What is on the page may stay there; nothing new joins it.
    assert see(billing) == ("limit", "storage_gb", 95)
    clock.advance(days=1, seconds=1)
    use(billing, 99, "emails")
    assert see(billing) == ("limit", "emails", 95)


def test_a_threshold_that_caps_keep_back_leaves_the_lower_one_on_the_page(
    open_billing: OpenBilling, catalog: dict[str, Any]
) -> None:
    catalog["nudges"] = {"per_week": 1}
    billing = open_billing()
    billing.create_customer("cus_1")
    use(billing, 80)
    assert see(billing) == ("limit", "emails", 80)
    use(billing, 15)
    assert see(billing) == ("limit", "emails", 80)
    nudge = decided(billing)
    assert nudge is not None
    assert nudge.window is not None
    assert nudge.window.percentage_used == 95


def test_caps_and_quiet_mute_neither_100_percent_nor_a_trials_end(
    open_billing: OpenBilling, catalog: dict[str, Any], clock: Clock
) -> None:
    catalog["nudges"] = {"quiet_first_days": 30, "per_day": 0, "per_week": 0}
    billing = open_billing()
    billing.create_customer("try", plan="trial")
    use(billing, 499, "emails", "try")
    assert decided(billing, "try") is None
    use(billing, 1, "emails", "try")
    assert see(billing, "try") == ("limit", "emails", 100)
    clock.advance(days=13)
    assert see(billing, "try") == ("trial_end", None, None)


def test_a_customers_first_days_are_quiet_where_the_catalog_says_so(
    open_billing: OpenBilling, catalog: dict[str, Any], clock: Clock
) -> None:
    catalog["nudges"] = {"quiet_first_days": 7}
    billing = open_billing()
    billing.create_customer("cus_1")
    use(billing, "0.45", "storage_gb")
    clock.advance(days=6, hours=23)
    assert decided(billing) is None
    clock.advance(hours=1)
    assert see(billing) == ("limit", "storage_gb", 90)


def test_caps_count_for_each_user_apart(billing: Billing) -> None:
    use(billing, "0.4", "storage_gb")
    for more in ("0", "0.05", "0.03"):
        if more != "0":
            use(billing, more, "storage_gb")
        see(billing, user_id="ada")
    use(billing, 80)
    billing.dismiss_nudge("cus_1", decided(billing, user_id="ada").nudge_id, user_id="ada")  # type: ignore[union-attr]
    assert decided(billing, user_id="ada") is None
    assert see(billing, user_id="bob") == ("limit", "storage_gb", 95)
    assert see(billing) == ("limit", "storage_gb", 95)


def test_the_days_before_a_trials_end_are_the_catalogs(
    open_billing: OpenBilling, catalog: dict[str, Any], clock: Clock
) -> None:
    catalog["nudges"] = {"trial_days": 7}
    billing = open_billing()
    billing.create_customer("try", plan="trial")
    clock.advance(days=6, hours=23)
    assert decided(billing, "try") is None
    clock.advance(hours=1)
    assert see(billing, "try") == ("trial_end", None, None)


def test_every_process_has_the_rules_of_the_stored_catalog(open_billing: OpenBilling, catalog: dict[str, Any]) -> None:
    catalog["nudges"] = {"per_week": 9}
    open_billing().create_customer("cus_1")
    assert open_billing(catalog=None).catalog().nudges == NudgeRules(per_week=9)


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ({"per_week": -1}, "nudges.per_week"),
        ({"per_day": True}, "nudges.per_day"),
        ({"quiet_first_days": "7"}, "nudges.quiet_first_days"),
        ({"trial_days": 4000}, "nudges.trial_days"),
        ({"quiet_days": 7}, "nudges.quiet_days"),
        (7, "nudges"),
    ],
)
def test_a_mistake_in_the_rules_is_named(catalog: dict[str, Any], table: Any, names: str) -> None:
    catalog["nudges"] = table
    with pytest.raises(CatalogError, match=names):
        Catalog.from_dict(catalog)


def test_without_a_table_the_rules_are_the_usual_ones(catalog: dict[str, Any]) -> None:
    assert Catalog.from_dict(catalog).nudges == NudgeRules(quiet_first_days=0, per_day=1, per_week=3, trial_days=3)

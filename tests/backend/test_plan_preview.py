"""What a change of plan would do: told before it is made, from the same figures, and made only if it still is that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing_ui_backend import (
    Billing,
    InvalidRequest,
    PlanPreview,
    PreviewOutdated,
    SubscriptionInactive,
    UnknownCustomer,
    UnknownPlan,
)
from billing_ui_backend.wire import from_json, to_json
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock, put

PERIOD_END = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)


def changes(preview: PlanPreview) -> dict[str, str]:
    return {feature.feature_key: feature.change for feature in preview.features}


def use(billing: Billing, feature_key: str, quantity: object) -> None:
    billing.track_usage(customer_id="cus_1", feature_key=feature_key, quantity=quantity)


def test_an_upgrade_is_for_now_and_says_what_each_feature_becomes(billing: Billing, clock: Clock) -> None:
    preview = billing.preview_plan_change("cus_1", "pro")
    assert (preview.kind, preview.at, preview.takes_effect_at) == ("upgrade", "now", clock.now)
    assert (preview.from_plan.title, preview.to_plan.title) == ("Free", "Pro")
    assert (preview.from_plan.prices[0].amount, preview.to_plan.prices[0].amount) == (0, 29)
    assert changes(preview) == {
        "api_calls": "more",
        "emails": "more",
        "storage_gb": "more",
        "team": "more",
        "files": "gained",
        "sso": "gained",
    }
    calls = preview.features[0]
    assert [(limit.window, limit.limit) for limit in calls.before] == [("month", 1000), ("hour", 60)]
    (after,) = calls.after
    assert (after.limit, after.enforcement, after.overage and after.overage.unit_amount) == (
        50_000,
        "soft",
        Decimal("0.002"),
    )
    assert preview.over_limits == ()


def test_a_downgrade_waits_for_the_periods_end_and_names_what_would_be_over(billing: Billing) -> None:
    billing.change_plan("cus_1", "pro")
    use(billing, "team", 7)
    use(billing, "storage_gb", "0.5")
    use(billing, "files", 20)
    preview = billing.preview_plan_change("cus_1", "free")
    assert (preview.kind, preview.at, preview.takes_effect_at) == ("downgrade", "period_end", PERIOD_END)
    assert changes(preview)["files"] == changes(preview)["sso"] == "lost"
    assert changes(preview)["team"] == "less"
    (team,) = preview.over_limits
    (over,) = team.over
    assert (team.feature_title, over.window, over.used, over.limit) == ("Team members", "never", 7, 3)


def test_usage_of_a_period_that_will_have_ended_is_over_no_limit(billing: Billing) -> None:
    billing.change_plan("cus_1", "pro")
    use(billing, "api_calls", 5000)
    assert billing.preview_plan_change("cus_1", "free").over_limits == ()
    (calls,) = billing.preview_plan_change("cus_1", "free", at="now").over_limits
    assert [(over.window, over.used, over.limit) for over in calls.over] == [("month", 5000, 1000), ("hour", 5000, 60)]


def test_what_is_over_is_what_the_customer_finds_after_the_change(billing: Billing) -> None:
    billing.change_plan("cus_1", "enterprise")
    use(billing, "api_calls", 60_000)
    use(billing, "storage_gb", 80)
    billing.reserve_usage(customer_id="cus_1", feature_key="team", quantity=11)
    preview = billing.preview_plan_change("cus_1", "pro", at="now")
    billing.change_plan("cus_1", "pro", at=preview.at, confirmation=preview.confirmation)
    metrics = billing.get_usage_metrics("cus_1")
    told = {(f.feature_key, over.window): over for f in preview.over_limits for over in f.over}
    found = {(m.feature_key, w.window): w for m in metrics.metrics for w in m.windows if w.overage}
    assert {key: (over.used, over.limit) for key, over in told.items()} == {
        key: (window.used + window.held, window.limit) for key, window in found.items()
    }
    assert set(told) == {("api_calls", "month"), ("storage_gb", "never"), ("team", "never")}
    assert told["api_calls", "month"].overage_cost == metrics["api_calls"].overage_cost == Decimal("20.00")


def test_what_is_held_is_over_no_limit_of_a_plan_that_begins_after_it_has_expired(billing: Billing) -> None:
    billing.change_plan("cus_1", "pro")
    billing.reserve_usage(customer_id="cus_1", feature_key="team", quantity=7, ttl=300)
    assert billing.preview_plan_change("cus_1", "free", at="period_end").over_limits == ()
    (team,) = billing.preview_plan_change("cus_1", "free", at="now").over_limits
    assert [(over.used, over.limit) for over in team.over] == [(7, 3)]


def test_a_level_whose_feature_goes_is_over_a_limit_of_none(open_billing: OpenBilling, catalog: dict[str, Any]) -> None:
    put("plans/free/features/team", {"limit": 0})(catalog)
    billing = open_billing(catalog=catalog)
    billing.create_customer("cus_1", plan="pro")
    use(billing, "team", 2)
    (team,) = billing.preview_plan_change("cus_1", "free").over_limits
    assert (team.change, team.over[0].used, team.over[0].limit) == ("lost", 2, 0)


@pytest.mark.parametrize(
    ("pro", "change"),
    [
        ([{"limit": 1000, "period": "month"}, {"limit": 60, "period": "hour"}], "same"),
        ([{"limit": 1000, "period": "month"}], "more"),
        ([{"limit": 900, "period": "month"}, {"limit": 60, "period": "hour"}], "less"),
        ([{"limit": 9000, "period": "month"}, {"limit": 6, "period": "hour"}], "other"),
        ([{"limit": 1000, "period": "month"}, {"limit": 60, "period": "hour"}, {"limit": 90, "period": "day"}], "less"),
        (
            [{"limit": 1000, "period": "month", "enforcement": "soft"}, {"limit": 60, "period": "hour"}],
            "other",
        ),
        ({"limit": "unlimited", "period": "month"}, "more"),
    ],
)
def test_a_feature_with_several_windows_has_more_only_if_none_has_less(
    open_billing: OpenBilling, catalog: dict[str, Any], pro: Any, change: str
) -> None:
    put("plans/pro/features/api_calls", pro)(catalog)
    billing = open_billing(catalog=catalog)
    billing.create_customer("cus_1")
    assert changes(billing.preview_plan_change("cus_1", "pro"))["api_calls"] == change


def test_a_running_trial_is_ended_by_an_upgrade_and_outlived_by_a_downgrade(billing: Billing) -> None:
    billing.create_customer("cus_2", plan="trial")
    up, down = billing.preview_plan_change("cus_2", "pro"), billing.preview_plan_change("cus_2", "free")
    assert (up.status, up.ends_trial, up.trial_ends_at) == ("trialing", True, datetime(2026, 3, 24, 12, tzinfo=UTC))
    assert (down.ends_trial, down.takes_effect_at) == (False, up.trial_ends_at)
    assert up.scheduled_plan is None, "the end of a trial is nothing that somebody scheduled"


def test_the_plan_in_force_is_kept_and_what_was_scheduled_is_named(billing: Billing) -> None:
    billing.change_plan("cus_1", "pro")
    billing.change_plan("cus_1", "free", at="period_end")
    keep = billing.preview_plan_change("cus_1", "pro")
    assert (keep.kind, keep.at, keep.over_limits) == ("keep", "now", ())
    assert (keep.scheduled_plan and keep.scheduled_plan.key, keep.scheduled_at) == ("free", PERIOD_END)
    kept = billing.change_plan("cus_1", "pro", at=keep.at, confirmation=keep.confirmation)
    assert kept.subscription is not None
    assert kept.subscription.next_plan_key is None


def test_a_scheduled_end_is_told_and_an_ended_subscription_starts_anew(billing: Billing, clock: Clock) -> None:
    billing.cancel_subscription("cus_1")
    ending = billing.preview_plan_change("cus_1", "free")
    assert (ending.kind, ending.scheduled_status, ending.scheduled_at) == ("keep", "ended", PERIOD_END)
    clock.advance(days=60)
    start = billing.preview_plan_change("cus_1", "free", at="period_end")
    assert (start.kind, start.at, start.takes_effect_at) == ("start", "now", clock.now)
    assert changes(start)["team"] == "gained"


def test_a_confirmation_holds_while_usage_moves_within_the_limits(billing: Billing, clock: Clock) -> None:
    billing.change_plan("cus_1", "pro")
    use(billing, "team", 7)
    preview = billing.preview_plan_change("cus_1", "free")
    use(billing, "api_calls", 100)
    clock.advance(minutes=5)
    customer = billing.change_plan("cus_1", "free", at=preview.at, confirmation=preview.confirmation)
    assert customer.subscription is not None
    assert (customer.plan_key, customer.subscription.next_plan_key) == ("pro", "free")


MEANWHILE: dict[str, Callable[[Billing], object]] = {
    "another plan in force": lambda billing: billing.change_plan("cus_1", "enterprise"),
    "a plan scheduled": lambda billing: billing.change_plan("cus_1", "trial", at="period_end"),
    "an end scheduled": lambda billing: billing.cancel_subscription("cus_1"),
    "more members": lambda billing: use(billing, "team", 1),
    "a level that is over now": lambda billing: use(billing, "storage_gb", 3),
}


@pytest.mark.parametrize("event", list(MEANWHILE))
def test_a_confirmation_of_what_is_no_longer_so_changes_nothing(billing: Billing, event: str) -> None:
    billing.change_plan("cus_1", "pro")
    use(billing, "team", 7)
    preview = billing.preview_plan_change("cus_1", "free")
    MEANWHILE[event](billing)
    before = billing.get_customer("cus_1")
    with pytest.raises(PreviewOutdated, match=r"'cus_1'.*'free'.*preview"):
        billing.change_plan("cus_1", "free", at=preview.at, confirmation=preview.confirmation)
    assert billing.get_customer("cus_1") == before


def test_a_confirmation_is_used_up_by_the_change_it_confirms(billing: Billing) -> None:
    preview = billing.preview_plan_change("cus_1", "pro")
    billing.change_plan("cus_1", "pro", confirmation=preview.confirmation)
    with pytest.raises(PreviewOutdated):
        billing.change_plan("cus_1", "pro", confirmation=preview.confirmation)
    with pytest.raises(PreviewOutdated):
        billing.change_plan("cus_1", "free", at="now", confirmation=preview.confirmation)
    assert billing.get_customer("cus_1").plan_key == "pro"


def test_a_confirmation_names_one_wish_as_an_idempotency_key_does(billing: Billing, clock: Clock) -> None:
    """Else who upgrades, goes back and upgrades again would be charged once: the payment knows that key already."""
    first = billing.preview_plan_change("cus_1", "pro").confirmation
    clock.advance(minutes=5)
    assert billing.preview_plan_change("cus_1", "pro").confirmation == first, "the same wish, asked again"
    billing.change_plan("cus_1", "pro", at="period_end")
    billing.change_plan("cus_1", "free")
    assert billing.preview_plan_change("cus_1", "pro").confirmation == first, "what was scheduled was taken back"
    billing.change_plan("cus_1", "pro", confirmation=first)
    clock.advance(minutes=5)
    billing.change_plan("cus_1", "free", at="now")
    clock.advance(minutes=5)
    assert billing.preview_plan_change("cus_1", "pro").confirmation != first


def test_a_preview_says_since_when_the_plan_has_been_in_force(billing: Billing, clock: Clock) -> None:
    """Through trials and pauses, and anew once another plan or none was in force."""

    def since() -> datetime:
        clock.advance(minutes=5)
        return billing.preview_plan_change("cus_1", "enterprise").from_plan_since

    begun = clock.now
    billing.pause_subscription("cus_1")
    billing.resume_subscription("cus_1")
    assert since() == begun
    left = clock.now
    billing.change_plan("cus_1", "trial")
    assert since() == left
    clock.advance(days=15)
    assert billing.get_customer("cus_1").subscription.status == "active"  # type: ignore[union-attr]
    assert since() == left
    back = clock.now
    billing.change_plan("cus_1", "free", at="now")
    assert since() == back
    ended = clock.now
    billing.cancel_subscription("cus_1", at="now")
    assert since() == ended
    started = clock.now
    billing.change_plan("cus_1", "free")
    assert since() == started
    ended_again = clock.now
    billing.cancel_subscription("cus_1", at="now")
    assert since() == ended_again


def test_a_preview_refuses_what_the_change_would_refuse(billing: Billing) -> None:
    with pytest.raises(UnknownPlan):
        billing.preview_plan_change("cus_1", "gold")
    with pytest.raises(UnknownCustomer):
        billing.preview_plan_change("nobody", "pro")
    with pytest.raises(InvalidRequest):
        billing.preview_plan_change("cus_1", "pro", at="later")  # type: ignore[arg-type]
    billing.pause_subscription("cus_1")
    with pytest.raises(SubscriptionInactive):
        billing.preview_plan_change("cus_1", "pro")


def test_a_preview_writes_nothing(billing: Billing) -> None:
    billing.change_plan("cus_1", "pro")
    before = billing.verify()
    use(billing, "team", 7)
    told: list[str] = []
    billing.on_commit(told.append)
    billing.preview_plan_change("cus_1", "free", at="now")
    assert told == []
    assert billing.verify().counters == before.counters + 1


def test_a_preview_survives_the_wire(billing: Billing) -> None:
    billing.change_plan("cus_1", "pro")
    use(billing, "team", 7)
    billing.change_plan("cus_1", "free", at="period_end")
    for plan_key in ("free", "pro", "enterprise"):
        preview = billing.preview_plan_change("cus_1", plan_key)
        assert from_json(PlanPreview, to_json(preview)) == preview


def test_an_ended_subscription_that_starts_anew_on_its_own_plan_says_what_is_over(billing: Billing) -> None:
    billing.change_plan("cus_1", "pro")
    billing.set_usage(customer_id="cus_1", feature_key="team", quantity=9)
    billing.change_plan("cus_1", "free")
    billing.cancel_subscription("cus_1", at="now")
    preview = billing.preview_plan_change("cus_1", "free")
    (team,) = preview.over_limits
    assert (preview.kind, team.feature_key, team.over[0].used, team.over[0].limit) == ("start", "team", 9, 3)

"""The gate's view model: who sees what, and what is said to the others."""

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import pytest

from billing_ui_backend.results import FeatureAccess, Subscription, UsageMetric
from billing_ui_components.gate_view import BELIEVED_FOR, GateView, derive_gate, without_access
from billing_ui_components.labels import GERMAN, Labels
from tests.support.metrics import NEXT_HOUR, NOVEMBER, NOW, THIS_HOUR, level, usage_metric, window_usage


def access(reason: Any = None, plan: str | None = "Pro") -> FeatureAccess:
    offered = (plan.lower(), plan) if plan and reason == "feature_not_in_plan" else (None, None)
    return FeatureAccess("sso", "Single sign-on", "boolean_flag", reason is None, reason, *offered)


def derive(answer: FeatureAccess, metric: UsageMetric | None = None, now: datetime = NOW, **rest: Any) -> GateView:
    return derive_gate(answer, now, Labels(), "en-US", metric=metric, **rest)


def subscription(status: Any = "active", **rest: Any) -> Subscription:
    return Subscription("pro", "Pro", status, starts_at=NOVEMBER, anchor=NOVEMBER, **rest)


def test_a_flag_that_is_granted_says_nothing() -> None:
    view = derive(access())
    assert (view.access, view.reason, view.badge_text, view.note_text, view.stale) == ("granted", "", "", "", False)


@pytest.mark.parametrize(
    ("answer", "metric", "said", "action"),
    [
        (access("feature_not_in_plan"), None, ("Not included", "Available from Pro"), "compare"),
        (access("feature_not_in_plan", None), None, ("Not included", "Not in any plan"), ""),
        (access("subscription_not_active"), None, ("Paused", "Subscription is paused"), ""),
        (access("no_active_subscription"), None, ("Ended", "Subscription has ended"), "compare"),
        (
            access("quota_exceeded"),
            usage_metric("1000", "1000"),
            ("Limit reached", "Resets in 7 days, 1 Dec"),
            "compare",
        ),
        (access("quota_exceeded"), level("5", "5"), ("Limit reached", "Remove one or upgrade"), "compare"),
        (access("quota_exceeded"), level("7", "5"), ("Over by 40\u00a0%", "Remove 2 or upgrade"), "compare"),
    ],
)
def test_a_gate_that_is_closed_says_why_and_what_would_help(
    answer: FeatureAccess, metric: UsageMetric | None, said: tuple[str, str], action: str
) -> None:
    view = derive(answer, metric)
    assert (view.access, view.reason) == ("denied", answer.reason)
    assert (view.status_text, view.note_text, view.action) == (*said, action)
    assert (view.feature_title, view.badge_text) == ("Single sign-on", "")


@pytest.mark.parametrize(
    ("metric", "text"),
    [
        (usage_metric("0", "1000"), "1,000 of 1,000 left"),
        (usage_metric("999", "1000"), "1 of 1,000 left"),
        (usage_metric("700", "1000", held="200"), "100 of 1,000 left"),
        (level("0.1", "0.5", unit="GB"), "0.4 of 0.5 GB left"),
        (usage_metric("17", "60", window="hour", start=THIS_HOUR, end=NEXT_HOUR), "43 of 60 left this hour"),
        (usage_metric("5", None), "Unlimited"),
        (usage_metric("1200", "1000", enforcement="soft"), "200 over"),
        (usage_metric("1200", "1000", enforcement="soft", overage_cost="0.40"), "200 over, about $0.40"),
    ],
)
def test_the_badge_says_what_is_left(metric: UsageMetric, text: str) -> None:
    """FeatureGate's badge says "0 / 1,000 remaining" at no usage."""
    assert derive(access(), metric).badge_text == text


@pytest.mark.parametrize(
    ("reason", "status", "note", "action"),
    [
        ("loading", "Loading", "", ""),
        ("error", "Unavailable", "Could not check your access", "retry"),
        ("signed_out", "Not signed in", "Sign in to use this", ""),
        ("not_connected", "Not connected", "Could not check your access", "retry"),
    ],
)
def test_what_was_not_read_is_neither_granted_nor_denied(reason: Any, status: str, note: str, action: str) -> None:
    view = without_access(reason, Labels())
    assert (view.access, view.reason) == ("unknown", reason)
    assert (view.status_text, view.note_text, view.action) == (status, note, action)


def test_a_feature_that_no_catalog_knows_is_closed() -> None:
    view = without_access("feature_not_in_plan", Labels())
    assert (view.access, view.status_text, view.note_text) == ("denied", "Not included", "Not in any plan")


@pytest.mark.parametrize("reason", [None, "feature_not_in_plan", "quota_exceeded"])
def test_what_was_last_known_counts_for_a_moment_and_is_marked(reason: Any) -> None:
    metric = usage_metric("1000", "1000")
    last = derive(access(reason), metric, now=NOW + BELIEVED_FOR - timedelta(microseconds=1), stale_since=NOW)
    assert (last.access, last.stale) == ("denied" if reason else "granted", True)
    gone = derive(access(reason), metric, now=NOW + BELIEVED_FOR, stale_since=NOW)
    assert (gone.access, gone.reason, gone.action, gone.badge_text) == ("unknown", "stale", "retry", "")
    assert gone.note_text == "Could not check your access since 14:02"


@pytest.mark.parametrize("known", ["next_change_at", "trial_ends_at"])
def test_a_browser_is_told_for_how_long_it_counts_when_it_hears_nothing(known: str) -> None:
    assert derive(access()).believed_ms == derive(access("feature_not_in_plan")).believed_ms == 15_000
    ending = subscription(**{known: NOW + timedelta(seconds=10)})
    assert derive(access(), subscription=ending).believed_ms == 10_000
    assert derive(access(), now=NOW + timedelta(seconds=4), stale_since=NOW).believed_ms == 11_000
    assert derive(access(), now=NOW + BELIEVED_FOR, stale_since=NOW).believed_ms == 0
    full = usage_metric("20", "20", window="hour", start=THIS_HOUR, end=NOW + timedelta(seconds=7))
    assert derive(access("quota_exceeded"), full).believed_ms == 7_000
    assert derive(access("quota_exceeded"), usage_metric("20", "20"), subscription=ending).believed_ms == 10_000
    assert derive(access(), full).believed_ms == 15_000


def test_a_browser_is_told_of_an_end_that_is_near_and_not_with_each_reading_of_one_that_is_far() -> None:
    near, far = (subscription(next_change_at=NOW + timedelta(minutes=minutes)) for minutes in (10, 11))
    assert derive(access(), subscription=near).ends_ms == 600_000
    assert derive(access(), subscription=far).ends_ms == derive(access(), subscription=subscription()).ends_ms == 0
    assert derive(access("feature_not_in_plan"), subscription=near).ends_ms == 0


@pytest.mark.parametrize("known", ["next_change_at", "trial_ends_at"])
def test_what_was_last_known_counts_no_longer_than_until_the_plan_was_to_change(known: str) -> None:
    ending = subscription(**{known: NOW + timedelta(seconds=10)})
    before, after = NOW + timedelta(seconds=9), NOW + timedelta(seconds=10)
    assert derive(access(), now=before, stale_since=NOW, subscription=ending).access == "granted"
    assert derive(access(), now=after, stale_since=NOW, subscription=ending).access == "unknown"


def test_a_full_window_that_has_ended_since_is_full_no_longer() -> None:
    ends = NOW + timedelta(seconds=10)
    metric = usage_metric("20", "20", window="hour", start=THIS_HOUR, end=ends, others=[window_usage("1", "9")])
    assert derive(access("quota_exceeded"), metric, now=ends, stale_since=NOW).access == "unknown"
    assert derive(access(), metric, now=ends, stale_since=NOW).access == "granted"


def test_the_same_gate_in_german() -> None:
    metric = usage_metric("0", "1000")
    assert derive_gate(access(), NOW, GERMAN, "de-DE", metric=metric).badge_text == "1.000 von 1.000 übrig"
    assert derive_gate(access("feature_not_in_plan"), NOW, GERMAN, "de-DE").note_text == "Verfügbar ab Pro"


def test_a_view_is_plain() -> None:
    assert {str(field.type) for field in fields(GateView)} == {"str", "bool", "int"}


def test_a_clock_that_was_set_back_since_prolongs_nothing() -> None:
    view = derive(access(), now=NOW - timedelta(hours=1), stale_since=NOW)
    assert view.believed_ms == BELIEVED_FOR // timedelta(milliseconds=1)


def test_a_full_gate_promises_no_reset_beyond_the_end_of_the_subscription() -> None:
    ends = subscription(next_status="ended", next_change_at=NOW + timedelta(days=2))
    view = derive(access("quota_exceeded"), usage_metric("1000", "1000"), subscription=ends)
    assert view.note_text == "Ends 26 Nov"

"""The upgrade nudge's view model: a fact, a help, an action with its price, and a way out."""

import json
from dataclasses import asdict, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing_ui_backend.results import Nudge, Subscription, UsageMetric
from billing_ui_components.labels import GERMAN, Labels
from billing_ui_components.nudge_view import NudgeView, derive_nudge
from tests.support.metrics import NOW, THIS_HOUR, level, usage_metric, window_usage


def nudge(metric: UsageMetric, /, **changes: Any) -> Nudge:
    """A nudge towards Pro with 50,000 a month for $29."""
    pro = Nudge(
        nudge_id="api_calls:month:2026-11:80",
        trigger="limit",
        feature_key=metric.feature_key,
        feature_title=metric.feature_title,
        unit=metric.unit,
        metric=metric,
        window=metric.windows[-1],
        threshold=80,
        trial_ends_at=None,
        shown_at=NOW,
        suggested_plan_key="pro",
        suggested_plan_title="Pro",
        suggested_limit=Decimal(50_000),
        suggested_unlimited=False,
        suggested_window="month",
        suggested_price=Decimal("29.00"),
        suggested_currency="USD",
        suggested_interval="month",
    )
    return replace(pro, **changes)


NO_PLAN: dict[str, Any] = {
    "suggested_plan_key": None,
    "suggested_plan_title": None,
    "suggested_limit": None,
    "suggested_window": None,
    "suggested_price": None,
    "suggested_currency": None,
    "suggested_interval": None,
}


def derive(decided: Nudge | None, **options: Any) -> NudgeView:
    return derive_nudge(decided, NOW, Labels(), "en-US", **options)


def test_the_nudge_of_the_pictures() -> None:
    view = derive(nudge(usage_metric("8604", "10000")))
    assert view == NudgeView(
        visible=True,
        nudge_id="api_calls:month:2026-11:80",
        feature_key="api_calls",
        title="API calls: 86\u00a0% of this month used",
        text="1,396 calls are left until 1 Dec. Pro includes 50,000 a month.",
        action_text="See Pro, $29/month",
        dismiss_text="Not now",
        plan_key="pro",
        threshold=80,
        trigger="limit",
        style="banner",
        tone="near",
        shape="triangle",
    )


def test_without_a_nudge_nothing_is_visible() -> None:
    assert derive(None) == NudgeView()
    assert not NudgeView().visible


def test_without_a_plan_that_fits_there_is_no_action() -> None:
    """Theirs suggests an empty plan at $0."""
    view = derive(nudge(usage_metric("8604", "10000"), **NO_PLAN))
    assert (view.action_text, view.plan_key) == ("", "")
    assert view.text == "1,396 calls are left until 1 Dec. No other plan fits this use."


@pytest.mark.parametrize(
    ("metric", "title", "text"),
    [
        (
            usage_metric("10000", "10000"),
            "API calls: limit reached",
            "Resets in 7 days, 1 Dec. Pro includes 50,000 calls a month.",
        ),
        (
            usage_metric("12000", "10000"),
            "API calls: over the limit",
            "Resets in 7 days, 1 Dec. Pro includes 50,000 calls a month.",
        ),
        (
            usage_metric("9000", "10000", held="1000"),
            "API calls: limit reached",
            "Resets in 7 days, 1 Dec. Pro includes 50,000 calls a month.",
        ),
        (
            usage_metric("1200.5", "1000", title="GPU time", unit="s", enforcement="soft", overage_cost="2.01"),
            "GPU time: 120\u00a0% of this month used",
            "200.5 s over, about $2.01. Pro includes 50,000 s a month.",
        ),
        (
            usage_metric("1000", "1000", enforcement="soft"),
            "API calls: 100\u00a0% of this month used",
            "0 calls are left until 1 Dec. Pro includes 50,000 a month.",
        ),
        (
            usage_metric("999", "1000"),
            "API calls: 99\u00a0% of this month used",
            "1 call is left until 1 Dec. Pro includes 50,000 a month.",
        ),
        (
            usage_metric("50", "60", window="hour", start=THIS_HOUR, end=NOW + timedelta(minutes=12)),
            "API calls: 83\u00a0% of this hour used",
            "10 calls are left until 14:14. Pro includes 50,000 a month.",
        ),
        (
            usage_metric("50", "60", window="never"),
            "API calls: 83\u00a0% used",
            "10 calls are left. Pro includes 50,000 a month.",
        ),
    ],
)
def test_the_fact_is_the_one_that_matters_now(metric: UsageMetric, title: str, text: str) -> None:
    view = derive(nudge(metric))
    assert (view.title, view.text) == (title, text)


@pytest.mark.parametrize(
    ("metric", "title", "text"),
    [
        (level("4", "5"), "Team members: 80\u00a0% used", "1 member is left. Pro includes 20."),
        (level("5", "5"), "Team members: limit reached", "5 of 5 members in use. Pro includes 20."),
        (level("7", "5"), "Team members: over the limit", "7 of 5 members in use. Pro includes 20."),
        (
            level("0.45", "0.5", title="Storage", unit="GB"),
            "Storage: 90\u00a0% used",
            "0.05 GB is left. Pro includes 20 GB.",
        ),
    ],
)
def test_a_level_does_not_speak_of_a_period(metric: UsageMetric, title: str, text: str) -> None:
    view = derive(nudge(metric, suggested_limit=Decimal(20), suggested_window="never"))
    assert (view.title, view.text) == (title, text)


def test_the_fact_is_that_of_the_window_that_is_short_not_of_the_one_that_binds() -> None:
    month = window_usage("1200", "1000", enforcement="soft", overage_cost="0.40")
    hour = {"window": "hour", "start": THIS_HOUR, "end": NOW + timedelta(minutes=12)}
    metric = usage_metric("3", "60", others=[month], **hour)
    view = derive(nudge(metric, window=month, threshold=100))
    assert view.title == "API calls: 120\u00a0% of this month used"
    assert view.text == "200 over, about $0.40. Pro includes 50,000 calls a month."
    assert (view.shape, view.style) == ("diamond", "modal")


@pytest.mark.parametrize(("cost", "fact"), [(None, "190 over."), ("1.90", "190 over, about $1.90.")])
def test_the_cost_is_that_of_the_window_that_is_short(cost: str | None, fact: str) -> None:
    month = window_usage("200", "100", enforcement="soft", overage_cost=None if cost else "50.00")
    hour = window_usage("200", "10", window="hour", enforcement="soft", overage_cost=cost)
    metric = usage_metric("200", None, window="year", others=[hour, month])
    assert derive(nudge(metric, window=hour, threshold=100)).text.startswith(fact)


@pytest.mark.parametrize(("used", "fact"), [("8604", "1,396 calls are left until 28 Nov."), ("10000", "Ends 28 Nov.")])
def test_nothing_is_promised_beyond_the_end_of_the_subscription(used: str, fact: str) -> None:
    leaving = Subscription(
        "free",
        "Free",
        "active",
        starts_at=NOW,
        anchor=NOW,
        next_plan_key="free",
        next_status="ended",
        next_change_at=NOW + timedelta(days=4),
    )
    view = derive(nudge(usage_metric(used, "10000")), subscription=leaving)
    assert view.text.startswith(fact)


def test_a_plan_without_a_limit_says_so() -> None:
    decided = nudge(usage_metric("8604", "10000"), suggested_limit=None, suggested_unlimited=True)
    assert derive(decided).text == "1,396 calls are left until 1 Dec. Pro has no limit."


@pytest.mark.parametrize(
    ("price", "action"),
    [
        ({"suggested_interval": "year", "suggested_price": Decimal("290.50")}, "See Pro, $290.50/year"),
        ({"suggested_currency": "JPY", "suggested_price": Decimal(2900)}, "See Pro, ¥2,900/month"),
        ({"suggested_price": None, "suggested_currency": None, "suggested_interval": None}, "See Pro"),
    ],
)
def test_the_action_names_the_price_where_there_is_one(price: dict[str, Any], action: str) -> None:
    assert derive(nudge(usage_metric("8604", "10000"), **price)).action_text == action


@pytest.mark.parametrize(
    ("threshold", "used", "look"),
    [
        (80, "86", ("near", "triangle", "banner")),
        (90, "93", ("critical", "square", "toast")),
        (95, "96", ("critical", "square", "modal")),
        (100, "100", ("critical", "square", "modal")),
        (100, "120", ("critical", "diamond", "modal")),
    ],
)
def test_urgency_grows_with_the_threshold(threshold: int, used: str, look: tuple[str, str, str]) -> None:
    view = derive(nudge(usage_metric(used, "100", enforcement="soft"), threshold=threshold))
    assert (view.tone, view.shape, view.style) == look
    assert view.threshold == threshold


def test_the_same_nudge_in_german() -> None:
    view = derive_nudge(nudge(usage_metric("8604", "10000")), NOW, GERMAN, "de-DE", timezone="Europe/Berlin")
    assert view.title == "API calls: 86\u00a0% dieses Monats verbraucht"
    assert view.text == "1.396 Aufrufe sind übrig bis 1. Dez. Pro enthält 50.000 pro Monat."
    assert (view.action_text, view.dismiss_text) == ("Pro ansehen, 29\u00a0$/Monat", "Nicht jetzt")


def test_dates_are_those_of_the_customers_zone() -> None:
    view = derive(nudge(usage_metric("8604", "10000")), timezone="America/New_York")
    assert view.text.startswith("1,396 calls are left until 30 Nov.")


@pytest.mark.parametrize("decided", [None, nudge(level("4", "5"))])
def test_unknown_zones_and_moments_without_a_zone_are_refused(decided: Nudge | None) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        derive(decided, timezone="Mars/Olympus")
    with pytest.raises(ValueError, match="no time zone"):
        derive_nudge(decided, NOW.replace(tzinfo=None), Labels(), "en-US")


def test_a_view_is_plain() -> None:
    view = derive(nudge(usage_metric("8604", "10000")))
    assert json.loads(json.dumps(asdict(view))) == asdict(view)


ABOUT_NO_LIMIT: dict[str, Any] = {"metric": None, "window": None, "threshold": None}


@pytest.mark.parametrize(
    ("ends", "title"),
    [
        (NOW + timedelta(days=3), "Your trial ends 27 Nov"),
        (NOW + timedelta(hours=2), "Your trial ends 16:02"),
    ],
)
def test_a_trials_end_is_told_with_the_plan_that_holds_all_that_is_used(ends: Any, title: str) -> None:
    trial = nudge(usage_metric("1", "10"), trigger="trial_end", feature_key=None, trial_ends_at=ends, **ABOUT_NO_LIMIT)
    view = derive(trial)
    assert (view.title, view.text) == (title, "Pro fits what you use.")
    assert (view.action_text, view.plan_key, view.style) == ("See Pro, $29/month", "pro", "banner")
    assert derive(replace(trial, **NO_PLAN)).text == "No other plan fits this use."


@pytest.mark.parametrize(
    ("offer", "text"),
    [
        ({"suggested_limit": Decimal(200), "unit": "file"}, "Pro includes 200 files a month."),
        ({"suggested_limit": Decimal(5), "unit": "GB", "suggested_window": "never"}, "Pro includes 5 GB."),
        ({"suggested_limit": None, "suggested_unlimited": True}, "Pro has no limit."),
        ({"suggested_limit": None, "suggested_window": None}, "Pro includes it."),
    ],
)
def test_a_feature_that_is_lacking_is_offered_in_its_own_unit(offer: dict[str, Any], text: str) -> None:
    lacking = nudge(usage_metric("1", "10"), trigger="feature_access", feature_title="Files", **ABOUT_NO_LIMIT)
    view = derive(replace(lacking, **offer))
    assert (view.title, view.text) == ("Files is not in your plan", text)
    assert (view.style, view.tone, view.shape, view.threshold) == ("toast", "neutral", "lock", 0)


def test_a_nudge_is_unseen_until_it_was_recorded() -> None:
    metric = usage_metric("8604", "10000")
    assert derive(nudge(metric, shown_at=None)).unseen
    assert not derive(nudge(metric)).unseen

"""A view of every state that a meter and a nudge can have, derived from made-up usage by the functions that derive the real ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from billing_ui_backend.results import (
    Enforcement,
    FeatureType,
    MissingFeature,
    Nudge,
    Subscription,
    SubscriptionStatus,
    UsageMetric,
    WindowKind,
    WindowUsage,
)
from billing_ui_components.formats import Formats
from billing_ui_components.gallery_settings import Setting
from billing_ui_components.meter import MeterView, derive_meter
from billing_ui_components.nudge_view import NudgeView, derive_nudge

NOW = datetime(2026, 11, 23, 14, 2, 7, tzinfo=UTC)
_ENDS = {
    "hour": NOW.replace(hour=15, minute=0, second=0),
    "day": datetime(2026, 11, 24, tzinfo=UTC),
    "month": datetime(2026, 12, 1, tzinfo=UTC),
    "never": None,
}
_STEPS = (0, 50, 75, 80, 90, 100)
_OVER = (100, 120, 353)


def sample_meters(setting: Setting) -> list[MeterView]:
    """One card for each state of a meter, as of one fixed moment.

    Args:
        setting: for whom.
    """
    builds = sample_window("17", "20", "hour")
    calls = sample_metric("API calls", "call", sample_window("8604", "10000"))
    views = [
        _view(calls, setting),
        _view(
            sample_metric(
                "GPU time", "s", _priced(sample_window("1200.5", "1000", enforcement="soft"), "2.01", setting)
            ),
            setting,
        ),
        _view(
            sample_metric("Storage", "GB", sample_window("3.42", "10", "never"), feature_type="numeric_limit"), setting
        ),
        _view(
            sample_metric("Team members", "member", sample_window("5", "5", "never"), feature_type="numeric_limit"),
            setting,
        ),
        _view(sample_metric("Emails sent", "email", sample_window("48210", None)), setting),
        _missing("Files processed", "Pro", setting),
        _without("loading", setting, "Bandwidth"),
        _view(
            sample_metric("Webhooks", "event", sample_window("812", "2000")),
            setting,
            stale_since=NOW - timedelta(minutes=4),
        ),
        _view(sample_metric("Builds", "build", builds, sample_window("220", "1000")), setting),
        _view(sample_metric("Messages", "message", sample_window("1860", "2000")), setting),
        _view(sample_metric("Requests", "request", sample_window("999", "1000")), setting),
        _view(
            sample_metric("Seats", "member", sample_window("7", "5", "never"), feature_type="numeric_limit"), setting
        ),
        _view(sample_metric("Exports", "file", sample_window("0", "50")), setting),
        _view(calls, setting, subscription=_subscription("paused")),
        _view(calls, setting, subscription=_subscription("ended")),
        _view(calls, setting, subscription=_subscription("trialing")),
        _view(calls, setting, subscription=_subscription("active", ends=datetime(2026, 11, 28, tzinfo=UTC))),
        _missing("Audit log", None, setting),
        _without("loading", setting),
        _without("error", setting),
        _without("signed_out", setting),
        _without("ready", setting),
    ]
    # One feature is here in several states, and what is drawn of a key has ids made from it.
    return [replace(view, feature_key=f"sample_{number}") for number, view in enumerate(views)]


def sample_steps(setting: Setting) -> list[MeterView]:
    """The same feature at growing shares of its limit; past a limit once for a soft, once for a hard one.

    Args:
        setting: for whom.
    """
    formats = Formats(setting.locale, "UTC", setting.labels)
    hard = [
        (percent, sample_metric("API calls", "call", sample_window(str(percent * 10), "1000"))) for percent in _STEPS
    ]
    soft = [(percent, _overage(percent, setting)) for percent in _OVER]
    level = [
        (
            percent,
            sample_metric(
                "API calls", "call", sample_window(str(percent), "100", "never"), feature_type="numeric_limit"
            ),
        )
        for percent in _OVER
    ]
    steps = enumerate((*hard, *soft, *level))
    return [
        _view(replace(metric, feature_key=f"step_{number}", feature_title=formats.percent(Decimal(percent))), setting)
        for number, (percent, metric) in steps
    ]


def _overage(percent: int, setting: Setting) -> UsageMetric:
    window = sample_window(str(percent * 10), "1000", enforcement="soft")
    return sample_metric("API calls", "call", _priced(window, window.overage / 500, setting))


def _priced(window: WindowUsage, cost: Decimal | str, setting: Setting) -> WindowUsage:
    return replace(window, overage_cost=Decimal(cost), currency=setting.currency)


def sample_holds(setting: Setting) -> list[MeterView]:
    """What is held beside what is used: within a limit, full, past a soft and past a hard one; in two windows; and three windows.

    Args:
        setting: for whom.
    """
    busy = [sample_window("1040", "1200", "hour", held="160"), sample_window("8604", "10000", held="160")]
    windows = [sample_window("17", "20", "hour"), sample_window("220", "1000"), sample_window("180", "400", "day")]
    return [
        _view(sample_metric("Emails sent", "email", sample_window("500", "1000", held="200")), setting),
        _view(sample_metric("Exports", "file", sample_window("30", "50", held="20")), setting),
        _view(sample_metric("GPU time", "s", sample_window("900", "1000", enforcement="soft", held="300")), setting),
        _view(sample_metric("Requests", "request", sample_window("1100", "1000", held="100")), setting),
        _view(sample_metric("GPU time", "s", sample_window("420", "1000", enforcement="soft")), setting),
        _view(sample_metric("API calls", "call", *busy), setting),
        _view(sample_metric("Builds", "build", *windows), setting),
    ]


def sample_nudges(setting: Setting) -> list[NudgeView]:
    """A nudge near a limit, one at a hard limit, one over a soft limit that no plan raises, a trial's end, and a feature that is
    lacking."""
    near = sample_window("8604", "10000")
    full = sample_window("500", "500")
    over = sample_window("1200.5", "1000", enforcement="soft")
    pro = Nudge(
        nudge_id="sample",
        trigger="limit",
        feature_key="api_calls",
        feature_title="API calls",
        unit="call",
        metric=sample_metric("API calls", "call", near),
        window=near,
        threshold=80,
        trial_ends_at=None,
        shown_at=NOW,
        suggested_plan_key="pro",
        suggested_plan_title="Pro",
        suggested_limit=Decimal(50000),
        suggested_unlimited=False,
        suggested_window="month",
        suggested_price=Decimal(29),
        suggested_currency=setting.currency,
        suggested_interval="month",
    )
    unlimited = replace(
        pro,
        metric=sample_metric("Emails sent", "email", full),
        window=full,
        threshold=100,
        suggested_limit=None,
        suggested_unlimited=True,
    )
    no_plan = replace(
        pro,
        unit="s",
        metric=sample_metric("GPU time", "s", over),
        window=over,
        threshold=100,
        suggested_plan_key=None,
        suggested_plan_title=None,
        suggested_limit=None,
        suggested_price=None,
    )
    about_no_limit = replace(pro, metric=None, window=None, threshold=None)
    ends = NOW + timedelta(days=2)
    trial = replace(about_no_limit, trigger="trial_end", feature_key=None, feature_title=None, trial_ends_at=ends)
    lacking = replace(
        about_no_limit,
        trigger="feature_access",
        feature_title=setting.title("Files processed"),
        unit="file",
        suggested_limit=Decimal(200),
    )
    return [
        derive_nudge(
            replace(nudge, metric=nudge.metric and _titled(nudge.metric, setting)), NOW, setting.labels, setting.locale
        )
        for nudge in (pro, unlimited, no_plan, trial, lacking)
    ]


def sample_window(
    used: str, limit: str | None, kind: WindowKind = "month", *, enforcement: Enforcement = "hard", held: str = "0"
) -> WindowUsage:
    """The usage of one window, as of `NOW`."""
    most, taken = None if limit is None else Decimal(limit), Decimal(used) + Decimal(held)
    return WindowUsage(
        window=kind,
        enforcement=enforcement,
        used=Decimal(used),
        held=Decimal(held),
        limit=most,
        remaining=None if most is None else max(most - taken, Decimal(0)),
        overage=Decimal(0) if most is None else max(taken - most, Decimal(0)),
        percentage_used=None if most is None else taken / most * 100,
        period_start=None,
        period_end=_ENDS[kind],
    )


def sample_metric(
    title: str, unit: str, *windows: WindowUsage, feature_type: FeatureType = "usage_quota"
) -> UsageMetric:
    """The usage of one feature; the first window binds."""
    binding = windows[0]
    return UsageMetric(
        feature_key=title.lower().replace(" ", "_"),
        feature_title=title,
        product_name="Starter",
        consumed=binding.used,
        limit=binding.limit,
        remaining=binding.remaining,
        percentage_used=binding.percentage_used,
        period_start=binding.period_start,
        period_end=binding.period_end,
        resets_in_days=None,
        feature_type=feature_type,
        unit=unit,
        scale=6,
        window=binding.window,
        enforcement=binding.enforcement,
        held=binding.held,
        overage=binding.overage,
        overage_cost=binding.overage_cost,
        currency=binding.currency,
        windows=windows,
    )


def _view(
    metric: UsageMetric,
    setting: Setting,
    *,
    subscription: Subscription | None = None,
    stale_since: datetime | None = None,
) -> MeterView:
    return derive_meter(
        _titled(metric, setting),
        NOW,
        setting.labels,
        setting.locale,
        subscription=subscription,
        stale_since=stale_since,
    )


def _titled(metric: UsageMetric, setting: Setting) -> UsageMetric:
    return replace(metric, feature_title=setting.title(metric.feature_title))


def _missing(title: str, plan: str | None, setting: Setting) -> MeterView:
    missing = MissingFeature("missing", setting.title(title), None if plan is None else plan.lower(), plan)
    return derive_meter(None, NOW, setting.labels, setting.locale, not_included=missing)


def _without(status, setting: Setting, title: str = "") -> MeterView:
    name = setting.title(title)
    return derive_meter(
        None, NOW, setting.labels, setting.locale, status=status, feature_key="sample", feature_title=name
    )


def _subscription(status: SubscriptionStatus, ends: datetime | None = None) -> Subscription:
    return Subscription(
        "starter",
        "Starter",
        status,
        NOW,
        NOW,
        trial_ends_at=datetime(2026, 12, 5, tzinfo=UTC) if status == "trialing" else None,
        next_plan_key="starter" if ends else None,
        next_status="ended" if ends else None,
        next_change_at=ends,
    )

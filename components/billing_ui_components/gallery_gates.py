"""A view of every state that a gate can have, derived by the function that derives the real ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from billing_ui_backend.results import EntitlementReason, FeatureAccess
from billing_ui_components.gallery_samples import NOW, sample_metric, sample_window
from billing_ui_components.gallery_settings import Setting
from billing_ui_components.gate_view import GateView, derive_gate, without_access


def sample_gates(setting: Setting) -> list[GateView]:
    """What is said where a gate is closed, or where it is not known whether it is.

    Args:
        setting: for whom.
    """
    full = sample_metric("API calls", "call", sample_window("1000", "1000"))
    title = setting.title(full.feature_title)
    calls = FeatureAccess("api_calls", title, "usage_quota", False, "quota_exceeded", None, None)
    return [
        derive_gate(_flag("feature_not_in_plan", "Pro", setting), NOW, setting.labels, setting.locale),
        derive_gate(_flag("feature_not_in_plan", None, setting), NOW, setting.labels, setting.locale),
        derive_gate(calls, NOW, setting.labels, setting.locale, metric=full),
        derive_gate(_flag("subscription_not_active", None, setting), NOW, setting.labels, setting.locale),
        derive_gate(_flag("no_active_subscription", None, setting), NOW, setting.labels, setting.locale),
        derive_gate(
            _flag(None, None, setting), NOW, setting.labels, setting.locale, stale_since=NOW - timedelta(minutes=4)
        ),
        without_access("error", setting.labels),
        replace(without_access("not_connected", setting.labels), feature_title=setting.title("Single sign-on")),
        without_access("signed_out", setting.labels),
    ]


def sample_badges(setting: Setting) -> list[GateView]:
    """What an open gate says of a metered feature: some left, none left of a soft limit, unlimited, not read since."""
    usage = [
        sample_window("957", "1000"),
        sample_window("1200", "1000", enforcement="soft"),
        sample_window("48210", None),
    ]
    access = FeatureAccess("api_calls", setting.title("API calls"), "usage_quota", True, None, None, None)
    metrics = [sample_metric("API calls", "call", window) for window in usage]
    open_gates = [derive_gate(access, NOW, setting.labels, setting.locale, metric=metric) for metric in metrics]
    since = NOW - timedelta(seconds=20)
    stale = derive_gate(access, NOW, setting.labels, setting.locale, metric=metrics[0], stale_since=since)
    return [*open_gates, stale]


def _flag(reason: EntitlementReason | None, plan: str | None, setting: Setting) -> FeatureAccess:
    key = None if plan is None else plan.lower()
    return FeatureAccess("sso", setting.title("Single sign-on"), "boolean_flag", reason is None, reason, key, plan)

"""The gate's view model: whether a feature is shown to a customer, and what is said instead where it is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from billing_ui_backend.results import FeatureAccess, Subscription, UsageMetric
from billing_ui_components.formats import Formats
from billing_ui_components.labels import Labels
from billing_ui_components.meter_texts import MeterTexts

BELIEVED_FOR = timedelta(seconds=15)
"""How long the last known access counts while it cannot be read: three tries of a page in sight, after which its numbers are stale
too. One that fails takes nothing out of sight, and nobody keeps access because the database is away."""
ENDS_TOLD = timedelta(minutes=10)
"""How long before it a known end is told to the browser: its distance is another one with each reading, and each time all is sent."""

_LOOKS = {  # reason: tone, shape
    "feature_not_in_plan": ("neutral", "lock"),
    "quota_exceeded": ("critical", "square"),
    "subscription_not_active": ("neutral", "ring"),
    "no_active_subscription": ("neutral", "ring"),
}


@dataclass(frozen=True)
class GateView:
    """Whether one feature may be used, in plain fields that travel to the browser as JSON.

    The gate draws its content only while `access` is "granted".

    Attributes:
        feature_key: the feature's key in the catalog.
        feature_title: its title.
        access: granted, denied or unknown.
        reason: why it is denied, one of EntitlementReason; why it is unknown: loading, error, signed_out, stale or
            not_connected.
        tone: critical or neutral.
        shape: what is drawn beside the status word: lock, square, ring or dashed.
        status_text: "Not included".
        note_text: "Available from Pro", "Resets in 7 days, 1 Dec".
        badge_text: "1,000 of 1,000 left"; "" for a flag.
        action: what is offered: retry, compare, or "".
        action_text: the words on it.
        stale: whether this is what was last known: it could not be read since.
        believed_ms: for how many milliseconds more this counts while nothing newer is heard of it; 0 where nothing is known.
        ends_ms: in how many milliseconds granted access is known to end, if that is within ten minutes; else 0.
    """

    feature_key: str = ""
    feature_title: str = ""
    access: str = "unknown"
    reason: str = "loading"
    tone: str = "neutral"
    shape: str = ""
    status_text: str = ""
    note_text: str = ""
    badge_text: str = ""
    action: str = ""
    action_text: str = ""
    stale: bool = False
    believed_ms: int = 0
    ends_ms: int = 0


def derive_gate(
    access: FeatureAccess,
    now: datetime,
    labels: Labels,
    locale: str,
    *,
    timezone: str = "UTC",
    metric: UsageMetric | None = None,
    subscription: Subscription | None = None,
    stale_since: datetime | None = None,
) -> GateView:
    """Decide what a gate shows of one feature. The access itself is the engine's decision.

    Args:
        access: the engine's answer.
        now: an aware datetime.
        labels: the words.
        locale: BCP 47 tag for numbers and dates.
        timezone: the customer's IANA zone.
        metric: the usage, where the feature is metered and in the plan.
        subscription: the one in force.
        stale_since: when access was last read, if that failed since. What was read counts for `BELIEVED_FOR`, and no longer
            than until something that was known to come has come: the end of the subscription, or of a full window.

    Example:
        >>> derive_gate(usage.access[0], now, Labels(), "en-US").access
        'granted'
    """
    formats = Formats(locale, timezone, labels)
    view = GateView(feature_key=access.feature_key, feature_title=access.feature_title, stale=stale_since is not None)
    # Never longer than that, also where the server's clock was set back since.
    end = _known_end(access, metric, subscription)
    believed = min(BELIEVED_FOR, (stale_since or now) + BELIEVED_FOR - now, *([] if end is None else [end - now]))
    if stale_since is not None and believed <= timedelta(0):
        note = labels.gate_stale.format(time=formats.moment(stale_since, now))
        return replace(
            view,
            reason="stale",
            shape="dashed",
            status_text=labels.status_stale,
            note_text=note,
            action="retry",
            action_text=labels.retry,
        )
    ends_in = timedelta(0) if end is None or not access.has_access or end - now > ENDS_TOLD else end - now
    view = replace(view, believed_ms=_milliseconds(believed), ends_ms=_milliseconds(ends_in))
    texts = None if metric is None else MeterTexts(metric, now, formats, subscription)
    if access.has_access:
        mark = {"shape": "dashed", "status_text": labels.status_stale} if view.stale else {}
        return replace(view, access="granted", reason="", badge_text="" if texts is None else _badge(texts), **mark)
    return _denied(view, access, texts, labels)


def without_access(
    reason: Literal["loading", "error", "signed_out", "not_connected", "feature_not_in_plan"], labels: Labels
) -> GateView:
    """The gate of which nothing is known: it was not read yet, not successfully, for nobody, or too long ago; or no plan knows
    the feature.

    Args:
        reason: why.
        labels: the words.
    """
    if reason == "feature_not_in_plan":
        return GateView(
            access="denied",
            reason=reason,
            shape="lock",
            status_text=labels.status_not_included,
            note_text=labels.not_available,
            believed_ms=BELIEVED_FOR // timedelta(milliseconds=1),
        )
    shape, status, note, action = {
        "loading": ("", labels.status_loading, "", ""),
        "error": ("dashed", labels.status_error, labels.gate_error, "retry"),
        "signed_out": ("ring", labels.status_signed_out, labels.gate_signed_out, ""),
        "not_connected": ("dashed", labels.not_connected, labels.gate_error, "retry"),
    }[reason]
    return GateView(
        reason=reason,
        shape=shape,
        status_text=status,
        note_text=note,
        action=action,
        action_text=labels.retry if action else "",
    )


def _milliseconds(left: timedelta) -> int:
    return max(0, left // timedelta(milliseconds=1))


def _known_end(access: FeatureAccess, metric: UsageMetric | None, subscription: Subscription | None) -> datetime | None:
    changes = [subscription.next_change_at, subscription.trial_ends_at] if subscription else []
    if access.reason == "quota_exceeded" and metric is not None:
        changes += [window.period_end for window in metric.windows]
    return min((change for change in changes if change is not None), default=None)


def _denied(view: GateView, access: FeatureAccess, texts: MeterTexts | None, labels: Labels) -> GateView:
    reason = access.reason or "feature_not_in_plan"
    tone, shape = _LOOKS.get(reason, ("neutral", "lock"))
    compare = True
    if reason == "quota_exceeded" and texts is not None:
        state = "over_hard" if texts.metric.overage else "at_limit"
        status = texts.status(state)
        note = texts.reset() if texts.metric.period_end is not None else texts.note(state)
    elif reason == "subscription_not_active":
        status, note, compare = labels.status_paused, labels.note_paused, False
    elif reason == "no_active_subscription":
        status, note = labels.status_ended, labels.note_ended
    else:
        plan = access.available_from_title
        status, compare = labels.status_not_included, plan is not None
        note = labels.available_from.format(plan=plan) if plan else labels.not_available
    return replace(
        view,
        access="denied",
        reason=reason,
        tone=tone,
        shape=shape,
        status_text=status,
        note_text=note,
        action="compare" if compare else "",
        action_text=labels.compare_plans if compare else "",
    )


def _badge(texts: MeterTexts) -> str:
    """What is left: `1,000 of 1,000 left`, `43 of 60 left this hour`; over a soft limit what is over."""
    metric, labels = texts.metric, texts.labels
    if metric.limit is None or metric.remaining is None:
        return labels.status_unlimited
    if metric.overage:
        return texts.over()
    remaining, amount = texts.number(metric.remaining), texts.measure(metric.limit)
    if texts.longer or metric.window in ("hour", "day", "week"):
        this = labels.window("this", metric.window)
        return labels.gate_left_this.format(remaining=remaining, amount=amount, this=this)
    return labels.gate_left.format(remaining=remaining, amount=amount)

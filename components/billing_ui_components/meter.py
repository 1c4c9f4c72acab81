"""The meter's view model: one pure function decides every text, width, tone and warning of a usage meter.

Components draw a MeterView and compute nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from billing_ui_backend.results import MissingFeature, Subscription, UsageMetric
from billing_ui_components.formats import Formats, utc_text
from billing_ui_components.labels import Labels
from billing_ui_components.meter_figures import DEFAULT_THRESHOLDS, Thresholds, bar, percentage, usage_state
from billing_ui_components.meter_texts import WINDOWS, MeterTexts, trial_text

LoadStatus = Literal["ready", "loading", "error", "signed_out", "not_metered"]

BANDS = ("normal", "near", "critical")
"""The states that thresholds decide between, lowest first."""

_LOOKS = {  # state: tone, shape
    "signed_out": ("neutral", "ring"),
    "loading": ("neutral", ""),
    "error": ("neutral", "dashed"),
    "empty": ("neutral", "ring"),
    "not_included": ("neutral", "ring"),
    "unlimited": ("neutral", "infinity"),
    "normal": ("good", "disc"),
    "near": ("near", "triangle"),
    "critical": ("critical", "square"),
    "at_limit": ("critical", "square"),
    "over_soft": ("critical", "diamond"),
    "over_hard": ("critical", "diamond"),
    "paused": ("neutral", "ring"),
    "ended": ("neutral", "ring"),
}


@dataclass(frozen=True)
class WindowView:
    """One further window of the same feature, drawn as a thin bar under the binding one.

    Attributes:
        window: its kind: hour, day, week, month, year or never.
        text: the window in words: "12 of 60 calls this hour".
        width: the bar's filled part, 0 to 100 %.
        tone: good, near, critical or neutral.
        percentage_used: percent of its limit, floored.
    """

    window: str = ""
    text: str = ""
    width: str = "0%"
    tone: str = "neutral"
    percentage_used: float = 0.0


@dataclass(frozen=True)
class MeterView:
    """Everything that a component draws of one feature; plain fields only, since they travel to the browser as JSON.

    Numbers are floats for arithmetic and bars; their `_text` twins are exact, in the customer's locale, and "" where
    there is no number.

    Attributes:
        feature_key: the feature's key in the catalog.
        feature_title: its title.
        product_name: the product it belongs to, "" without one.
        feature_type: usage_quota or numeric_limit.
        consumed: what was used in the window that binds.
        limit: its limit; None when unlimited.
        remaining: what is left of it; None when unlimited.
        percentage_used: percent of the limit, floored, above 100 when it is over; 0 without a limit.
        consumed_text: "8,604".
        limit_text: "10,000"; "unlimited" without a limit.
        remaining_text: "1,396"; "unlimited" without a limit.
        percentage_text: "86 %".
        period_start: when the window began, ISO 8601 in UTC; "" when it never resets.
        period_end: when it ends.
        resets_in_days: calendar days until then, in the customer's zone; None when it never resets, or the subscription will
            have ended by then.
        state: signed_out, loading, error, empty, not_included, unlimited, normal, near, critical, at_limit, over_soft,
            over_hard, paused or ended.
        tone: good, near, critical or neutral.
        shape: what is drawn beside the status word: disc, triangle, square, diamond, ring, infinity or dashed.
        status_text: the state as a word: "Near limit".
        amount_text: beside the large number: "of 10,000 calls".
        note_text: "1,396 left", "200.5 s over, about $2.01".
        reset_text: "Resets in 7 days, 1 Dec"; "Ends 28 Nov" where the subscription will have ended by then.
        action: what the card offers: retry, compare, or "".
        action_text: the words on it.
        has_bar: whether there is a bar to draw.
        has_meter: whether there is something to measure, so that the bar has `role="meter"`.
        enforcement: of the limit: hard or soft; "" without one.
        width: the bar's part for what is used within the limit, 0 to 100 %.
        held_width: its part for what is held within the limit.
        over_width: its part beyond the limit; the three together are 100 % then.
        mark: where the limit's mark stands, from the start; "" for none. A soft limit has one at 100 % before it is passed.
        meter_min: for aria-valuemin.
        meter_max: for aria-valuemax, at least meter_now.
        meter_now: for aria-valuenow: what is used and held.
        value_text: for aria-valuetext: the number with its unit, the state and the reset.
        details_text: the same without the state.
        band_texts: the state's word below near, from near and from critical, whatever the thresholds; [] where they do not
            decide.
        windows: the feature's other windows, shortest first.
        stale: whether these are the last good numbers, which could not be refreshed since.
        no_reset: whether the window never ends.
        trial: whether the customer is on trial.
        unit: the feature's unit, in the singular, as in the catalog.
        held_text: what is reserved by holds; used + held + remaining - overage = limit.
        overage_text: what is beyond the limit.
        window: the kind of the window that binds: hour, day, week, month, year or never.
        window_binds: whether it binds although the feature has a longer one.
        highest_percentage: the percentage of the fullest window, which need not be the one that binds.
        trial_text: "Trial ends 5 Dec".
    """

    feature_key: str = ""
    feature_title: str = ""
    product_name: str = ""
    feature_type: str = ""
    consumed: float = 0.0
    limit: float | None = None
    remaining: float | None = None
    percentage_used: float = 0.0
    consumed_text: str = ""
    limit_text: str = ""
    remaining_text: str = ""
    percentage_text: str = ""
    period_start: str = ""
    period_end: str = ""
    resets_in_days: int | None = None
    state: str = "loading"
    tone: str = "neutral"
    shape: str = ""
    status_text: str = ""
    amount_text: str = ""
    note_text: str = ""
    reset_text: str = ""
    action: str = ""
    action_text: str = ""
    has_bar: bool = False
    has_meter: bool = False
    enforcement: str = ""
    width: str = "0%"
    held_width: str = "0%"
    over_width: str = "0%"
    mark: str = ""
    meter_min: float = 0.0
    meter_max: float = 1.0
    meter_now: float = 0.0
    value_text: str = ""
    details_text: str = ""
    band_texts: list[str] = field(default_factory=list)
    windows: list[WindowView] = field(default_factory=list)
    stale: bool = False
    no_reset: bool = False
    trial: bool = False
    unit: str = ""
    held_text: str = ""
    overage_text: str = ""
    window: str = ""
    window_binds: bool = False
    highest_percentage: float = 0.0
    trial_text: str = ""


def derive_meter(
    metric: UsageMetric | None,
    now: datetime,
    labels: Labels,
    locale: str,
    *,
    timezone: str = "UTC",
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    status: LoadStatus = "ready",
    subscription: Subscription | None = None,
    stale_since: datetime | None = None,
    not_included: MissingFeature | None = None,
    feature_key: str = "",
    feature_title: str = "",
) -> MeterView:
    """Decide everything that is drawn of one feature.

    Args:
        metric: the usage, None while there is none to show.
        now: an aware datetime, from which "7 days" and "12 min" count.
        labels: the words.
        locale: BCP 47 tag for numbers, money and dates, such as `en-US`.
        timezone: the customer's IANA zone, for dates and days.
        thresholds: where near and critical begin, in percent of the limit.
        status: "ready", or why there are no numbers: any other status shows none, whatever `metric` is. "not_metered" means
            that there are none of this one feature.
        subscription: the one in force; paused and ended turn the meter grey, a trial is flagged, and what ends before the
            window does not reset.
        stale_since: when numbers last loaded, if refreshing failed since: the last ones stay, marked stale.
        not_included: a metered feature that the plan lacks (`metric` is None then).
        feature_key, feature_title: what is drawn while neither `metric` nor `not_included` names it.

    Returns:
        A MeterView whose numbers are finite, whose widths lie in 0 to 100 % and whose cost has a price behind it.

    Raises:
        ValueError: the locale or the zone is unknown, or `now` has no zone.

    Example:
        >>> derive_meter(usage["api_calls"], now, Labels(), "en-US", timezone="Europe/Berlin").note_text
        '1,396 left'
    """
    formats = Formats(locale, timezone, labels)
    formats.local(now)  # a datetime without a zone is refused in every state, not only in those that show a date
    trial = trial_text(subscription, now, formats)
    named = metric or not_included
    base = MeterView(
        feature_key=named.feature_key if named else feature_key,
        feature_title=named.feature_title if named else feature_title,
        trial=bool(trial),
        trial_text=trial,
    )
    if status == "not_metered":
        return _without_number(base, "empty", labels, note=labels.note_not_metered)
    if status != "ready":
        return _without_number(base, status, labels)
    inactive = subscription.status if subscription and subscription.status in ("paused", "ended") else None
    if metric is None:
        if not_included is None:
            view = _without_number(base, inactive or "empty", labels)
        else:
            plan = not_included.available_from_title
            amount = labels.available_from.format(plan=plan) if plan else labels.not_available
            view = _not_included(base, amount, labels, compare=plan is not None)
        return replace(view, stale=stale_since is not None)
    texts = MeterTexts(metric, now, formats, subscription)
    taken = metric.consumed + metric.held
    state = usage_state(taken, metric.limit, soft=metric.enforcement == "soft", thresholds=thresholds)
    if state == "not_included" and not inactive:
        return replace(_not_included(base, labels.not_in_plan, labels, compare=True), stale=stale_since is not None)
    view = _with_number(base, texts, state, inactive, thresholds)
    return view if stale_since is None else _stale(view, texts, stale_since)


def _without_number(base: MeterView, state: str, labels: Labels, note: str = "") -> MeterView:
    tone, shape = _LOOKS[state]
    status = getattr(labels, f"status_{state}")
    note = note or ("" if state == "loading" else getattr(labels, f"note_{state}"))
    action, action_text = {
        "error": ("retry", labels.retry),
        "ended": ("compare", labels.compare_plans),
    }.get(state, ("", ""))
    return replace(
        base,
        state=state,
        tone=tone,
        shape=shape,
        status_text=status,
        note_text=note,
        action=action,
        action_text=action_text,
        value_text=labels.sentence_break.join(part for part in (status, note) if part),
    )


def _not_included(base: MeterView, amount: str, labels: Labels, *, compare: bool) -> MeterView:
    tone, shape = _LOOKS["not_included"]
    return replace(
        base,
        limit=0.0,
        remaining=0.0,
        state="not_included",
        tone=tone,
        shape=shape,
        status_text=labels.status_not_included,
        amount_text=amount,
        action="compare" if compare else "",
        action_text=labels.compare_plans if compare else "",
        value_text=labels.sentence_break.join((labels.status_not_included, amount)),
    )


def _with_number(
    base: MeterView, texts: MeterTexts, usage: str, inactive: str | None, thresholds: Thresholds
) -> MeterView:
    metric, formats, labels = texts.metric, texts.formats, texts.labels
    taken, limit = metric.consumed + metric.held, metric.limit
    state = inactive or usage
    tone, shape = _LOOKS[state]
    status, note = texts.status(state), texts.note(state)
    reset = "" if inactive else texts.reset(short=state in ("over_soft", "over_hard", "unlimited"))
    percent = percentage(taken, limit)
    length = bar(metric.consumed, metric.held, limit, soft=metric.enforcement == "soft")
    windows = [] if inactive else _windows(texts, thresholds)
    spoken_windows = [window.text for window in windows if window.text != note]
    ended = state == "ended"
    resets_at = None if texts.ends_at else metric.period_end
    return replace(
        base,
        product_name=metric.product_name,
        feature_type=metric.feature_type,
        unit=metric.unit,
        consumed=float(metric.consumed),
        limit=None if limit is None else float(limit),
        remaining=None if metric.remaining is None else float(metric.remaining),
        percentage_used=float(percent),
        highest_percentage=float(max(percent, *(percentage(w.used + w.held, w.limit) for w in metric.windows))),
        consumed_text=texts.number(metric.consumed),
        limit_text=texts.number(limit),
        remaining_text=texts.number(metric.remaining),
        held_text=texts.number(metric.held),
        overage_text=texts.number(metric.overage),
        percentage_text=formats.percent(percent) if limit else "",
        period_start=utc_text(metric.period_start),
        period_end=utc_text(metric.period_end),
        resets_in_days=None if resets_at is None else max(formats.days_until(resets_at, texts.now), 0),
        state=state,
        tone=tone,
        shape=shape,
        status_text=status,
        amount_text=texts.amount(),
        note_text=note,
        reset_text=reset,
        action="compare" if ended else "",
        action_text=labels.compare_plans if ended else "",
        has_bar=limit is not None,
        has_meter=limit is not None,
        enforcement="" if limit is None else metric.enforcement,
        width=length.width,
        held_width=length.held_width,
        over_width=length.over_width,
        mark=length.mark,
        meter_min=float(min(taken, 0)),
        meter_max=float(max(taken, limit or 0)) or 1.0,
        meter_now=float(taken),
        value_text=texts.spoken(status, note, *spoken_windows, reset),
        details_text=texts.spoken(note, *spoken_windows, reset),
        band_texts=[texts.status(band) for band in BANDS] if state in BANDS else [],
        windows=windows,
        no_reset=metric.period_end is None,
        window=metric.window,
        window_binds=texts.longer is not None,
    )


def _windows(texts: MeterTexts, thresholds: Thresholds) -> list[WindowView]:
    """The feature's other windows, shortest first; an unlimited one has no bar and is told in words only."""
    views = []
    for window in sorted(texts.others, key=lambda other: WINDOWS.index(other.window)):
        if window.limit is not None:
            taken = window.used + window.held
            state = usage_state(taken, window.limit, soft=window.enforcement == "soft", thresholds=thresholds)
            percent = percentage(taken, window.limit)
            width = f"{min(percent, Decimal(100)):f}%"
            views.append(WindowView(window.window, texts.other(window), width, _LOOKS[state][0], float(percent)))
    return views


def _stale(view: MeterView, texts: MeterTexts, since: datetime) -> MeterView:
    """The last good numbers, grey, with the time from which they are and a way to try again."""
    labels = texts.labels
    note = labels.note_stale.format(time=texts.formats.moment(since, texts.now))
    return replace(
        view,
        stale=True,
        tone="neutral",
        shape="dashed",
        status_text=labels.status_stale,
        note_text=note,
        reset_text="",
        action="retry",
        action_text=labels.retry,
        value_text=texts.spoken(labels.status_stale, note),
        details_text=texts.spoken(note),
        band_texts=[],
        windows=[replace(window, tone="neutral") for window in view.windows],
    )

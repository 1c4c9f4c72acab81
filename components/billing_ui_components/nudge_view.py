"""The nudge's view model: one sentence of fact, one of help with the plan that fits, one action, one way out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from billing_ui_backend.results import Nudge, Subscription, UsageMetric, WindowUsage
from billing_ui_components.formats import Formats
from billing_ui_components.labels import Labels, is_symbol
from billing_ui_components.meter_figures import percentage
from billing_ui_components.meter_texts import MeterTexts


@dataclass(frozen=True)
class NudgeView:
    """Everything that a component draws of an upgrade nudge; plain fields only.

    Attributes:
        visible: whether one is due; nothing is drawn otherwise.
        nudge_id: names the nudge when it is dismissed.
        trigger: what it is about: limit, trial_end or feature_access.
        feature_key: the feature that is short or lacking; "" for a trial's end.
        title: the sentence of fact: "API calls: 86 % of this month used".
        text: the sentence of help: "1,396 calls are left until 1 Dec. Pro includes 50,000 a month."
        action_text: the words on the action: "See Pro, $29/month"; "" when no plan fits.
        dismiss_text: the words on the way out.
        plan_key: the plan that fits; "" when none does.
        threshold: the percentage that was reached: 80, 90, 95 or 100; 0 where it is about no limit.
        style: as what style "auto" draws it: banner, toast or modal.
        tone: near, critical or neutral.
        shape: triangle, square, diamond or lock.
        unseen: whether it was not reported yet that this person was shown it.
        person: a digest of whom it is for, the customer and the user: what one of them closed, the next is shown.
    """

    visible: bool = False
    nudge_id: str = ""
    trigger: str = ""
    feature_key: str = ""
    title: str = ""
    text: str = ""
    action_text: str = ""
    dismiss_text: str = ""
    plan_key: str = ""
    threshold: int = 0
    style: str = ""
    tone: str = "neutral"
    shape: str = ""
    unseen: bool = False
    person: str = ""


def derive_nudge(
    nudge: Nudge | None,
    now: datetime,
    labels: Labels,
    locale: str,
    *,
    timezone: str = "UTC",
    subscription: Subscription | None = None,
) -> NudgeView:
    """Decide everything that is drawn of an upgrade nudge.

    Args:
        nudge: what the engine decided, None for no nudge.
        now: an aware datetime.
        labels: the words.
        locale: BCP 47 tag for numbers, money and dates, such as `en-US`.
        timezone: the customer's IANA zone, for dates.
        subscription: the one in force: where it ends before the limit's window does, nothing is promised beyond.

    Raises:
        ValueError: the locale or the zone is unknown, or `now` has no zone.

    Example:
        >>> derive_nudge(billing.get_nudge("user_123"), billing.now(), Labels(), "en-US").action_text
        'See Pro, $29/month'
    """
    formats = Formats(locale, timezone, labels)
    formats.local(now)  # a datetime without a zone is refused, also where no date is shown
    if nudge is None:
        return NudgeView()
    view = NudgeView(
        visible=True,
        nudge_id=nudge.nudge_id,
        trigger=nudge.trigger,
        feature_key=nudge.feature_key or "",
        action_text=_action(nudge, formats),
        dismiss_text=labels.dismiss,
        plan_key=nudge.suggested_plan_key or "",
        threshold=nudge.threshold or 0,
        style=_style(nudge),
        unseen=nudge.shown_at is None,
    )
    if nudge.metric is None or nudge.window is None:
        return _without_limit(view, nudge, now, formats)
    threshold = nudge.threshold or 0
    texts = MeterTexts(_short_window(nudge.metric, nudge.window), now, formats, subscription)
    fact, names_unit = _fact(texts)
    return replace(
        view,
        title=_title(texts),
        text=f"{_sentence(fact, labels)} {_help(nudge, formats, names_unit)}",
        tone="critical" if threshold >= 90 else "near",
        shape="diamond" if nudge.window.overage else "square" if threshold >= 90 else "triangle",
    )


def _style(nudge: Nudge) -> str:
    """The nearer the limit, the harder to overlook. A refusal is news, and a toast does not push the page about."""
    if nudge.threshold is None:
        return "toast" if nudge.trigger == "feature_access" else "banner"
    return "modal" if nudge.threshold >= 95 else "toast" if nudge.threshold >= 90 else "banner"


def _without_limit(view: NudgeView, nudge: Nudge, now: datetime, formats: Formats) -> NudgeView:
    labels = formats.labels
    if nudge.trial_ends_at is None:
        title = labels.nudge_access.format(title=nudge.feature_title)
        return replace(view, title=title, text=_help(nudge, formats, False), shape="lock")
    ends = nudge.trial_ends_at
    when = formats.moment(ends, now) if formats.is_soon(ends, now) else formats.date(ends, now)
    title = labels.nudge_trial.format(when=when)
    plan = nudge.suggested_plan_title
    text = labels.nudge_no_plan if plan is None else labels.nudge_fits.format(plan=plan)
    return replace(view, title=title, text=text, tone="near", shape="triangle")


def _short_window(metric: UsageMetric, window: WindowUsage) -> UsageMetric:
    """The metric with the numbers of the window that is short, which need not be the one that binds."""
    return replace(
        metric,
        consumed=window.used,
        held=window.held,
        limit=window.limit,
        remaining=window.remaining,
        overage=window.overage,
        percentage_used=window.percentage_used,
        period_start=window.period_start,
        period_end=window.period_end,
        window=window.window,
        enforcement=window.enforcement,
    )


def _sentence(text: str, labels: Labels) -> str:
    # A date may end in a full stop of its own: "1. Dez."
    return text if text.endswith(".") else labels.nudge_sentence.format(text=text)


def _title(texts: MeterTexts) -> str:
    metric, labels = texts.metric, texts.labels
    if _is_full(texts):
        template = labels.nudge_over if metric.overage else labels.nudge_reached
        return template.format(title=metric.feature_title)
    percent = texts.formats.percent(percentage(metric.consumed + metric.held, metric.limit))
    return labels.window("nudge_used", metric.window).format(title=metric.feature_title, percent=percent)


def _is_full(texts: MeterTexts) -> bool:
    return texts.metric.enforcement == "hard" and texts.metric.remaining == 0


def _fact(texts: MeterTexts) -> tuple[str, bool]:
    """What is left and until when, what is over, or when a full limit is free again; and whether it names the unit."""
    metric, labels, formats = texts.metric, texts.labels, texts.formats
    if _is_full(texts) and metric.period_end is None:
        return labels.nudge_full.format(amount=texts.used()), True
    if _is_full(texts):
        return texts.reset(), False
    if metric.overage:
        return texts.over(), False
    left = metric.remaining or Decimal(0)
    amount = texts.counted(left)
    if is_symbol(metric.unit):
        fact = labels.nudge_left_measure.format(amount=amount)
    else:
        fact = formats.plural("nudge_left", left, amount=amount)
    if metric.period_end is None:
        return fact, True
    return labels.nudge_until.format(note=fact, when=texts.when(texts.ends_at or metric.period_end)), True


def _help(nudge: Nudge, formats: Formats, names_unit: bool) -> str:
    """What the plan that fits includes."""
    labels, plan, window = formats.labels, nudge.suggested_plan_title, nudge.suggested_window
    if plan is None:
        return labels.nudge_no_plan
    if nudge.suggested_unlimited:
        return labels.nudge_unlimited.format(plan=plan)
    if nudge.suggested_limit is None:
        return labels.nudge_has.format(plan=plan)
    unit = "" if names_unit and not is_symbol(nudge.unit) else nudge.unit
    amount = formats.quantity(nudge.suggested_limit, unit)
    if window is None or window == "never":
        return labels.nudge_includes.format(plan=plan, amount=amount)
    return labels.nudge_includes_per.format(plan=plan, amount=amount, per=labels.window("per", window))


def _action(nudge: Nudge, formats: Formats) -> str:
    plan, price, labels = nudge.suggested_plan_title, nudge.suggested_price, formats.labels
    if plan is None:
        return ""
    if price is None or nudge.suggested_currency is None or nudge.suggested_interval is None:
        return labels.nudge_action_without_price.format(plan=plan)
    return labels.nudge_action.format(
        plan=plan,
        price=formats.money(price, nudge.suggested_currency, trim=True),
        interval=labels.window("interval", nudge.suggested_interval),
    )

"""The nudge's view model: one sentence of fact, one of help with the plan that fits, one action, one way out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from billing_ui_backend.results import Nudge, UsageMetric
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
        feature_key: the feature that is the worst case.
        title: the sentence of fact: "API calls: 86 % of this month used".
        text: the sentence of help: "1,396 calls are left until 1 Dec. Pro includes 50,000 a month."
        action_text: the words on the action: "See Pro, $29/month"; "" when no plan fits.
        dismiss_text: the words on the way out.
        plan_key: the plan that fits; "" when none does.
        threshold: the percentage that was reached: 80, 90, 95 or 100.
        tone: near or critical.
        shape: triangle, square or diamond.
        role: how urgently a screen reader says it: alert at 100 %, status below.
    """

    visible: bool = False
    nudge_id: str = ""
    feature_key: str = ""
    title: str = ""
    text: str = ""
    action_text: str = ""
    dismiss_text: str = ""
    plan_key: str = ""
    threshold: int = 0
    tone: str = "neutral"
    shape: str = ""
    role: str = "status"


def derive_nudge(
    nudge: Nudge | None, now: datetime, labels: Labels, locale: str, *, timezone: str = "UTC"
) -> NudgeView:
    """Decide everything that is drawn of an upgrade nudge.

    Args:
        nudge: what the engine decided, None for no nudge.
        now: an aware datetime.
        labels: the words.
        locale: BCP 47 tag for numbers, money and dates, such as `en-US`.
        timezone: the customer's IANA zone, for dates.

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
    texts = MeterTexts(_short_window(nudge), now, formats)
    fact, names_unit = _fact(texts)
    return NudgeView(
        visible=True,
        nudge_id=nudge.nudge_id,
        feature_key=nudge.metric.feature_key,
        title=_title(texts),
        text=f"{_sentence(fact, labels)} {_help(nudge, texts, names_unit)}",
        action_text=_action(nudge, formats),
        dismiss_text=labels.dismiss,
        plan_key=nudge.suggested_plan_key or "",
        threshold=nudge.threshold,
        tone="critical" if nudge.threshold >= 90 else "near",
        shape="diamond" if nudge.window.overage else "square" if nudge.threshold >= 90 else "triangle",
        role="alert" if nudge.threshold >= 100 else "status",
    )


def _short_window(nudge: Nudge) -> UsageMetric:
    """The metric with the numbers of the window that is short, which need not be the one that binds."""
    window = nudge.window
    return replace(
        nudge.metric,
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
    metric, labels, formats, now = texts.metric, texts.labels, texts.formats, texts.now
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
    soon = formats.is_soon(metric.period_end, now)
    when = formats.moment(metric.period_end, now) if soon else formats.date(metric.period_end, now)
    return labels.nudge_until.format(note=fact, when=when), True


def _help(nudge: Nudge, texts: MeterTexts, names_unit: bool) -> str:
    """What the plan that fits includes."""
    labels, plan, window = texts.labels, nudge.suggested_plan_title, nudge.suggested_window
    if plan is None:
        return labels.nudge_no_plan
    if nudge.suggested_limit is None:
        return labels.nudge_unlimited.format(plan=plan)
    amount = texts.measure(nudge.suggested_limit) if names_unit else texts.counted(nudge.suggested_limit)
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

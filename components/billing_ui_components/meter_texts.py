"""The words of a usage meter: what is said of one metric, in one customer's language, locale and zone."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from billing_ui_backend.results import Subscription, UsageMetric, WindowUsage
from billing_ui_components.formats import Formats
from billing_ui_components.labels import is_symbol
from billing_ui_components.meter_figures import percentage

WINDOWS = ("hour", "day", "week", "month", "year", "never")
"""The kinds of window, shortest first."""


class MeterTexts:
    """The texts of one metric at `now`, an aware datetime, under the subscription in force."""

    def __init__(
        self, metric: UsageMetric, now: datetime, formats: Formats, subscription: Subscription | None = None
    ) -> None:
        self.metric = metric
        self.ends_at = _ends_at(metric, subscription)
        self.now = now
        self.formats = formats
        self.labels = formats.labels
        self._own, self.others = apart(metric)
        longest = max(self.others, key=lambda window: WINDOWS.index(window.window), default=None)
        binds = longest is not None and WINDOWS.index(longest.window) > WINDOWS.index(metric.window)
        self.longer = longest if binds else None
        # What is owed is the highest cost of a window. It is told with that one: two amounts would read as their sum.
        over = [window for window in (self._own, *self.others) if window.overage and window.overage_cost is not None]
        self._owed = max(over, key=lambda window: window.overage_cost or 0, default=None)

    def number(self, value: Decimal | None) -> str:
        """A bare exact number; the word for unlimited when there is none."""
        return self.labels.unlimited if value is None else self.formats.number(value, self.metric.scale)

    def measure(self, value: Decimal) -> str:
        """A number with its unit where that is a symbol: `6.58 GB`, but `1,396`."""
        unit = self.metric.unit if is_symbol(self.metric.unit) else ""
        return self.formats.quantity(value, unit, self.metric.scale)

    def counted(self, value: Decimal) -> str:
        """A number with its unit: `1,396 calls`."""
        return self.formats.quantity(value, self.metric.unit, self.metric.scale)

    def amount(self, *, name_unit: bool = False) -> str:
        """What stands beside the large number: `of 10,000 calls`, `of 1,000 s included`, `emails this month`.

        The unit is left out where the feature's title says the same word, unless `name_unit`. What is held is told here where
        the note is about the longer window: `of 20 calls an hour, 10 held`.
        """
        amount = self._amount(name_unit)
        if self.longer and self.metric.held:
            return self.labels.amount_held.format(amount=amount, held=self.measure(self.metric.held))
        return amount

    def _amount(self, name_unit: bool) -> str:
        metric, labels = self.metric, self.labels
        repeats = metric.feature_title.casefold() == self.formats.unit(Decimal(2), metric.unit).casefold()
        unit = "" if repeats and not name_unit else metric.unit
        if metric.limit is None:
            this = "" if metric.feature_type == "numeric_limit" else labels.window("this", metric.window)
            return labels.amount_unlimited.format(unit=self.formats.unit(metric.consumed, unit), this=this).strip()
        name = "amount_included" if metric.enforcement == "soft" else "amount_limit"
        amount = self.formats.quantity(metric.limit, unit, metric.scale, of=True)
        if self.longer or metric.window in ("hour", "day", "week"):
            return labels.window(name, "per").format(amount=amount, per=labels.window("per", metric.window))
        return getattr(labels, name).format(amount=amount)

    def status(self, state: str) -> str:
        """The word beside the shape: `Near limit`, `Over by 20 %`, `Almost at hour limit`."""
        metric, labels = self.metric, self.labels
        if state in ("over_soft", "over_hard"):
            over = percentage(metric.consumed + metric.held, metric.limit) - 100
            return labels.status_over_by.format(percent=self.formats.percent(over)) if over >= 1 else labels.status_over
        if self.longer and state in ("near", "critical", "at_limit"):
            return labels.window("reached" if state == "at_limit" else state, metric.window)
        return getattr(labels, f"status_{state}")

    def note(self, state: str) -> str:
        """What is left or over: `1,396 left`, `200.5 s over, about $2.01`; of the longer window when a shorter binds."""
        owed_for_longer = state == "over_soft" and self._owed is self.longer
        if self.longer and (owed_for_longer or state in ("normal", "near", "critical", "at_limit")):
            return self.other(self.longer)
        note = self._own_note(state)
        if self.metric.held and not self.longer and state not in ("paused", "ended"):
            return self.labels.note_held.format(note=note, amount=self.measure(self.metric.held))
        return note

    def _own_note(self, state: str) -> str:
        metric, labels = self.metric, self.labels
        level = metric.feature_type == "numeric_limit"
        if state in ("unlimited", "paused", "ended"):
            return getattr(labels, f"note_{state}")
        if state == "over_hard" and level:
            return labels.note_level_over.format(amount=self.measure(metric.overage))
        if state in ("over_soft", "over_hard"):
            return self.over()
        if state == "at_limit" and metric.enforcement == "soft":
            return labels.note_soft_full.format(amount=self.measure(Decimal(0)))
        if state == "at_limit" and level:
            return labels.note_level_full_measure if is_symbol(metric.unit) else labels.note_level_full
        return labels.note_left.format(amount=self.measure(metric.remaining or Decimal(0)))

    def over(self) -> str:
        """What is over the limit, with its cost where this window has a price and is the one that is owed for."""
        amount, cost = self.measure(self.metric.overage), self._cost(self._own)
        if cost is None:
            return self.labels.note_over.format(amount=amount)
        return self.labels.note_over_cost.format(amount=amount, cost=cost)

    def _cost(self, window: WindowUsage) -> str | None:
        if window is not self._owed or window.overage_cost is None or window.currency is None:
            return None
        return self.formats.money(window.overage_cost, window.currency)

    def reset(self, *, short: bool = False) -> str:
        """When the window resets: `Resets in 7 days, 1 Dec`, short `Resets 1 Dec`; `Resets in 12 min`; or `Ends 28 Nov`."""
        end, now, labels = self.metric.period_end, self.now, self.labels
        if self.ends_at is not None:
            return labels.plan_ends.format(date=self.when(self.ends_at))
        if end is None:
            return labels.no_reset
        if end <= now:
            return labels.reset_now
        if self.formats.is_soon(end, now):
            return labels.reset_in.format(duration=self.formats.duration(end, now))
        date = self.formats.date(end, now)
        if short:
            return labels.reset_on.format(date=date)
        return labels.reset_in_on.format(duration=self.formats.duration(end, now), date=date)

    def when(self, moment: datetime) -> str:
        """A date, or the time of what is soon."""
        soon = self.formats.is_soon(moment, self.now)
        return self.formats.moment(moment, self.now) if soon else self.formats.date(moment, self.now)

    def other(self, window: WindowUsage) -> str:
        """A further window of the feature: `220 of 1,000 this month`, `210 of 1,000 this month, 10 held`."""
        this = self.labels.window("this", window.window)
        if window.limit is None:
            text = self.labels.other_window_unlimited.format(amount=self.measure(window.used), this=this)
        else:
            used, amount = self.number(window.used), self.measure(window.limit)
            text = self.labels.other_window.format(used=used, amount=amount, this=this)
        if window.held:
            text = self.labels.note_held.format(note=text, amount=self.measure(window.held))
        cost = self._cost(window)
        if cost is None:
            return text
        return self.labels.other_window_cost.format(window=text, cost=cost)

    def used(self) -> str:
        """The number and what stands beside it, with the unit: `5 of 5 members`."""
        consumed = self.number(self.metric.consumed)
        return self.labels.amount_used.format(used=consumed, amount=self.amount(name_unit=True)).strip()

    def spoken(self, *parts: str) -> str:
        """The value for a screen reader: what is used, then the parts that say something."""
        return self.labels.sentence_break.join(part for part in (self.used(), *parts) if part)


def apart(metric: UsageMetric) -> tuple[WindowUsage, list[WindowUsage]]:
    """The window whose numbers are the metric's, and the others."""
    windows = list(metric.windows)
    if len(windows) < 2:
        return _only(metric), []
    shown = (metric.window, metric.enforcement, metric.limit)
    index = next(i for i, one in enumerate(windows) if (one.window, one.enforcement, one.limit) == shown)
    return windows[index], windows[:index] + windows[index + 1 :]


def _only(metric: UsageMetric) -> WindowUsage:
    """The one window that a feature has: all that is told of the metric is its."""
    return WindowUsage(
        window=metric.window,
        enforcement=metric.enforcement,
        used=metric.consumed,
        held=metric.held,
        limit=metric.limit,
        remaining=metric.remaining,
        overage=metric.overage,
        percentage_used=metric.percentage_used,
        period_start=metric.period_start,
        period_end=metric.period_end,
        overage_cost=metric.overage_cost,
        currency=metric.currency,
    )


def _ends_at(metric: UsageMetric, subscription: Subscription | None) -> datetime | None:
    """When the subscription ends, where it will have ended when the window would reset: nothing resets then."""
    if metric.period_end is None or subscription is None or subscription.next_status != "ended":
        return None
    end = subscription.next_change_at
    return end if end is not None and end <= metric.period_end else None


def trial_text(subscription: Subscription | None, now: datetime, formats: Formats) -> str:
    """`Trial ends 5 Dec` while trialing, else ""."""
    if subscription is None or subscription.status != "trialing":
        return ""
    if subscription.trial_ends_at is None:
        return formats.labels.trial
    return formats.labels.trial_ends.format(date=formats.date(subscription.trial_ends_at, now))

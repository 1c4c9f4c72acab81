"""The confirmation's view model: what a change of plan would do, in words, before anybody agrees to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from billing_ui_backend.catalog import Price, price_for
from billing_ui_backend.plan_results import FeatureChange, OverLimit, PlanPreview, PlanTerms
from billing_ui_components.formats import Formats
from billing_ui_components.labels import Labels
from billing_ui_components.plan_texts import granted_text, limit_text, price_text

_TONES = {"gained": "good", "more": "good", "other": "neutral", "less": "near", "lost": "critical"}
_SHAPES = {"gained": "disc", "more": "disc", "other": "ring", "less": "triangle", "lost": "square"}


@dataclass(frozen=True)
class ChangedFeatureView:
    """One feature before and after, with a word and a shape for what becomes of it."""

    title: str
    before_text: str
    after_text: str
    word_text: str
    tone: str
    shape: str


@dataclass(frozen=True)
class PlanChangeView:
    """Everything that a component draws of a change of plan that waits for an answer; plain fields only.

    `place` is the table that asked, `change_id` names this very question. Nothing is drawn unless `visible`; without a
    `confirm_text` there is nothing to agree to.
    """

    visible: bool = False
    place: str = ""
    change_id: str = ""
    plan_key: str = ""
    title: str = ""  # "Change to Starter?"
    price_text: str = ""  # "$9 a month, $20 less than Pro"
    when_text: str = ""  # "1 Dec. Until then you keep Pro."
    warnings: list[str] = field(default_factory=list)  # "Team members: you use 7, Starter has 5."
    changes: list[ChangedFeatureView] = field(default_factory=list)
    after_title: str = ""  # "With Starter"
    notes: list[str] = field(default_factory=list)
    notice_text: str = ""  # why it is asked again, or what came of another change meanwhile
    notice_tone: str = ""  # good, neutral, near or critical
    busy_text: str = ""  # "One moment…", while the answer is dealt with: nothing can be pressed then
    confirm_text: str = ""
    cancel_text: str = ""


def derive_plan_change(
    preview: PlanPreview,
    now: datetime,
    labels: Labels,
    locale: str,
    *,
    timezone: str = "UTC",
    interval: str = "month",
    place: str = "",
    change_id: str = "",
) -> PlanChangeView:
    """Decide everything that is drawn of a change of plan that waits for an answer.

    Args:
        preview: what the engine says the change would do.
        now: an aware datetime.
        labels: the words.
        locale: BCP 47 tag for numbers, money and dates, such as `en-US`.
        timezone: the customer's IANA zone, for dates.
        interval: "month" or "year", whose prices are compared.
        place: the table that asked.
        change_id: names this question.

    Raises:
        ValueError: the locale or the zone is unknown, or `now` has no zone.

    Example:
        >>> preview = billing.preview_plan_change("cus_123", "starter")
        >>> derive_plan_change(preview, billing.now(), Labels(), "en-US").warnings
        ['Team members: you use 7, Starter has 5.']
    """
    texts = _Texts(preview, now, Formats(locale, timezone, labels))
    changed = [change for change in preview.features if change.change != "same"]
    warnings = [texts.over(change, over) for change in preview.over_limits for over in change.over]
    return PlanChangeView(
        visible=True,
        place=place,
        change_id=change_id,
        plan_key=preview.to_plan.key,
        title=labels.window("change_title", preview.kind).format(plan=preview.to_plan.title),
        price_text="" if preview.kind == "keep" else texts.price(interval),
        when_text="" if preview.kind == "keep" else texts.when(),
        warnings=warnings,
        changes=[texts.change(change) for change in changed],
        after_title=labels.change_after.format(plan=preview.to_plan.title),
        notes=texts.notes(len(preview.features) - len(changed), bool(warnings)),
        confirm_text=texts.confirm(),
        cancel_text=labels.change_cancel,
    )


def compared_prices(preview: PlanPreview, interval: str) -> tuple[Price | None, Price | None]:
    """The new plan's price that is shown for an interval, and the other plan's to compare it with; None where a plan has none.

    A new plan that costs nothing is told in the interval of the other, where that has only one.
    """
    new = price_for(preview.to_plan.prices, interval, preview.currency)
    if new is None:
        return None, None
    old = price_for(preview.from_plan.prices, new.interval, new.currency)
    return (new if old is None or new.amount else replace(new, interval=old.interval)), old


def while_answering(view: PlanChangeView, labels: Labels) -> PlanChangeView:
    """The same question while the answer to it is dealt with."""
    return replace(view, busy_text=labels.change_busy)


def derive_plan_changed(preview: PlanPreview, now: datetime, labels: Labels, locale: str, *, timezone: str) -> str:
    """What is said after the change was made: "Starter begins 1 Dec."."""
    plan, formats = preview.to_plan.title, Formats(locale, timezone, labels)
    if preview.kind == "keep":
        return labels.changed_keep.format(plan=plan)
    if preview.at == "now":
        return labels.changed_now.format(plan=plan)
    return labels.changed_on.format(plan=plan, date=_without_stop(formats.date(preview.takes_effect_at, now)))


class _Texts:
    """The texts of one preview."""

    def __init__(self, preview: PlanPreview, now: datetime, formats: Formats) -> None:
        self.preview = preview
        self.formats = formats
        self.labels = formats.labels
        self.now = now

    def date(self, moment: datetime) -> str:
        """A short date."""
        return self.formats.date(moment, self.now)

    def price(self, interval: str) -> str:
        """The new price, and how it differs from the other plan's of that interval and currency.

        Which interval a customer pays for is not known here: two plans are compared, never a price with what is paid now.
        """
        preview = self.preview
        new, old = compared_prices(preview, interval)
        if new is None:
            return self.labels.plan_price_unlisted
        text = price_text(new, self.formats)
        if old is None or preview.kind == "start" or (old.interval, old.currency) != (new.interval, new.currency):
            return text
        difference, plan = new.amount - old.amount, preview.from_plan.title
        if not difference:
            return self.labels.change_price_same.format(price=text, plan=plan)
        name = "change_price_more" if difference > 0 else "change_price_less"
        amount = self.formats.unit_price(abs(difference), new.currency)
        return getattr(self.labels, name).format(price=text, amount=amount, plan=plan)

    def when(self) -> str:
        """When the new plan is in force."""
        if self.preview.at == "now":
            return self.labels.change_now
        date = _without_stop(self.date(self.preview.takes_effect_at))
        return self.labels.change_on.format(date=date, plan=self.preview.from_plan.title)

    def change(self, change: FeatureChange) -> ChangedFeatureView:
        """One feature before and after."""
        return ChangedFeatureView(
            title=change.feature_title,
            before_text=self._granted(change, before=True),
            after_text=self._granted(change, before=False),
            word_text=self.labels.window("change", change.change),
            tone=_TONES[change.change],
            shape=_SHAPES[change.change],
        )

    def _granted(self, change: FeatureChange, *, before: bool) -> str:
        if change.change == ("gained" if before else "lost"):
            return self.labels.status_not_included
        if change.feature_type == "boolean_flag":
            return self.labels.plan_included
        return granted_text(change.before if before else change.after, change.unit, change.scale, self.formats)

    def over(self, change: FeatureChange, over: OverLimit) -> str:
        """What would be over a limit, with the figures: "Team members: you use 7, Starter has 5."."""
        plan, title = self.preview.to_plan.title, change.feature_title
        used = limit_text(over.used, "never", change.unit, change.scale, self.formats)
        if not over.limit:
            return self.labels.change_over_none.format(title=title, used=used, plan=plan)
        limit = limit_text(over.limit, over.window, change.unit, change.scale, self.formats)
        if over.overage_cost is None or over.currency is None:
            return self.labels.change_over.format(title=title, used=used, plan=plan, limit=limit)
        cost = self.formats.money(over.overage_cost, over.currency)
        return self.labels.change_over_cost.format(title=title, used=used, plan=plan, limit=limit, cost=cost)

    def notes(self, same: int, warned: bool) -> list[str]:
        """What else a person should know."""
        preview, labels = self.preview, self.labels
        notes = [labels.change_over_note] if warned and self._is_hard() else []
        if preview.ends_trial:
            notes.append(labels.change_trial_ends)
        if (scheduled := self._scheduled()) is not None:
            notes.append(self._taken_back(*scheduled))
        if preview.kind in ("upgrade", "downgrade"):
            if same:
                count = self.formats.number(Decimal(same))
                notes.append(self.formats.plural("change_same", Decimal(same), count=count))
            notes.append(labels.change_usage_stays)
        return notes

    def _is_hard(self) -> bool:
        return any(over.enforcement == "hard" for change in self.preview.over_limits for over in change.over)

    def _scheduled(self) -> tuple[PlanTerms, datetime] | None:
        if self.preview.scheduled_plan is None or self.preview.scheduled_at is None:
            return None
        return self.preview.scheduled_plan, self.preview.scheduled_at

    def _taken_back(self, plan: PlanTerms, at: datetime) -> str:
        if self.preview.scheduled_status == "ended":
            return self.labels.change_takes_back_end.format(date=self.date(at))
        return self.labels.change_takes_back.format(plan=plan.title, date=self.date(at))

    def confirm(self) -> str:
        """The words of the button that agrees."""
        preview, labels = self.preview, self.labels
        if preview.kind == "keep":
            return labels.plan_keep.format(plan=preview.to_plan.title) if self._scheduled() else ""
        if preview.kind == "start":
            return labels.change_confirm_start
        if preview.at == "period_end":
            return labels.change_confirm_on.format(date=self.date(preview.takes_effect_at))
        return labels.change_confirm_upgrade if preview.kind == "upgrade" else labels.change_confirm_now


def _without_stop(date: str) -> str:
    # A date may end in a full stop of its own, "1. Dez.", and stands at the end of a sentence here.
    return date.removesuffix(".")


__all__ = ["ChangedFeatureView", "PlanChangeView", "derive_plan_change", "derive_plan_changed"]

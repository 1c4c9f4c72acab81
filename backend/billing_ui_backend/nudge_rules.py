"""When a nudge may be shown to a person: pure rules over what that person was shown and has closed before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from billing_ui_backend import catalog_fields as fields
from billing_ui_backend.periods import HOUR_US, NEVER_START
from billing_ui_backend.results import NudgeAction, NudgeTrigger

THRESHOLDS = (100, 95, 90, 80)
DAY_US = 24 * HOUR_US
QUIET_US = DAY_US
WEEK_US = 7 * DAY_US


@dataclass(frozen=True, slots=True)
class NudgeRules:
    """The catalog's `[nudges]`: how often a person may be nudged. None of it mutes 100 % or a trial's end.

    `quiet_first_days`: none in a customer's first days. `per_day`: how many of one trigger (a feature's window and threshold)
    in 24 hours. `per_week`: how many in all, in 7 days. `trial_days`: how long before its end a trial's nudge is due.
    """

    quiet_first_days: int = 0
    per_day: int = 1
    per_week: int = 3
    trial_days: int = 3


def nudge_rules(data: Mapping[str, Any]) -> NudgeRules:
    """The rules of a catalog's `[nudges]` table. Raises CatalogError."""
    where = "nudges"
    fields.only(data, {"quiet_first_days", "per_day", "per_week", "trial_days"}, where)

    def days(key: str, default: int, high: int) -> int:
        return fields.integer(data, key, where, default=default, low=0, high=high)

    return NudgeRules(
        quiet_first_days=days("quiet_first_days", 0, 3650),
        per_day=days("per_day", 1, 1000),
        per_week=days("per_week", 3, 1000),
        trial_days=days("trial_days", 3, 3650),
    )


@dataclass(frozen=True, slots=True)
class Subject:
    """What a nudge is about, whatever the period: a feature's window, a feature that the plan lacks ("" for a window), or a
    trial ("" for both)."""

    trigger: NudgeTrigger
    feature_key: str = ""
    window: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One threshold of a subject in one period (0 where there is no threshold); a nudge is one step.

    `fell_us` is when a level was last below it, after it had been shown: the period of a level never ends, but its showing does.
    """

    subject: Subject
    threshold: int
    start_us: int
    fell_us: int = NEVER_START

    @property
    def nudge_id(self) -> str:
        """Names the step; a subject's parts hold no colon."""
        subject = self.subject
        begin = "" if subject.window == "never" else str(self.start_us)
        if subject.trigger == "limit":
            parts: tuple[str, ...] = (subject.feature_key, subject.window, begin, str(self.threshold))
        else:
            parts = (subject.trigger, subject.feature_key, begin)
        return ":".join(part for part in parts if part)

    @property
    def urgent(self) -> bool:
        """Whether nothing but its own dismissal mutes it."""
        return self.threshold == 100 or self.subject.trigger == "trial_end"


@dataclass(frozen=True, slots=True)
class Past:
    """Something that one person was shown or did."""

    subject: Subject
    threshold: int
    start_us: int
    action: NudgeAction
    at_us: int

    def is_of(self, step: Step) -> bool:
        """Whether it was done with this very step, in whatever period."""
        return self.subject == step.subject and self.threshold == step.threshold

    def is_in_period_of(self, step: Step) -> bool:
        """Whether it was done in the step's period: by the instant, since a change of zone or plan moves the start within one."""
        return self.start_us == step.start_us or self.at_us >= step.start_us


def may_show(
    step: Step, past: Iterable[Past], *, now_us: int, created_us: int, rules: NudgeRules, new: bool = True
) -> bool:
    """Whether a step may be shown to a person now.

    Args:
        past: all of the last 7 days, and what was done with this subject since the step's period began.
        created_us: when the customer was created.
        new: whether it may be shown although it was not yet in its period.
    """
    past = list(past)
    mine = [one for one in past if one.subject == step.subject]
    for one in mine:
        if one.action == "dismissed":
            if one.is_in_period_of(step) and step.threshold <= one.threshold:
                return False
            if not step.urgent and now_us < one.at_us + QUIET_US:
                return False
    if was_done(step, mine, "shown"):
        return True  # What was shown and is still due does not go away because it was shown.
    if not new:
        return False
    if step.urgent:
        return True
    if now_us < created_us + rules.quiet_first_days * DAY_US:
        return False
    shown = [one for one in past if one.action == "shown"]
    of_day = [one for one in shown if one.at_us > now_us - DAY_US and one.is_of(step)]
    of_week = [one for one in shown if one.at_us > now_us - WEEK_US]
    return len(of_day) < rules.per_day and len(of_week) < rules.per_week


def was_done(step: Step, past: Iterable[Past], action: NudgeAction) -> bool:
    """Whether something was done with a step in its period, and since a level was last below it."""
    return any(
        one.action == action and one.is_of(step) and one.is_in_period_of(step) and one.at_us >= step.fell_us
        for one in past
    )

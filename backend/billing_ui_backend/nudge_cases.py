"""What a customer could be nudged about now, most urgent first, and the nudge for each with the plan that would fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from billing_ui_backend import statements
from billing_ui_backend.catalog import Plan, Price, price_for
from billing_ui_backend.clock import to_us
from billing_ui_backend.metrics import Reader
from billing_ui_backend.models import RefusalRow
from billing_ui_backend.nudge_rules import DAY_US, THRESHOLDS, Past, Step, Subject, was_done
from billing_ui_backend.periods import NEVER_START
from billing_ui_backend.quantities import to_units
from billing_ui_backend.results import Nudge, UsageMetric, UsageMetrics, WindowUsage
from billing_ui_backend.suggestions import plan_that_fits

# A refusal late in the day is still news after midnight.
REFUSED_WITHIN_US = 2 * DAY_US


@dataclass(frozen=True, slots=True)
class Case:
    """Something to nudge about: the step that is reached, with what belongs to it."""

    step: Step
    metric: UsageMetric | None = None
    window: WindowUsage | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The step that is reached, then those below it."""
        step = self.step
        return (step, *(replace(step, threshold=lower) for lower in THRESHOLDS if lower < step.threshold))

    def with_fall(self, reader: Reader, step: Step, past: list[Past]) -> Step:
        """One of the steps, with when a level was last below it after a person was shown it. Nothing holds back an urgent one."""
        metric, window = self.metric, self.window
        if step.urgent:
            return step
        shown_us = max((one.at_us for one in past if was_done(step, [one], "shown")), default=None)
        if shown_us is None or metric is None or window is None or metric.feature_type != "numeric_limit":
            return step
        reached = -(-step.threshold * to_units(window.limit, metric.scale) // 100)
        asked = (reader.customer.customer_id, metric.feature_key, shown_us, reached)
        (fell_us,) = reader.driver.execute(statements.LAST_BELOW, asked).fetchone()
        return step if fell_us is None else replace(step, fell_us=fell_us)


def find_cases(session: Session, reader: Reader, metrics: UsageMetrics) -> list[Case]:
    """All cases of a customer, most urgent first: none without access, and none where there is nothing to upgrade to."""
    if not _can_upgrade(reader):
        return []
    return sorted([*_trial(reader), *_limits(metrics), *_refused(session, reader)], key=_urgency, reverse=True)


def prompt_cases(reader: Reader, metrics: UsageMetrics) -> dict[str, Case]:
    """By feature key: what there is to suggest for a feature, whatever anybody was shown of it."""
    if not _can_upgrade(reader):
        return {}
    cases: dict[str, Case] = {}
    for case in sorted(_limits(metrics), key=_urgency, reverse=True):
        cases.setdefault(case.step.subject.feature_key, case)
    plan = reader.catalog.plan(reader.phase.plan_key)
    for key in reader.catalog.features:
        if not plan.includes(key):
            lacking = _access(reader, key, reader.now_us // DAY_US * DAY_US)
            if lacking is not None:
                cases[key] = lacking
    return cases


def make_nudge(reader: Reader, case: Case, step: Step, shown_at: datetime | None) -> Nudge:
    """The nudge for a step of a case."""
    plan = _plan_for(reader, case)
    feature = reader.catalog.feature(step.subject.feature_key) if step.subject.feature_key else None
    grants = plan.grants(feature.key) if plan and feature else ()
    limited = [grant for grant in grants if grant.limit is not None]
    # The window the customer is short of, where the plan has it: its limit is the one worth naming.
    grant = next((g for g in limited if g.period == step.subject.window), limited[0] if limited else None)
    price = _price_of(plan, reader) if plan else None
    subscription = reader.customer.subscription
    return Nudge(
        nudge_id=step.nudge_id,
        trigger=step.subject.trigger,
        feature_key=feature.key if feature else None,
        feature_title=feature.title if feature else None,
        unit=feature.unit if feature else "",
        metric=case.metric,
        window=case.window,
        threshold=step.threshold or None,
        trial_ends_at=subscription.trial_ends_at if subscription and step.subject.trigger == "trial_end" else None,
        shown_at=shown_at,
        suggested_plan_key=plan.key if plan else None,
        suggested_plan_title=plan.title if plan else None,
        suggested_limit=grant.limit if grant else None,
        suggested_unlimited=bool(grants) and not limited,
        suggested_window=grant.period if grant else None,
        suggested_price=price.amount if price else None,
        suggested_currency=price.currency if price else None,
        suggested_interval=price.interval if price else None,
    )


def _price_of(plan: Plan, reader: Reader) -> Price | None:
    """The price in the customer's currency, of a month if there is one: as a pricing table tells it at first."""
    return price_for(plan.prices, "month", reader.catalog.currency_for(reader.phase.plan_key))


def _can_upgrade(reader: Reader) -> bool:
    return reader.phase.has_access and bool(reader.catalog.upgrades(reader.phase.plan_key))


def _trial(reader: Reader) -> Iterator[Case]:
    subscription = reader.customer.subscription
    if subscription is None or subscription.trial_ends_at is None:
        return
    # Who has chosen another plan for afterwards needs no reminder.
    chosen = subscription.next_status == "active" and subscription.next_plan_key != subscription.plan_key
    left_us = to_us(subscription.trial_ends_at) - reader.now_us
    if not chosen and left_us <= reader.catalog.nudges.trial_days * DAY_US:
        yield Case(Step(Subject("trial_end"), 0, reader.phase.starts_us))


def _limits(metrics: UsageMetrics) -> Iterator[Case]:
    for metric in metrics.metrics:
        for window in metric.windows:
            if window.percentage_used is None:
                continue
            reached = next((step for step in THRESHOLDS if window.percentage_used >= step), None)
            if reached is not None:
                start_us = to_us(window.period_start) if window.period_start else NEVER_START
                step = Step(Subject("limit", metric.feature_key, window.window), reached, start_us)
                yield Case(step, metric, window)


def _refused(session: Session, reader: Reader) -> Iterator[Case]:
    rows = session.exec(
        select(RefusalRow)
        .where(
            col(RefusalRow.customer_id) == reader.customer.customer_id,
            col(RefusalRow.reason) == "feature_not_in_plan",
            col(RefusalRow.day_us) > reader.now_us - REFUSED_WITHIN_US,
        )
        .order_by(col(RefusalRow.day_us))
    )
    latest = {row.feature_key: row.day_us for row in rows}
    plan = reader.catalog.plan(reader.phase.plan_key)
    for key, day_us in latest.items():
        if key in reader.catalog.features and not plan.includes(key):
            case = _access(reader, key, day_us)
            if case is not None:
                yield case


def _access(reader: Reader, feature_key: str, day_us: int) -> Case | None:
    """The case of a feature that the plan lacks; none where no plan would do."""
    case = Case(Step(Subject("feature_access", feature_key), 0, day_us))
    return None if _plan_for(reader, case) is None else case


def _urgency(case: Case) -> tuple[int, Decimal, int]:
    """A hard limit that is reached, a trial's end, 90 %, a feature that is lacking, 80 %. A hard limit stops the customer; a
    soft one, however far exceeded, does not."""
    step, window = case.step, case.window
    if step.subject.trigger == "trial_end":
        return 3, Decimal(0), 0
    if window is None:
        return 1, Decimal(0), step.start_us
    stops = step.threshold == 100 and window.enforcement == "hard"
    return 4 if stops else 2 if step.threshold >= 90 else 0, window.percentage_used or Decimal(0), 0


def _plan_for(reader: Reader, case: Case) -> Plan | None:
    subject, metric, window = case.step.subject, case.metric, case.window
    short, more = None, 0
    if metric is not None and window is not None:
        # More than is left here: a plan with the same limit would be no help.
        short, more = window.window, to_units(window.remaining, metric.scale) + 1
    elif subject.feature_key and reader.catalog.feature(subject.feature_key).metered:
        more = 1
    return plan_that_fits(
        reader.counted,
        reader.catalog,
        reader.customer.timezone,
        reader.phase,
        reader.now_us,
        feature_key=subject.feature_key or None,
        short=short,
        more=more,
        keep=subject.trigger == "trial_end",
    )

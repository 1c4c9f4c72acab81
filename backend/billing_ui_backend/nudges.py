"""Which upgrade nudge a customer should see: the worst case that was not dismissed, with the plan that would really fit."""

from __future__ import annotations

from decimal import Decimal

from sqlmodel import Session, col, select

from billing_ui_backend.clock import to_us
from billing_ui_backend.errors import InvalidRequest
from billing_ui_backend.ledger import DAY_US
from billing_ui_backend.metrics import Reader, usage_metrics
from billing_ui_backend.models import DismissalRow
from billing_ui_backend.periods import NEVER_START
from billing_ui_backend.quantities import to_units
from billing_ui_backend.results import Nudge, UsageMetric, WindowUsage
from billing_ui_backend.suggestions import plan_that_fits
from billing_ui_backend.validation import check_text

THRESHOLDS = (100, 95, 90, 80)
QUIET_US = DAY_US


def decide(session: Session, reader: Reader, user_id: str | None) -> Nudge | None:
    """The nudge to show now, None when there is nothing to say: below 80 %, on the top plan, or dismissed."""
    if not reader.phase.has_access or not reader.catalog.upgrades(reader.phase.plan_key):
        return None
    dismissals = _dismissals(session, reader.customer.customer_id, user_id)
    for metric, window, threshold in sorted(_candidates(reader), key=_how_bad, reverse=True):
        if not _dismissed(dismissals.get((metric.feature_key, window.window)), window, threshold, reader.now_us):
            return _nudge(reader, metric, window, threshold)
    return None


def dismiss(session: Session, reader: Reader, user_id: str | None, nudge_id: str) -> bool:
    """Remembers that a user closed a nudge. False when that nudge is no longer the customer's case: nothing is stored."""
    if not isinstance(nudge_id, str):
        raise InvalidRequest("nudge_id: pass the nudge_id of the nudge that was shown")
    dismissals = _dismissals(session, reader.customer.customer_id, user_id)
    for metric, window, reached in _candidates(reader):
        for threshold in THRESHOLDS:
            # Usage may have grown since the nudge was drawn: what was shown is dismissed, the higher threshold is not.
            if threshold <= reached and nudge_id == _identify(metric, window, threshold):
                earlier = dismissals.get((metric.feature_key, window.window))
                if earlier is not None and _in_period(earlier, window):
                    # A nudge that still hangs in another tab must not bring back the higher one that was closed.
                    threshold = max(threshold, earlier.threshold)
                session.merge(
                    DismissalRow(
                        customer_id=reader.customer.customer_id,
                        user_id=_user(user_id),
                        feature_key=metric.feature_key,
                        window_kind=window.window,
                        threshold=threshold,
                        dismissed_us=reader.now_us,
                    )
                )
                return True
    return False


def _candidates(reader: Reader) -> list[tuple[UsageMetric, WindowUsage, int]]:
    found = []
    for metric in usage_metrics(reader, None).metrics:
        for window in metric.windows:
            if window.percentage_used is None:
                continue
            reached = next((step for step in THRESHOLDS if window.percentage_used >= step), None)
            if reached is not None:
                found.append((metric, window, reached))
    return found


def _how_bad(candidate: tuple[UsageMetric, WindowUsage, int]) -> tuple[bool, Decimal]:
    # A hard limit that is reached stops the customer; a soft one, however far exceeded, does not.
    _, window, threshold = candidate
    return threshold == 100 and window.enforcement == "hard", window.percentage_used or Decimal(0)


def _dismissals(session: Session, customer_id: str, user_id: str | None) -> dict[tuple[str, str], DismissalRow]:
    rows = session.exec(
        select(DismissalRow).where(
            col(DismissalRow.customer_id) == customer_id, col(DismissalRow.user_id) == _user(user_id)
        )
    )
    return {(row.feature_key, row.window_kind): row for row in rows}


def _user(user_id: str | None) -> str:
    return check_text(user_id, "user_id") if user_id else ""


def _dismissed(row: DismissalRow | None, window: WindowUsage, threshold: int, now_us: int) -> bool:
    if row is None:
        return False
    if _in_period(row, window) and threshold <= row.threshold:
        return True
    return threshold < 100 and now_us < row.dismissed_us + QUIET_US


def _in_period(row: DismissalRow, window: WindowUsage) -> bool:
    # By the instant of the dismissal, not by the window's start: a change of zone or plan moves the start within a period.
    return row.dismissed_us >= _start(window)


def _nudge(reader: Reader, metric: UsageMetric, window: WindowUsage, threshold: int) -> Nudge:
    plan = plan_that_fits(
        reader.counted,
        reader.catalog,
        reader.customer.timezone,
        reader.phase,
        reader.now_us,
        feature_key=metric.feature_key,
        short=window.window,
        # More than is left here: a plan with the same limit would be no help.
        more=to_units(window.remaining, metric.scale) + 1,
    )
    grants = plan.grants(metric.feature_key) if plan else ()
    limited = [grant for grant in grants if grant.limit is not None]
    # The window the customer is short of, where the plan has it: its limit is the one worth naming.
    grant = next((g for g in limited if g.period == window.window), limited[0] if limited else None)
    price = plan.prices[0] if plan and plan.prices else None
    return Nudge(
        nudge_id=_identify(metric, window, threshold),
        metric=metric,
        window=window,
        threshold=threshold,
        suggested_plan_key=plan.key if plan else None,
        suggested_plan_title=plan.title if plan else None,
        suggested_limit=grant.limit if grant else None,
        suggested_unlimited=bool(grants) and not limited,
        suggested_window=grant.period if grant else None,
        suggested_price=price.amount if price else None,
        suggested_currency=price.currency if price else None,
        suggested_interval=price.interval if price else None,
    )


def _identify(metric: UsageMetric, window: WindowUsage, threshold: int) -> str:
    return f"{metric.feature_key}:{window.window}:{_start(window)}:{threshold}"


def _start(window: WindowUsage) -> int:
    return to_us(window.period_start) if window.period_start else NEVER_START

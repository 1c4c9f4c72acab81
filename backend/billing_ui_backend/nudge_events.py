"""What users were shown of nudges and did with them: kept once per user, trigger and period, read by the merchant in pages."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from sqlmodel import Session, and_, col, select, tuple_

from billing_ui_backend.clock import from_us, to_us
from billing_ui_backend.errors import InvalidRequest, InvalidTimestamp
from billing_ui_backend.models import NudgeEventRow
from billing_ui_backend.nudge_rules import WEEK_US, Past, Step, Subject
from billing_ui_backend.results import NudgeAction, NudgeEvent, NudgeEventPage, NudgeTrigger, WindowKind
from billing_ui_backend.validation import check_text

# The newest first; the rest is the key, so that no two are equal.
_ORDER = ("event_us", "user_id", "trigger", "feature_key", "window_kind", "start_us", "threshold", "action")
_TYPES = (int, str, str, str, str, int, int, str)
_BAD_CURSOR = "cursor: pass the next_cursor of the page before, unchanged"


def user_key(user_id: str | None) -> str:
    """A user as the table names them; "" for the customer as a whole."""
    return check_text(user_id, "user_id") if user_id else ""


def read_past(
    session: Session, customer_id: str, users: Iterable[str], steps: Iterable[Step], now_us: int
) -> dict[str, list[Past]]:
    """By user key: what happened in the last 7 days, and to each step's subject since its period began."""
    wanted = list(users)
    week_ago_us = now_us - WEEK_US
    conditions = [col(NudgeEventRow.event_us) > week_ago_us]
    conditions += [
        and_(
            col(NudgeEventRow.trigger) == step.subject.trigger,
            col(NudgeEventRow.feature_key) == step.subject.feature_key,
            col(NudgeEventRow.window_kind) == step.subject.window,
            col(NudgeEventRow.event_us).between(step.start_us, week_ago_us),
        )
        for step in steps
        if step.start_us <= week_ago_us
    ]
    past: dict[str, list[Past]] = {user: [] for user in wanted}
    for condition in conditions:
        rows = session.exec(
            select(NudgeEventRow).where(
                col(NudgeEventRow.customer_id) == customer_id, col(NudgeEventRow.user_id).in_(wanted), condition
            )
        )
        for row in rows:
            past[row.user_id].append(_past(row))
    return past


def keep(session: Session, customer_id: str, user: str, step: Step, action: NudgeAction, now_us: int) -> None:
    """Writes that something was done with a step. It must not be written yet."""
    session.add(
        NudgeEventRow(
            customer_id=customer_id,
            user_id=user,
            trigger=step.subject.trigger,
            feature_key=step.subject.feature_key,
            window_kind=step.subject.window,
            # A level's step may be shown again in the one period that it has: each showing is a row of its own.
            start_us=max(step.start_us, step.fell_us),
            threshold=step.threshold,
            action=action,
            event_us=now_us,
        )
    )


def page(
    session: Session,
    customer_id: str,
    *,
    user_id: str | None,
    start: datetime | None,
    end: datetime | None,
    cursor: str | None,
    limit: int,
) -> NudgeEventPage:
    """A page of what a customer's users did in [start, end), newest first."""
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 1000:
        raise InvalidRequest(f"limit is {limit!r}: it takes 1 to 1,000")
    order = tuple(col(getattr(NudgeEventRow, name)) for name in _ORDER)
    query = select(NudgeEventRow).where(col(NudgeEventRow.customer_id) == customer_id)
    if user_id is not None:
        query = query.where(col(NudgeEventRow.user_id) == user_key(user_id))
    if start is not None:
        query = query.where(col(NudgeEventRow.event_us) >= _instant(start, "start"))
    if end is not None:
        query = query.where(col(NudgeEventRow.event_us) < _instant(end, "end"))
    if cursor is not None:
        before = _read_cursor(cursor)
        # The first condition lets the index find where to begin.
        query = query.where(col(NudgeEventRow.event_us) <= before[0], tuple_(*order) < tuple_(*before))
    rows = session.exec(query.order_by(*(column.desc() for column in order)).limit(limit + 1)).all()
    shown = rows[:limit]
    return NudgeEventPage(
        events=tuple(_event(row) for row in shown),
        next_cursor=_write_cursor(shown[-1]) if len(rows) > limit else None,
    )


def _past(row: NudgeEventRow) -> Past:
    step = _step(row)
    return Past(step.subject, step.threshold, step.start_us, cast(NudgeAction, row.action), row.event_us)


def _step(row: NudgeEventRow) -> Step:
    subject = Subject(cast(NudgeTrigger, row.trigger), row.feature_key, row.window_kind)
    return Step(subject, row.threshold, row.start_us)


def _event(row: NudgeEventRow) -> NudgeEvent:
    return NudgeEvent(
        customer_id=row.customer_id,
        user_id=row.user_id or None,
        action=cast(NudgeAction, row.action),
        nudge_id=_step(row).nudge_id,
        trigger=cast(NudgeTrigger, row.trigger),
        feature_key=row.feature_key or None,
        window=cast(WindowKind, row.window_kind) if row.window_kind else None,
        period_start=None if row.window_kind == "never" else from_us(row.start_us),
        threshold=row.threshold or None,
        occurred_at=from_us(row.event_us),
    )


def _instant(value: datetime, name: str) -> int:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise InvalidTimestamp(f"{name} {value!r} has no zone: pass an aware datetime")
    return to_us(value)


def _write_cursor(row: NudgeEventRow) -> str:
    position = [getattr(row, name) for name in _ORDER]
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def _read_cursor(cursor: str) -> list[Any]:
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise InvalidRequest(_BAD_CURSOR) from error
    if not isinstance(position, list) or [type(value) for value in position] != list(_TYPES):
        raise InvalidRequest(_BAD_CURSOR)
    for value in position:
        if isinstance(value, int) and abs(value) > 2**62:
            raise InvalidRequest(_BAD_CURSOR)
        if isinstance(value, str) and value:
            check_text(value, "cursor")
    if abs(position[6]) >= 2**31:
        raise InvalidRequest(_BAD_CURSOR)
    return position

"""Refusals, counted for the merchant apart from usage: who asked for what in vain, and why, by day."""

from __future__ import annotations

from datetime import datetime
from typing import cast, get_args

from sqlmodel import Session, col, select

from billing_ui_backend.clock import from_us, to_us
from billing_ui_backend.errors import InvalidTimestamp
from billing_ui_backend.models import RefusalRow
from billing_ui_backend.results import Refusal, RefusalReason

DAY_US = 86_400_000_000
REFUSAL_REASONS = get_args(RefusalReason)


def list_refusals(
    session: Session, customer_id: str, start: datetime | None, end: datetime | None
) -> tuple[Refusal, ...]:
    """A customer's refusals by UTC day, the latest day first."""
    query = select(RefusalRow).where(col(RefusalRow.customer_id) == customer_id)
    if start is not None:
        query = query.where(col(RefusalRow.day_us) > _instant(start, "start") - DAY_US)
    if end is not None:
        query = query.where(col(RefusalRow.day_us) < _instant(end, "end"))
    rows = session.exec(
        query.order_by(col(RefusalRow.day_us).desc(), col(RefusalRow.feature_key), col(RefusalRow.reason))
    ).all()
    return tuple(
        Refusal(row.customer_id, row.feature_key, from_us(row.day_us), cast(RefusalReason, row.reason), row.refused)
        for row in rows
    )


def _instant(value: datetime, name: str) -> int:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise InvalidTimestamp(f"{name} {value!r} has no zone: pass an aware datetime")
    return to_us(value)

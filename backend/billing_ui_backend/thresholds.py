"""Thresholds: that usage reached 50, 80, 90 or 100 percent of a limit is written once per window, with the usage itself."""

from __future__ import annotations

from typing import cast

from sqlmodel import Session, col, select

from billing_ui_backend.clock import from_us
from billing_ui_backend.models import ThresholdRow
from billing_ui_backend.results import ReachedThreshold, WindowKind

PERCENTAGES = (50, 80, 90, 100)


def list_thresholds(session: Session, customer_id: str, feature_key: str | None) -> tuple[ReachedThreshold, ...]:
    """The thresholds a customer has reached, the latest first."""
    query = select(ThresholdRow).where(col(ThresholdRow.customer_id) == customer_id)
    if feature_key is not None:
        query = query.where(col(ThresholdRow.feature_key) == feature_key)
    rows = session.exec(
        query.order_by(
            col(ThresholdRow.reached_us).desc(),
            col(ThresholdRow.feature_key),
            col(ThresholdRow.start_us).desc(),
            col(ThresholdRow.threshold).desc(),
        )
    ).all()
    return tuple(_result(row) for row in rows)


def _result(row: ThresholdRow) -> ReachedThreshold:
    never = row.window_kind == "never"
    return ReachedThreshold(
        customer_id=row.customer_id,
        feature_key=row.feature_key,
        threshold=row.threshold,
        window=cast(WindowKind, row.window_kind),
        period_start=None if never else from_us(row.start_us),
        period_end=None if never else from_us(row.end_us),
        reached_at=from_us(row.reached_us),
    )

"""Reading the ledger, newest first by (timestamp, key), page by page."""

from __future__ import annotations

import base64
import binascii
import heapq
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlmodel import Session, and_, col, or_, select

from billing_ui_backend.catalog import Catalog
from billing_ui_backend.clock import from_us, to_us
from billing_ui_backend.errors import InvalidRequest, InvalidTimestamp
from billing_ui_backend.models import EventRow
from billing_ui_backend.quantities import to_decimal
from billing_ui_backend.results import EventPage, UsageEvent
from billing_ui_backend.validation import MAX_EVENT_KEY, check_text

Position = tuple[int, str, int]


def page(
    session: Session,
    catalog: Catalog,
    customer_id: str,
    *,
    feature_key: str | None,
    start: datetime | None,
    end: datetime | None,
    cursor: str | None,
    limit: int,
) -> EventPage:
    """A page of a customer's events in [start, end)."""
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 1000:
        raise InvalidRequest(f"limit is {limit!r}: it takes 1 to 1,000")
    keys = [catalog.feature(feature_key).key] if feature_key is not None else list(catalog.features)
    before = _read_cursor(cursor)
    # One index serves both: each feature is a run in it, and runs merge by (timestamp, key).
    runs = [
        _run(session, customer_id, key, _instant(start, "start"), _instant(end, "end"), before, limit + 1)
        for key in keys
    ]
    rows = []
    for row in heapq.merge(*runs, key=_position, reverse=True):
        rows.append(row)
        if len(rows) > limit:
            break
    shown = rows[:limit]
    return EventPage(
        events=tuple(_event(row, catalog) for row in shown),
        next_cursor=_write_cursor(_position(shown[-1])) if len(rows) > limit else None,
    )


def _run(
    session: Session,
    customer_id: str,
    feature_key: str,
    start_us: int | None,
    end_us: int | None,
    before: Position | None,
    limit: int,
) -> Iterator[EventRow]:
    at, key, revision = col(EventRow.event_us), col(EventRow.idempotency_key), col(EventRow.revision)
    query = select(EventRow).where(col(EventRow.customer_id) == customer_id, col(EventRow.feature_key) == feature_key)
    if start_us is not None:
        query = query.where(at >= start_us)
    if end_us is not None:
        query = query.where(at < end_us)
    if before is not None:
        us, last_key, last_revision = before
        older = or_(at < us, and_(at == us, or_(key < last_key, and_(key == last_key, revision < last_revision))))
        query = query.where(at <= us, older)
    return iter(session.exec(query.order_by(at.desc(), key.desc(), revision.desc()).limit(limit)).all())


def _position(row: EventRow) -> Position:
    return row.event_us, row.idempotency_key, row.revision


def _event(row: EventRow, catalog: Catalog) -> UsageEvent:
    return UsageEvent(
        customer_id=row.customer_id,
        feature_key=row.feature_key,
        operation=row.operation,
        quantity=to_decimal(row.quantity, catalog.feature(row.feature_key).scale),
        idempotency_key=row.idempotency_key,
        timestamp=from_us(row.event_us),
        recorded_at=from_us(row.recorded_us),
        metadata=_metadata(row),
    )


def _metadata(row: EventRow) -> dict[str, Any]:
    metadata: dict[str, Any] = json.loads(row.details) if row.details else {}
    if row.operation == "correct":
        # By which a correction knows itself again; it says nothing to a reader.
        metadata.pop("correction_key", None)
    return metadata


def _instant(value: datetime | None, name: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise InvalidTimestamp(f"{name} {value!r} has no zone: pass an aware datetime")
    return to_us(value)


def _write_cursor(position: Position) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def _read_cursor(cursor: str | None) -> Position | None:
    if cursor is None:
        return None
    try:
        us, key, revision = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        check_text(key, "cursor", max_length=MAX_EVENT_KEY)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error, InvalidRequest) as error:
        raise InvalidRequest("cursor: pass the next_cursor of the page before, unchanged") from error
    if not (type(us) is int and type(revision) is int) or abs(us) >= 2**62 or abs(revision) >= 2**31:
        raise InvalidRequest("cursor: pass the next_cursor of the page before, unchanged")
    return us, key, revision

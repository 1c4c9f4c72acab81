"""Instants as integers: microseconds since 1970-01-01T00:00:00Z, so that no comparison ever meets a float or a zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def system_clock() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


def to_us(instant: datetime) -> int:
    """An aware datetime as microseconds since the epoch; ValueError when it has no zone."""
    if instant.utcoffset() is None:
        raise ValueError(f"{instant!r} has no zone: pass an aware datetime, such as datetime.now(UTC)")
    return (instant - _EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """Microseconds since the epoch as an aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=us)

"""Windows of time: which hour, day, week, month or year an instant lies in, for one customer.

Hours are real hours (3,600 s, counted from the UTC hour). Days and longer follow the wall clock of the customer's IANA zone,
so that a day may last 23 or 25 hours. A boundary that the wall clock skips falls on the first instant after the gap; one
that happens twice falls on its first occurrence. Anniversary windows are counted from the original anchor, the day clamped to
the month's end (31 January, 28 February, 31 March). All windows are half-open, [start, end).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from billing_ui_backend.clock import from_us, to_us
from billing_ui_backend.results import WindowKind

Align = Literal["calendar", "anniversary"]

HOUR_US = 3_600_000_000
NEVER_START = -(2**62)
NEVER_END = 2**62
DEFAULT_ALIGN: dict[str, Align] = {
    "hour": "calendar",
    "day": "calendar",
    "week": "calendar",
    "month": "anniversary",
    "year": "anniversary",
    "never": "calendar",
}
# No window of a kind is longer than this, whatever the zone does: the search for windows that contain an instant stops here.
LONGEST_US: dict[str, int] = {
    "hour": HOUR_US,
    "day": 50 * HOUR_US,
    "week": 9 * 24 * HOUR_US,
    "month": 33 * 24 * HOUR_US,
    "year": 368 * 24 * HOUR_US,
    "never": 2**63 - 1,
}
_CACHE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Window:
    """One window, [start_us, end_us) in microseconds since the epoch."""

    kind: WindowKind
    start_us: int
    end_us: int

    @property
    def start(self) -> datetime | None:
        """When it began (UTC), None for "never"."""
        return None if self.kind == "never" else from_us(self.start_us)

    @property
    def end(self) -> datetime | None:
        """When it ends (UTC, exclusive), None for "never"."""
        return None if self.kind == "never" else from_us(self.end_us)


_cache: dict[tuple[str, str, int, str], Window] = {}


def window_at(kind: WindowKind, align: Align, at_us: int, *, anchor_us: int, zone: str) -> Window:
    """The window of a kind that contains an instant.

    Args:
        kind: "hour", "day", "week", "month", "year" or "never".
        align: "calendar" (midnight, Monday, the 1st) or "anniversary" (counted from the anchor).
        at_us, anchor_us: microseconds since the epoch.
        zone: the customer's IANA zone.

    Example:
        >>> window_at("hour", "calendar", 3_700_000_000, anchor_us=0, zone="UTC").start_us
        3600000000
    """
    if kind == "never":
        return Window("never", NEVER_START, NEVER_END)
    if kind == "hour":
        origin = anchor_us if align == "anniversary" else 0
        start = origin + (at_us - origin) // HOUR_US * HOUR_US
        return Window("hour", start, start + HOUR_US)
    # Calls come in order of time, mostly: the last window of the same shape is nearly always the answer.
    shape = (kind, align, anchor_us if align == "anniversary" else 0, zone)
    cached = _cache.get(shape)
    if cached is not None and cached.start_us <= at_us < cached.end_us:
        return cached
    found = _search(kind, align, at_us, anchor_us, ZoneInfo(zone))
    if len(_cache) >= _CACHE_LIMIT:
        _cache.clear()
    _cache[shape] = found
    return found


def _search(kind: WindowKind, align: Align, at_us: int, anchor_us: int, zone: ZoneInfo) -> Window:
    local = from_us(at_us).astimezone(zone).replace(tzinfo=None)
    if align == "anniversary":
        origin = from_us(anchor_us).astimezone(zone).replace(tzinfo=None)
    else:
        origin = _calendar_start(kind, local)
    step = _steps(kind, origin)
    number = _estimate(kind, origin, local)
    # The wall clock jumps, so the estimate may be off by one or two: walk to the boundary pair that holds the instant.
    start, end = _instant(step(number), zone), _instant(step(number + 1), zone)
    while at_us >= end:
        number += 1
        start, end = end, _instant(step(number + 1), zone)
    while at_us < start:
        number -= 1
        start, end = _instant(step(number), zone), start
    return Window(kind, start, end)


def _calendar_start(kind: WindowKind, local: datetime) -> datetime:
    day = datetime.combine(local.date(), time())
    if kind == "week":
        return day - timedelta(days=day.weekday())
    if kind == "month":
        return day.replace(day=1)
    if kind == "year":
        return day.replace(month=1, day=1)
    return day


def _steps(kind: WindowKind, origin: datetime) -> Callable[[int], datetime]:
    if kind == "day":
        return lambda number: origin + timedelta(days=number)
    if kind == "week":
        return lambda number: origin + timedelta(weeks=number)
    if kind == "month":
        return lambda number: origin + relativedelta(months=number)
    return lambda number: origin + relativedelta(years=number)


def _estimate(kind: WindowKind, origin: datetime, local: datetime) -> int:
    if kind == "day":
        return (local - origin) // timedelta(days=1)
    if kind == "week":
        return (local - origin) // timedelta(weeks=1)
    months = (local.year - origin.year) * 12 + local.month - origin.month
    return months if kind == "month" else months // 12


def _instant(wall: datetime, zone: ZoneInfo) -> int:
    """A wall-clock time as an instant.

    In a gap fold=0 reads the time with the offset before it, which lands at or after the gap's end; going there and back
    tells a gap, and the gap's end is the first instant whose wall clock is not before the boundary.
    """
    guess = wall.replace(tzinfo=zone, fold=0)
    instant = to_us(guess)
    back = from_us(instant).astimezone(zone).replace(tzinfo=None)
    if back == wall:
        return instant
    # In a gap: with the offset after it the same wall time reads as an instant before the gap's end, by the same amount.
    shift = (back - wall) // timedelta(microseconds=1)
    low, high = instant - shift, instant
    while low < high:
        middle = (low + high) // 2
        if from_us(middle).astimezone(zone).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle + 1
    return low

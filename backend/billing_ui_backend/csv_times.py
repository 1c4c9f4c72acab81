"""Times as people's files write them, as instants."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from billing_ui_backend.clock import from_us
from billing_ui_backend.errors import InvalidRequest, InvalidTimestamp

_WRITTEN = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,30}))?)?(?: ?(?:([Zz]|UTC)|([+-])([01]\d)(?::?([0-5]\d))?))?)?",
    re.ASCII,
)
_EPOCH = re.compile(r"(\d{10})(?:\.(\d{1,30}))?|(\d{13})|(\d{16})", re.ASCII)


def parse_zone(name: str) -> ZoneInfo:
    """An IANA zone.

    Raises:
        InvalidRequest: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidRequest(f"zone {name!r} is not known: write an IANA name such as UTC or Europe/Berlin") from error


def parse_time(text: str, zone: tzinfo) -> datetime:
    """Reads a time; what is finer than a microsecond is cut off.

    Args:
        text: ISO 8601 such as `2023-11-16T18:17:03.97Z`, with a space for the T, without seconds, or a date alone, which
            is its midnight. Or seconds (10 digits, a fraction may follow), milliseconds (13) or microseconds (16) since
            1970: from 2001 to 2286 the number of digits says which.
        zone: what a time without an offset is in. Where the clocks went back and the time happened twice, it is the first.

    Returns:
        The instant, in UTC.

    Raises:
        InvalidTimestamp: written otherwise, no such date, or skipped in the zone because the clocks went forward.

    Example:
        >>> parse_time("2023-11-16 18:17:03.9799600", UTC).isoformat()
        '2023-11-16T18:17:03.979960+00:00'
    """
    written = _WRITTEN.fullmatch(text)
    try:
        if written is not None:
            return _from_calendar(written, zone)
        epoch = _EPOCH.fullmatch(text)
        if epoch is not None:
            return from_us(_microseconds(epoch))
    except (ValueError, OverflowError) as error:
        raise InvalidTimestamp(f"time {text[:60]!r} can't be: {error}") from error
    raise InvalidTimestamp(
        f"time {text[:60]!r} can't be read: write it as 2024-01-31T18:30:00Z, without Z in the zone of the import, or as "
        "seconds (10 digits) or milliseconds (13 digits) since 1970"
    )


def _from_calendar(written: re.Match[str], zone: tzinfo) -> datetime:
    year, month, day, hour, minute, second, fraction, utc, sign, hours, minutes = written.groups()
    date = int(year), int(month), int(day)
    wall = datetime(*date, int(hour or 0), int(minute or 0), int(second or 0), _millionths(fraction), tzinfo=UTC)
    if utc is not None:
        return wall
    if sign is not None:
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return wall.replace(tzinfo=timezone(-offset if sign == "-" else offset)).astimezone(UTC)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    # A day may begin in the gap itself; then it begins where the gap ends, which `moment` is.
    if hour is not None and moment.astimezone(zone).replace(tzinfo=UTC) != wall:
        raise InvalidTimestamp(
            f"time {written[0]!r} does not exist in {zone}: the clocks went forward over it; give the zone it was written in"
        )
    return moment


def _microseconds(epoch: re.Match[str]) -> int:
    seconds, fraction, milliseconds, microseconds = epoch.groups()
    if seconds is not None:
        return int(seconds) * 1_000_000 + _millionths(fraction)
    return int(milliseconds) * 1000 if milliseconds is not None else int(microseconds)


def _millionths(fraction: str | None) -> int:
    return int(fraction[:6].ljust(6, "0")) if fraction else 0

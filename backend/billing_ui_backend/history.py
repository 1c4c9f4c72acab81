"""Usage over time: contiguous buckets in the customer's zone, summed from the quarter hours of the rollup."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, get_args

from billing_ui_backend.clock import from_us, to_us
from billing_ui_backend.errors import InvalidRequest, InvalidTimestamp
from billing_ui_backend.metrics import Reader
from billing_ui_backend.periods import NEVER_START, Window, window_at
from billing_ui_backend.quantities import to_decimal
from billing_ui_backend.results import UsageBucket
from billing_ui_backend.windows import ledger_sum

Granularity = Literal["hour", "day", "month"]
MAX_BUCKETS = 10_000


def usage_history(
    reader: Reader, feature_key: str, start: datetime, end: datetime, granularity: Granularity
) -> list[UsageBucket]:
    """The buckets from the one that contains `start` to the one that `end` lies in or closes; see
    `Billing.get_usage_history`."""
    feature = reader.catalog.feature(feature_key)
    if not feature.metered:
        raise InvalidRequest(f"feature {feature.key!r} is a boolean_flag: it has no usage")
    if granularity not in get_args(Granularity):
        raise InvalidRequest(f"granularity is {granularity!r}: it is one of {', '.join(get_args(Granularity))}")
    start_us, end_us = _instant(start, "start"), _instant(end, "end")
    if start_us >= end_us:
        raise InvalidRequest(f"start {start} does not lie before end {end}: pass a range of time")
    windows = list(_windows(granularity, start_us, end_us, reader.customer.timezone))
    customer_id = reader.customer.customer_id
    level = feature.type == "numeric_limit"
    total = ledger_sum(reader.driver, customer_id, feature.key, NEVER_START, windows[0].start_us) if level else 0
    buckets: list[UsageBucket] = []
    for window in windows:
        counted = ledger_sum(reader.driver, customer_id, feature.key, window.start_us, window.end_us)
        total = total + counted if level else counted
        buckets.append(UsageBucket(from_us(window.start_us), from_us(window.end_us), to_decimal(total, feature.scale)))
    return buckets


def _windows(granularity: Granularity, start_us: int, end_us: int, zone: str) -> Iterator[Window]:
    at_us, number = start_us, 0
    while at_us < end_us:
        number += 1
        if number > MAX_BUCKETS:
            raise InvalidRequest(
                f"from {from_us(start_us)} to {from_us(end_us)} are more than {MAX_BUCKETS:,} buckets of one {granularity}: ask "
                "for a shorter range or a coarser granularity"
            )
        window = window_at(granularity, "calendar", at_us, anchor_us=0, zone=zone)
        yield window
        at_us = window.end_us


def _instant(value: datetime, name: str) -> int:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise InvalidTimestamp(f"{name} {value!r} has no zone: pass an aware datetime")
    # A zone's offset must not lead out of the calendar's years 1 to 9999.
    if not 1900 <= value.year <= 9000:
        raise InvalidTimestamp(f"{name} {value} lies outside the years 1900 to 9000")
    return to_us(value)

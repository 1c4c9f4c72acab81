"""A SQLite database with as many events as one likes, as if the engine had counted them over the last weeks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.benchmarks import engine
from tests.benchmarks.workload import FEATURE, SPREAD

_DAYS = 20
# Every other event is the first customer's. In the order of their key, as it is quicker; the index by time is filled at random.
_EVENTS = """
with recursive numbers(number) as (select 0 union all select number + 1 from numbers where number + 1 < :events)
insert into billing_event (customer_id, idempotency_key, revision, feature_key, operation, quantity, requested, event_us,
                           recorded_us, timestamp_given, backfilled, receipt_used, receipt_held, receipt_limit,
                           receipt_start_us, receipt_end_us, details)
select customer_id, lower(hex(randomblob(12))), 0, feature_key, 'track', 1, 1,
       start_us + :span_us * number / :events, start_us + :span_us * number / :events, 0, 0,
       number, 0, null, start_us, end_us, null
from numbers join billing_counter on customer_id = printf('cus_%04d', iif(number % 2, 0, number / 2 % :customers))
order by 1, 2
"""
_ROLLUPS = """
insert into billing_rollup (customer_id, feature_key, bucket_us, quantity)
select customer_id, feature_key, event_us - event_us % 900000000, sum(quantity) from billing_event group by 1, 2, 3
"""
_COUNTERS = """
update billing_counter set used = (
    select coalesce(sum(quantity), 0) from billing_event
    where billing_event.customer_id = billing_counter.customer_id and feature_key = :feature
)
"""


def fill(file: Path, events: int) -> str:
    """Make the database at a path; `verify` holds for it. Returns its URL."""
    url = f"sqlite:///{file}"
    began = datetime.now(UTC) - timedelta(days=_DAYS)
    engine.prepare(url, clock=lambda: began)
    with closing(sqlite3.connect(file)) as connection, connection:
        span_us = (_DAYS - 1) * 24 * 3600 * 1_000_000
        connection.execute("pragma synchronous=off")
        connection.execute("pragma cache_size=-400000")
        connection.execute("delete from billing_event")
        connection.execute("delete from billing_rollup")
        connection.execute(_EVENTS, {"events": events, "customers": len(SPREAD), "span_us": span_us})
        connection.execute(_ROLLUPS)
        connection.execute(_COUNTERS, {"feature": FEATURE})
        connection.commit()
        connection.execute("pragma wal_checkpoint(truncate)")
    return url

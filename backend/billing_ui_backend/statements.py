"""The prebuilt SQL of the write path and of the reads beside it, in what SQLite and PostgreSQL have in common."""

CUSTOMER = "select timezone, version from billing_customer where customer_id = ?"

TIMELINE = """
select starts_us, plan_key, status, anchor_us from billing_subscription where customer_id = ? order by starts_us
"""

EVENT_BY_KEY = """
select feature_key, operation, quantity, requested, event_us, recorded_us, timestamp_given,
       receipt_used, receipt_held, receipt_limit, receipt_start_us, receipt_end_us
from billing_event where customer_id = ? and idempotency_key = ? and revision = 0
"""

EVENT_REVISIONS = """
select revision, feature_key, operation, quantity, requested, event_us, recorded_us, backfilled,
       receipt_used, receipt_held, receipt_limit, receipt_start_us, receipt_end_us, details
from billing_event where customer_id = ? and idempotency_key = ? order by revision
"""

# By kind, so that a year of hours is not read to find the one that is asked for: no window is longer than LONGEST_US.
COUNTERS = """
select window_kind, start_us, end_us, used, held from billing_counter
where customer_id = ? and feature_key = ? and window_kind = ? and start_us > ? and start_us < ? and end_us > ?
"""

ROLLUP = "select quantity from billing_rollup where customer_id = ? and feature_key = ? and bucket_us = ?"

COUNTER = """
select used, held from billing_counter
where customer_id = ? and feature_key = ? and window_kind = ? and start_us = ? and end_us = ?
"""

# In halves: SQLite's sum() fails beyond 64 bits, which a longer window of another plan may exceed.
ROLLUP_SUM = """
select cast(coalesce(sum(quantity >> 32), 0) as bigint), cast(coalesce(sum(quantity & 4294967295), 0) as bigint) from billing_rollup
where customer_id = ? and feature_key = ? and bucket_us >= ? and bucket_us < ?
"""

LEDGER_SUM = """
select cast(coalesce(sum(quantity >> 32), 0) as bigint), cast(coalesce(sum(quantity & 4294967295), 0) as bigint) from billing_event
where customer_id = ? and feature_key = ? and event_us >= ? and event_us < ?
"""

# The newest thousand alone: this is asked with each read of a customer whose level is high, and a level may move all the time.
LAST_BELOW = """
select max(event_us) from (
    select event_us, receipt_used, receipt_held from billing_event
    where customer_id = ? and feature_key = ? and event_us > ? order by event_us desc limit 1000
) as newest where receipt_used < ? - receipt_held
"""

HOLD = """
select feature_key, quantity, event_us, expires_us, status from billing_hold where customer_id = ? and hold_id = ?
"""

INSERT_HOLD = """
insert into billing_hold (customer_id, hold_id, feature_key, quantity, event_us, expires_us, status)
values (?, ?, ?, ?, ?, ?, 'held')
"""

FIRST_EXPIRY = """
select min(expires_us) from billing_hold where customer_id = ? and feature_key = ? and status = 'held'
"""

EXPIRED_HOLDS = """
select hold_id, quantity, event_us from billing_hold
where customer_id = ? and feature_key = ? and status = 'held' and expires_us <= ?
"""

END_HOLD = "update billing_hold set status = ? where customer_id = ? and hold_id = ?"

# What the counters hold, swept or not; and the part of it that is over.
HELD_SUM = """
select cast(coalesce(sum(quantity >> 32), 0) as bigint), cast(coalesce(sum(quantity & 4294967295), 0) as bigint) from billing_hold
where customer_id = ? and feature_key = ? and status = 'held' and event_us >= ? and event_us < ?
"""

EXPIRED_SUM = """
select cast(coalesce(sum(quantity >> 32), 0) as bigint), cast(coalesce(sum(quantity & 4294967295), 0) as bigint) from billing_hold
where customer_id = ? and feature_key = ? and status = 'held' and event_us >= ? and event_us < ? and expires_us <= ?
"""

BROWSER_CALLS = """
select calls from billing_browser_minute where customer_id = ? and feature_key = ? and minute_us = ?
"""

COUNT_BROWSER_CALL = """
insert into billing_browser_minute (customer_id, feature_key, minute_us, calls) values (?, ?, ?, 1)
on conflict (customer_id, feature_key, minute_us) do update set calls = billing_browser_minute.calls + 1
"""

FORGET_BROWSER_MINUTES = """
delete from billing_browser_minute where customer_id = ? and feature_key = ? and minute_us < ?
"""

CATALOGS = "select version, source from billing_catalog order by version"

LATEST_CATALOG = "select max(version) from billing_catalog"

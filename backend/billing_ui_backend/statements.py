"""The hot path's SQL, prebuilt for the driver connection. Parameters are named, so that each statement reads by itself."""

CUSTOMER = "select timezone, locale from billing_customer where customer_id = ?"

TIMELINE = """
select starts_us, plan_key, status, anchor_us from billing_subscription where customer_id = ? order by starts_us
"""

EVENT_BY_KEY = """
select feature_key, operation, quantity, requested, event_us, recorded_us, timestamp_given,
       receipt_used, receipt_held, receipt_limit, receipt_start_us, receipt_end_us
from billing_event where customer_id = ? and idempotency_key = ? and revision = 0
"""

INSERT_EVENT = """
insert into billing_event (customer_id, idempotency_key, revision, feature_key, operation, quantity, requested, event_us,
                           recorded_us, timestamp_given, backfilled, receipt_used, receipt_held, receipt_limit,
                           receipt_start_us, receipt_end_us, details)
values (?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

EVENT_REVISIONS = """
select revision, feature_key, operation, quantity, requested, event_us, recorded_us, backfilled,
       receipt_used, receipt_held, receipt_limit, receipt_start_us, receipt_end_us
from billing_event where customer_id = ? and idempotency_key = ? order by revision
"""

INSERT_CORRECTION = """
insert into billing_event (customer_id, idempotency_key, revision, feature_key, operation, quantity, requested, event_us,
                           recorded_us, timestamp_given, backfilled, receipt_used, receipt_held, receipt_limit,
                           receipt_start_us, receipt_end_us, details)
values (?, ?, ?, ?, 'correct', ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)
"""

# Every counter that contains the instant moves, so that each stays the sum of its ledger events, also one that an earlier
# plan left behind. The guard binds the entitlement's own window (:own_start, :own_end): :room is the limit less what is added.
# Without an own window (:own_end is -1) nothing is guarded.
ADD_TO_COUNTERS = """
update billing_counter set used = used + :quantity, held = held + :reserve
where customer_id = :customer_id and feature_key = :feature_key and window_kind = :window_kind
  and start_us > :after and start_us <= :event_us and end_us > :event_us
  and (start_us <> :own_start or end_us <> :own_end or (used + held <= :room and used + :quantity >= 0))
returning start_us, end_us, used, held
"""

# `on conflict ... do update ... where` would not check a counter's first row: the guard stands in the select.
OPEN_COUNTER = """
insert into billing_counter (customer_id, feature_key, window_kind, start_us, end_us, used, held)
select :customer_id, :feature_key, :window_kind, :own_start, :own_end, :base + :quantity, :held + :reserve
where :base + :held <= :room and :base + :quantity >= 0
on conflict do nothing
returning start_us, end_us, used, held
"""

COUNTER = """
select used, held from billing_counter
where customer_id = ? and feature_key = ? and window_kind = ? and start_us = ? and end_us = ?
"""

ADD_TO_ROLLUP = """
insert into billing_rollup (customer_id, feature_key, bucket_us, quantity) values (?, ?, ?, ?)
on conflict (customer_id, feature_key, bucket_us) do update set quantity = billing_rollup.quantity + excluded.quantity
returning quantity
"""

# In halves: SQLite's sum() fails beyond 64 bits, which a longer window of another plan may exceed.
ROLLUP_SUM = """
select coalesce(sum(quantity >> 32), 0), coalesce(sum(quantity & 4294967295), 0) from billing_rollup
where customer_id = ? and feature_key = ? and bucket_us >= ? and bucket_us < ?
"""

LEDGER_SUM = """
select coalesce(sum(quantity >> 32), 0), coalesce(sum(quantity & 4294967295), 0) from billing_event
where customer_id = ? and feature_key = ? and event_us >= ? and event_us < ?
"""

HOLD = """
select feature_key, quantity, event_us, expires_us, status from billing_hold where customer_id = ? and hold_id = ?
"""

INSERT_HOLD = """
insert into billing_hold (customer_id, hold_id, feature_key, quantity, event_us, expires_us, status)
values (?, ?, ?, ?, ?, ?, 'held')
"""

END_HOLD = "update billing_hold set status = ? where customer_id = ? and hold_id = ?"

EXPIRED_HOLDS = """
select hold_id, quantity, event_us from billing_hold
where customer_id = ? and feature_key = ? and status = 'held' and expires_us <= ?
"""

# What the counters hold, swept or not; and the part of it that is over.
HELD_SUM = """
select coalesce(sum(quantity >> 32), 0), coalesce(sum(quantity & 4294967295), 0) from billing_hold
where customer_id = ? and feature_key = ? and status = 'held' and event_us >= ? and event_us < ?
"""

EXPIRED_SUM = """
select coalesce(sum(quantity >> 32), 0), coalesce(sum(quantity & 4294967295), 0) from billing_hold
where customer_id = ? and feature_key = ? and status = 'held' and event_us >= ? and event_us < ? and expires_us <= ?
"""

COUNT_BROWSER_CALL = """
insert into billing_browser_minute (customer_id, feature_key, minute_us, calls) values (:customer_id, :feature_key, :minute_us, 1)
on conflict (customer_id, feature_key, minute_us) do update set calls = calls + 1 where calls < :per_minute
returning calls
"""

FORGET_BROWSER_MINUTES = """
delete from billing_browser_minute where customer_id = ? and feature_key = ? and minute_us < ?
"""

CATALOGS = "select version, source from billing_catalog order by version"

THRESHOLD = """
select 1 from billing_threshold
where customer_id = ? and feature_key = ? and window_kind = ? and start_us = ? and end_us = ? and threshold = ?
"""

INSERT_THRESHOLD = """
insert into billing_threshold (customer_id, feature_key, window_kind, start_us, end_us, threshold, reached_us)
values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing
"""

COUNT_REFUSAL = """
insert into billing_refusal (customer_id, feature_key, day_us, reason, refused) values (?, ?, ?, ?, 1)
on conflict (customer_id, feature_key, day_us, reason) do update set refused = billing_refusal.refused + 1
"""

LATEST_CATALOG = "select max(version) from billing_catalog"

"""Proof that the books agree: every counter and rollup is the sum of its ledger events and holds, and every
event is in both."""

from __future__ import annotations

from billing_ui_backend.catalog import Catalog
from billing_ui_backend.driver import Driver
from billing_ui_backend.quantities import to_decimal
from billing_ui_backend.results import Verification

MAX_PROBLEMS = 100

# Summed by the ledger alone, never through the rollup: a proof must not lean on what it proves. In halves: SQLite's sum()
# fails when it passes 64 bits on the way, although the sum itself fits.
_COUNTERS = """
select * from (
  select c.customer_id, c.feature_key, c.window_kind, c.start_us, c.used,
         (select coalesce((cast(sum(e.quantity >> 32) as bigint) << 32) + cast(sum(e.quantity & 4294967295) as bigint), 0)
          from billing_event e
          where e.customer_id = c.customer_id and e.feature_key = c.feature_key
            and e.event_us >= c.start_us and e.event_us < c.end_us) as counted
  from billing_counter c
) as compared where used <> counted limit ?
"""
_HELD = """
select * from (
  select c.customer_id, c.feature_key, c.window_kind, c.start_us, c.held,
         (select coalesce(sum(h.quantity), 0) from billing_hold h
          where h.customer_id = c.customer_id and h.feature_key = c.feature_key and h.status = 'held'
            and h.event_us >= c.start_us and h.event_us < c.end_us) as reserved
  from billing_counter c
) as compared where held <> reserved limit ?
"""
# `|| ''` keeps SQLite from the index by time: with it the rows are read one after the other as they lie there, and not each of them
# looked up, which takes twice as long for a million.
_ROLLUPS = """
with ledger as (
  select customer_id || '' as customer_id, feature_key, event_us - ((event_us % 900000000) + 900000000) % 900000000 as bucket_us,
         (cast(sum(quantity >> 32) as bigint) << 32) + cast(sum(quantity & 4294967295) as bigint) as quantity
  from billing_event group by 1, 2, 3
)
select l.customer_id, l.feature_key, l.bucket_us, coalesce(r.quantity, 0), l.quantity
from ledger l left join billing_rollup r using (customer_id, feature_key, bucket_us)
where r.quantity is null or r.quantity <> l.quantity
union all
select r.customer_id, r.feature_key, r.bucket_us, r.quantity, 0
from billing_rollup r
where r.quantity <> 0 and not exists (
  select 1 from billing_event e where e.customer_id = r.customer_id and e.feature_key = r.feature_key
    and e.event_us >= r.bucket_us and e.event_us < r.bucket_us + 900000000)
limit ?
"""
_UNCOUNTED = """
select e.customer_id, e.feature_key, e.idempotency_key from billing_event e
where not exists (select 1 from billing_counter c where c.customer_id = e.customer_id and c.feature_key = e.feature_key
                  and c.start_us <= e.event_us and c.end_us > e.event_us)
limit ?
"""
_NEGATIVE = (
    "select customer_id, feature_key, window_kind, used, held from billing_counter where used < 0 or held < 0 limit ?"
)
_ORPHANS = """
select e.customer_id, e.idempotency_key, e.revision from billing_event e
where e.revision > 0 and not exists (select 1 from billing_event o where o.customer_id = e.customer_id
                                     and o.idempotency_key = e.idempotency_key and o.revision = 0)
limit ?
"""


def verify(driver: Driver, catalog: Catalog) -> Verification:
    """Compares ledger, counters, rollups and keys in one snapshot; names up to 100 problems."""
    problems: list[str] = []

    def exact(units: int, feature_key: str) -> str:
        feature = catalog.features.get(feature_key)
        return str(to_decimal(units, feature.scale if feature else 0))

    def rows(query: str) -> list[tuple[object, ...]]:
        return driver.execute(query, (MAX_PROBLEMS,)).fetchall()

    for customer, feature, kind, start, used, counted in rows(_COUNTERS):
        problems.append(
            f"counter of {customer!r}, {feature!r}, {kind} from {start}: it says {exact(int(str(used)), str(feature))}, "
            f"the ledger {exact(int(str(counted)), str(feature))}"
        )
    for customer, feature, kind, start, held, reserved in rows(_HELD):
        problems.append(
            f"counter of {customer!r}, {feature!r}, {kind} from {start}: it holds {exact(int(str(held)), str(feature))}, "
            f"the holds {exact(int(str(reserved)), str(feature))}"
        )
    for customer, feature, bucket, kept, counted in rows(_ROLLUPS):
        problems.append(
            f"rollup of {customer!r}, {feature!r}, quarter hour {bucket}: it says {exact(int(str(kept)), str(feature))}, "
            f"the ledger {exact(int(str(counted)), str(feature))}"
        )
    for customer, feature, key in rows(_UNCOUNTED):
        problems.append(f"event {key!r} of {customer!r}, {feature!r} is in no counter")
    for customer, feature, kind, used, held in rows(_NEGATIVE):
        problems.append(f"counter of {customer!r}, {feature!r}, {kind}: used {used} and held {held} can't be below 0")
    for customer, key, revision in rows(_ORPHANS):
        problems.append(f"correction {revision} of {customer!r}, key {key!r} corrects nothing")
    events = driver.execute("select count(*) from billing_event").fetchone()[0]
    counters = driver.execute("select count(*) from billing_counter").fetchone()[0]
    return Verification(not problems, tuple(problems[:MAX_PROBLEMS]), events, counters)

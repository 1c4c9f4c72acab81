"""SQL of PostgreSQL's own: whole batches as arrays."""

from functools import cache

# In key order, so that two processes never wait for each other in a circle.
LOCK_CUSTOMERS = """
select customer_id, timezone, version from billing_customer
where customer_id = any(%s::text[]) order by customer_id for update
"""

# A catalog that changes what a feature's quantities mean waits for whoever has this, and keeps others from it. It comes first in
# a transaction: a stricter one sees the database as it is at its first query, which must not be older than what it waited for.
KEEP_CATALOG = "lock table billing_customer in row share mode"

TIMELINES = """
select customer_id, starts_us, plan_key, status, anchor_us from billing_subscription
where customer_id = any(%s::text[]) order by customer_id, starts_us
"""

# `offset 0` keeps a lookup a lookup: the planner, who knows little of young tables, would rather go through one whole.
EVENTS_BY_KEY = """
select e.customer_id, e.idempotency_key, e.feature_key, e.operation, e.quantity, e.requested, e.event_us, e.recorded_us,
       e.timestamp_given, e.receipt_used, e.receipt_held, e.receipt_limit, e.receipt_start_us, e.receipt_end_us
from unnest(%s::text[], %s::text[]) as asked(customer_id, idempotency_key)
cross join lateral (
  select * from billing_event e
  where e.customer_id = asked.customer_id and e.idempotency_key = asked.idempotency_key and e.revision = 0 offset 0
) as e
"""

COUNTERS = """
select asked.number, c.window_kind, c.start_us, c.end_us, c.used, c.held
from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[])
  as asked(number, customer_id, feature_key, window_kind, after_us, to_us, from_us)
cross join lateral (
  select * from billing_counter c where c.customer_id = asked.customer_id and c.feature_key = asked.feature_key
    and c.window_kind = asked.window_kind and c.start_us > asked.after_us and c.start_us < asked.to_us
    and c.end_us > asked.from_us offset 0
) as c
"""

# What ledger and holds have in windows that have no counter yet: whole quarter hours from the rollup, the edges from the
# ledger.
SUMS = """
select asked.number,
       (select coalesce(sum(r.quantity), 0) from billing_rollup r
        where r.customer_id = asked.customer_id and r.feature_key = asked.feature_key
          and r.bucket_us >= asked.first_us and r.bucket_us < asked.last_us)
       + (select coalesce(sum(e.quantity), 0) from billing_event e
          where e.customer_id = asked.customer_id and e.feature_key = asked.feature_key
            and e.event_us >= asked.start_us and e.event_us < asked.first_us)
       + (select coalesce(sum(e.quantity), 0) from billing_event e
          where e.customer_id = asked.customer_id and e.feature_key = asked.feature_key
            and e.event_us >= asked.last_us and e.event_us < asked.end_us),
       (select coalesce(sum(h.quantity), 0) from billing_hold h
        where h.customer_id = asked.customer_id and h.feature_key = asked.feature_key and h.status = 'held'
          and h.event_us >= asked.start_us and h.event_us < asked.end_us)
from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
  as asked(number, customer_id, feature_key, window_kind, start_us, end_us, first_us, last_us)
where not exists (select 1 from billing_counter c where c.customer_id = asked.customer_id
                  and c.feature_key = asked.feature_key and c.window_kind = asked.window_kind
                  and c.start_us = asked.start_us and c.end_us = asked.end_us)
"""

ROLLUPS = """
select r.customer_id, r.feature_key, r.bucket_us, r.quantity
from unnest(%s::text[], %s::text[], %s::bigint[]) as asked(customer_id, feature_key, bucket_us)
cross join lateral (
  select * from billing_rollup r where r.customer_id = asked.customer_id and r.feature_key = asked.feature_key
    and r.bucket_us = asked.bucket_us offset 0
) as r
"""

# One statement for a whole batch. The guard: nothing is written unless every customer in it still has the version that the
# batch was decided on, and catalog and tables are the ones it knows. Whoever waited for a customer's row compares with the
# row that the other one left. Locks are taken in key order.
_GUARD = """
with kept as materialized (
  select c.customer_id from billing_customer c
  join unnest(%s::text[], %s::bigint[]) as known(customer_id, version)
    on c.customer_id = known.customer_id and c.version = known.version
  order by c.customer_id for update of c
), go as materialized (
  select 1 as yes where %s::boolean or ((select count(*) from kept) = %s::bigint
    and (select max(version) from billing_catalog) = %s::bigint
    and (select version_num from billing_schema_version) = %s)
), changed as (
  update billing_customer c set version = c.version + 1 from go where c.customer_id = any(%s::text[])
)"""

_REPLACE_COUNTER = """on conflict (customer_id, feature_key, window_kind, start_us, end_us)
  do update set used = excluded.used, held = excluded.held"""

_REPLACE_ROLLUP = "on conflict (customer_id, feature_key, bucket_us) do update set quantity = excluded.quantity"

_ADD_REFUSALS = """on conflict (customer_id, feature_key, day_us, reason)
  do update set refused = billing_refusal.refused + excluded.refused"""

# Of each table the columns with their types, and what happens where there is a row.
_TABLES: dict[str, tuple[str, str]] = {
    "billing_event": (
        "customer_id text, idempotency_key text, revision int, feature_key text, operation text, quantity bigint, "
        "requested bigint, event_us bigint, recorded_us bigint, timestamp_given boolean, backfilled boolean, "
        "receipt_used bigint, receipt_held bigint, receipt_limit bigint, receipt_start_us bigint, receipt_end_us bigint, "
        "details text",
        "",
    ),
    "billing_counter": (
        "customer_id text, feature_key text, window_kind text, start_us bigint, end_us bigint, used bigint, held bigint",
        _REPLACE_COUNTER,
    ),
    "billing_rollup": ("customer_id text, feature_key text, bucket_us bigint, quantity bigint", _REPLACE_ROLLUP),
    "billing_threshold": (
        "customer_id text, feature_key text, window_kind text, start_us bigint, end_us bigint, threshold int, "
        "reached_us bigint",
        "on conflict do nothing",
    ),
    "billing_refusal": (
        "customer_id text, feature_key text, day_us bigint, reason text, refused bigint",
        _ADD_REFUSALS,
    ),
}


# For a batch of one customer who changes by it: locked, compared and moved on in one step.
_GUARD_OF_ONE = """
with go as materialized (
  update billing_customer c set version = c.version + 1 where c.customer_id = %s::text and c.version = %s::bigint
    and (select max(version) from billing_catalog) = %s::bigint
    and (select version_num from billing_schema_version) = %s
  returning 1 as yes
)"""


@cache
def write(tables: tuple[tuple[str, bool], ...], *, one_customer: bool) -> bytes:
    """The statement that writes a batch. It answers with 1, or with 0 when the guard said no.

    Args:
        tables: which tables are written, and whether by one row: then its parameters are values, else an array for each column.
        one_customer: the guard's parameters are customer, version, catalog, tables; else they are arrays of both, whether
            there is no need for a guard, how many customers, catalog, tables, and an array of the customers that change.
    """
    parts = [_GUARD_OF_ONE if one_customer else _GUARD]
    for table, one_row in tables:
        columns, conflict = _TABLES[table]
        named = [column.split() for column in columns.split(", ")]
        names = ", ".join(name for name, _ in named)
        if one_row:
            new = f"select {', '.join(f'%s::{kind}' for _, kind in named)} from go"
        else:
            arrays = ", ".join(f"%s::{kind}[]" for _, kind in named)
            new = f"select new.* from go, unnest({arrays}) as new"
        parts.append(f", into_{table} as (\n  insert into {table} ({names})\n  {new}\n  {conflict}\n)")
    return "".join([*parts, "\nselect count(*) from go"]).encode()

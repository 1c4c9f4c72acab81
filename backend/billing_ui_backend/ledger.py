"""The hot path: one event becomes a ledger line, its counters and its rollup, inside the writer's transaction.

Any error raised here may leave work half done: the caller undoes the event.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from billing_ui_backend import statements, suggestions
from billing_ui_backend.catalog import Catalog, Feature, Grant
from billing_ui_backend.clock import from_us, to_us
from billing_ui_backend.counters import add_to_rollup, sweep_holds
from billing_ui_backend.errors import (
    BillingError,
    FeatureNotInPlan,
    IdempotencyKeyReused,
    InvalidQuantity,
    InvalidTimestamp,
    PeriodClosed,
    PermissionDenied,
    QuotaExceeded,
    RateLimited,
    SubscriptionInactive,
    UnknownCustomer,
)
from billing_ui_backend.periods import LONGEST_US
from billing_ui_backend.quantities import MAX_UNITS, to_decimal, to_units
from billing_ui_backend.results import ReceiptUsage, UsageReceipt, WindowKind
from billing_ui_backend.subscriptions import Phase, Timeline
from billing_ui_backend.thresholds import record_thresholds
from billing_ui_backend.windows import Bound, Count, bind, binding, booked, counted

DAY_US = 86_400_000_000
MINUTE_US = 60_000_000
MAX_AGE_US = 35 * DAY_US
MAX_AHEAD_US = 5 * MINUTE_US

Source = Literal["caller", "browser", "import"]


@dataclass(frozen=True, slots=True)
class LiveHold:
    """A hold that an event settles: its scaled quantity, and the instant at which it was reserved."""

    quantity: int
    event_us: int


@dataclass(frozen=True, slots=True)
class UsageWrite:
    """One event as the caller gave it. `source` "browser" is bounded by the feature's client_trackable; "import" with
    `backfill` may lie further back and pass a limit. With a `hold` it counts at the hold's instant and gives the hold back;
    only what goes beyond the hold is guarded."""

    operation: Literal["track", "set"]
    customer_id: str
    feature_key: str
    quantity: object
    idempotency_key: str
    timestamp: datetime | None = None
    details: str | None = None
    source: Source = "caller"
    backfill: bool = False
    hold: LiveHold | None = None

    @property
    def counts_refusals(self) -> bool:
        """An import that is refused tells of the past, not of a customer who was turned away."""
        return self.source != "import"

    def apply(self, tx: Transaction) -> UsageReceipt:
        """Counts it; see the module's `apply`."""
        return apply(self, tx)


@dataclass(frozen=True, slots=True)
class Holder:
    """What the hot path needs to know of a customer."""

    zone: str
    timeline: Timeline


def load_holder(driver: sqlite3.Connection, customer_id: str) -> Holder:
    """A customer's zone and timeline.

    Raises:
        UnknownCustomer: there is none with that id.
    """
    row = driver.execute(statements.CUSTOMER, (customer_id,)).fetchone()
    if row is None:
        raise UnknownCustomer(f"there is no customer {customer_id!r}: create it first", customer_id=customer_id)
    phases = tuple(Phase(*phase) for phase in driver.execute(statements.TIMELINE, (customer_id,)).fetchall())
    return Holder(zone=row[0], timeline=Timeline(phases))


@dataclass(slots=True)
class Transaction:
    """One write transaction: the connection, the catalog in force, the instant of its beginning, and the customers whose
    books it has changed."""

    driver: sqlite3.Connection
    catalog: Catalog
    periods: Mapping[str, frozenset[WindowKind]]
    holder: Callable[[str], Holder]
    now_us: int
    changed: set[str] = field(default_factory=set)

    def begin_event(self) -> None:
        """Begins an event of its own inside the transaction: a refusal takes back only what that event did."""
        self.driver.execute("savepoint event")

    def undo_event(self) -> None:
        """Takes back what the present event did so far."""
        self.driver.execute("rollback to event")

    def end_event(self) -> None:
        """Ends the present event; what it did and was not taken back stays."""
        self.driver.execute("release event")


def apply(write: UsageWrite, tx: Transaction, *, swept: bool = False) -> UsageReceipt:
    """Counts one event, or answers with the first receipt when its key was counted before.

    Args:
        swept: whether expired holds were swept for it already.

    Raises:
        UnknownCustomer, UnknownFeature, InvalidQuantity, InvalidTimestamp, PeriodClosed, IdempotencyKeyReused,
        SubscriptionInactive, FeatureNotInPlan, QuotaExceeded, PermissionDenied, RateLimited.
    """
    holder = tx.holder(write.customer_id)
    feature = tx.catalog.feature(write.feature_key)
    requested = requested_units(write, feature)
    given_us = _given(write)
    seen = tx.driver.execute(statements.EVENT_BY_KEY, (write.customer_id, write.idempotency_key)).fetchone()
    if seen is not None:
        return _replay(write, requested, given_us, seen, feature, tx.catalog)

    event_us = tx.now_us if given_us is None else given_us
    if given_us is not None:
        _check_age(write, given_us, tx.now_us)
    if write.hold is not None:
        event_us = write.hold.event_us
    phase, own = entitled(write, feature, event_us, holder, tx)
    if write.source == "browser":
        _check_browser(write, feature, requested, tx)
    quantity = requested
    if write.operation == "set":
        quantity = requested - counted(tx.driver, write.customer_id, feature.key, own[0].window, tx.now_us)[0]
    reserve = -write.hold.quantity if write.hold is not None else 0
    counts = add(write, feature, quantity, reserve, event_us, own, tx)
    kinds = tx.periods[feature.key]
    if counts is None:
        # Of several windows one is full: what this event did to the others must not count in what fits.
        tx.undo_event()
        if not swept and sweep_holds(tx.driver, write.customer_id, feature.key, kinds, tx.now_us):
            return apply(write, tx, swept=True)
        raise refusal(write, feature, quantity, reserve, own, phase, holder, tx)
    if any(count.held for count in counts) and sweep_holds(tx.driver, write.customer_id, feature.key, kinds, tx.now_us):
        counts = [Count(b.grant, b.window, *booked(tx.driver, write.customer_id, feature.key, b.window)) for b in own]
    _record(write, feature, requested, quantity, event_us, given_us, binding(counts), tx)
    record_thresholds(tx.driver, write.customer_id, feature.key, counts, tx.now_us)
    tx.changed.add(write.customer_id)
    return _receipt(write, feature, quantity, event_us, tx.now_us, _usage(binding(counts), feature.scale))


def entitled(
    write: UsageWrite, feature: Feature, event_us: int, holder: Holder, tx: Transaction
) -> tuple[Phase, tuple[Bound, ...]]:
    """The phase that an event falls in, and the windows in which it counts.

    Raises:
        SubscriptionInactive, FeatureNotInPlan.
    """
    phase = holder.timeline.at(event_us)
    # What was reserved while there was access may be used.
    if not phase.has_access and not write.backfill and write.hold is None:
        raise SubscriptionInactive(
            f"customer {write.customer_id!r}: the subscription is {phase.status}, so {feature.key!r} can't be used: resume it "
            "or choose a plan",
            customer_id=write.customer_id,
            feature_key=feature.key,
            subscription_status=phase.status,
        )
    grants = tx.catalog.plan(phase.plan_key).grants(feature.key)
    if not grants:
        raise FeatureNotInPlan(
            f"customer {write.customer_id!r}: plan {phase.plan_key!r} does not include {feature.key!r}: choose a plan that does",
            customer_id=write.customer_id,
            feature_key=feature.key,
            plan_key=phase.plan_key,
        )
    own = bind(grants, event_us, anchor_us=phase.anchor_us, zone=holder.zone)
    return phase, _open_limits(own, phase, holder, feature, tx)


def requested_units(write: UsageWrite, feature: Feature) -> int:
    if not feature.metered:
        raise InvalidQuantity(f"feature {feature.key!r} is a boolean_flag: it has no usage to track")
    if write.operation == "set" and feature.type != "numeric_limit":
        raise InvalidQuantity(
            f"feature {feature.key!r} is a usage_quota: set_usage is for a numeric_limit, use track_usage"
        )
    units = to_units(write.quantity, feature.scale, what=f"quantity for {feature.key!r}")
    if write.operation == "set":
        if units < 0:
            raise InvalidQuantity(f"quantity for {feature.key!r} is {write.quantity}: a level can't be below 0")
    elif units == 0:
        raise InvalidQuantity(
            f"quantity for {feature.key!r} is 0 at {feature.scale} decimal places: there is nothing to count"
        )
    elif units < 0 and write.source == "browser":
        raise InvalidQuantity(f"quantity for {feature.key!r} is {write.quantity}: a browser can't lower usage")
    elif units < 0 and feature.type != "numeric_limit":
        raise InvalidQuantity(f"quantity for {feature.key!r} is {write.quantity}: only a numeric_limit can go down")
    return units


def _given(write: UsageWrite) -> int | None:
    if write.timestamp is None:
        return None
    if not isinstance(write.timestamp, datetime) or write.timestamp.utcoffset() is None:
        raise InvalidTimestamp(
            f"timestamp {write.timestamp!r} has no zone: pass an aware datetime, such as datetime.now(timezone.utc)"
        )
    return to_us(write.timestamp)


def _check_age(write: UsageWrite, given_us: int, now_us: int) -> None:
    if given_us > now_us + MAX_AHEAD_US:
        raise InvalidTimestamp(f"timestamp {write.timestamp} lies more than 5 minutes ahead of {from_us(now_us)}")
    if write.backfill:
        if given_us < 0:
            raise InvalidTimestamp(f"timestamp {write.timestamp} lies before 1970")
    elif given_us < now_us - MAX_AGE_US:
        raise PeriodClosed(f"timestamp {write.timestamp} lies more than 35 days back: import it with --backfill")


def _check_browser(write: UsageWrite, feature: Feature, requested: int, tx: Transaction) -> None:
    allowed = feature.client_trackable
    if allowed is None:
        raise PermissionDenied(
            f"feature {feature.key!r} can't be tracked from a browser: add client_trackable to it, or track it on the server",
            feature_key=feature.key,
        )
    if requested > to_units(allowed.max_quantity, feature.scale):
        raise InvalidQuantity(
            f"quantity for {feature.key!r} is {write.quantity}: a browser may track up to {allowed.max_quantity} at once"
        )
    minute = tx.now_us // MINUTE_US * MINUTE_US
    who = {"customer_id": write.customer_id, "feature_key": feature.key, "minute_us": minute}
    tx.driver.execute(statements.FORGET_BROWSER_MINUTES, (write.customer_id, feature.key, minute - 60 * MINUTE_US))
    row = tx.driver.execute(statements.COUNT_BROWSER_CALL, {**who, "per_minute": allowed.per_minute}).fetchone()
    if row is None:
        raise RateLimited(
            f"feature {feature.key!r} was tracked {allowed.per_minute} times in this minute by the browsers of customer "
            f"{write.customer_id!r}: wait for the next minute",
            retry_after=max(1, (minute + MINUTE_US - tx.now_us + 999_999) // 1_000_000),
            customer_id=write.customer_id,
            feature_key=feature.key,
        )


def _open_limits(
    own: tuple[Bound, ...], phase: Phase, holder: Holder, feature: Feature, tx: Transaction
) -> tuple[Bound, ...]:
    """A late event counts under the plan of its time. Where its window is still open under today's plan, the more generous
    of the two limits holds: what was allowed then stays allowed, and an upgrade opens the window for what was refused."""
    current = holder.timeline.at(tx.now_us)
    if current is phase or not current.has_access:
        return own
    grants = tx.catalog.plan(current.plan_key).grants(feature.key)
    today = {bound.window: bound for bound in bind(grants, tx.now_us, anchor_us=current.anchor_us, zone=holder.zone)}
    merged = []
    for bound in own:
        other = today.get(bound.window)
        if other is not None and _allows_more(other, bound):
            merged.append(replace(bound, grant=other.grant))
        else:
            merged.append(bound)
    return tuple(merged)


def _allows_more(one: Bound, other: Bound) -> bool:
    if one.grant.enforcement != other.grant.enforcement:
        return one.grant.enforcement == "soft"
    if one.grant.limit_units is None or other.grant.limit_units is None:
        return one.grant.limit_units is None
    return one.grant.limit_units > other.grant.limit_units


def add(
    write: UsageWrite,
    feature: Feature,
    quantity: int,
    reserve: int,
    event_us: int,
    own: tuple[Bound, ...],
    tx: Transaction,
) -> list[Count] | None:
    """Adds to what is used and to what is held, in every counter that contains the instant.

    Returns:
        The entitlement's own windows afterwards; None when one of them has no room, with the others moved already.
    """
    by_kind = {bound.window.kind: bound for bound in own}
    counts = []
    for kind in tx.periods[feature.key] | by_kind.keys():
        bound = by_kind.get(kind)
        values: dict[str, Any] = {
            "customer_id": write.customer_id,
            "feature_key": feature.key,
            "window_kind": kind,
            "quantity": quantity,
            "reserve": reserve,
            "event_us": event_us,
            "after": event_us - LONGEST_US[kind],
            "own_start": bound.window.start_us if bound else 0,
            "own_end": bound.window.end_us if bound else -1,
            "room": _room(bound.grant if bound else None, quantity + reserve, write),
        }
        moved = tx.driver.execute(statements.ADD_TO_COUNTERS, values).fetchall()
        # The guard knows the entitlement's own window; in any other, SQLite turns a sum beyond 64 bits into a float.
        if any(isinstance(row[2], float) or isinstance(row[3], float) for row in moved):
            raise _beyond_64_bits(write, feature, quantity + reserve)
        if bound is None:
            continue
        row = next((row for row in moved if (row[0], row[1]) == (bound.window.start_us, bound.window.end_us)), None)
        if row is None:
            used, held = booked(tx.driver, write.customer_id, feature.key, bound.window)
            if used + held <= MAX_UNITS:
                row = tx.driver.execute(statements.OPEN_COUNTER, {**values, "base": used, "held": held}).fetchone()
            if row is None:
                return None
        counts.append(Count(bound.grant, bound.window, int(row[2]), int(row[3])))
    return counts


def _room(grant: Grant | None, quantity: int, write: UsageWrite) -> int:
    """The most that may be used and held before this quantity is added. A limit binds increases only."""
    if grant is None or quantity <= 0:
        return MAX_UNITS
    limit = grant.limit_units
    if limit is None or grant.enforcement == "soft" or write.backfill:
        limit = MAX_UNITS
    return limit - quantity


def _beyond_64_bits(write: UsageWrite, feature: Feature, quantity: int) -> InvalidQuantity:
    return InvalidQuantity(
        f"customer {write.customer_id!r}: {to_decimal(quantity, feature.scale)} more of {feature.key!r} can't be counted in "
        f"64 bits at {feature.scale} decimal places",
        customer_id=write.customer_id,
        feature_key=feature.key,
    )


def refusal(
    write: UsageWrite,
    feature: Feature,
    quantity: int,
    reserve: int,
    own: tuple[Bound, ...],
    phase: Phase,
    holder: Holder,
    tx: Transaction,
) -> BillingError:
    """Why what was asked for has no room, once it was taken back; of several full windows the binding one is named."""
    more = quantity + reserve
    counts = [
        Count(b.grant, b.window, *counted(tx.driver, write.customer_id, feature.key, b.window, tx.now_us)) for b in own
    ]
    count = binding(c for c in counts if c.used + quantity < 0 or c.used + c.held > _room(c.grant, more, write))
    scale = feature.scale
    used = to_decimal(count.used, scale)
    if count.used + quantity < 0:
        return InvalidQuantity(
            f"customer {write.customer_id!r}: {feature.key!r} is at {used}, {to_decimal(quantity, scale)} would bring it below 0",
            customer_id=write.customer_id,
            feature_key=feature.key,
        )
    limit = count.grant.limit_units
    if limit is None or count.grant.enforcement == "soft" or write.backfill:
        return _beyond_64_bits(write, feature, more)
    plan = suggestions.plan_that_fits(
        tx.driver,
        tx.catalog,
        write.customer_id,
        holder.zone,
        phase,
        tx.now_us,
        feature_key=feature.key,
        short=count.window.kind,
        more=more,
    )
    remaining = to_decimal(max(limit - count.used - count.held, 0), scale)
    resets = count.window.end
    advice = f"choose plan {plan.key!r}" if plan else "no plan in the catalog has more"
    if more > limit:
        when = "or ask for less: it is more than the whole limit"
    else:
        when = f"or wait until {resets.isoformat()}" if resets else "or free some"
    return QuotaExceeded(
        f"customer {write.customer_id!r}: {feature.key!r} has {remaining} of {to_decimal(limit, scale)} left in this "
        f"{count.window.kind if count.window.kind != 'never' else 'plan'}, {to_decimal(more, scale)} was asked for: "
        f"{advice} {when}",
        customer_id=write.customer_id,
        feature_key=feature.key,
        requested=to_decimal(more, scale),
        consumed=used,
        limit=to_decimal(limit, scale),
        remaining=remaining,
        window=count.window.kind,
        resets_at=resets,
        suggested_plan=plan.key if plan else None,
    )


def _record(
    write: UsageWrite,
    feature: Feature,
    requested: int,
    quantity: int,
    event_us: int,
    given_us: int | None,
    bound: Count,
    tx: Transaction,
) -> None:
    tx.driver.execute(
        statements.INSERT_EVENT,
        (
            write.customer_id,
            write.idempotency_key,
            feature.key,
            write.operation,
            quantity,
            requested,
            event_us,
            tx.now_us,
            given_us is not None,
            write.backfill,
            bound.used,
            bound.held,
            bound.grant.limit_units,
            bound.window.start_us,
            bound.window.end_us,
            write.details,
        ),
    )
    if not add_to_rollup(tx.driver, write.customer_id, feature.key, event_us, quantity):
        raise _beyond_64_bits(write, feature, quantity)


def _replay(
    write: UsageWrite, requested: int, given_us: int | None, seen: tuple[Any, ...], feature: Feature, catalog: Catalog
) -> UsageReceipt:
    (key, operation, quantity, first_requested, event_us, recorded_us, given, used, held, limit, start_us, end_us) = (
        seen
    )
    first = (key, operation, first_requested, event_us if given else None)
    if first != (write.feature_key, write.operation, requested, given_us):
        raise IdempotencyKeyReused(
            f"customer {write.customer_id!r}: idempotency_key {write.idempotency_key!r} was already used for another request "
            f"({operation} of {to_decimal(first_requested, catalog.feature(key).scale)} {key!r}): use a new key for a new event",
            customer_id=write.customer_id,
            idempotency_key=write.idempotency_key,
        )
    usage = kept_usage(used, held, limit, start_us, end_us, feature.scale)
    return replace(_receipt(write, feature, quantity, event_us, recorded_us, usage), replayed=True)


def kept_usage(used: int, held: int, limit: int | None, start_us: int, end_us: int, scale: int) -> ReceiptUsage:
    """A receipt's window from the receipt columns of the ledger."""
    never = start_us < 0
    return ReceiptUsage(
        consumed_units=to_decimal(used, scale),
        limit_units=None if limit is None else to_decimal(limit, scale),
        remaining_units=None if limit is None else to_decimal(max(limit - used - held, 0), scale),
        period_start=None if never else from_us(start_us),
        period_end=None if never else from_us(end_us),
    )


def _usage(count: Count, scale: int) -> ReceiptUsage:
    window = count.describe(scale)
    return ReceiptUsage(window.used, window.limit, window.remaining, window.period_start, window.period_end)


def _receipt(
    write: UsageWrite, feature: Feature, quantity: int, event_us: int, recorded_us: int, usage: ReceiptUsage
) -> UsageReceipt:
    return UsageReceipt(
        success=True,
        customer_id=write.customer_id,
        feature_key=feature.key,
        quantity=to_decimal(quantity, feature.scale),
        idempotency_key=write.idempotency_key,
        timestamp=from_us(event_us),
        recorded_at=from_us(recorded_us),
        usage=usage,
    )


__all__ = [
    "Holder",
    "LiveHold",
    "Transaction",
    "UsageWrite",
    "add",
    "apply",
    "entitled",
    "kept_usage",
    "refusal",
    "requested_units",
]

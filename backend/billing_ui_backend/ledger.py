"""The hot path: one event becomes a ledger line, its counters and its rollup. All is checked before anything changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from billing_ui_backend.accounts import Account, Cell
from billing_ui_backend.batch import Batch
from billing_ui_backend.browser_bounds import check_browser, count_browser
from billing_ui_backend.catalog import Catalog, Feature
from billing_ui_backend.clock import from_us
from billing_ui_backend.errors import (
    FeatureNotInPlan,
    IdempotencyKeyReused,
    InvalidQuantity,
    InvalidTimestamp,
    PeriodClosed,
    SubscriptionInactive,
)
from billing_ui_backend.quantities import MAX_SMALL, MAX_UNITS, POWERS, to_decimal, to_units
from billing_ui_backend.refusal import beyond_64_bits, refuse, room
from billing_ui_backend.results import ReceiptUsage, UsageReceipt
from billing_ui_backend.windows import binding

DAY_US = 86_400_000_000
MAX_AGE_US = 35 * DAY_US
MAX_AHEAD_US = 300_000_000

Source = Literal["caller", "browser", "import"]


@dataclass(frozen=True, slots=True)
class LiveHold:
    """A hold that an event settles: its scaled quantity, and the instant at which it was reserved."""

    quantity: int
    event_us: int


@dataclass(slots=True)
class UsageWrite:
    """One event as the caller gave it. `source` "browser" is bounded by the feature's client_trackable; "import" with
    `backfill` may lie further back and pass a limit. With a `hold` it counts at the hold's instant and gives the hold back;
    only what goes beyond the hold is guarded. `given_us` is the caller's own timestamp. A `made_key` was made for this very
    write."""

    operation: Literal["track", "set"]
    customer_id: str
    feature_key: str
    quantity: object
    idempotency_key: str
    given_us: int | None = None
    details: str | None = None
    source: Source = "caller"
    backfill: bool = False
    hold: LiveHold | None = None
    made_key: bool = False

    @property
    def counts_refusals(self) -> bool:
        """An import that is refused tells of the past, not of a customer who was turned away."""
        return self.source != "import"

    def apply(self, batch: Batch) -> UsageReceipt:
        """Counts it; see the module's `apply`."""
        return apply(self, batch)


def apply(write: UsageWrite, batch: Batch) -> UsageReceipt:
    """Counts one event, or answers with the first receipt when its key was counted before.

    Raises:
        UnknownCustomer, UnknownFeature, InvalidQuantity, InvalidTimestamp, PeriodClosed, IdempotencyKeyReused,
        SubscriptionInactive, FeatureNotInPlan, QuotaExceeded, PermissionDenied, RateLimited.
    """
    customer_id, given_us = write.customer_id, write.given_us
    account = batch.account(customer_id)
    feature = batch.catalog.feature(write.feature_key)
    requested = requested_units(write, feature)
    seen = batch.event(customer_id, write.idempotency_key, made=write.made_key)
    if seen is not None:
        return _replay(write, requested, given_us, seen, feature, batch.catalog)

    event_us = batch.now_us if given_us is None else given_us
    if given_us is not None:
        check_age(write, given_us, batch.now_us)
    if write.hold is not None:
        event_us = write.hold.event_us
    # What happened, or was reserved while there was access, is counted whatever came after.
    always = write.backfill or write.hold is not None
    promised = write.hold is not None and requested <= write.hold.quantity
    cell = entitled(feature, event_us, account, batch, always=always, promised=promised)
    if write.source == "browser":
        check_browser(feature, requested, account, batch)
    quantity = requested
    if write.operation == "set":
        quantity = requested - cell.own[0].counter.used
    reserve = -write.hold.quantity if write.hold is not None else 0
    check_room(feature, quantity, reserve, cell, account, batch, backfill=write.backfill)
    rollup = batch.rollup(account, feature.key, event_us)
    if abs(rollup.quantity + quantity) > MAX_UNITS:
        raise beyond_64_bits(account.customer_id, feature, quantity)

    for counter in cell.counters:
        batch.move(counter, quantity, reserve)
    for own in cell.own:
        batch.mark_thresholds(own.counter, own.grant.limit_units)
    if write.source == "browser":
        count_browser(feature, account, batch)
    bound = cell.own[0] if len(cell.own) == 1 else binding(cell.own)
    counter, window, limit = bound.counter, bound.window, bound.grant.limit_units
    batch.record(
        account,
        (
            customer_id,
            write.idempotency_key,
            0,
            feature.key,
            write.operation,
            quantity,
            requested,
            event_us,
            batch.now_us,
            given_us is not None,
            write.backfill,
            counter.used,
            counter.held,
            limit,
            window.start_us,
            window.end_us,
            write.details,
        ),
        rollup,
        quantity,
    )
    left = None if limit is None else max(limit - counter.used - counter.held, 0)
    usage = ReceiptUsage(
        to_decimal(counter.used, feature.scale),
        bound.limit,
        None if left is None else to_decimal(left, feature.scale),
        bound.start,
        bound.end,
    )
    at = batch.now if event_us == batch.now_us else from_us(event_us)
    return _receipt(write, feature, quantity, at, batch.now, usage)


def entitled(
    feature: Feature, event_us: int, account: Account, batch: Batch, *, always: bool = False, promised: bool = False
) -> Cell:
    """The windows in which an event counts; holds that have expired are swept out of them.

    Args:
        always: also without access.
        promised: also where the plan has lost the feature since.

    Raises:
        SubscriptionInactive, FeatureNotInPlan.
    """
    cell = batch.cell(account, feature.key, event_us, promised=promised)
    phase, customer_id = cell.phase, account.customer_id
    if not always and not cell.has_access:
        raise SubscriptionInactive(
            f"customer {customer_id!r}: the subscription is {phase.status}, so {feature.key!r} can't be used: resume it "
            "or choose a plan",
            customer_id=customer_id,
            feature_key=feature.key,
            subscription_status=phase.status,
        )
    if not cell.own:
        raise FeatureNotInPlan(
            f"customer {customer_id!r}: plan {phase.plan_key!r} does not include {feature.key!r}: choose a plan that does",
            customer_id=customer_id,
            feature_key=feature.key,
            plan_key=phase.plan_key,
        )
    for counter in cell.counters:
        if counter.held:
            batch.sweep(account, feature.key)
            break
    return cell


def check_room(
    feature: Feature,
    quantity: int,
    reserve: int,
    cell: Cell,
    account: Account,
    batch: Batch,
    *,
    backfill: bool = False,
) -> None:
    """Refuses what has no room; one full window refuses it whole.

    Args:
        quantity, reserve: the scaled units that are to be used and held.

    Raises:
        QuotaExceeded, InvalidQuantity.
    """
    more = quantity + reserve
    full = []
    for own in cell.own:
        used = own.counter.used
        if used + quantity < 0 or used + own.counter.held > room(own.grant, more, backfill=backfill):
            full.append(own)
    if full:
        raise refuse(account, feature, quantity, reserve, full, cell.phase, batch, backfill=backfill)
    for counter in cell.counters:
        # Counters of other plans have no limit, but 64 bits.
        if not (
            -MAX_UNITS <= counter.used + quantity <= MAX_UNITS and -MAX_UNITS <= counter.held + reserve <= MAX_UNITS
        ):
            raise beyond_64_bits(account.customer_id, feature, more)


def requested_units(write: UsageWrite, feature: Feature) -> int:
    if not feature.metered:
        raise InvalidQuantity(f"feature {feature.key!r} is a boolean_flag: it has no usage to track")
    if write.operation == "set" and feature.type != "numeric_limit":
        raise InvalidQuantity(
            f"feature {feature.key!r} is a usage_quota: set_usage is for a numeric_limit, use track_usage"
        )
    quantity = write.quantity
    if type(quantity) is int and 0 < quantity < MAX_SMALL:
        return quantity * POWERS[feature.scale]
    units = to_units(quantity, feature.scale, what=f"quantity for {feature.key!r}")
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


def check_age(write: UsageWrite, given_us: int, now_us: int) -> None:
    """Refuses an event of an instant for which nothing is counted any more, or yet. Raises InvalidTimestamp, PeriodClosed."""
    if given_us > now_us + MAX_AHEAD_US:
        raise InvalidTimestamp(f"the timestamp lies more than 5 minutes ahead of {from_us(now_us)}")
    if write.backfill:
        if given_us < 0:
            raise InvalidTimestamp("the timestamp lies before 1970")
    elif given_us < now_us - MAX_AGE_US:
        raise PeriodClosed(
            "the timestamp lies more than 35 days back: usage that old is counted where the database is, with "
            "`backfill_usage_batch` of Billing or `billing-ui import --backfill`"
        )


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
    return replace(_receipt(write, feature, quantity, from_us(event_us), from_us(recorded_us), usage), replayed=True)


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


def _receipt(
    write: UsageWrite, feature: Feature, quantity: int, at: datetime, recorded_at: datetime, usage: ReceiptUsage
) -> UsageReceipt:
    return UsageReceipt(
        success=True,
        customer_id=write.customer_id,
        feature_key=feature.key,
        quantity=to_decimal(quantity, feature.scale),
        idempotency_key=write.idempotency_key,
        timestamp=at,
        recorded_at=recorded_at,
        usage=usage,
    )

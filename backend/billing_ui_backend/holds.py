"""Holds: usage that is reserved before it happens, then committed, released, or over when its time is.

A hold is in the counters (`held`) of the windows that contain the instant at which it was reserved. Expiry is a function of
time: nothing has to run for a hold to end. What ended is swept from the counters by the next write that meets it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from billing_ui_backend import ledger, statements
from billing_ui_backend.accounts import Account
from billing_ui_backend.batch import Batch
from billing_ui_backend.catalog import Feature
from billing_ui_backend.clock import from_us
from billing_ui_backend.errors import HoldExpired, IdempotencyKeyReused, InvalidQuantity, InvalidRequest
from billing_ui_backend.ledger import LiveHold, UsageWrite
from billing_ui_backend.quantities import to_decimal, to_units
from billing_ui_backend.results import HeldUsage, HoldStatus, ReceiptUsage, UsageReceipt
from billing_ui_backend.validation import check_key, check_text
from billing_ui_backend.windows import Count, bind, binding
from billing_ui_backend.writes import made_key, plain

KEY_PREFIX = "hold:"
# As far back as events are taken: a commit counts at the instant at which the hold was made.
MAX_TTL = 35 * 86_400


class _Row(NamedTuple):
    feature_key: str
    quantity: int
    event_us: int
    expires_us: int
    status: HoldStatus

    def live(self, now_us: int) -> bool:
        return self.status == "held" and now_us < self.expires_us


@dataclass(frozen=True, slots=True)
class ReserveWrite:
    """A quantity to hold, from now on for `ttl_us`."""

    customer_id: str
    feature_key: str
    quantity: object
    ttl_us: int
    hold_id: str
    counts_refusals: bool = field(default=True, init=False)

    def apply(self, batch: Batch) -> HeldUsage:
        """Holds it, under the guard that usage is under; or answers with the hold that has this id.

        Raises:
            QuotaExceeded, IdempotencyKeyReused, and as `ledger.apply`.
        """
        account = batch.account(self.customer_id)
        feature = batch.catalog.feature(self.feature_key)
        asked = UsageWrite("track", self.customer_id, feature.key, self.quantity, self.hold_id)
        units = ledger.requested_units(asked, feature)
        if units < 0:
            raise InvalidQuantity(f"quantity for {feature.key!r} is {self.quantity}: a hold takes more than 0")
        seen = _look_up(batch, account, self.hold_id)
        if seen is not None:
            return self._again(seen, feature, units, batch)

        batch.sweep(account, feature.key)
        cell = ledger.entitled(feature, batch.now_us, account, batch)
        ledger.check_room(feature, 0, units, cell, account, batch)
        row = _Row(feature.key, units, batch.now_us, batch.now_us + self.ttl_us, "held")
        for counter in cell.counters:
            batch.move(counter, 0, units)
        batch.write(
            account,
            statements.INSERT_HOLD,
            (self.customer_id, self.hold_id, feature.key, units, row.event_us, row.expires_us),
        )
        batch.forget_expiry(account, feature.key)
        return self._result(row, feature, row.status, replayed=False)

    def _again(self, row: _Row, feature: Feature, units: int, batch: Batch) -> HeldUsage:
        if (row.feature_key, row.quantity) != (feature.key, units):
            first = to_decimal(row.quantity, batch.catalog.feature(row.feature_key).scale)
            raise IdempotencyKeyReused(
                f"customer {self.customer_id!r}: idempotency_key {self.hold_id!r} was already used for another hold "
                f"({first} {row.feature_key!r}): use a new key for a new hold",
                customer_id=self.customer_id,
                idempotency_key=self.hold_id,
            )
        over = row.status == "held" and not row.live(batch.now_us)
        return self._result(row, feature, "expired" if over else row.status, replayed=True)

    def _result(self, row: _Row, feature: Feature, status: HoldStatus, *, replayed: bool) -> HeldUsage:
        return HeldUsage(
            hold_id=self.hold_id,
            customer_id=self.customer_id,
            feature_key=feature.key,
            quantity=to_decimal(row.quantity, feature.scale),
            status=status,
            created_at=from_us(row.event_us),
            expires_at=from_us(row.expires_us),
            replayed=replayed,
        )


@dataclass(frozen=True, slots=True)
class CommitWrite:
    """What was really used of a hold."""

    customer_id: str
    hold_id: str
    quantity: object
    counts_refusals: bool = field(default=True, init=False)

    def apply(self, batch: Batch) -> UsageReceipt:
        """Counts it and gives the hold back, in one step; see `Billing.commit_hold`."""
        account = batch.account(self.customer_id)
        row = _find(batch, account, self.hold_id)
        feature = batch.catalog.feature(row.feature_key)
        units = to_units(self.quantity, feature.scale, what=f"quantity for {feature.key!r}")
        if units < 0:
            raise InvalidQuantity(f"quantity for {feature.key!r} is {self.quantity}: commit 0 or more")
        key = KEY_PREFIX + self.hold_id
        seen = batch.event(self.customer_id, key)
        if seen is not None:
            if seen[3] != units:
                raise IdempotencyKeyReused(
                    f"customer {self.customer_id!r}: hold {self.hold_id!r} was already committed with "
                    f"{to_decimal(seen[3], feature.scale)}: correct that event ({key!r}) to change it",
                    customer_id=self.customer_id,
                    hold_id=self.hold_id,
                )
        elif units == 0:
            return self._nothing(row, feature, account, batch)
        elif row.status == "released":
            raise HoldExpired(
                f"customer {self.customer_id!r}: hold {self.hold_id!r} was released: reserve again, or track the usage",
                customer_id=self.customer_id,
                hold_id=self.hold_id,
            )
        hold = None
        if row.live(batch.now_us):
            hold = LiveHold(row.quantity, row.event_us)
        else:
            batch.sweep(account, feature.key)
        receipt = ledger.apply(UsageWrite("track", self.customer_id, feature.key, self.quantity, key, hold=hold), batch)
        if seen is None:
            batch.write(account, statements.END_HOLD, ("committed", self.customer_id, self.hold_id))
            batch.forget_expiry(account, feature.key)
        return receipt

    def _nothing(self, row: _Row, feature: Feature, account: Account, batch: Batch) -> UsageReceipt:
        """Nothing was used: the hold is released, and the ledger gets no line."""
        ended = _release(batch, account, self.hold_id, row)
        phase = account.holder.timeline.at(row.event_us)
        grants = batch.catalog.plan(phase.plan_key).grants(feature.key)
        bounds = bind(grants, row.event_us, anchor_us=phase.anchor_us, zone=account.holder.zone)
        usage = ReceiptUsage(Decimal(0), Decimal(0), Decimal(0), None, None)
        if bounds:
            counts = [Count(b.grant, b.window, *batch.counted(account, feature.key, b.window)) for b in bounds]
            window = binding(counts).describe(feature.scale)
            usage = ReceiptUsage(window.used, window.limit, window.remaining, window.period_start, window.period_end)
        return UsageReceipt(
            success=True,
            customer_id=self.customer_id,
            feature_key=feature.key,
            quantity=Decimal(0),
            idempotency_key=KEY_PREFIX + self.hold_id,
            timestamp=from_us(row.event_us),
            recorded_at=from_us(batch.now_us),
            usage=usage,
            replayed=not ended,
        )


@dataclass(frozen=True, slots=True)
class ReleaseWrite:
    """A hold that is no longer wanted."""

    customer_id: str
    hold_id: str
    counts_refusals: bool = field(default=False, init=False)

    def apply(self, batch: Batch) -> bool:
        """Gives it back. False when it had ended before."""
        account = batch.account(self.customer_id)
        return _release(batch, account, self.hold_id, _find(batch, account, self.hold_id))


def _look_up(batch: Batch, account: Account, hold_id: str) -> _Row | None:
    batch.settle(account.customer_id)
    found = batch.source.driver.execute(statements.HOLD, (account.customer_id, hold_id)).fetchone()
    return None if found is None else _Row(*found)


def _find(batch: Batch, account: Account, hold_id: str) -> _Row:
    found = _look_up(batch, account, hold_id)
    if found is None:
        raise InvalidRequest(
            f"customer {account.customer_id!r} has no hold {hold_id!r}: pass the hold_id that reserve_usage answered with",
            customer_id=account.customer_id,
            hold_id=hold_id,
        )
    return found


def _release(batch: Batch, account: Account, hold_id: str, row: _Row) -> bool:
    if row.status in ("committed", "released"):
        return False
    live = row.live(batch.now_us)
    if live:
        for counter in batch.counters_at(account, row.feature_key, row.event_us):
            batch.move(counter, 0, -row.quantity)
    else:
        batch.sweep(account, row.feature_key)
    # One that expired is marked as well: what was given up on purpose is not committed later.
    batch.write(account, statements.END_HOLD, ("released", account.customer_id, hold_id))
    batch.forget_expiry(account, row.feature_key)
    return live


def reserve_write(
    customer_id: str, feature_key: str, quantity: object, ttl: object, idempotency_key: str | None
) -> ReserveWrite:
    """A caller's arguments as a write. Raises InvalidRequest."""
    if isinstance(ttl, bool) or not isinstance(ttl, (int, float)) or not math.isfinite(ttl) or not 0 < ttl <= MAX_TTL:
        raise InvalidRequest(f"ttl is {ttl!r}: it takes seconds, more than 0 and up to {MAX_TTL:,} (35 days)")
    return ReserveWrite(
        customer_id=check_text(customer_id, "customer_id"),
        feature_key=check_text(feature_key, "feature_key"),
        quantity=plain(quantity),
        ttl_us=math.ceil(ttl * 1_000_000),
        hold_id=made_key() if idempotency_key is None else check_key(idempotency_key),
    )


def commit_write(customer_id: str, hold_id: str, quantity: object) -> CommitWrite:
    """A caller's arguments as a write. Raises InvalidRequest."""
    return CommitWrite(check_text(customer_id, "customer_id"), check_text(hold_id, "hold_id"), plain(quantity))


def release_write(customer_id: str, hold_id: str) -> ReleaseWrite:
    """A caller's arguments as a write. Raises InvalidRequest."""
    return ReleaseWrite(check_text(customer_id, "customer_id"), check_text(hold_id, "hold_id"))

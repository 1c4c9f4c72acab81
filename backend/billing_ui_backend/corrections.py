"""Corrections: an event of the ledger gets another quantity, stored as a difference in the windows of the original."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from billing_ui_backend import statements
from billing_ui_backend.catalog import Feature
from billing_ui_backend.clock import from_us
from billing_ui_backend.counters import Moved, add_to_rollup, move_counters, sweep_holds
from billing_ui_backend.errors import InvalidQuantity, InvalidRequest
from billing_ui_backend.ledger import Transaction, kept_usage
from billing_ui_backend.quantities import to_decimal, to_units
from billing_ui_backend.results import UsageReceipt
from billing_ui_backend.thresholds import record_thresholds
from billing_ui_backend.validation import check_text
from billing_ui_backend.windows import Count, bind

MAX_REASON = 1000


class _Revision(NamedTuple):
    revision: int
    feature_key: str
    operation: str
    quantity: int
    requested: int
    event_us: int
    recorded_us: int
    backfilled: int
    used: int
    held: int
    limit: int | None
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class CorrectionWrite:
    """What one event's quantity should have been, and why."""

    customer_id: str
    idempotency_key: str
    quantity: object
    reason: str
    counts_refusals: bool = field(default=False, init=False)

    def apply(self, tx: Transaction) -> UsageReceipt:
        """Stores the difference to what the event counts for now, or answers with the last receipt when there is none.

        Raises:
            UnknownCustomer, UnknownFeature, InvalidQuantity, InvalidRequest (no event has that key).
        """
        holder = tx.holder(self.customer_id)
        rows = tx.driver.execute(statements.EVENT_REVISIONS, (self.customer_id, self.idempotency_key)).fetchall()
        if not rows:
            raise InvalidRequest(
                f"customer {self.customer_id!r} has no event with idempotency_key {self.idempotency_key!r}: look it up in the "
                "ledger (list_usage_events)",
                customer_id=self.customer_id,
                idempotency_key=self.idempotency_key,
            )
        original, last = _Revision(*rows[0]), _Revision(*rows[-1])
        feature = tx.catalog.feature(original.feature_key)
        wanted = self._units(feature, original)
        difference = wanted - last.requested
        if not difference:
            return self._receipt(feature, last, replayed=True)

        kinds = tx.periods[feature.key]
        sweep_holds(tx.driver, self.customer_id, feature.key, kinds, tx.now_us)
        # Every kind of window, not only those of a plan: the event may have been counted under a plan that is long gone.
        moved = move_counters(
            tx.driver,
            self.customer_id,
            feature.key,
            kinds,
            original.event_us,
            quantity=difference,
        )
        self._check(feature, difference, moved)
        if not add_to_rollup(tx.driver, self.customer_id, feature.key, original.event_us, difference):
            raise self._refusal(feature, difference, "can't be counted in 64 bits")

        phase = holder.timeline.at(original.event_us)
        grants = tx.catalog.plan(phase.plan_key).grants(feature.key)
        bounds = bind(grants, original.event_us, anchor_us=phase.anchor_us, zone=holder.zone)
        limits = {(b.window.start_us, b.window.end_us): b.grant.limit_units for b in bounds}
        period = (original.start_us, original.end_us)
        counter = next(counter for counter in moved if (counter.start_us, counter.end_us) == period)
        stored = original._replace(
            revision=last.revision + 1,
            quantity=difference,
            requested=wanted,
            recorded_us=tx.now_us,
            used=counter.used,
            held=counter.held,
            limit=limits.get(period, original.limit),
        )
        self._store(stored, tx)
        by_window = {(c.kind, c.start_us, c.end_us): c for c in moved}
        counts = [
            Count(b.grant, b.window, found.used, found.held)
            for b in bounds
            if (found := by_window.get((b.window.kind, b.window.start_us, b.window.end_us))) is not None
        ]
        record_thresholds(tx.driver, self.customer_id, feature.key, counts, tx.now_us)
        tx.changed.add(self.customer_id)
        return self._receipt(feature, stored)

    def _units(self, feature: Feature, original: _Revision) -> int:
        units = to_units(self.quantity, feature.scale, what=f"quantity for {feature.key!r}")
        if units < 0 and (feature.type != "numeric_limit" or original.operation == "set"):
            raise InvalidQuantity(
                f"quantity for {feature.key!r} is {self.quantity}: pass what event {self.idempotency_key!r} should have counted, "
                "0 to void it"
            )
        return units

    def _check(self, feature: Feature, difference: int, moved: list[Moved]) -> None:
        for counter in moved:
            if not counter.exact:
                raise self._refusal(feature, difference, "can't be counted in 64 bits")
            if counter.used < 0:
                raise self._refusal(feature, difference, f"would bring its {counter.kind} below 0")

    def _refusal(self, feature: Feature, difference: int, why: str) -> InvalidQuantity:
        return InvalidQuantity(
            f"customer {self.customer_id!r}: correcting event {self.idempotency_key!r} of {feature.key!r} by "
            f"{to_decimal(difference, feature.scale)} {why}",
            customer_id=self.customer_id,
            feature_key=feature.key,
        )

    def _store(self, revision: _Revision, tx: Transaction) -> None:
        values: tuple[Any, ...] = (
            self.customer_id,
            self.idempotency_key,
            revision.revision,
            revision.feature_key,
            revision.quantity,
            revision.requested,
            revision.event_us,
            revision.recorded_us,
            revision.backfilled,
            revision.used,
            revision.held,
            revision.limit,
            revision.start_us,
            revision.end_us,
            json.dumps({"reason": self.reason}, ensure_ascii=False, separators=(",", ":")),
        )
        tx.driver.execute(statements.INSERT_CORRECTION, values)

    def _receipt(self, feature: Feature, revision: _Revision, *, replayed: bool = False) -> UsageReceipt:
        return UsageReceipt(
            success=True,
            customer_id=self.customer_id,
            feature_key=feature.key,
            quantity=to_decimal(revision.quantity, feature.scale),
            idempotency_key=self.idempotency_key,
            timestamp=from_us(revision.event_us),
            recorded_at=from_us(revision.recorded_us),
            usage=kept_usage(
                revision.used, revision.held, revision.limit, revision.start_us, revision.end_us, feature.scale
            ),
            replayed=replayed,
        )


def correction_write(customer_id: str, idempotency_key: str, quantity: object, reason: str) -> CorrectionWrite:
    """A caller's arguments as a write. Any event can be corrected, also those under the library's own keys.

    Raises:
        InvalidRequest: an argument is malformed.
    """
    return CorrectionWrite(
        customer_id=check_text(customer_id, "customer_id"),
        # A key of the library's own may be longer than a caller's by its prefix.
        idempotency_key=check_text(idempotency_key, "idempotency_key", max_length=300),
        quantity=quantity,
        reason=check_text(reason, "reason", max_length=MAX_REASON),
    )

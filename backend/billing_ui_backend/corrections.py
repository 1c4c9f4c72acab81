"""Corrections: an event of the ledger gets another quantity, stored as a difference in the windows of the original."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from billing_ui_backend import statements
from billing_ui_backend.accounts import Counter, Rollup
from billing_ui_backend.batch import Batch
from billing_ui_backend.catalog import Feature
from billing_ui_backend.clock import from_us
from billing_ui_backend.errors import IdempotencyKeyReused, InvalidQuantity, InvalidRequest
from billing_ui_backend.ledger import kept_usage
from billing_ui_backend.quantities import MAX_UNITS, to_decimal, to_units
from billing_ui_backend.results import UsageReceipt
from billing_ui_backend.validation import MAX_EVENT_KEY, check_text
from billing_ui_backend.windows import bind
from billing_ui_backend.writes import plain

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
    details: str | None


@dataclass(frozen=True, slots=True)
class CorrectionWrite:
    """What one event's quantity should have been, and why."""

    customer_id: str
    idempotency_key: str
    quantity: object
    reason: str
    correction_key: str | None = None
    counts_refusals: bool = field(default=False, init=False)

    def apply(self, batch: Batch) -> UsageReceipt:
        """Stores the difference to what the event counts for now, or answers with the last receipt when there is none and
        no key to remember it by.

        Raises:
            UnknownCustomer, UnknownFeature, InvalidQuantity, InvalidRequest (no event has that key), IdempotencyKeyReused.
        """
        account = batch.account(self.customer_id)
        batch.settle(self.customer_id)
        rows = batch.source.driver.execute(
            statements.EVENT_REVISIONS, (self.customer_id, self.idempotency_key)
        ).fetchall()
        if not rows:
            raise InvalidRequest(
                f"customer {self.customer_id!r} has no event with idempotency_key {self.idempotency_key!r}: look it up in the "
                "ledger (list_usage_events)",
                customer_id=self.customer_id,
                idempotency_key=self.idempotency_key,
            )
        revisions = [_Revision(*row) for row in rows]
        original, last = revisions[0], revisions[-1]
        feature = batch.catalog.feature(original.feature_key)
        wanted = self._units(feature, original)
        seen = self._seen(revisions)
        if seen is not None:
            if seen.requested != wanted:
                raise IdempotencyKeyReused(
                    f"customer {self.customer_id!r}: correction_key {self.correction_key!r} was already used to correct event "
                    f"{self.idempotency_key!r} to {to_decimal(seen.requested, feature.scale)}: use a new key for a new correction",
                    customer_id=self.customer_id,
                    idempotency_key=self.idempotency_key,
                )
            return self._receipt(feature, seen, replayed=True)
        difference = wanted - last.requested
        # One with a key is kept also where it changes nothing: told again late, it must be known again.
        if not difference and self.correction_key is None:
            return self._receipt(feature, last, replayed=True)

        batch.sweep(account, feature.key)
        # Every counter that contains it, not only those of a plan: it may have been counted under a plan that is long gone.
        counters = batch.counters_at(account, feature.key, original.event_us)
        rollup = batch.rollup(account, feature.key, original.event_us)
        self._check(feature, difference, counters, rollup)
        for counter in counters:
            batch.move(counter, difference, 0)

        holder = account.holder
        phase = holder.timeline.at(original.event_us)
        grants = batch.catalog.plan(phase.plan_key).grants(feature.key)
        limits = {
            (bound.window.kind, bound.window.start_us, bound.window.end_us): bound.grant.limit_units
            for bound in bind(grants, original.event_us, anchor_us=phase.anchor_us, zone=holder.zone)
        }
        for counter in counters:
            batch.mark_thresholds(counter, limits.get((counter.kind, counter.start_us, counter.end_us)))
        period = (original.start_us, original.end_us)
        counter = next(counter for counter in counters if (counter.start_us, counter.end_us) == period)
        stored = original._replace(
            revision=last.revision + 1,
            quantity=difference,
            requested=wanted,
            recorded_us=batch.now_us,
            used=counter.used,
            held=counter.held,
            limit=limits.get((counter.kind, *period), original.limit),
            details=self._details(),
        )
        batch.record(account, self._line(stored), rollup, difference)
        return self._receipt(feature, stored)

    def _seen(self, revisions: Sequence[_Revision]) -> _Revision | None:
        """The line that this very correction wrote before, whatever corrections came after it."""
        if self.correction_key is None:
            return None
        for revision in revisions[1:]:
            if revision.details and json.loads(revision.details).get("correction_key") == self.correction_key:
                return revision
        return None

    def _units(self, feature: Feature, original: _Revision) -> int:
        units = to_units(self.quantity, feature.scale, what=f"quantity for {feature.key!r}")
        if units < 0 and (feature.type != "numeric_limit" or original.operation == "set"):
            raise InvalidQuantity(
                f"quantity for {feature.key!r} is {self.quantity}: pass what event {self.idempotency_key!r} should have counted, "
                "0 to void it"
            )
        return units

    def _check(self, feature: Feature, difference: int, counters: Sequence[Counter], rollup: Rollup) -> None:
        sums = [counter.used for counter in counters] + [rollup.quantity]
        if any(abs(total + difference) > MAX_UNITS for total in sums):
            raise self._refusal(feature, difference, "can't be counted in 64 bits")
        for counter in counters:
            if counter.used + difference < 0:
                raise self._refusal(feature, difference, f"would bring its {counter.kind} below 0")

    def _refusal(self, feature: Feature, difference: int, why: str) -> InvalidQuantity:
        return InvalidQuantity(
            f"customer {self.customer_id!r}: correcting event {self.idempotency_key!r} of {feature.key!r} by "
            f"{to_decimal(difference, feature.scale)} {why}",
            customer_id=self.customer_id,
            feature_key=feature.key,
        )

    def _line(self, revision: _Revision) -> tuple[Any, ...]:
        return (
            self.customer_id,
            self.idempotency_key,
            revision.revision,
            revision.feature_key,
            "correct",
            revision.quantity,
            revision.requested,
            revision.event_us,
            revision.recorded_us,
            False,
            bool(revision.backfilled),
            revision.used,
            revision.held,
            revision.limit,
            revision.start_us,
            revision.end_us,
            revision.details,
        )

    def _details(self) -> str:
        told = {"reason": self.reason}
        if self.correction_key is not None:
            told["correction_key"] = self.correction_key
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

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


def correction_write(
    customer_id: str, idempotency_key: str, quantity: object, reason: str, correction_key: str | None = None
) -> CorrectionWrite:
    """A caller's arguments as a write. Any event can be corrected, also those under the library's own keys.

    Raises:
        InvalidRequest: an argument is malformed.
    """
    return CorrectionWrite(
        customer_id=check_text(customer_id, "customer_id"),
        idempotency_key=check_text(idempotency_key, "idempotency_key", max_length=MAX_EVENT_KEY),
        quantity=plain(quantity),
        reason=check_text(reason, "reason", max_length=MAX_REASON),
        correction_key=None if correction_key is None else check_text(correction_key, "correction_key"),
    )

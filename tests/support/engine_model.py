"""What the engine should do, written as plainly as possible: no counters, no cache, every sum taken over the whole ledger.

Zones here have no daylight saving; the wall clock's oddities are tested with the periods.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from billing_ui_backend import (
    BillingError,
    FeatureNotInPlan,
    HoldExpired,
    IdempotencyKeyReused,
    InvalidQuantity,
    InvalidTimestamp,
    PeriodClosed,
    QuotaExceeded,
    SubscriptionInactive,
    UsageReceipt,
)

OFFSETS = {"UTC": timedelta(0), "Asia/Kolkata": timedelta(hours=5, minutes=30), "Etc/GMT+8": timedelta(hours=-8)}
EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Grant:
    """One window of an entitlement: a limit per period."""

    limit: Decimal | None
    period: str
    hard: bool = True

    def allows_more_than(self, other: Grant) -> bool:
        """Which of two limits is the more generous."""
        if self.hard != other.hard:
            return other.hard
        if self.limit is None or other.limit is None:
            return self.limit is None
        return self.limit > other.limit


Plans = dict[str, dict[str, tuple[Grant, ...]]]


@dataclass(frozen=True)
class Phase:
    """A stretch of a subscription."""

    start: datetime
    plan: str
    status: str
    anchor: datetime


@dataclass
class ModelHold:
    """A reservation; whether it is over by time is told by its end alone."""

    feature: str
    quantity: Decimal
    at: datetime
    expires: datetime
    status: str = "held"

    def live(self, now: datetime) -> bool:
        """Whether it still holds something."""
        return self.status == "held" and now < self.expires


@dataclass
class ModelCustomer:
    """A customer, its whole ledger, its keys and its holds."""

    zone: str
    phases: list[Phase]
    ledger: list[tuple[str, datetime, Decimal]] = field(default_factory=list)
    keys: dict[str, tuple[Any, UsageReceipt]] = field(default_factory=dict)
    corrected: dict[str, Decimal] = field(default_factory=dict)
    holds: dict[str, ModelHold] = field(default_factory=dict)

    def phase(self, at: datetime) -> Phase:
        """The phase in force; before the first one, the first."""
        begun = [phase for phase in self.phases if phase.start <= at]
        return begun[-1] if begun else self.phases[0]

    def used(self, feature: str, span: Span) -> Decimal:
        """The sum of the ledger in [start, end)."""
        return sum((q for key, at, q in self.ledger if key == feature and span[0] <= at < span[1]), Decimal(0))

    def held(self, feature: str, span: Span, now: datetime) -> Decimal:
        """What live holds reserve in [start, end)."""
        live = [hold for hold in self.holds.values() if hold.feature == feature and hold.live(now)]
        return sum((hold.quantity for hold in live if span[0] <= hold.at < span[1]), Decimal(0))

    def span(self, period: str, at: datetime, anchor: datetime) -> Span:
        """The period that holds an instant."""
        offset = OFFSETS[self.zone]
        local = at + offset
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        if period == "never":
            return EVER
        if period == "hour":
            start = at.replace(minute=0, second=0, microsecond=0)
            return start, start + timedelta(hours=1)
        if period == "day":
            return midnight - offset, midnight - offset + timedelta(days=1)
        if period == "week":
            monday = midnight - offset - timedelta(days=midnight.weekday())
            return monday, monday + timedelta(weeks=1)
        number = -100
        while add_months(anchor + offset, number + 1) <= local:
            number += 1
        return add_months(anchor + offset, number) - offset, add_months(anchor + offset, number + 1) - offset

    def put(self, phase: Phase) -> None:
        """Adds a phase; one that begins at the same instant is replaced."""
        self.phases = sorted(
            [*(other for other in self.phases if other.start != phase.start), phase], key=lambda other: other.start
        )

    def forget_after(self, now: datetime) -> None:
        """Takes back what was scheduled."""
        self.phases = [phase for phase in self.phases if phase.start <= now]

    def change_plan(self, plan: str, now: datetime, at: str) -> None:
        """As `Billing.change_plan`."""
        current = self.phase(now)
        if current.status == "paused":
            raise SubscriptionInactive("paused")
        self.forget_after(now)
        if current.status == "ended":
            self.put(Phase(now, plan, "active", now))
        elif plan != current.plan:
            start = now if at == "now" else self.span("month", now, current.anchor)[1]
            self.put(Phase(start, plan, "active", current.anchor))

    def cancel(self, now: datetime) -> None:
        """As `Billing.cancel_subscription`, at once."""
        current = self.phase(now)
        if current.status != "ended":
            self.forget_after(now)
            self.put(replace(current, start=now, status="ended"))

    def pause(self, now: datetime) -> None:
        """As `Billing.pause_subscription`."""
        current = self.phase(now)
        if current.status == "ended":
            raise SubscriptionInactive("ended")
        if current.status != "paused":
            self.put(replace(current, start=now, status="paused"))
            self.phases = [replace(p, status="paused") if p.start > now else p for p in self.phases]

    def resume(self, now: datetime) -> None:
        """As `Billing.resume_subscription`."""
        current = self.phase(now)
        if current.status == "ended":
            raise SubscriptionInactive("ended")
        if current.status == "paused":
            self.put(replace(current, start=now, status="active"))
            self.phases = [replace(p, status="active") if p.start > now else p for p in self.phases]

    def decide(
        self,
        plans: Plans,
        now: datetime,
        *,
        operation: str,
        feature: str,
        quantity: Decimal,
        timestamp: datetime | None,
        key: str,
        hold: ModelHold | None = None,
    ) -> BillingError | UsageReceipt | Decimal:
        """An error, the first receipt of a key seen before, or the difference to count (which is counted)."""
        payload = (operation, feature, quantity, timestamp)
        if key in self.keys:
            first, receipt = self.keys[key]
            return receipt if first == payload else IdempotencyKeyReused("reused")
        at = hold.at if hold else timestamp or now
        if at > now + timedelta(minutes=5):
            return InvalidTimestamp("ahead")
        if at < now - timedelta(days=35):
            return PeriodClosed("old")
        bound = self.windows(plans, now, at, feature, reserved=hold is not None)
        if isinstance(bound, BillingError):
            return bound
        if operation == "set":
            quantity = quantity - self.used(feature, EVER)
        more = quantity - hold.quantity if hold else quantity
        error = self.shortage(bound, now, feature, quantity, more)
        if error is not None:
            return error
        self.ledger.append((feature, at, quantity))
        return quantity

    def windows(
        self, plans: Plans, now: datetime, at: datetime, feature: str, *, reserved: bool = False
    ) -> BillingError | list[tuple[Grant, Span]]:
        """The windows in which an event of that instant counts, each with the limit that binds it."""
        phase, current = self.phase(at), self.phase(now)
        if phase.status != "active" and not reserved:
            return SubscriptionInactive(phase.status)
        grants = plans[phase.plan].get(feature, ())
        if not grants:
            return FeatureNotInPlan(phase.plan)
        bound = [(grant, self.span(grant.period, at, phase.anchor)) for grant in grants]
        if phase != current and current.status == "active":
            today = {
                (grant.period, self.span(grant.period, now, current.anchor)): grant
                for grant in plans[current.plan].get(feature, ())
            }
            for index, (grant, span) in enumerate(bound):
                other = today.get((grant.period, span))
                if other is not None and other.allows_more_than(grant):
                    bound[index] = (other, span)
        return bound

    def shortage(
        self, bound: list[tuple[Grant, Span]], now: datetime, feature: str, quantity: Decimal, more: Decimal
    ) -> BillingError | None:
        """Why usage can't change by a quantity, of which so much is beyond what is held for it."""
        for grant, span in bound:
            used, held = self.used(feature, span), self.held(feature, span, now)
            if used + quantity < 0:
                return InvalidQuantity("below 0")
            if more > 0 and grant.hard and grant.limit is not None and used + held + more > grant.limit:
                return QuotaExceeded(
                    "full",
                    customer_id="",
                    feature_key=feature,
                    requested=more,
                    consumed=used,
                    limit=grant.limit,
                    remaining=max(grant.limit - used - held, Decimal(0)),
                    window=grant.period,
                    resets_at=None,
                )
        return None

    def correct(self, key: str, quantity: Decimal) -> BillingError | Decimal:
        """The difference that a correction makes."""
        (_, feature, _, _), receipt = self.keys[key]
        difference = quantity - self.corrected[key]
        if self.used(feature, EVER) + difference < 0:
            return InvalidQuantity("below 0")
        if difference:
            self.corrected[key] = quantity
            self.ledger.append((feature, receipt.timestamp, difference))
        return difference

    def reserve(
        self, plans: Plans, now: datetime, key: str, feature: str, quantity: Decimal, ttl: timedelta
    ) -> BillingError | None:
        """As `Billing.reserve_usage`, with a new key."""
        bound = self.windows(plans, now, now, feature)
        if isinstance(bound, BillingError):
            return bound
        error = self.shortage(bound, now, feature, Decimal(0), quantity)
        if error is None:
            self.holds[key] = ModelHold(feature, quantity, now, now + ttl)
        return error

    def commit(
        self, plans: Plans, now: datetime, hold_id: str, quantity: Decimal
    ) -> BillingError | UsageReceipt | Decimal:
        """As `Billing.commit_hold`."""
        hold, key = self.holds[hold_id], f"hold:{hold_id}"
        if key in self.keys:
            (_, _, first, _), receipt = self.keys[key]
            return receipt if first == quantity else IdempotencyKeyReused("reused")
        if not quantity:
            hold.status = "released"
            return quantity
        if hold.status == "released":
            return HoldExpired("released")
        answer = self.decide(
            plans,
            now,
            operation="track",
            feature=hold.feature,
            quantity=quantity,
            timestamp=None,
            key=key,
            hold=hold if hold.live(now) else None,
        )
        if isinstance(answer, Decimal):
            hold.status = "committed"
        return answer

    def release(self, now: datetime, hold_id: str) -> bool:
        """As `Billing.release_hold`."""
        hold = self.holds[hold_id]
        live = hold.live(now)
        if hold.status == "held":
            hold.status = "released"
        return live

    def remember(self, receipt: UsageReceipt, *payload: Any) -> None:
        """Keeps the first receipt of a key, and what it counts for until it is corrected."""
        self.keys[receipt.idempotency_key] = (payload, receipt)
        self.corrected[receipt.idempotency_key] = payload[2]


def add_months(start: datetime, months: int) -> datetime:
    """Months later, on the last day where the month is too short."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return start.replace(year=year, month=month + 1, day=min(start.day, calendar.monthrange(year, month + 1)[1]))

"""Reads of usage: metrics, entitlements and thresholds, from counters, in one snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlmodel import Session

from billing_ui_backend import customers
from billing_ui_backend.catalog import Catalog, Feature, Plan
from billing_ui_backend.clock import from_us
from billing_ui_backend.driver import Driver
from billing_ui_backend.errors import InvalidRequest
from billing_ui_backend.periods import Window
from billing_ui_backend.quantities import to_units
from billing_ui_backend.results import (
    Customer,
    Entitlement,
    EntitlementReason,
    FeatureAccess,
    MissingFeature,
    UsageMetric,
    UsageMetrics,
)
from billing_ui_backend.source import load_holder
from billing_ui_backend.subscriptions import WITH_ACCESS, Phase
from billing_ui_backend.windows import Count, bind, binding, counted

# A float's smallest number lies far above it.
_MAX_PLACES = 400


@dataclass(frozen=True, slots=True)
class Reader:
    """One customer, read at one instant from one snapshot."""

    driver: Driver
    catalog: Catalog
    customer: Customer
    phase: Phase
    now_us: int
    # Plans that are weighed against each other ask for the same windows again and again.
    _known: dict[tuple[str, Window], tuple[int, int]] = field(default_factory=dict, repr=False, compare=False)

    def counts(self, feature_key: str) -> list[Count]:
        """All windows of a feature in the plan in force, with what is used; [] when it is not included."""
        grants = self.catalog.plan(self.phase.plan_key).grants(feature_key)
        zone = self.customer.timezone
        return [
            Count(
                bound.grant,
                bound.window,
                *self.counted(feature_key, bound.window),
            )
            for bound in bind(grants, self.now_us, anchor_us=self.phase.anchor_us, zone=zone)
        ]

    def counted(self, feature_key: str, window: Window) -> tuple[int, int]:
        """(used, held) of a feature in a window, in scaled units."""
        known = self._known.get((feature_key, window))
        if known is None:
            known = counted(self.driver, self.customer.customer_id, feature_key, window, self.now_us)
            self._known[feature_key, window] = known
        return known


def open_reader(session: Session, driver: Driver, catalog: Catalog, now_us: int, customer_id: str) -> Reader:
    """Reads a customer. Raises UnknownCustomer."""
    customer = customers.get(session, catalog, now_us, customer_id)
    return Reader(driver, catalog, customer, load_holder(driver, customer_id)[0].timeline.at(now_us), now_us)


def usage_metrics(reader: Reader, feature_key: str | None) -> UsageMetrics:
    """The metrics of all metered features of the plan, or of one, and the access to every feature, flags among them."""
    plan = reader.catalog.plan(reader.phase.plan_key)
    asked = [reader.catalog.feature(feature_key)] if feature_key is not None else list(reader.catalog.features.values())
    counts = {feature.key: reader.counts(feature.key) for feature in asked}
    metered = [feature for feature in asked if feature.metered]
    return UsageMetrics(
        customer=reader.customer,
        metrics=tuple(_metric(reader, plan, f, counts[f.key]) for f in metered if plan.includes(f.key)),
        not_included=tuple(_missing(reader.catalog, plan, f) for f in metered if not plan.includes(f.key)),
        as_of=from_us(reader.now_us),
        access=tuple(_access(reader, plan, f, counts[f.key]) for f in asked),
    )


def entitlement(reader: Reader, feature_key: str, quantity: object) -> Entitlement:
    """Whether `quantity` of a feature may be used now; see `Billing.check_entitlement`."""
    feature = reader.catalog.feature(feature_key)
    plan = reader.catalog.plan(reader.phase.plan_key)
    asked = _asked(quantity, feature)
    counts = reader.counts(feature.key)
    full = _without_room(counts, asked)
    reason = _reason(reader, plan, feature, full)
    if not counts:
        return Entitlement(
            feature_key,
            reason is None,
            reason,
            None,
            None,
            {"remaining": None, "resets_at": None, "type": feature.type},
        )
    window = binding(full if reason == "quota_exceeded" else counts).describe(feature.scale)
    return Entitlement(
        feature_key,
        reason is None,
        reason,
        window.limit,
        window.used,
        {"remaining": window.remaining, "resets_at": window.period_end, "type": feature.type},
    )


def _without_room(counts: list[Count], asked: int) -> list[Count]:
    """The hard windows that have less left than is asked for."""
    if asked == 0:
        return []
    return [
        count for count in counts if count.grant.enforcement == "hard" and count.left is not None and count.left < asked
    ]


def _reason(reader: Reader, plan: Plan, feature: Feature, full: list[Count]) -> EntitlementReason | None:
    """Why a feature may not be used now; None where it may."""
    if reader.phase.status == "ended":
        return "no_active_subscription"
    if reader.phase.status not in WITH_ACCESS:
        return "subscription_not_active"
    if not plan.includes(feature.key):
        return "feature_not_in_plan"
    return "quota_exceeded" if full else None


def approaching(reader: Reader, feature_key: str, threshold: object) -> bool:
    """Whether any window of a feature has reached `threshold` percent; exact, without a division."""
    wanted = _percentage(threshold)
    reader.catalog.feature(feature_key)
    return any(
        count.grant.limit_units is not None and (count.used + count.held) * 100 >= wanted * count.grant.limit_units
        for count in reader.counts(feature_key)
    )


def _percentage(threshold: object) -> Fraction:
    refusal = InvalidRequest(f"threshold is {threshold!r}: pass a percentage such as 80")
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float, Decimal)):
        raise refusal
    wanted = Decimal(str(threshold))
    # Told apart before it is a fraction: 1E+999999999 and 1E-999999999 have a billion digits as one.
    if not wanted.is_finite() or not 0 <= wanted <= 1000 or (wanted and wanted.adjusted() < -_MAX_PLACES):
        raise refusal
    return Fraction(wanted) if wanted else Fraction(0)


def _asked(quantity: object, feature: Feature) -> int:
    # A flag is not counted: any whole quantity asks the same question.
    units = to_units(quantity, feature.scale, what=f"quantity for {feature.key!r}")
    if units < 0:
        raise InvalidRequest(f"quantity for {feature.key!r} is {quantity}: ask for 0 or more")
    return units


def _metric(reader: Reader, plan: Plan, feature: Feature, counts: list[Count]) -> UsageMetric:
    bound = binding(counts)
    window = bound.describe(feature.scale)
    windows = tuple(count.describe(feature.scale) for count in counts)
    # Money is owed in the priced window that costs most.
    costs = [
        (each.overage_cost, each.currency)
        for each in windows
        if each.overage_cost is not None and each.currency is not None
    ]
    cost, currency = max(costs, default=(None, None))
    return UsageMetric(
        feature_key=feature.key,
        feature_title=feature.title,
        product_name=plan.title,
        consumed=window.used,
        limit=window.limit,
        remaining=window.remaining,
        percentage_used=window.percentage_used,
        period_start=window.period_start,
        period_end=window.period_end,
        resets_in_days=_days_until(bound.window.end_us, reader) if window.period_end else None,
        feature_type=feature.type,
        unit=feature.unit,
        scale=feature.scale,
        window=window.window,
        enforcement=window.enforcement,
        held=window.held,
        overage=window.overage,
        overage_cost=cost,
        currency=currency,
        windows=windows,
    )


def _days_until(end_us: int, reader: Reader) -> int:
    zone = ZoneInfo(reader.customer.timezone)
    return (from_us(end_us).astimezone(zone).date() - from_us(reader.now_us).astimezone(zone).date()).days


def _access(reader: Reader, plan: Plan, feature: Feature, counts: list[Count]) -> FeatureAccess:
    # Asked for the smallest quantity there is: nobody said how much is wanted, and half a GB that is left is something.
    reason = _reason(reader, plan, feature, _without_room(counts, 1))
    offer = None if plan.includes(feature.key) else _offer(reader.catalog, plan, feature)
    return FeatureAccess(
        feature_key=feature.key,
        feature_title=feature.title,
        feature_type=feature.type,
        has_access=reason is None,
        reason=reason,
        available_from_key=offer.key if offer else None,
        available_from_title=offer.title if offer else None,
    )


def _missing(catalog: Catalog, plan: Plan, feature: Feature) -> MissingFeature:
    offer = _offer(catalog, plan, feature)
    return MissingFeature(
        feature_key=feature.key,
        feature_title=feature.title,
        available_from_key=offer.key if offer else None,
        available_from_title=offer.title if offer else None,
    )


def _offer(catalog: Catalog, plan: Plan, feature: Feature) -> Plan | None:
    """The lowest plan above that includes the feature."""
    return next((other for other in catalog.upgrades(plan.key) if other.includes(feature.key)), None)


__all__ = ["Reader", "approaching", "entitlement", "open_reader", "usage_metrics"]

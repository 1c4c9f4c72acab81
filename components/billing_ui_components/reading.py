"""One customer as the tabs show it: read from the engine once, derived once, shared by all tabs of the customer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from billing_ui_backend.catalog import Catalog
from billing_ui_backend.results import Customer, MissingFeature, Nudge, UsageMetric, UsageMetrics, UsageOverview
from billing_ui_components.customers import Customers
from billing_ui_components.formats import Formats
from billing_ui_components.gate_view import GateView, derive_gate
from billing_ui_components.labels import Labels
from billing_ui_components.meter import MeterView, Thresholds, derive_meter
from billing_ui_components.nudge_view import NudgeView, derive_nudge
from billing_ui_components.pricing_view import PricingView, derive_pricing

MOST_PRICINGS = 4096

_Key = TypeVar("_Key")
Status = Literal["signed_out", "loading", "error", "empty", "ready"]


@dataclass(frozen=True)
class Reading:
    """What a customer's tabs show.

    Attributes:
        status: "ready", "empty" (nothing is metered) or "error" (never read successfully).
        meters: by feature key: the metered features of the plan, then those it does not include.
        gates: by feature key: whether each feature of the catalog may be used.
        nudges: by user id, for the users who look; none while the numbers are stale.
        prompts: by feature key: what to suggest for a feature that is near its limit or lacking; none while stale.
        pricing: the plans as the customer sees them.
        as_of: when the numbers were true, by the engine's clock.
        as_of_text: the same, in the customer's zone.
        stale: whether these are numbers that could not be refreshed since.
        reset_in: seconds from `read_at` until the first window resets, None when none does.
        read_at: the event loop's time of the read, or of the last attempt.
        began: the event loop's time when the read began.
        tried: the same of the last attempt: `began`, unless that failed. A read that lasts is one attempt for each interval.
        source: what the engine answered; kept to derive the stale views.
    """

    status: Status
    meters: Mapping[str, MeterView] = field(default_factory=dict)
    gates: Mapping[str, GateView] = field(default_factory=dict)
    nudges: Mapping[str | None, NudgeView] = field(default_factory=dict)
    prompts: Mapping[str, NudgeView] = field(default_factory=dict)
    pricing: PricingView | None = None
    as_of: datetime | None = None
    as_of_text: str = ""
    stale: bool = False
    reset_in: float | None = None
    read_at: float = 0.0
    began: float = 0.0
    tried: float = 0.0
    source: UsageOverview | None = field(default=None, compare=False)

    @property
    def failed(self) -> bool:
        """Whether the last attempt to read failed, with or without numbers to keep."""
        return self.stale or self.status == "error"

    def looks_like(self, other: Reading) -> bool:
        """Whether both show the same, apart from the time of the read."""
        return (self.status, self.stale, self.meters, self.gates, self.nudges, self.prompts, self.pricing) == (
            other.status,
            other.stale,
            other.meters,
            other.gates,
            other.nudges,
            other.prompts,
            other.pricing,
        )


class Reader:
    """Reads customers and derives their views.

    Args:
        customers: the engine, and what becomes of customers it does not know.
        labels: the words.
        thresholds: where near and critical begin.
        changeable: whether the host lets customers change their plan on a page.
    """

    def __init__(
        self, customers: Customers, *, labels: Labels, thresholds: Thresholds, changeable: bool = False
    ) -> None:
        self._customers = customers
        self._billing = customers.billing
        self._labels = labels
        self._thresholds = thresholds
        self._changeable = changeable
        self._pricings: dict[tuple[object, ...], PricingView] = {}

    async def read(self, customer_id: str, users: frozenset[str | None]) -> Reading:
        """Read one customer for these users.

        Raises:
            BillingError: as the engine raises.
        """
        began = asyncio.get_running_loop().time()
        source = await self._customers.call(
            customer_id, lambda: self._billing.get_overview(customer_id, user_ids=users)
        )
        return self._derive(source, began, now=source.metrics.as_of)

    def failed(self, last: Reading | None, error: Exception) -> Reading:  # noqa: ARG002 - shown the same, whatever failed
        """The last good reading marked stale, or an error when there is none."""
        if last is None or last.source is None:
            pricing = derive_pricing(None, self._billing.now(), self._labels, self._labels.language, status="error")
            return Reading(status="error", pricing=pricing)
        return self._derive(last.source, last.began, now=self._billing.now(), stale_since=last.source.metrics.as_of)

    def _derive(
        self, source: UsageOverview, began: float, *, now: datetime, stale_since: datetime | None = None
    ) -> Reading:
        metrics, customer = source.metrics, source.metrics.customer
        formats = Formats(customer.locale, customer.timezone, self._labels)

        def meter(metric: UsageMetric | None, missing: MissingFeature | None = None) -> MeterView:
            return derive_meter(
                metric,
                now,
                self._labels,
                customer.locale,
                timezone=customer.timezone,
                thresholds=self._thresholds,
                subscription=customer.subscription,
                stale_since=stale_since,
                not_included=missing,
            )

        meters = {metric.feature_key: meter(metric) for metric in metrics.metrics}
        meters |= {missing.feature_key: meter(None, missing) for missing in metrics.not_included}
        return Reading(
            status="ready" if meters else "empty",
            meters=meters,
            gates=self._gates(metrics, now, stale_since),
            # What is not known to be so still is nothing to press anybody about.
            nudges={} if stale_since else self._nudges(source.nudges, customer, now),
            prompts={} if stale_since else self._nudges(source.prompts, customer, now),
            as_of=metrics.as_of,
            pricing=self._pricing(customer, source.catalog, now, stale_since),
            as_of_text=self._labels.as_of.format(time=formats.moment(metrics.as_of, now, seconds=True)),
            stale=stale_since is not None,
            reset_in=None if stale_since else _seconds_to_change(metrics),
            read_at=asyncio.get_running_loop().time(),
            began=began,
            tried=began,
            source=source,
        )

    def _nudges(self, nudges: Mapping[_Key, Nudge | None], customer: Customer, now: datetime) -> dict[_Key, NudgeView]:
        return {
            key: derive_nudge(
                nudge,
                now,
                self._labels,
                customer.locale,
                timezone=customer.timezone,
                subscription=customer.subscription,
            )
            for key, nudge in nudges.items()
        }

    def _pricing(
        self, customer: Customer, catalog: Catalog, now: datetime, stale_since: datetime | None
    ) -> PricingView:
        """Derived once for a day and a subscription: it takes longer than all meters, and usage does not change it."""
        today = now.astimezone(ZoneInfo(customer.timezone)).date()
        key = (catalog.checksum, customer.subscription, customer.locale, customer.timezone, today, stale_since)
        found = self._pricings.get(key)
        if found is None:
            if len(self._pricings) >= MOST_PRICINGS:
                self._pricings.clear()
            found = self._pricings[key] = derive_pricing(
                catalog,
                now,
                self._labels,
                customer.locale,
                timezone=customer.timezone,
                subscription=customer.subscription,
                changeable=self._changeable,
                stale_since=stale_since,
            )
        return found

    def _gates(self, metrics: UsageMetrics, now: datetime, stale_since: datetime | None) -> dict[str, GateView]:
        customer = metrics.customer
        metered = {metric.feature_key: metric for metric in metrics.metrics}
        return {
            access.feature_key: derive_gate(
                access,
                now,
                self._labels,
                customer.locale,
                timezone=customer.timezone,
                metric=metered.get(access.feature_key),
                subscription=customer.subscription,
                stale_since=stale_since,
            )
            for access in metrics.access
        }


def _seconds_to_change(metrics: UsageMetrics) -> float | None:
    """Seconds until the first window resets or the subscription changes by itself."""
    moments = [window.period_end for metric in metrics.metrics for window in metric.windows]
    if subscription := metrics.customer.subscription:
        moments += [subscription.next_change_at, subscription.trial_ends_at]
    ahead = [(moment - metrics.as_of).total_seconds() for moment in moments if moment and moment > metrics.as_of]
    return min(ahead, default=None)

"""What the demo's customers have used before anybody looks, written once a month and never twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from billing_ui.demo.customers import CUSTOMERS, DemoCustomer
from billing_ui.demo.holdings import MEMBER, UPLOAD
from billing_ui_backend import AsyncBilling, Feature, UsageMetric
from billing_ui_backend.errors import IdempotencyKeyReused

SHARES = (3, 5, 6, 5, 4, 2, 1, 4, 6, 7, 5, 6, 2, 1, 5, 7, 8, 6, 5, 2, 1, 4, 5)
"""How a month's usage is spread over the time that has passed: less at week-ends."""


async def seed(billing: AsyncBilling) -> None:
    """Create the demo's customers and give them this month's usage. Doing it again changes nothing.

    Args:
        billing: the engine, with the demo's catalog.

    Raises:
        BillingError: as the engine does.
    """
    features = (await billing.catalog()).features
    for customer in CUSTOMERS:
        await billing.create_customer(
            customer.customer_id, plan=customer.plan, name=customer.name, timezone=machine_zone(), locale="en-US"
        )
        metrics = await billing.get_usage_metrics(customer.customer_id)
        events = [*_holdings(customer)]
        for metric in metrics.metrics:
            if quantity := customer.used.get(metric.feature_key):
                events += _spread(customer, features[metric.feature_key], metric, quantity, billing.now())
        # One batch is one commit: all of a customer's month is there, or nothing.
        for item in await billing.backfill_usage_batch(events) if events else []:
            # A month that was written before answers so: its events are dated from when that was.
            if item.error is not None and not isinstance(item.error, IdempotencyKeyReused):
                raise item.error


def _holdings(customer: DemoCustomer) -> Iterator[Mapping[str, Any]]:
    for number, (name, size) in enumerate(customer.uploads):
        yield _event(customer, "storage_gb", f"upload:{number}", size, metadata={UPLOAD: name})
    for number, name in enumerate(customer.members):
        yield _event(customer, "team_members", f"member:{number}", Decimal(1), metadata={MEMBER: name})


def _spread(
    customer: DemoCustomer, feature: Feature, metric: UsageMetric, quantity: Decimal, now: datetime
) -> Iterator[Mapping[str, Any]]:
    """A quota's usage of this month as one event a share, in order, over the time that has passed of it."""
    month = next(window for window in metric.windows if window.window == "month")
    assert month.period_start is not None
    step = Decimal(1).scaleb(-feature.scale)
    left = quantity
    for number, share in enumerate(SHARES):
        last = number == len(SHARES) - 1
        part = left if last else (quantity * share / sum(SHARES)).quantize(step, ROUND_DOWN)
        left -= part
        if part:
            at = month.period_start + (now - month.period_start) * number / len(SHARES)
            key = f"{month.period_start:%Y-%m-%d}:{feature.key}:{number}"
            yield _event(customer, feature.key, key, part, timestamp=at)


def _event(customer: DemoCustomer, feature_key: str, key: str, quantity: Decimal, **more: Any) -> Mapping[str, Any]:
    return {
        "customer_id": customer.customer_id,
        "feature_key": feature_key,
        "quantity": quantity,
        "idempotency_key": f"import:demo:{key}",
        **more,
    }


def machine_zone() -> str:
    """The IANA zone of this machine, so that the demo's clock is the one on the wall; UTC where it can't be told."""
    _, _, name = str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")
    return name if name in available_timezones() else "UTC"

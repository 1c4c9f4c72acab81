"""Usage metrics for tests of what is drawn: as consistent as the engine's, without an engine."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Any

from billing_ui_backend.results import UsageMetric, WindowUsage

NOW = datetime(2026, 11, 24, 14, 2, 7, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
THIS_HOUR = datetime(2026, 11, 24, 14, tzinfo=UTC)
NEXT_HOUR = datetime(2026, 11, 24, 15, tzinfo=UTC)


def window_usage(
    used: str | Decimal,
    limit: str | Decimal | None,
    *,
    window: Any = "month",
    enforcement: Any = "hard",
    held: str | Decimal = "0",
    start: datetime = NOVEMBER,
    end: datetime = DECEMBER,
    overage_cost: str | None = None,
    currency: str = "USD",
) -> WindowUsage:
    """One window, with what is left and over computed from the rest; without an `overage_cost` it has no price."""
    taken, included = Decimal(used) + Decimal(held), None if limit is None else Decimal(limit)
    with localcontext(prec=60):
        return WindowUsage(
            window=window,
            enforcement=enforcement,
            used=Decimal(used),
            held=Decimal(held),
            limit=included,
            remaining=None if included is None else max(included - taken, Decimal(0)),
            overage=Decimal(0) if included is None else max(taken - included, Decimal(0)),
            percentage_used=taken * 100 / included if included else None,
            period_start=None if window == "never" else start,
            period_end=None if window == "never" else end,
            overage_cost=None if overage_cost is None else Decimal(overage_cost),
            currency=None if overage_cost is None else currency,
        )


def usage_metric(
    used: str | Decimal,
    limit: str | Decimal | None,
    *,
    title: str = "API calls",
    feature_type: Any = "usage_quota",
    unit: str = "call",
    scale: int = 6,
    others: Sequence[WindowUsage] = (),
    **window: Any,
) -> UsageMetric:
    """A metric whose binding window is the one described, beside `others`."""
    binding = window_usage(used, limit, **window)
    costs = [
        (each.overage_cost, each.currency)
        for each in (*others, binding)
        if each.overage_cost is not None and each.currency is not None
    ]
    overage_cost, currency = max(costs, default=(None, None))
    return UsageMetric(
        feature_key="api_calls",
        feature_title=title,
        product_name="Pro",
        consumed=binding.used,
        limit=binding.limit,
        remaining=binding.remaining,
        percentage_used=binding.percentage_used,
        period_start=binding.period_start,
        period_end=binding.period_end,
        resets_in_days=None if binding.period_end is None else (binding.period_end.date() - NOW.date()).days,
        feature_type=feature_type,
        unit=unit,
        scale=scale,
        window=binding.window,
        enforcement=binding.enforcement,
        held=binding.held,
        overage=binding.overage,
        overage_cost=overage_cost,
        currency=currency,
        windows=(*others, binding),
    )


def level(
    used: str, limit: str | None, *, title: str = "Team members", unit: str = "member", **rest: Any
) -> UsageMetric:
    """A numeric_limit, which never resets."""
    return usage_metric(used, limit, title=title, unit=unit, feature_type="numeric_limit", window="never", **rest)

"""Why usage is refused: which window is full, what is left in it, and what would help."""

from __future__ import annotations

from collections.abc import Iterable

from billing_ui_backend import suggestions
from billing_ui_backend.accounts import Account, Own
from billing_ui_backend.batch import Batch
from billing_ui_backend.catalog import Feature, Grant
from billing_ui_backend.errors import BillingError, InvalidQuantity, QuotaExceeded
from billing_ui_backend.quantities import MAX_UNITS, to_decimal
from billing_ui_backend.subscriptions import Phase
from billing_ui_backend.windows import binding


def room(grant: Grant, more: int, *, backfill: bool) -> int:
    """The most that may be used and held before `more` is added. A limit binds increases only."""
    if more <= 0:
        return MAX_UNITS
    limit = grant.limit_units
    if limit is None or grant.enforcement == "soft" or backfill:
        limit = MAX_UNITS
    return limit - more


def refuse(
    account: Account,
    feature: Feature,
    quantity: int,
    reserve: int,
    full: Iterable[Own],
    phase: Phase,
    batch: Batch,
    *,
    backfill: bool = False,
) -> BillingError:
    """The error for what has no room; of several full windows the binding one is named.

    Args:
        quantity, reserve: the scaled units that were to be used and held.
        full: the windows without room for them.
        phase: the phase of the timeline that decides.
    """
    customer_id, more, scale = account.customer_id, quantity + reserve, feature.scale
    bound = binding(full)
    grant, window, counter = bound.grant, bound.window, bound.counter
    used = to_decimal(counter.used, scale)
    if counter.used + quantity < 0:
        return InvalidQuantity(
            f"customer {customer_id!r}: {feature.key!r} is at {used}, {to_decimal(quantity, scale)} would bring it below 0",
            customer_id=customer_id,
            feature_key=feature.key,
        )
    limit = grant.limit_units
    if limit is None or grant.enforcement == "soft" or backfill:
        return beyond_64_bits(customer_id, feature, more)
    plan = suggestions.plan_that_fits(
        lambda key, window: batch.counted(account, key, window),
        batch.catalog,
        account.holder.zone,
        phase,
        batch.now_us,
        feature_key=feature.key,
        short=window.kind,
        more=more,
    )
    remaining = to_decimal(max(limit - counter.used - counter.held, 0), scale)
    resets = window.end
    advice = f"choose plan {plan.key!r}" if plan else "no plan in the catalog has more"
    if more > limit:
        when = "or ask for less: it is more than the whole limit"
    else:
        when = f"or wait until {resets.isoformat()}" if resets else "or free some"
    return QuotaExceeded(
        f"customer {customer_id!r}: {feature.key!r} has {remaining} of {to_decimal(limit, scale)} left in this "
        f"{window.kind if window.kind != 'never' else 'plan'}, {to_decimal(more, scale)} was asked for: "
        f"{advice} {when}",
        customer_id=customer_id,
        feature_key=feature.key,
        requested=to_decimal(more, scale),
        consumed=used,
        limit=to_decimal(limit, scale),
        remaining=remaining,
        window=window.kind,
        resets_at=resets,
        suggested_plan=plan.key if plan else None,
    )


def beyond_64_bits(customer_id: str, feature: Feature, more: int) -> InvalidQuantity:
    """The error for a sum that a scaled 64-bit integer can't hold."""
    return InvalidQuantity(
        f"customer {customer_id!r}: {to_decimal(more, feature.scale)} more of {feature.key!r} can't be counted in "
        f"64 bits at {feature.scale} decimal places",
        customer_id=customer_id,
        feature_key=feature.key,
    )

"""Which plan would really fit a customer: the lowest one above the current that holds all that is used today."""

from __future__ import annotations

from collections.abc import Callable

from billing_ui_backend.catalog import Catalog, Plan
from billing_ui_backend.periods import Window
from billing_ui_backend.results import WindowKind
from billing_ui_backend.subscriptions import Phase
from billing_ui_backend.windows import bind

# (used, held) of a feature in a window, in scaled units.
Counted = Callable[[str, Window], tuple[int, int]]


def plan_that_fits(
    counted: Counted,
    catalog: Catalog,
    zone: str,
    phase: Phase,
    at_us: int,
    *,
    feature_key: str | None = None,
    short: WindowKind | None = None,
    more: int = 0,
    keep: bool = False,
) -> Plan | None:
    """The lowest-ranked plan above the customer's own in which present usage fits, with room for more of one feature.

    Every feature counts, in the candidate's own windows: a plan that helps one and cuts another short, or lacks one that the
    customer has, does not fit. A soft limit that usage is over does not fit either, since it would cost more.

    Args:
        feature_key: a feature that the plan must have.
        short: the kind of window that is full or nearly so; a plan with no higher limit there is no help, also where its own
            window has only just begun.
        more: scaled units of `feature_key` that must still fit.
        keep: the customer's own plan will do, too.
    """
    current = catalog.plan(phase.plan_key)
    needed = {key for key in catalog.features if key == feature_key or current.includes(key)}
    candidates = catalog.upgrades(current.key)
    for plan in (current, *candidates) if keep else candidates:
        if all(
            _fits(counted, plan, zone, phase, at_us, key, more if key == feature_key else 0)
            if plan.includes(key)
            else key not in needed
            for key in catalog.features
        ) and (feature_key is None or short is None or _has_more(plan, current, feature_key, short)):
            return plan
    return None


def _fits(counted: Counted, plan: Plan, zone: str, phase: Phase, at_us: int, feature_key: str, more: int) -> bool:
    for bound in bind(plan.grants(feature_key), at_us, anchor_us=phase.anchor_us, zone=zone):
        limit = bound.grant.limit_units
        if limit is None:
            continue
        used, held = counted(feature_key, bound.window)
        if used + held + more > limit:
            return False
    return True


def _has_more(plan: Plan, current: Plan, feature_key: str, short: WindowKind) -> bool:
    offered = {grant.period: grant.limit_units for grant in plan.grants(feature_key)}.get(short)
    present = {grant.period: grant.limit_units for grant in current.grants(feature_key)}.get(short)
    return offered is None or present is None or offered > present

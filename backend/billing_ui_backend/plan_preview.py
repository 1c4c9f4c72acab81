"""What a change of plan would do, from the same timeline and counters that the change itself would use."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

from sqlmodel import Session

from billing_ui_backend.catalog import Feature, Grant, Plan
from billing_ui_backend.clock import from_us
from billing_ui_backend.customers import Switch, When, plan_switch
from billing_ui_backend.metrics import Reader
from billing_ui_backend.periods import Window
from billing_ui_backend.plan_results import (
    ChangeKind,
    FeatureChange,
    FeatureChangeKind,
    OverLimit,
    PlanPreview,
    PlanTerms,
    WindowLimit,
)
from billing_ui_backend.quantities import to_decimal
from billing_ui_backend.results import SubscriptionStatus
from billing_ui_backend.windows import bind, counted, overage_cost
from billing_ui_backend.wire import to_json


def preview(session: Session, reader: Reader, plan_key: str, at: When | None) -> PlanPreview:
    """What `change_plan` would do now; see `Billing.preview_plan_change`."""
    catalog, now_us = reader.catalog, reader.now_us
    switch = plan_switch(session, catalog, now_us, reader.customer.customer_id, plan_key, at)
    present = catalog.plan(switch.current.plan_key)
    kind = _kind(switch, present)
    coming = switch.coming
    found = PlanPreview(
        customer_id=reader.customer.customer_id,
        kind=kind,
        status=cast(SubscriptionStatus, switch.current.status),
        from_plan=_terms(present),
        from_plan_since=from_us(switch.since_us),
        to_plan=_terms(switch.plan),
        currency=catalog.currency_for(present.key),
        at=switch.at,
        takes_effect_at=from_us(switch.starts_us),
        features=tuple(
            _feature(reader, switch, present, feature)
            for feature in catalog.features.values()
            if present.includes(feature.key) or switch.plan.includes(feature.key)
        ),
        trial_ends_at=None if switch.trial_end_us is None else from_us(switch.trial_end_us),
        ends_trial=switch.trial_end_us is not None and switch.at == "now" and kind != "keep",
        scheduled_plan=None if coming is None else _terms(catalog.plan(coming.plan_key)),
        scheduled_status=None if coming is None else cast(SubscriptionStatus, coming.status),
        scheduled_at=None if coming is None else from_us(coming.starts_us),
        confirmation="",
        as_of=from_us(now_us),
    )
    return replace(found, confirmation=_confirmation(found, switch.current.starts_us))


def granted(grants: Iterable[Grant]) -> tuple[WindowLimit, ...]:
    """A plan's windows for one feature, as results."""
    return tuple(WindowLimit(grant.period, grant.limit, grant.enforcement, grant.overage) for grant in grants)


def _kind(switch: Switch, present: Plan) -> ChangeKind:
    if switch.current.status == "ended":
        return "start"
    if switch.plan.key == present.key:
        return "keep"
    return "upgrade" if switch.plan.rank > present.rank else "downgrade"


def _terms(plan: Plan) -> PlanTerms:
    return PlanTerms(plan.key, plan.title, plan.prices)


def _feature(reader: Reader, switch: Switch, present: Plan, feature: Feature) -> FeatureChange:
    ended = switch.current.status == "ended"
    before, after = granted(present.grants(feature.key)), granted(switch.plan.grants(feature.key))
    return FeatureChange(
        feature_key=feature.key,
        feature_title=feature.title,
        feature_type=feature.type,
        unit=feature.unit,
        scale=feature.scale,
        change=_change(
            present.includes(feature.key) and not ended,
            switch.plan.includes(feature.key),
            before,
            after,
        ),
        before=before,
        after=after,
        over=tuple(_over(reader, switch, feature)) if ended or switch.plan.key != present.key else (),
    )


def _change(had: bool, has: bool, before: tuple[WindowLimit, ...], after: tuple[WindowLimit, ...]) -> FeatureChangeKind:
    if not had or not has:
        return "gained" if has else "lost" if had else "same"
    if before == after:
        return "same"
    old = {limit.window: limit.limit for limit in before}
    new = {limit.window: limit.limit for limit in after}
    # A window that a plan does not have sets no limit there.
    pairs = [(old.get(window), new.get(window)) for window in {*old, *new}]
    more = any(b is not None and (a is None or a > b) for b, a in pairs)
    less = any(a is not None and (b is None or a < b) for b, a in pairs)
    if more == less:
        return "other"
    return "more" if more else "less"


def _over(reader: Reader, switch: Switch, feature: Feature) -> Iterable[OverLimit]:
    """The new plan's windows, as they would open, in which what is used today, and still held then, is over the limit."""
    grants = switch.plan.grants(feature.key)
    if not grants and feature.type == "numeric_limit":
        # A level stays when its feature goes: it is over a limit of none.
        (bound,) = bind([_NOTHING], switch.starts_us, anchor_us=switch.anchor_us, zone=reader.customer.timezone)
        used = sum(_counted(reader, switch, feature, bound.window))
        if used:
            yield OverLimit("never", "hard", to_decimal(used, feature.scale), to_decimal(0, feature.scale))
    for bound in bind(grants, switch.starts_us, anchor_us=switch.anchor_us, zone=reader.customer.timezone):
        limit = bound.grant.limit_units
        if limit is None:
            continue
        taken, held = _counted(reader, switch, feature, bound.window)
        if taken + held <= limit:
            continue
        price = bound.grant.overage
        yield OverLimit(
            bound.grant.period,
            bound.grant.enforcement,
            to_decimal(taken + held, feature.scale),
            to_decimal(limit, feature.scale),
            None if price is None else overage_cost(price, max(taken - limit, 0), feature.scale),
            None if price is None else price.currency,
        )


def _counted(reader: Reader, switch: Switch, feature: Feature, window: Window) -> tuple[int, int]:
    """What is used now, and of what is held now that which has not expired when the plan begins."""
    return counted(reader.driver, reader.customer.customer_id, feature.key, window, switch.starts_us)


_NOTHING = Grant(None, None, "never", "calendar", "hard", None)


def _confirmation(found: PlanPreview, since_us: int) -> str:
    # Since when the phase is in force: who comes back to a plan and wishes the same once more wishes something new. Not the
    # instant of asking. Of usage only what a person weighs: which limits would be passed, and a level that is
    # over, which does not move by itself; a quota's figure moves with every call and would make each answer a late one.
    features: list[Any] = [
        (
            feature.feature_key,
            feature.change,
            to_json(feature.before),
            to_json(feature.after),
            [(over.window, to_json(over.used) if over.window == "never" else "") for over in feature.over],
        )
        for feature in found.features
    ]
    told = [
        found.customer_id,
        since_us,
        found.kind,
        found.status,
        to_json(found.from_plan),
        to_json(found.to_plan),
        found.at,
        to_json(found.takes_effect_at) if found.at == "period_end" else "",
        found.ends_trial,
        to_json(found.scheduled_plan),
        found.scheduled_status,
        to_json(found.scheduled_at),
        features,
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=True).encode()).hexdigest()[:32]

"""Under which plan and in which windows an event counts, and for how long that answer holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from billing_ui_backend.accounts import Holder
from billing_ui_backend.catalog import Catalog, Grant
from billing_ui_backend.periods import NEVER_END, NEVER_START
from billing_ui_backend.results import WindowKind
from billing_ui_backend.subscriptions import Phase
from billing_ui_backend.windows import Bound, bind


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time [from_us, to_us) around an event in which phase and windows of one feature stay the same.

    `lasting` tells whether later events may be decided by it: until the timeline goes on at `until_us`. For an event of an
    earlier plan it depends on the present moment, and is found anew each time.
    """

    phase: Phase
    own: tuple[Bound, ...]
    from_us: int
    to_us: int
    until_us: int
    lasting: bool

    @property
    def kinds(self) -> Collection[WindowKind]:
        """The kinds of its windows."""
        return {bound.window.kind for bound in self.own}


def stretch_at(holder: Holder, catalogs: Iterable[Catalog], feature_key: str, event_us: int, now_us: int) -> Stretch:
    """The stretch of one feature around an event. The first of the catalogs that has the feature in a plan says what it grants.

    A late event counts under the plan of its time. Where its window is still open under today's plan, the more generous of
    the two limits holds: what was allowed then stays allowed, and an upgrade opens the window for what was refused.
    """
    timeline = holder.timeline
    phase, current = timeline.at(event_us), timeline.at(now_us)
    own = bind(_grants(catalogs, phase.plan_key, feature_key), event_us, anchor_us=phase.anchor_us, zone=holder.zone)
    if phase is not current and current.has_access:
        grants = _grants(catalogs, current.plan_key, feature_key)
        today = {b.window: b for b in bind(grants, now_us, anchor_us=current.anchor_us, zone=holder.zone)}
        own = tuple(_more_generous(bound, today.get(bound.window)) for bound in own)
    begin, end = timeline.span(phase)
    return Stretch(
        phase=phase,
        own=own,
        from_us=max([begin, NEVER_START, *(bound.window.start_us for bound in own)]),
        to_us=min([end, NEVER_END, *(bound.window.end_us for bound in own)]),
        until_us=end,
        lasting=phase is current,
    )


def _grants(catalogs: Iterable[Catalog], plan_key: str, feature_key: str) -> tuple[Grant, ...]:
    plans = (catalog.plans.get(plan_key) for catalog in catalogs)
    return next((grants for plan in plans if plan and (grants := plan.grants(feature_key))), ())


def _more_generous(bound: Bound, other: Bound | None) -> Bound:
    if other is not None and _allows_more(other, bound):
        return replace(bound, grant=other.grant)
    return bound


def _allows_more(one: Bound, other: Bound) -> bool:
    if one.grant.enforcement != other.grant.enforcement:
        return one.grant.enforcement == "soft"
    if one.grant.limit_units is None or other.grant.limit_units is None:
        return one.grant.limit_units is None
    return one.grant.limit_units > other.grant.limit_units

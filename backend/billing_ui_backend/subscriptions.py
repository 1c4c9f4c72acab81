"""The subscription in force as a function of time: a timeline of rows, each in force until the next one begins."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import cast

from billing_ui_backend.catalog import Catalog
from billing_ui_backend.clock import from_us
from billing_ui_backend.periods import NEVER_END, NEVER_START
from billing_ui_backend.results import Subscription, SubscriptionStatus

WITH_ACCESS = ("trialing", "active")


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a customer's timeline: from `starts_us` on, this plan and status hold."""

    starts_us: int
    plan_key: str
    status: str
    anchor_us: int

    @property
    def has_access(self) -> bool:
        """Trialing and active have access, paused and ended have not."""
        return self.status in WITH_ACCESS


@dataclass(frozen=True, slots=True)
class Timeline:
    """All phases of one customer, in order; never empty."""

    phases: tuple[Phase, ...]

    def at(self, us: int) -> Phase:
        """The phase in force. Usage from before the first phase counts under that first phase: a customer is often created
        moments after the first event was sent."""
        index = bisect_right(self.phases, us, key=lambda phase: phase.starts_us)
        return self.phases[max(index - 1, 0)]

    def after(self, us: int) -> Phase | None:
        """The next phase that is scheduled, None when nothing is."""
        index = bisect_right(self.phases, us, key=lambda phase: phase.starts_us)
        return self.phases[index] if index < len(self.phases) else None

    def since(self, us: int) -> int:
        """From when on the plan of an instant has been in force, trials and pauses included, or the subscription has been ended."""
        current = self.at(us)
        begin = current.starts_us
        for phase in reversed(self.phases[: self.phases.index(current)]):
            if (phase.plan_key, phase.status == "ended") != (current.plan_key, current.status == "ended"):
                break
            begin = phase.starts_us
        return begin

    def span(self, phase: Phase) -> tuple[int, int]:
        """From when to when (exclusive) a phase is in force; the first one from ever, the last one for ever."""
        index = self.phases.index(phase)
        begin = phase.starts_us if index else NEVER_START
        return begin, self.phases[index + 1].starts_us if index + 1 < len(self.phases) else NEVER_END

    def describe(self, us: int, catalog: Catalog) -> Subscription:
        """The subscription in force at an instant, with the change scheduled after it."""
        phase, coming = self.at(us), self.after(us)
        if coming is not None and phase.starts_us > us:
            coming = None
        return Subscription(
            plan_key=phase.plan_key,
            plan_title=catalog.plan(phase.plan_key).title,
            status=cast(SubscriptionStatus, phase.status),
            starts_at=from_us(phase.starts_us),
            anchor=from_us(phase.anchor_us),
            trial_ends_at=from_us(coming.starts_us) if coming is not None and phase.status == "trialing" else None,
            next_plan_key=coming.plan_key if coming is not None else None,
            next_status=cast(SubscriptionStatus, coming.status) if coming is not None else None,
            next_change_at=from_us(coming.starts_us) if coming is not None else None,
        )

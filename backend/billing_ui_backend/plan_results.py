"""What the engine answers about a change of plan, before it is made: frozen values, exact quantities, aware UTC datetimes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from billing_ui_backend.catalog import Overage, Price
from billing_ui_backend.results import Enforcement, FeatureType, SubscriptionStatus, WindowKind

ChangeKind = Literal["upgrade", "downgrade", "keep", "start"]
FeatureChangeKind = Literal["gained", "more", "same", "other", "less", "lost"]


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """A plan as a change names it."""

    key: str
    title: str
    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True)
class WindowLimit:
    """What a plan grants of a feature in one window; `limit` is None when unlimited."""

    window: WindowKind
    limit: Decimal | None
    enforcement: Enforcement
    overage: Overage | None


@dataclass(frozen=True, slots=True)
class OverLimit:
    """A window of the new plan in which present usage would be over the limit, 0 where the plan lacks the feature.

    `used` counts what is used and held. `overage_cost` (in `currency`) is set only where the new plan has a price for it.
    """

    window: WindowKind
    enforcement: Enforcement
    used: Decimal
    limit: Decimal
    overage_cost: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class FeatureChange:
    """What a change of plan does to one feature that either plan includes.

    `change` compares all windows: "more" when none has less, "less" when none has more, "other" when some have more and
    some less, or the price of overage differs. `before` and `after` are () for a boolean_flag and where the feature is not
    included.
    """

    feature_key: str
    feature_title: str
    feature_type: FeatureType
    unit: str
    scale: int
    change: FeatureChangeKind
    before: tuple[WindowLimit, ...]
    after: tuple[WindowLimit, ...]
    over: tuple[OverLimit, ...]


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """What a change of plan would do, computed at `as_of` and changing nothing.

    Attributes:
        kind: "upgrade" or "downgrade" by rank, "keep" for the plan in force, "start" when the subscription has ended.
        status: of the subscription in force.
        from_plan_since: since when the plan in force has been so, trials and pauses included; of an ended subscription, since its
            end.
        currency: in which prices are told to this customer, None when no public plan has any.
        at: "now" or "period_end", for `change_plan`.
        takes_effect_at: the instant at which the new plan would be in force.
        features: in the catalog's order, those that either plan includes.
        trial_ends_at: when a running trial ends by itself, None without one.
        ends_trial: whether the change would end it at once.
        scheduled_plan: what is scheduled now and would be taken back, None when nothing is.
        scheduled_status: its status, "ended" for an end of the subscription.
        scheduled_at: when it was to come.
        confirmation: names all that a person who agrees to the change was told; pass it to `change_plan`. It stays the
            same while counted usage moves within the new plan's limits, and is another one when the plan in force was left and
            taken again meanwhile. It is no payment's idempotency key, since usage that passes a limit makes it another one:
            `PlanChange.idempotency_key` is.
    """

    customer_id: str
    kind: ChangeKind
    status: SubscriptionStatus
    from_plan: PlanTerms
    from_plan_since: datetime
    to_plan: PlanTerms
    currency: str | None
    at: Literal["now", "period_end"]
    takes_effect_at: datetime
    features: tuple[FeatureChange, ...]
    trial_ends_at: datetime | None
    ends_trial: bool
    scheduled_plan: PlanTerms | None
    scheduled_status: SubscriptionStatus | None
    scheduled_at: datetime | None
    confirmation: str
    as_of: datetime

    @property
    def over_limits(self) -> tuple[FeatureChange, ...]:
        """The features whose present usage would be over a limit of the new plan."""
        return tuple(feature for feature in self.features if feature.over)

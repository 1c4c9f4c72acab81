"""What the engine answers with: frozen values, quantities as exact Decimals, times as aware UTC datetimes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from billing_ui_backend.errors import BillingError

if TYPE_CHECKING:
    from billing_ui_backend.catalog import Catalog

FeatureType = Literal["boolean_flag", "usage_quota", "numeric_limit"]
Enforcement = Literal["hard", "soft"]
WindowKind = Literal["hour", "day", "week", "month", "year", "never"]
SubscriptionStatus = Literal["trialing", "active", "paused", "ended"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """The subscription in force at one instant.

    `anchor` is the instant from which anniversary periods count. `trial_ends_at` is set while trialing.
    `next_plan_key` and `next_change_at` announce a scheduled change (a plan, or an end when the status becomes ended).
    """

    plan_key: str
    plan_title: str
    status: SubscriptionStatus
    starts_at: datetime
    anchor: datetime
    trial_ends_at: datetime | None = None
    next_plan_key: str | None = None
    next_status: SubscriptionStatus | None = None
    next_change_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer and the subscription in force now. `timezone` is an IANA name, `locale` a BCP 47 tag."""

    customer_id: str
    name: str | None
    email: str | None
    timezone: str
    locale: str
    created_at: datetime
    subscription: Subscription | None

    @property
    def plan_key(self) -> str | None:
        """The plan in force, None without a subscription."""
        return self.subscription.plan_key if self.subscription else None


@dataclass(frozen=True, slots=True)
class ReceiptUsage:
    """The window that binds, right after the event was counted."""

    consumed_units: Decimal
    limit_units: Decimal | None
    remaining_units: Decimal | None
    period_start: datetime | None
    period_end: datetime | None


@dataclass(frozen=True, slots=True)
class UsageReceipt:
    """Proof that one event was counted and committed.

    `quantity` is what was really counted (a float is rounded half-even to the feature's scale; for `set_usage` it is the
    difference to the level before). `replayed` is true when the same key was seen before: this is the first receipt again.
    """

    success: bool
    customer_id: str
    feature_key: str
    quantity: Decimal
    idempotency_key: str
    timestamp: datetime
    recorded_at: datetime
    usage: ReceiptUsage
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One event's answer: exactly one of `receipt` and `error` is set."""

    receipt: UsageReceipt | None = None
    error: BillingError | None = None

    @property
    def success(self) -> bool:
        """Whether the event was counted (now or before)."""
        return self.receipt is not None


@dataclass(frozen=True, slots=True)
class WindowUsage:
    """One window of an entitlement with its usage. `limit`, `remaining` and `percentage_used` are None when unlimited.

    `used + held + remaining - overage = limit` where there is a limit. `percentage_used` is floored to two decimals
    and above 100 when over the limit. `period_start` and `period_end` (UTC, half-open) are None for "never".

    `overage_cost` (in `currency`) is what is used beyond the limit times this window's price; None where it has no price.
    """

    window: WindowKind
    enforcement: Enforcement
    used: Decimal
    held: Decimal
    limit: Decimal | None
    remaining: Decimal | None
    overage: Decimal
    percentage_used: Decimal | None
    period_start: datetime | None
    period_end: datetime | None
    overage_cost: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class UsageMetric:
    """The usage of one metered feature; the top-level numbers are those of the window that binds.

    Which binds: hard before soft, then least left, then earliest reset. `consumed` counts what is used, `held` what is
    reserved; `limit`, `remaining` and `percentage_used` are None when unlimited. `resets_in_days` are calendar days in
    the customer's zone (0 = later today), None when the window never resets.

    `overage_cost` (in `currency`) is what is owed for the feature: the highest cost of any of its `windows`, which need not be
    that of the window that binds and of its `overage`. None where no window has a price for overage.
    """

    feature_key: str
    feature_title: str
    product_name: str
    consumed: Decimal
    limit: Decimal | None
    remaining: Decimal | None
    percentage_used: Decimal | None
    period_start: datetime | None
    period_end: datetime | None
    resets_in_days: int | None
    feature_type: FeatureType
    unit: str
    scale: int
    window: WindowKind
    enforcement: Enforcement
    held: Decimal
    overage: Decimal
    overage_cost: Decimal | None
    currency: str | None
    windows: tuple[WindowUsage, ...]


@dataclass(frozen=True, slots=True)
class MissingFeature:
    """A metered feature that the customer's plan does not include, and the lowest plan that does (None: no plan does)."""

    feature_key: str
    feature_title: str
    available_from_key: str | None
    available_from_title: str | None


EntitlementReason = Literal[
    "no_active_subscription", "subscription_not_active", "quota_exceeded", "feature_not_in_plan"
]


@dataclass(frozen=True, slots=True)
class FeatureAccess:
    """Whether a customer may use a feature of the catalog now, flag or metered; `reason` says why not.

    A metered feature may be used while any quantity is left of it, however small; ask `check_entitlement` about a certain
    one. `available_from_key` and `available_from_title` name the lowest plan that includes a feature which the customer's
    plan lacks (None: no plan does).
    """

    feature_key: str
    feature_title: str
    feature_type: FeatureType
    has_access: bool
    reason: EntitlementReason | None
    available_from_key: str | None
    available_from_title: str | None


@dataclass(frozen=True, slots=True)
class UsageMetrics:
    """All metered features of the customer's plan, used or not, in the catalog's order, read at `as_of` (UTC).

    `customer` carries locale, zone and the subscription in force, read in the same snapshot. `not_included` lists the
    metered features of the catalog that the plan lacks, `access` says of every feature, flags among them, whether it may
    be used now.
    """

    customer: Customer
    metrics: tuple[UsageMetric, ...]
    not_included: tuple[MissingFeature, ...]
    as_of: datetime
    access: tuple[FeatureAccess, ...] = ()

    def __getitem__(self, feature_key: str) -> UsageMetric:
        for metric in self.metrics:
            if metric.feature_key == feature_key:
                return metric
        raise KeyError(feature_key)


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Whether a customer may use `quantity` of a feature now: truthy when they may. `reason` says why not (None when access is given).

    `limit` and `usage` are those of the window that binds. `metadata` holds `remaining`, `resets_at` and `type`.
    """

    feature_key: str
    has_access: bool
    reason: EntitlementReason | None
    limit: Decimal | None
    usage: Decimal | None
    metadata: Mapping[str, Any]

    def __bool__(self) -> bool:
        return self.has_access


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One line of the ledger. `operation` is "track", "set" or "correct"; `quantity` is the signed difference it made."""

    customer_id: str
    feature_key: str
    operation: str
    quantity: Decimal
    idempotency_key: str
    timestamp: datetime
    recorded_at: datetime
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of the ledger, newest first by (timestamp, key). `next_cursor` is None on the last page."""

    events: tuple[UsageEvent, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class UsageBucket:
    """What was used from `start` to `end` (UTC, half-open). Its bounds follow the customer's zone, so that a day may have 23
    or 25 hours. For a numeric_limit `quantity` is the level at the bucket's end."""

    start: datetime
    end: datetime
    quantity: Decimal


HoldStatus = Literal["held", "committed", "released", "expired"]


@dataclass(frozen=True, kw_only=True)
class HeldUsage:
    """A quantity that is reserved for a customer until it is committed or released, or until `expires_at`.

    `created_at` is the instant at which it counts when it is committed in time. `replayed` is true when the same key was
    seen before: this is the first hold again, with its `status` of now.
    """

    hold_id: str
    customer_id: str
    feature_key: str
    quantity: Decimal
    status: HoldStatus
    created_at: datetime
    expires_at: datetime
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class ReachedThreshold:
    """Usage reached `threshold` percent (50, 80, 90 or 100) of a window's limit: kept once per window and threshold.

    `reached_at` is when the usage was recorded. `period_start` and `period_end` (UTC, half-open) are None for "never".
    """

    customer_id: str
    feature_key: str
    threshold: int
    window: WindowKind
    period_start: datetime | None
    period_end: datetime | None
    reached_at: datetime


RefusalReason = Literal["quota_exceeded", "feature_not_in_plan", "subscription_inactive", "rate_limited"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """How often usage of a feature was refused to a customer in one day, for one reason (the error's code).

    `day` is the midnight (UTC) at which the UTC day begins.
    """

    customer_id: str
    feature_key: str
    day: datetime
    reason: RefusalReason
    count: int


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """A page of customers by id. `next_cursor` is None on the last page."""

    customers: tuple[Customer, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class SessionToken:
    """A customer's short-lived token for a browser, until `expires_at` (UTC). Its text is not in its repr.

    `user_id` is who of the customer's users it was made for, None when nobody was named.
    """

    token: str = field(repr=False)
    customer_id: str
    user_id: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A secret key of the HTTP API, by what is kept of it: never the key itself.

    `key_id` is for `revoke_api_key`; `hint` is how the key begins. `revoked_at` is None while it opens.
    """

    key_id: str
    name: str
    hint: str
    environment: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether ledger, counters, rollups and keys agree; `problems` names each that does not. Truthy when they do."""

    ok: bool
    problems: tuple[str, ...]
    events: int
    counters: int

    def __bool__(self) -> bool:
        return self.ok


NudgeTrigger = Literal["limit", "trial_end", "feature_access"]
NudgeAction = Literal["shown", "dismissed", "upgrade_clicked"]


@dataclass(frozen=True, slots=True)
class Nudge:
    """A decided upgrade nudge, with the plan that would really fit all that the customer uses.

    `trigger` says what it is about. "limit": `window` of `metric` is short, and `threshold` is the highest of 80, 90, 95 and
    100 percent that its usage has reached (a lower one while caps keep the higher one back). "feature_access": the customer
    was refused `feature_key`, which the plan lacks. "trial_end": the trial ends at `trial_ends_at`.

    `nudge_id` names what it is about, the period and the threshold; `record_nudge` and `dismiss_nudge` refer to it. `shown_at`
    is when the user was first shown it, None when that was not recorded yet.

    `suggested_*` are None when no plan fits. `suggested_limit` is the suggested plan's limit for this feature, in the window
    that is short or else its tightest, None when unlimited; `suggested_price` is per `suggested_interval`.
    """

    nudge_id: str
    trigger: NudgeTrigger
    feature_key: str | None
    feature_title: str | None
    unit: str
    metric: UsageMetric | None
    window: WindowUsage | None
    threshold: int | None
    trial_ends_at: datetime | None
    shown_at: datetime | None
    suggested_plan_key: str | None
    suggested_plan_title: str | None
    suggested_limit: Decimal | None
    suggested_unlimited: bool
    suggested_window: WindowKind | None
    suggested_price: Decimal | None
    suggested_currency: str | None
    suggested_interval: str | None


@dataclass(frozen=True, slots=True)
class NudgeEvent:
    """Something a user did with a nudge, or was shown: kept once per user, trigger and period; of a level, whose period never
    ends, once more when it fell below the threshold and rose again.

    `user_id` is None for a customer without users. `feature_key`, `window`, `period_start` and `threshold` are None where the
    trigger has none.
    """

    customer_id: str
    user_id: str | None
    action: NudgeAction
    nudge_id: str
    trigger: NudgeTrigger
    feature_key: str | None
    window: WindowKind | None
    period_start: datetime | None
    threshold: int | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class NudgeEventPage:
    """A page of what users did with nudges, newest first. `next_cursor` is None on the last page."""

    events: tuple[NudgeEvent, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class UsageOverview:
    """All that the tabs of a customer show, read in one snapshot.

    `nudges` holds the decided nudge of each user that was asked for. `prompts`, by feature key, suggest a plan for each feature
    that is near its limit or not in the plan, whatever the users were shown or have dismissed. `catalog` is the one in force then.
    """

    catalog: Catalog
    metrics: UsageMetrics
    nudges: Mapping[str | None, Nudge | None]
    prompts: Mapping[str, Nudge]

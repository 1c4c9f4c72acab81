"""The pricing table's view model: the plans as one customer sees them. Components draw it and compute nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from billing_ui_backend.catalog import Catalog, Feature, Plan, price_for
from billing_ui_backend.plan_results import WindowLimit
from billing_ui_backend.results import Subscription
from billing_ui_components.formats import Formats
from billing_ui_components.labels import Labels
from billing_ui_components.plan_texts import granted_text

INTERVALS = ("month", "year")
PricingStatus = Literal["signed_out", "loading", "error", "ready"]


@dataclass(frozen=True)
class PriceView:
    """What a plan costs at one position of the interval's toggle: "$29", "a month", and a saving or an "only" beside it."""

    interval: str
    amount_text: str = ""
    per_text: str = ""
    saving_text: str = ""
    only_text: str = ""


@dataclass(frozen=True)
class PlanFeatureView:
    """What a plan grants of one feature. `included` is false for "Not included"."""

    key: str
    title: str
    text: str
    included: bool


@dataclass(frozen=True)
class PlanView:
    """One plan; plain fields only.

    `relation` is current, upgrade, downgrade, scheduled, last or "" (nobody is signed in). `action` is change, keep, contact
    or "" (nothing to press). `prices` has one entry for each interval, so that whichever is chosen there is one to draw;
    `intervals` are those for which the plan has a price in the customer's currency. `features` has an entry for each of the table's features.
    """

    key: str
    title: str
    description: str = ""
    relation: str = ""
    badge_text: str = ""  # "Your plan"
    highlighted: bool = False
    note_text: str = ""  # "Until 1 Dec, then Starter"
    prices: list[PriceView] = field(default_factory=list)
    intervals: list[str] = field(default_factory=list)
    features: list[PlanFeatureView] = field(default_factory=list)
    action: str = ""
    action_text: str = ""  # "Upgrade to Pro"
    href: str = ""  # of a contact


@dataclass(frozen=True)
class PricingView:
    """Everything that a component draws of the plans, lowest first.

    `state` is signed_out, loading, error, empty or ready; signed_out shows all plans too. `changeable` says whether this
    page may ask the server for a change of plan.
    """

    state: str = "loading"
    plans: list[PlanView] = field(default_factory=list)
    features: list[PlanFeatureView] = field(default_factory=list)  # the rows of a comparison: key and title
    changeable: bool = False
    note_text: str = ""  # why no plan can be chosen; or that these are not the newest


def derive_pricing(
    catalog: Catalog | None,
    now: datetime,
    labels: Labels,
    locale: str,
    *,
    timezone: str = "UTC",
    subscription: Subscription | None = None,
    changeable: bool = False,
    status: PricingStatus = "ready",
    stale_since: datetime | None = None,
) -> PricingView:
    """Decide everything that is drawn of the plans.

    Plans that are not public are left out, but for the customer's own.

    Args:
        catalog: what is sold; None while it is not known.
        now: an aware datetime.
        labels: the words.
        locale: BCP 47 tag for numbers, money and dates, such as `en-US`.
        timezone: the customer's IANA zone, for dates.
        subscription: the one in force; None when nobody is signed in.
        changeable: whether the host lets customers change their plan on this page.
        status: "ready", or why there is nothing more to show.
        stale_since: the plans could not be refreshed since.

    Raises:
        ValueError: the locale or the zone is unknown, or `now` has no zone.

    Example:
        >>> derive_pricing(catalog, now, Labels(), "en-US").plans[0].prices[0].amount_text
        '$29'
    """
    formats = Formats(locale, timezone, labels)
    formats.local(now)
    if status == "error" or (catalog is None and status != "loading"):
        return PricingView(state="error", note_text=labels.plans_error)
    if catalog is None or status == "loading":
        return PricingView()
    table = _Table(catalog, now, formats, subscription)
    if not table.plans:
        return PricingView(state="empty", note_text=labels.plans_empty)
    paused = subscription is not None and subscription.status == "paused"
    note = labels.note_paused if paused else ""
    if stale_since is not None:
        note = labels.note_stale.format(time=formats.moment(stale_since, now))
    return PricingView(
        state="signed_out" if subscription is None else "ready",
        plans=[table.view(plan) for plan in table.plans],
        features=[PlanFeatureView(feature.key, feature.title, "", True) for feature in table.features],
        changeable=changeable and subscription is not None and not paused,
        note_text=note,
    )


class _Table:
    """The plans of one customer, with what all of them share."""

    def __init__(self, catalog: Catalog, now: datetime, formats: Formats, subscription: Subscription | None) -> None:
        own = {subscription.plan_key, subscription.next_plan_key} if subscription else set()
        shown = [plan for plan in catalog.plans.values() if plan.public or plan.key in own]
        self.plans = sorted(shown, key=lambda plan: plan.rank)
        self.features = [
            feature for feature in catalog.features.values() if any(plan.includes(feature.key) for plan in self.plans)
        ]
        self.current = catalog.plans.get(subscription.plan_key) if subscription else None
        self.now = now
        self.formats = formats
        self.subscription = subscription
        self.currency = catalog.currency_for(self.current.key if self.current else None)
        self.intervals = {interval for plan in self.plans for interval in self.intervals_of(plan)}

    def view(self, plan: Plan) -> PlanView:
        """One plan as it is drawn."""
        relation = self.relation(plan)
        action, action_text = self.action(plan, relation)
        return PlanView(
            key=plan.key,
            title=plan.title,
            description=plan.description,
            relation=relation,
            badge_text=self.badge(plan, relation),
            highlighted=plan.highlight,
            note_text=self.note(plan, relation),
            prices=[self.price(plan, interval) for interval in INTERVALS],
            intervals=self.intervals_of(plan),
            features=[self.feature(plan, feature) for feature in self.features],
            action=action,
            action_text=action_text,
            href=plan.contact or "" if action == "contact" else "",
        )

    def relation(self, plan: Plan) -> str:
        """What a plan is to the customer."""
        if self.subscription is None or self.current is None:
            return ""
        if plan.key == self.current.key:
            return "last" if self.subscription.status == "ended" else "current"
        if self.subscription.status == "ended":
            return "upgrade"
        if plan.key == self.subscription.next_plan_key:
            return "scheduled"
        return "upgrade" if plan.rank > self.current.rank else "downgrade"

    def badge(self, plan: Plan, relation: str) -> str:
        """The word above a plan: whose it is, from when on, or that it is recommended."""
        labels, subscription = self.formats.labels, self.subscription
        if relation == "current":
            return labels.plan_current
        if relation == "last":
            return labels.plan_last
        if relation == "scheduled" and subscription is not None and subscription.next_change_at is not None:
            return labels.plan_from.format(date=self.formats.date(subscription.next_change_at, self.now))
        return labels.plan_recommended if plan.highlight else ""

    def note(self, plan: Plan, relation: str) -> str:
        """What is to know of the customer's own plan, or of a trial that is offered."""
        labels, formats, subscription = self.formats.labels, self.formats, self.subscription
        if subscription is None:
            return (
                formats.plural("plan_trial", Decimal(plan.trial_days), count=formats.number(Decimal(plan.trial_days)))
                if (plan.trial_days and not plan.contact)
                else ""
            )
        if relation == "last":
            return labels.note_ended
        if relation != "current":
            return ""
        if subscription.status == "paused":
            return labels.note_paused
        if subscription.next_change_at is not None:
            date = formats.date(subscription.next_change_at, self.now)
            if subscription.next_status == "ended":
                return labels.plan_ends.format(date=date)
            if subscription.next_plan_key != plan.key:
                return labels.plan_until.format(date=date, plan=self.title(subscription.next_plan_key))
        if subscription.trial_ends_at is not None:
            return labels.trial_ends.format(date=formats.date(subscription.trial_ends_at, self.now))
        return ""

    def title(self, plan_key: str | None) -> str:
        """A plan's title by its key."""
        return next((plan.title for plan in self.plans if plan.key == plan_key), plan_key or "")

    def action(self, plan: Plan, relation: str) -> tuple[str, str]:
        """What can be done about a plan, and the words for it."""
        labels, subscription = self.formats.labels, self.subscription
        if relation == "current":
            leaves = (
                subscription is not None
                and subscription.status != "paused"
                and subscription.next_change_at is not None
                and (subscription.next_status == "ended" or subscription.next_plan_key != plan.key)
            )
            return ("keep", labels.plan_keep.format(plan=plan.title)) if leaves else ("", "")
        if plan.contact:
            return "contact", labels.plan_contact
        if relation == "scheduled" or not plan.public or (subscription is not None and subscription.status == "paused"):
            return "", ""
        ended = subscription is not None and subscription.status == "ended"
        name = "choose" if subscription is None or ended else relation
        return "change", getattr(labels, f"plan_{name}").format(plan=plan.title)

    def intervals_of(self, plan: Plan) -> list[str]:
        """Those that the plan has a price of its own for, in the currency in which its prices are told."""
        told = [price_for(plan.prices, interval, self.currency) for interval in INTERVALS]
        return [
            each for each, price in zip(INTERVALS, told, strict=True) if price in plan.prices and price.interval == each
        ]

    def price(self, plan: Plan, interval: str) -> PriceView:
        """A plan's price at one position of the toggle; its own where it has none for that interval, which is said."""
        labels, formats = self.formats.labels, self.formats
        price = price_for(plan.prices, interval, self.currency)
        if price is None:
            return PriceView(interval, labels.plan_price_contact if plan.contact else labels.plan_price_unlisted)
        only = ""
        if price.interval != interval and len(self.intervals) > 1:
            only = labels.window("plan_only", price.interval)
        return PriceView(
            interval=interval,
            amount_text=formats.unit_price(price.amount, price.currency),
            per_text=labels.window("per", price.interval),
            saving_text=self.saving(plan, interval),
            only_text=only,
        )

    def saving(self, plan: Plan, interval: str) -> str:
        """What a year costs less than twelve months, where both have a price in the currency that is shown."""
        month, year = (price_for(plan.prices, each, self.currency) for each in INTERVALS)
        if interval != "year" or month is None or year is None or (month.interval, year.interval) != INTERVALS:
            return ""
        saved = month.amount * 12 - year.amount
        if month.currency != year.currency or saved <= 0:
            return ""
        return self.formats.labels.plan_saving.format(amount=self.formats.unit_price(saved, year.currency))

    def feature(self, plan: Plan, feature: Feature) -> PlanFeatureView:
        """What a plan grants of a feature."""
        included = plan.includes(feature.key)
        if feature.metered:
            windows = tuple(
                WindowLimit(grant.period, grant.limit, grant.enforcement, grant.overage)
                for grant in plan.grants(feature.key)
            )
            text = granted_text(windows, feature.unit, feature.scale, self.formats)
        else:
            text = self.formats.labels.plan_included if included else self.formats.labels.status_not_included
        return PlanFeatureView(feature.key, feature.title, text, included)


__all__ = ["PlanFeatureView", "PlanView", "PriceView", "PricingView", "derive_pricing"]

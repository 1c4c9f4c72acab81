"""The catalog: features, plans and what each plan grants. Frozen data, read from TOML or from the same as Python objects."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from billing_ui_backend import catalog_fields as fields
from billing_ui_backend.errors import CatalogError, UnknownFeature, UnknownPlan
from billing_ui_backend.nudge_rules import NudgeRules, nudge_rules
from billing_ui_backend.periods import DEFAULT_ALIGN, Align
from billing_ui_backend.results import Enforcement, FeatureType, WindowKind

QUOTA_PERIODS = ("hour", "day", "week", "month", "year", "never")


@dataclass(frozen=True, slots=True)
class ClientTracking:
    """How far a browser may track a feature by itself: the most per call, and calls per minute and customer."""

    max_quantity: Decimal
    per_minute: int


@dataclass(frozen=True, slots=True)
class Feature:
    """Something a plan can grant. `unit` is singular English ("call", "GB"); `scale` the decimal places counted."""

    key: str
    title: str
    type: FeatureType
    unit: str = ""
    scale: int = 0
    client_trackable: ClientTracking | None = None

    @property
    def metered(self) -> bool:
        """Whether usage is counted: true for quotas and levels."""
        return self.type != "boolean_flag"


@dataclass(frozen=True, slots=True)
class Overage:
    """The price beyond a soft limit: `unit_amount` in `currency` for each `per` units."""

    unit_amount: Decimal
    per: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Grant:
    """One window of an entitlement. `limit` is None when unlimited; `limit_units` is the same, scaled."""

    limit: Decimal | None
    limit_units: int | None
    period: WindowKind
    align: Align
    enforcement: Enforcement
    overage: Overage | None


@dataclass(frozen=True, slots=True)
class Price:
    """What a plan costs: `amount` in `currency` every `interval` ("month" or "year")."""

    amount: Decimal
    currency: str
    interval: str


def price_for(prices: Sequence[Price], interval: str, currency: str | None) -> Price | None:
    """The price to show for an interval: in the wanted currency where there is one, though it be of the other interval; None for a
    plan without any price. What costs nothing costs nothing in either interval."""
    price = min(prices, key=lambda price: (price.currency != currency, price.interval != interval), default=None)
    return price if price is None or price.amount else replace(price, interval=interval)


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: its rank (order for up and down), prices, and for each feature a flag or its windows.

    `description` is a line for whoever compares plans; `highlight` marks the one that is recommended. A plan with a `contact`
    (an https: or mailto: address) is agreed upon with people and never chosen by a click; one that is not `public` is shown and
    suggested to nobody but the customers who have it.
    """

    key: str
    title: str
    rank: int
    prices: tuple[Price, ...]
    trial_days: int
    features: Mapping[str, bool | tuple[Grant, ...]]
    description: str = ""
    highlight: bool = False
    contact: str | None = None
    public: bool = True

    def grants(self, feature_key: str) -> tuple[Grant, ...]:
        """The windows of a metered feature, () when the plan does not include it."""
        granted = self.features.get(feature_key, ())
        return granted if isinstance(granted, tuple) else ()

    def includes(self, feature_key: str) -> bool:
        """Whether the plan includes the feature, flag or metered."""
        return bool(self.features.get(feature_key))


@dataclass(frozen=True, slots=True)
class Catalog:
    """All features and plans, in the order written.

    Example:
        >>> Catalog.from_dict({
        ...     "features": {"calls": {"title": "Calls", "type": "usage_quota", "unit": "call"}},
        ...     "plans": {"free": {"title": "Free", "rank": 1, "features": {"calls": {"limit": 5, "period": "day"}}}},
        ... }).plans["free"].grants("calls")[0].limit
        Decimal('5')
    """

    features: Mapping[str, Feature]
    plans: Mapping[str, Plan]
    default_plan: str | None
    source: str
    nudges: NudgeRules

    @property
    def checksum(self) -> str:
        """Names the catalog's content; equal for equal catalogs."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    def feature(self, feature_key: str) -> Feature:
        """The feature; UnknownFeature names the keys there are."""
        found = self.features.get(feature_key)
        if found is None:
            raise UnknownFeature(
                f"the catalog has no feature {feature_key!r}: it has {', '.join(self.features)}",
                feature_key=feature_key,
            )
        return found

    def plan(self, plan_key: str) -> Plan:
        """The plan; UnknownPlan names the keys there are."""
        found = self.plans.get(plan_key)
        if found is None:
            raise UnknownPlan(
                f"the catalog has no plan {plan_key!r}: it has {', '.join(self.plans)}", plan_key=plan_key
            )
        return found

    def upgrades(self, plan_key: str) -> tuple[Plan, ...]:
        """The public plans ranked above one, lowest first."""
        rank = self.plan(plan_key).rank
        return tuple(plan for plan in self.public_plans() if plan.rank > rank)

    def public_plans(self) -> tuple[Plan, ...]:
        """The plans that everybody may see, lowest first."""
        return tuple(sorted((plan for plan in self.plans.values() if plan.public), key=lambda plan: plan.rank))

    def currency_for(self, plan_key: str | None) -> str | None:
        """The currency in which other plans' prices are told to who has this plan: its own first one, else that of the
        lowest public plan with a price."""
        own = () if plan_key is None else (self.plan(plan_key),)
        return next((plan.prices[0].currency for plan in (*own, *self.public_plans()) if plan.prices), None)

    def periods_of(self, feature_key: str) -> frozenset[WindowKind]:
        """The kinds of window that any plan has for a feature."""
        return frozenset(grant.period for plan in self.plans.values() for grant in plan.grants(feature_key))

    @classmethod
    def load(cls, source: Catalog | Mapping[str, Any] | str | Path) -> Catalog:
        """A catalog from a TOML path, from a mapping of the same shape, or as it is.

        Raises:
            CatalogError: unreadable, or a mistake in it; the message names the key.
        """
        if isinstance(source, Catalog):
            return source
        if isinstance(source, Mapping):
            return cls.from_dict(source)
        return cls.from_toml(source)

    @classmethod
    def from_toml(cls, path: str | Path) -> Catalog:
        """A catalog from a TOML file; see `load`."""
        try:
            with Path(path).open("rb") as file:
                data = tomllib.load(file, parse_float=Decimal)
        except OSError as error:
            raise CatalogError(f"the catalog {path} can't be read: {error.strerror or error}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CatalogError(f"the catalog {path} is not valid TOML: {error}") from error
        return cls.from_dict(data)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Catalog:
        """A catalog from a mapping of the TOML's shape; see `load`."""
        fields.only(data, {"default_plan", "features", "nudges", "plans", "version"}, "catalog")
        if not isinstance(data.get("version", 1), (int, str)):
            raise CatalogError("version: expected a whole number or a string, to tell this catalog from an earlier one")
        features = {
            key: _feature(key, value) for key, value in fields.table(data, "features", "catalog", required=True).items()
        }
        plans = {
            key: _plan(key, value, features)
            for key, value in fields.table(data, "plans", "catalog", required=True).items()
        }
        if not plans:
            raise CatalogError("plans: there is none: add at least one [plans.KEY]")
        default_plan = fields.text(data, "default_plan", "catalog", default=None)
        if default_plan is not None and default_plan not in plans:
            raise CatalogError(f"default_plan: there is no plan {default_plan!r}")
        ranks: dict[int, str] = {}
        for plan in plans.values():
            if plan.rank in ranks:
                raise CatalogError(f"plans.{plan.key}.rank: {plan.rank} is also the rank of {ranks[plan.rank]}")
            ranks[plan.rank] = plan.key
        highlighted = [plan.key for plan in plans.values() if plan.highlight]
        if len(highlighted) > 1:
            raise CatalogError(f"plans.{highlighted[1]}.highlight: {highlighted[0]} is highlighted already")
        source = json.dumps(fields.plain(data), ensure_ascii=False, separators=(",", ":"))
        return cls(features, plans, default_plan, source, nudge_rules(fields.table(data, "nudges", "catalog")))

    @classmethod
    @lru_cache(maxsize=16)
    def from_source(cls, source: str) -> Catalog:
        """The catalog that was stored as `source`; the same one each time, for a process meets few and meets them often."""
        return cls.from_dict(json.loads(source, parse_float=Decimal))


def _feature(key: str, value: Any) -> Feature:
    where = f"features.{key}"
    fields.check_key(key, where)
    data = fields.mapping(value, where)
    fields.only(data, {"title", "type", "unit", "scale", "client_trackable"}, where)
    kind = fields.choice(data, "type", where, ("boolean_flag", "usage_quota", "numeric_limit"))
    scale = fields.integer(data, "scale", where, default=0 if kind == "boolean_flag" else 6, low=0, high=9)
    tracking = None
    if "client_trackable" in data:
        if kind == "boolean_flag":
            raise CatalogError(f"{where}.client_trackable: a boolean_flag has no usage to track")
        inner, here = fields.mapping(data["client_trackable"], f"{where}.client_trackable"), f"{where}.client_trackable"
        fields.only(inner, {"max_quantity", "per_minute"}, here)
        most = fields.number(inner, "max_quantity", here)
        if fields.units(most, scale, f"{here}.max_quantity") <= 0:
            raise CatalogError(f"{here}.max_quantity: {most} must be above 0")
        tracking = ClientTracking(most, fields.integer(inner, "per_minute", here, low=1, high=1_000_000))
    return Feature(
        key,
        fields.text(data, "title", where, default=key) or key,
        cast(FeatureType, kind),
        fields.text(data, "unit", where, default="") or "",
        scale,
        tracking,
    )


def _plan(key: str, value: Any, features: Mapping[str, Feature]) -> Plan:
    where = f"plans.{key}"
    fields.check_key(key, where)
    data = fields.mapping(value, where)
    fields.only(
        data,
        {"title", "description", "rank", "prices", "trial_days", "highlight", "contact", "public", "features"},
        where,
    )
    prices = tuple(_price(entry, f"{where}.prices[{i}]") for i, entry in enumerate(fields.array(data, "prices", where)))
    granted: dict[str, bool | tuple[Grant, ...]] = {}
    for feature_key, grant in fields.table(data, "features", where).items():
        here = f"{where}.features.{feature_key}"
        if feature_key not in features:
            raise CatalogError(f"{here}: there is no feature {feature_key!r} in [features]")
        granted[feature_key] = _granted(grant, features[feature_key], prices, here)
    return Plan(
        key,
        fields.text(data, "title", where, default=key) or key,
        fields.integer(data, "rank", where, low=-1_000_000, high=1_000_000),
        prices,
        fields.integer(data, "trial_days", where, default=0, low=0, high=3650),
        granted,
        description=fields.text(data, "description", where, default="") or "",
        highlight=fields.boolean(data, "highlight", where, default=False),
        contact=fields.address(data, "contact", where),
        public=fields.boolean(data, "public", where, default=True),
    )


def _price(value: Any, where: str) -> Price:
    data = fields.mapping(value, where)
    fields.only(data, {"amount", "currency", "interval"}, where)
    amount = fields.number(data, "amount", where)
    if amount < 0:
        raise CatalogError(f"{where}.amount: {amount} is below 0")
    return Price(amount, fields.currency(data, where), fields.choice(data, "interval", where, ("month", "year")))


def _granted(value: Any, feature: Feature, prices: tuple[Price, ...], where: str) -> bool | tuple[Grant, ...]:
    if isinstance(value, bool):
        if value and feature.metered:
            raise CatalogError(
                f'{where}: a {feature.type} needs a limit, such as {{ limit = 100 }} or {{ limit = "unlimited" }}'
            )
        return value if not feature.metered else ()
    if not feature.metered:
        raise CatalogError(f"{where}: a boolean_flag is true or false")
    entries = value if isinstance(value, (list, tuple)) else [value]
    grants = tuple(
        _grant(entry, feature, prices, f"{where}[{i}]" if len(entries) > 1 else where)
        for i, entry in enumerate(entries)
    )
    if not grants:
        raise CatalogError(f"{where}: the list of windows is empty")
    kinds = [grant.period for grant in grants]
    if len(set(kinds)) != len(kinds):
        raise CatalogError(f"{where}: two windows have the same period")
    if len({grant.overage.currency for grant in grants if grant.overage is not None}) > 1:
        # What goes over both is owed once, for the window that costs most: that can't be told across currencies.
        raise CatalogError(f"{where}: the windows' overage is priced in different currencies: use one")
    # Not included = absent = limit 0: one rule for all three ways to write it.
    return () if any(grant.limit_units == 0 for grant in grants) else grants


def _grant(value: Any, feature: Feature, prices: tuple[Price, ...], where: str) -> Grant:
    data = fields.mapping(value, where)
    fields.only(data, {"limit", "period", "align", "enforcement", "overage"}, where)
    if "limit" not in data:
        raise CatalogError(f'{where}.limit: missing; write a number or "unlimited"')
    limit = None if data["limit"] == "unlimited" else fields.number(data, "limit", where)
    limit_units = None if limit is None else fields.units(limit, feature.scale, f"{where}.limit")
    if limit_units is not None and limit_units < 0:
        raise CatalogError(f"{where}.limit: {limit} is below 0")
    if feature.type == "numeric_limit":
        if "period" in data or "align" in data:
            raise CatalogError(f"{where}.period: a numeric_limit is a level and has no period")
        period = "never"
    else:
        period = fields.choice(data, "period", where, QUOTA_PERIODS)
    align = fields.choice(data, "align", where, ("calendar", "anniversary"), default=DEFAULT_ALIGN[period])
    enforcement = fields.choice(data, "enforcement", where, ("hard", "soft"), default="hard")
    overage = None
    if "overage" in data:
        if enforcement != "soft" or limit is None:
            raise CatalogError(f'{where}.overage: only a soft limit has overage: add enforcement = "soft"')
        overage = _overage(data["overage"], prices, f"{where}.overage")
    return Grant(
        limit, limit_units, cast(WindowKind, period), cast(Align, align), cast(Enforcement, enforcement), overage
    )


def _overage(value: Any, prices: tuple[Price, ...], where: str) -> Overage:
    data = fields.mapping(value, where)
    fields.only(data, {"unit_amount", "per", "currency"}, where)
    unit_amount = fields.number(data, "unit_amount", where)
    per = fields.number(data, "per", where, default=Decimal(1))
    if unit_amount < 0:
        raise CatalogError(f"{where}.unit_amount: {unit_amount} is below 0")
    if per <= 0:
        raise CatalogError(f"{where}.per: {per} must be above 0")
    if "currency" not in data and not prices:
        raise CatalogError(f"{where}.currency: missing, and the plan has no price to take it from")
    return Overage(unit_amount, per, fields.currency(data, where) if "currency" in data else prices[0].currency)


__all__ = ["Catalog", "ClientTracking", "Feature", "Grant", "Overage", "Plan", "Price"]

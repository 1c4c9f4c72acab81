"""The catalog: what is written is what is meant, and a mistake names its key."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing_ui_backend import (
    Catalog,
    CatalogError,
    ClientTracking,
    Overage,
    Price,
    UnknownFeature,
    UnknownPlan,
)
from tests.support.engine import put, small_catalog

TOML = """
default_plan = "free"
[features.api_calls]
title = "API calls"
type = "usage_quota"
unit = "call"
client_trackable = { max_quantity = "1", per_minute = 60 }
[features.storage_gb]
title = "Storage"
type = "numeric_limit"
unit = "GB"
scale = 6
[features.sso]
type = "boolean_flag"
[plans.free]
title = "Free"
rank = 10
prices = [{ amount = "0", currency = "USD", interval = "month" }]
[plans.free.features]
api_calls = [{ limit = 1000, period = "month" }, { limit = 60, period = "hour" }]
storage_gb = { limit = 0.1 }
sso = false
[plans.pro]
rank = 20
prices = [{ amount = 29.99, currency = "EUR", interval = "year" }]
[plans.pro.features]
api_calls = { limit = 50000, period = "month", enforcement = "soft", overage = { unit_amount = "0.002", per = 1 } }
storage_gb = { limit = "unlimited" }
sso = true
"""


def test_toml_and_the_same_as_python_objects_are_one_catalog(tmp_path: Path) -> None:
    file = tmp_path / "billing.toml"
    file.write_text(TOML, encoding="utf-8")
    catalog = Catalog.load(file)
    assert catalog == Catalog.load(str(file)) == Catalog.load(catalog)
    assert catalog.default_plan == "free"
    api_calls = catalog.feature("api_calls")
    assert (api_calls.title, api_calls.type, api_calls.unit, api_calls.scale) == ("API calls", "usage_quota", "call", 6)
    assert api_calls.client_trackable == ClientTracking(Decimal(1), 60)
    assert catalog.feature("storage_gb").client_trackable is None
    assert (catalog.feature("sso").title, catalog.feature("sso").scale) == ("sso", 0)
    month, hour = catalog.plan("free").grants("api_calls")
    assert (month.limit, month.limit_units, month.period, month.align, month.enforcement, month.overage) == (
        Decimal(1000),
        1_000_000_000,
        "month",
        "anniversary",
        "hard",
        None,
    )
    assert (hour.period, hour.align) == ("hour", "calendar")
    (level,) = catalog.plan("free").grants("storage_gb")
    assert (level.period, level.limit) == ("never", Decimal("0.1"))
    (soft,) = catalog.plan("pro").grants("api_calls")
    assert soft.overage == Overage(Decimal("0.002"), Decimal(1), "EUR")
    assert catalog.plan("pro").grants("storage_gb")[0].limit is None
    assert catalog.plan("pro").prices == (Price(Decimal("29.99"), "EUR", "year"),)
    assert catalog.plan("pro").includes("sso")
    assert not catalog.plan("free").includes("sso")


def test_a_catalog_survives_being_stored(catalog: dict[str, Any]) -> None:
    loaded = Catalog.load(catalog)
    again = Catalog.from_source(loaded.source)
    assert again == loaded
    assert again.checksum == loaded.checksum


def test_a_float_is_read_as_it_is_written(catalog: dict[str, Any]) -> None:
    catalog["plans"]["free"]["features"]["storage_gb"] = {"limit": 0.1}
    assert Catalog.load(catalog).plan("free").grants("storage_gb")[0].limit_units == 100_000


def test_plans_above_are_in_order_of_rank() -> None:
    loaded = Catalog.load(small_catalog())
    assert [plan.key for plan in loaded.upgrades("free")] == ["trial", "pro", "enterprise"]
    assert loaded.upgrades("enterprise") == ()


def test_what_is_not_there_names_what_is() -> None:
    loaded = Catalog.load(small_catalog())
    with pytest.raises(UnknownFeature, match="api_calls, emails"):
        loaded.feature("nope")
    with pytest.raises(UnknownPlan, match="free, pro"):
        loaded.plan("nope")


FREE = "plans/free/features"
MISTAKES: list[tuple[str, Any, str]] = [
    ("features", ..., "[features] is missing"),
    ("plans", ..., "[plans] is missing"),
    ("plans", {}, "plans: there is none"),
    ("features", [], "features: expected a table"),
    ("feature", {}, "feature: unknown key"),
    ("default_plan", "fre", "default_plan: there is no plan 'fre'"),
    ("default_plan", 7, "default_plan: expected a string"),
    ("version", date(2026, 1, 1), "version"),
    ("version", datetime(2026, 1, 1, tzinfo=UTC), "version"),
    ("version", [1], "version"),
    ("version", 1.5, "version"),
    ("features/emails", "quota", "features.emails: expected a table"),
    ("features/emails/type", ..., "features.emails.type: missing: one of boolean_flag, usage_quota"),
    ("features/emails/type", "quota", "features.emails.type: 'quota' is not one of boolean_flag, usage_quota"),
    ("features/emails/type", ["usage_quota"], "features.emails.type"),
    ("features/emails/tpye", "x", "features.emails.tpye: unknown key"),
    ("features/emails/title", 7, "features.emails.title: expected a string"),
    ("features/emails/unit", 7, "features.emails.unit"),
    ("features/emails/scale", 10, "features.emails.scale: 10 is not between 0 and 9"),
    ("features/emails/scale", -1, "features.emails.scale"),
    ("features/emails/scale", "2", "features.emails.scale: expected a whole number"),
    ("features/emails/scale", True, "features.emails.scale"),
    ("features/emails/scale", 2.0, "features.emails.scale"),
    ("features/api calls", {"type": "usage_quota"}, "features.api calls: a key has"),
    ("features/" + "x" * 101, {"type": "usage_quota"}, "a key has 1 to 100"),
    ("features/sso/client_trackable", {"max_quantity": 1, "per_minute": 1}, "features.sso.client_trackable"),
    ("features/emails/client_trackable", True, "features.emails.client_trackable: expected a table"),
    ("features/emails/client_trackable", {"per_minute": 1}, "features.emails.client_trackable.max_quantity"),
    ("features/emails/client_trackable", {"max_quantity": 1}, "features.emails.client_trackable.per_minute"),
    ("features/emails/client_trackable", {"max_quantity": 0, "per_minute": 1}, "max_quantity: 0 must be above 0"),
    ("features/emails/client_trackable", {"max_quantity": "0.5", "per_minute": 1}, "max_quantity"),
    ("features/emails/client_trackable", {"max_quantity": 1, "per_minute": 0}, "per_minute: 0 is not between"),
    (
        "features/emails/client_trackable",
        {"max_quantity": 1, "per_minute": 1, "x": 1},
        "client_trackable.x: unknown key",
    ),
    ("plans/free", 7, "plans.free: expected a table"),
    ("plans/free/rank", ..., "plans.free.rank: expected a whole number"),
    ("plans/free/rank", 20, "rank: 20 is also the rank of"),
    ("plans/free/price", [], "plans.free.price: unknown key"),
    ("plans/free/prices", {"amount": 1}, "plans.free.prices: expected a list"),
    ("plans/free/prices", ["9 USD"], "plans.free.prices[0]: expected a table"),
    ("plans/free/prices", [{"amount": "x", "currency": "USD", "interval": "month"}], "plans.free.prices[0].amount"),
    ("plans/free/prices", [{"amount": -1, "currency": "USD", "interval": "month"}], "amount: -1 is below 0"),
    ("plans/free/prices", [{"amount": "NaN", "currency": "USD", "interval": "month"}], "amount: 'NaN' is not a number"),
    ("plans/free/prices", [{"amount": 1, "currency": "usd", "interval": "month"}], "prices[0].currency: 'usd'"),
    ("plans/free/prices", [{"amount": 1, "currency": "USD", "interval": "week"}], "prices[0].interval: 'week'"),
    ("plans/free/trial_days", -1, "plans.free.trial_days"),
    ("plans/free/trial_days", "14", "plans.free.trial_days"),
    (f"{FREE}/emial", {"limit": 1}, "plans.free.features.emial: there is no feature"),
    (f"{FREE}/sso", {"limit": 1}, "plans.free.features.sso: a boolean_flag is true or false"),
    (f"{FREE}/emails", True, "plans.free.features.emails: a usage_quota needs a limit"),
    (f"{FREE}/emails", [], "plans.free.features.emails: the list of windows is empty"),
    (f"{FREE}/emails", {}, "plans.free.features.emails.limit: missing"),
    (f"{FREE}/emails", {"period": "day"}, "plans.free.features.emails.limit: missing"),
    (f"{FREE}/emails", {"limit": None, "period": "day"}, "plans.free.features.emails.limit"),
    (f"{FREE}/emails", {"limit": -1, "period": "day"}, "plans.free.features.emails.limit: -1 is below 0"),
    (f"{FREE}/emails", {"limit": "0.5", "period": "day"}, "plans.free.features.emails.limit"),
    (f"{FREE}/emails", {"limit": 10**19, "period": "day"}, "plans.free.features.emails.limit"),
    (f"{FREE}/emails", {"limit": "infinite", "period": "day"}, "plans.free.features.emails.limit"),
    (f"{FREE}/emails", {"limit": float("inf"), "period": "day"}, "plans.free.features.emails.limit"),
    (f"{FREE}/emails", {"limit": True, "period": "day"}, "plans.free.features.emails.limit"),
    (f"{FREE}/emails", {"limit": 5}, "plans.free.features.emails.period"),
    (f"{FREE}/emails", {"limit": 5, "period": "daily"}, "plans.free.features.emails.period: 'daily'"),
    (f"{FREE}/emails", {"limit": 5, "period": "day", "align": "left"}, "plans.free.features.emails.align"),
    (f"{FREE}/emails", {"limit": 5, "period": "day", "enforcement": "off"}, "plans.free.features.emails.enforcement"),
    (f"{FREE}/emails", {"limit": 5, "period": "day", "limits": 6}, "plans.free.features.emails.limits: unknown key"),
    (f"{FREE}/emails", [{"limit": 5, "period": "day"}, {"period": "hour"}], "plans.free.features.emails[1].limit"),
    (f"{FREE}/emails", [{"limit": 5, "period": "day"}] * 2, "plans.free.features.emails: two windows"),
    (
        f"{FREE}/emails",
        [
            {"limit": 5, "period": period, "enforcement": "soft", "overage": {"unit_amount": 1, "currency": currency}}
            for period, currency in (("day", "USD"), ("month", "EUR"))
        ],
        "plans.free.features.emails: the windows' overage is priced in different currencies",
    ),
    (f"{FREE}/team", {"limit": 5, "period": "month"}, "plans.free.features.team.period: a numeric_limit"),
    (f"{FREE}/emails", {"limit": 5, "period": "day", "overage": {"unit_amount": 1}}, "emails.overage: only a soft"),
    (
        f"{FREE}/emails",
        {"limit": "unlimited", "period": "day", "enforcement": "soft", "overage": {"unit_amount": 1}},
        "plans.free.features.emails.overage",
    ),
    (
        f"{FREE}/emails",
        {"limit": 5, "period": "day", "enforcement": "soft", "overage": {"per": 1}},
        "plans.free.features.emails.overage.unit_amount",
    ),
    (
        f"{FREE}/emails",
        {"limit": 5, "period": "day", "enforcement": "soft", "overage": {"unit_amount": 1, "per": 0}},
        "plans.free.features.emails.overage.per: 0 must be above 0",
    ),
    (
        f"{FREE}/emails",
        {"limit": 5, "period": "day", "enforcement": "soft", "overage": {"unit_amount": -1}},
        "plans.free.features.emails.overage.unit_amount: -1 is below 0",
    ),
]


@pytest.mark.parametrize(
    ("path", "value", "named"), MISTAKES, ids=[f"{path}={value!r}"[:70] for path, value, _ in MISTAKES]
)
def test_a_mistake_names_its_key(catalog: dict[str, Any], path: str, value: Any, named: str) -> None:
    put(path, value)(catalog)
    with pytest.raises(CatalogError, match=re.escape(named)):
        Catalog.load(catalog)


def test_overage_without_any_currency_names_it(catalog: dict[str, Any]) -> None:
    del catalog["plans"]["pro"]["prices"]
    with pytest.raises(CatalogError, match=r"plans\.pro\.features\.api_calls\.overage\.currency"):
        Catalog.load(catalog)


@pytest.mark.parametrize("text", ["default_plan = ", "a = 1\na = 2", "\x00"])
def test_broken_toml_names_the_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "billing.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match=r"billing\.toml is not valid TOML"):
        Catalog.load(file)


def test_a_file_that_is_not_there_or_no_text_names_itself(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"missing\.toml can't be read"):
        Catalog.load(tmp_path / "missing.toml")
    with pytest.raises(CatalogError, match="can't be read"):
        Catalog.load(tmp_path)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CatalogError, match=r"binary\.toml is not valid TOML"):
        Catalog.load(binary)


def test_a_plan_says_how_it_is_offered() -> None:
    data = small_catalog()
    data["plans"]["pro"] |= {"description": "For teams", "highlight": True}
    data["plans"]["enterprise"] |= {"contact": "mailto:sales@acme.example?subject=Enterprise"}
    data["plans"]["trial"] |= {"public": False}
    catalog = Catalog.load(data)
    assert (catalog.plans["pro"].description, catalog.plans["pro"].highlight) == ("For teams", True)
    assert catalog.plans["enterprise"].contact == "mailto:sales@acme.example?subject=Enterprise"
    assert [plan.key for plan in catalog.public_plans()] == ["free", "pro", "enterprise"]
    assert [plan.key for plan in catalog.upgrades("free")] == ["pro", "enterprise"], "a private plan is never suggested"
    free = catalog.plans["free"]
    assert (free.description, free.highlight, free.contact, free.public) == ("", False, None, True)


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("description", 7, "plans.pro.description: expected a string"),
        ("highlight", "yes", "plans.pro.highlight: expected true or false"),
        ("highlight", True, "plans.pro.highlight: free is highlighted already"),
        ("public", 0, "plans.pro.public: expected true or false"),
        ("contact", "javascript:alert(1)", "plans.pro.contact: 'javascript:alert(1)' is neither"),
        ("contact", "http://acme.example", "plans.pro.contact"),
        ("contact", "https://", "plans.pro.contact"),
        ("contact", "mailto:nobody", "plans.pro.contact"),
        ("contact", "https://acme.example/ x", "plans.pro.contact"),
        ("contact", True, "plans.pro.contact: expected a string"),
    ],
)
def test_a_mistake_in_how_a_plan_is_offered_names_the_key(key: str, value: object, problem: str) -> None:
    data = small_catalog()
    data["plans"]["free"]["highlight"] = True
    data["plans"]["pro"][key] = value
    with pytest.raises(CatalogError, match=re.escape(problem)):
        Catalog.load(data)


def test_the_documented_catalog_is_one_and_says_what_it_shows() -> None:
    page = (Path(__file__).parents[2] / "docs" / "catalog.md").read_text()
    (source,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    catalog = Catalog.from_dict(tomllib.loads(source, parse_float=Decimal))
    assert [plan.key for plan in catalog.plans.values() if plan.public and not plan.contact] == ["free", "pro"]
    assert catalog.plans["pro"].grants("api_calls")[0].overage == Overage(Decimal(2), Decimal(1000), "USD")

"""The plans as one customer sees them: every state by name, every price and grant in words."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from billing_ui_backend import Catalog, Subscription
from billing_ui_components.labels import GERMAN, Labels
from billing_ui_components.pricing_view import PlanView, PricingView, derive_pricing

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
USD = {"currency": "USD", "interval": "month"}
CATALOG: dict[str, Any] = {
    "features": {
        "api_calls": {"title": "API calls", "type": "usage_quota", "unit": "call"},
        "storage_gb": {"title": "Storage", "type": "numeric_limit", "unit": "GB"},
        "members": {"title": "Team members", "type": "numeric_limit", "unit": "member", "scale": 0},
        "sso": {"title": "Single sign-on", "type": "boolean_flag"},
        "unused": {"title": "In no plan", "type": "boolean_flag"},
    },
    "plans": {
        "pro": {
            "title": "Pro",
            "rank": 30,
            "highlight": True,
            "prices": [{"amount": "29", **USD}, {"amount": "290", "currency": "USD", "interval": "year"}],
            "features": {
                "api_calls": {
                    "limit": 50000,
                    "period": "month",
                    "enforcement": "soft",
                    "overage": {"unit_amount": "0.002"},
                },
                "storage_gb": {"limit": "unlimited"},
                "members": {"limit": 20},
                "sso": True,
            },
        },
        "free": {
            "title": "Free",
            "rank": 10,
            "description": "To look around",
            "prices": [{"amount": "0", **USD}],
            "features": {
                "api_calls": [{"limit": 1000, "period": "month"}, {"limit": 60, "period": "hour"}],
                "storage_gb": {"limit": "0.5"},
                "members": {"limit": 2},
            },
        },
        "starter": {
            "title": "Starter",
            "rank": 20,
            "trial_days": 14,
            "prices": [{"amount": "9.50", **USD}],
            "features": {
                "api_calls": {"limit": 10000, "period": "month", "enforcement": "soft"},
                "members": {"limit": 5},
            },
        },
        "enterprise": {
            "title": "Enterprise",
            "rank": 40,
            "contact": "mailto:sales@acme.example",
            "features": {"api_calls": {"limit": "unlimited", "period": "month"}, "sso": True},
        },
        "partner": {
            "title": "Partner",
            "rank": 25,
            "public": False,
            "prices": [{"amount": "5", **USD}],
            "features": {"members": {"limit": 7}},
        },
    },
}


def on(plan_key: str, status: Any = "active", **more: Any) -> Subscription:
    title = CATALOG["plans"][plan_key]["title"]
    return Subscription(plan_key, title, status, NOW, NOW, **more)


def derive(subscription: Subscription | None = None, *, catalog: Any = CATALOG, **more: Any) -> PricingView:
    options = {"labels": Labels(), "locale": "en-US", **more}
    return derive_pricing(Catalog.load(catalog), NOW, subscription=subscription, **options)


def plans(view: PricingView) -> dict[str, PlanView]:
    return {plan.key: plan for plan in view.plans}


def changed(path: str, value: Any) -> dict[str, Any]:
    catalog = deepcopy(CATALOG)
    *parents, last = path.split("/")
    inner = catalog
    for name in parents:
        inner = inner[name]
    inner[last] = value
    return catalog


def test_public_plans_lowest_first_and_no_other() -> None:
    assert list(plans(derive())) == ["free", "starter", "pro", "enterprise"]
    assert list(plans(derive(on("free")))) == ["free", "starter", "pro", "enterprise"]


def test_a_private_plan_is_shown_to_the_customer_who_has_it_or_will() -> None:
    assert list(plans(derive(on("partner")))) == ["free", "starter", "partner", "pro", "enterprise"]
    coming = on("free", next_plan_key="partner", next_status="active", next_change_at=LATER)
    assert plans(derive(coming))["partner"].relation == "scheduled"
    assert "Partner" not in str(derive(on("free"))), "not even its title"


def test_what_a_plan_grants_in_words() -> None:
    texts = {plan.key: [feature.text for feature in plan.features] for plan in derive().plans}
    assert [feature.title for feature in derive().features] == [
        "API calls",
        "Storage",
        "Team members",
        "Single sign-on",
    ]
    assert texts == {
        "free": ["1,000 a month, 60 an hour", "0.5 GB", "2", "Not included"],
        "starter": ["10,000 a month, use can go on", "Not included", "5", "Not included"],
        "pro": ["50,000 a month, then $0.002 per call", "Unlimited", "20", "Included"],
        "enterprise": ["Unlimited", "Not included", "Not included", "Included"],
    }


@pytest.mark.parametrize(
    ("overage", "text"),
    [
        ({"unit_amount": "2", "per": 1000}, "50,000 a month, then $2 per 1,000 calls"),
        ({"unit_amount": "1.5", "currency": "KWD"}, "50,000 a month, then KWD\u00a01.500 per call"),
        ({"unit_amount": "3", "currency": "JPY"}, "50,000 a month, then ¥3 per call"),
        ({"unit_amount": "0.25", "currency": "JPY", "per": 2}, "50,000 a month, then ¥0.25 per 2 calls"),
    ],
)
def test_a_price_beyond_the_limit_has_all_of_its_decimals(overage: Any, text: str) -> None:
    catalog = changed("plans/pro/features/api_calls/overage", overage)
    assert plans(derive(catalog=catalog))["pro"].features[0].text == text


def test_each_position_of_the_toggle_has_a_price_of_each_plan() -> None:
    shown = {
        plan.key: [(price.interval, price.amount_text, price.per_text, price.only_text) for price in plan.prices]
        for plan in derive().plans
    }
    assert shown == {
        "free": [("month", "$0", "a month", ""), ("year", "$0", "a year", "")],
        "starter": [("month", "$9.50", "a month", ""), ("year", "$9.50", "a month", "Monthly only")],
        "pro": [("month", "$29", "a month", ""), ("year", "$290", "a year", "")],
        "enterprise": [("month", "Price on request", "", ""), ("year", "Price on request", "", "")],
    }
    assert [plan.intervals for plan in derive().plans] == [["month"], ["month"], ["month", "year"], []]


@pytest.mark.parametrize(
    ("year", "saving"),
    [
        ({"amount": "290", "currency": "USD", "interval": "year"}, "Save $58 a year"),
        ({"amount": "347.99", "currency": "USD", "interval": "year"}, "Save $0.01 a year"),
        ({"amount": "348", "currency": "USD", "interval": "year"}, ""),
        ({"amount": "400", "currency": "USD", "interval": "year"}, ""),
        ({"amount": "250", "currency": "EUR", "interval": "year"}, ""),
    ],
)
def test_a_saving_is_told_only_where_it_is_one_in_one_currency(year: Any, saving: str) -> None:
    catalog = changed("plans/pro/prices", [{"amount": "29", **USD}, year])
    month, yearly = plans(derive(catalog=catalog))["pro"].prices
    assert (month.saving_text, yearly.saving_text) == ("", saving)


def test_the_currency_is_that_of_the_customers_plan_where_a_plan_has_it() -> None:
    catalog = changed("plans/free/prices", [{"amount": "0", "currency": "EUR", "interval": "month"}])
    catalog["plans"]["pro"]["prices"].append({"amount": "27", "currency": "EUR", "interval": "month"})
    shown = plans(derive(on("free"), catalog=catalog, locale="de-DE", labels=GERMAN))
    assert shown["pro"].prices[0].amount_text == "27\u00a0€"
    assert shown["starter"].prices[0].amount_text == "9,50\u00a0$", "no other currency is made of the one there is"
    assert plans(derive(on("starter"), catalog=catalog))["pro"].prices[0].amount_text == "$29"


def test_among_prices_in_euros_a_plan_is_told_in_euros_though_of_the_other_interval() -> None:
    catalog = changed("plans/free/prices", [{"amount": "0", "currency": "EUR", "interval": "month"}])
    catalog["plans"]["pro"]["prices"] = [
        {"amount": "99", **USD},
        {"amount": "900", "currency": "EUR", "interval": "year"},
    ]
    pro = plans(derive(on("free"), catalog=catalog))["pro"]
    assert [(price.amount_text, price.per_text) for price in pro.prices] == [("€900", "a year")] * 2
    assert pro.intervals == ["year"]


def test_a_plan_without_a_price_says_so_and_shows_no_money() -> None:
    price = plans(derive(catalog=changed("plans/starter/prices", [])))["starter"].prices[0]
    assert (price.amount_text, price.per_text) == ("Price not listed", "")


def test_to_somebody_who_is_not_signed_in_each_plan_can_be_chosen_and_a_trial_is_offered() -> None:
    view = derive(changeable=True)
    assert (view.state, view.changeable) == ("signed_out", False)
    assert [(plan.relation, plan.action_text, plan.note_text) for plan in view.plans] == [
        ("", "Choose Free", ""),
        ("", "Choose Starter", "14 days free to try"),
        ("", "Choose Pro", ""),
        ("", "Contact us", ""),
    ]
    assert [plan.badge_text for plan in view.plans] == ["", "", "Recommended", ""]


def test_the_current_plan_has_nothing_to_press_and_the_others_say_up_or_down() -> None:
    view = derive(on("starter"), changeable=True)
    assert (view.state, view.changeable) == ("ready", True)
    assert [(plan.relation, plan.action, plan.action_text, plan.href) for plan in view.plans] == [
        ("downgrade", "change", "Change to Free", ""),
        ("current", "", "", ""),
        ("upgrade", "change", "Upgrade to Pro", ""),
        ("upgrade", "contact", "Contact us", "mailto:sales@acme.example"),
    ]
    assert plans(view)["starter"].badge_text == "Your plan"
    assert all(plan.note_text == "" for plan in view.plans), "no trial begins with a change of plan, so none is offered"


def test_a_running_trial_is_told_on_the_plan() -> None:
    trial = on(
        "starter",
        "trialing",
        trial_ends_at=LATER,
        next_plan_key="starter",
        next_status="active",
        next_change_at=LATER,
    )
    starter = plans(derive(trial))["starter"]
    assert (starter.badge_text, starter.note_text, starter.action) == ("Your plan", "Trial ends 1 Dec", "")


def test_a_scheduled_change_has_a_date_on_both_plans_and_a_way_back() -> None:
    view = plans(derive(on("pro", next_plan_key="starter", next_status="active", next_change_at=LATER)))
    pro, starter = view["pro"], view["starter"]
    assert (pro.note_text, pro.action, pro.action_text) == ("Until 1 Dec, then Starter", "keep", "Keep Pro")
    assert (starter.relation, starter.badge_text, starter.action) == ("scheduled", "From 1 Dec", "")


def test_a_scheduled_end_has_a_date_and_a_way_back() -> None:
    pro = plans(derive(on("pro", next_plan_key="pro", next_status="ended", next_change_at=LATER)))["pro"]
    assert (pro.note_text, pro.action_text) == ("Ends 1 Dec", "Keep Pro")


def test_a_paused_subscription_can_choose_nothing_and_is_told_why() -> None:
    view = derive(on("pro", "paused"), changeable=True)
    assert (view.note_text, view.changeable) == ("Subscription is paused", False)
    assert [plan.action for plan in view.plans] == ["", "", "", "contact"]


def test_after_the_end_every_plan_can_be_chosen_anew() -> None:
    view = derive(on("pro", "ended"), changeable=True)
    assert [plan.action_text for plan in view.plans] == ["Choose Free", "Choose Starter", "Choose Pro", "Contact us"]
    pro = plans(view)["pro"]
    assert (pro.relation, pro.badge_text, pro.note_text) == ("last", "Your last plan", "Subscription has ended")


def test_loading_error_and_empty_show_no_plan() -> None:
    now, words = NOW, Labels()
    assert derive_pricing(None, now, words, "en-US", status="loading") == PricingView()
    error = derive_pricing(None, now, words, "en-US", status="error")
    assert (error.state, error.plans, error.note_text) == ("error", [], "Could not load the plans")
    hidden = deepcopy(CATALOG)
    for plan in hidden["plans"].values():
        plan["public"] = False
    empty = derive(catalog=hidden)
    assert (empty.state, empty.plans, empty.note_text) == ("empty", [], "There are no plans to show")


def test_plans_that_could_not_be_refreshed_say_since_when() -> None:
    assert derive(on("pro"), stale_since=NOW.replace(minute=0)).note_text == "Could not refresh since 14:00"


def test_german_in_a_german_locale() -> None:
    coming = on("pro", next_plan_key="starter", next_status="active", next_change_at=LATER)
    view = plans(derive(coming, labels=GERMAN, locale="de-DE", timezone="Europe/Berlin"))
    assert view["pro"].features[0].text == "50.000 pro Monat, danach 0,002\u00a0$ je Aufruf"
    assert (view["pro"].note_text, view["pro"].action_text) == ("Bis 1. Dez., dann Starter", "Pro behalten")
    assert view["pro"].prices[1].saving_text == "58\u00a0$ im Jahr gespart"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        derive_pricing(Catalog.load(CATALOG), NOW.replace(tzinfo=None), Labels(), "en-US")


def test_only_a_signed_in_customer_of_a_host_with_a_policy_may_ask() -> None:
    assert derive(on("free"), changeable=True).changeable is True
    assert derive(on("free")).changeable is False
    assert derive(None, changeable=True).changeable is False


def test_equal_inputs_give_equal_views() -> None:
    assert derive(on("free")) == derive(replace(on("free")))

"""What a change of plan is said to do: the figures of the engine's preview, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from billing_ui_backend import Billing
from billing_ui_components.labels import GERMAN, Labels
from billing_ui_components.plan_change_view import PlanChangeView, derive_plan_change, derive_plan_changed
from tests.components.test_pricing_view import CATALOG

NOW = datetime(2026, 11, 10, 14, 0, tzinfo=UTC)


@pytest.fixture
def billing() -> Iterator[Billing]:
    """An engine with the customer "acme" on Pro: 7 members, 80 GB, 20,000 calls this month."""
    with Billing("sqlite://", catalog=CATALOG, clock=lambda: NOW) as engine:
        engine.create_customer("acme", plan="pro")
        for feature_key, quantity in (("members", 7), ("storage_gb", 80), ("api_calls", 20_000)):
            engine.track_usage(customer_id="acme", feature_key=feature_key, quantity=quantity)
        yield engine


def ask(billing: Billing, plan_key: str, **more: Any) -> PlanChangeView:
    at = more.pop("at", None)
    preview = billing.preview_plan_change("acme", plan_key, at=at)
    options = {"labels": Labels(), "locale": "en-US", **more}
    return derive_plan_change(preview, NOW, **options)


def test_a_downgrade_names_price_date_losses_and_what_would_be_over(billing: Billing) -> None:
    view = ask(billing, "starter")
    assert (view.visible, view.title, view.plan_key) == (True, "Change to Starter?", "starter")
    assert view.price_text == "$9.50 a month, $19.50 less than Pro"
    assert view.when_text == "10 Dec. Until then you keep Pro."
    assert view.warnings == [
        "Storage: you use 80 GB, Starter has none.",
        "Team members: you use 7, Starter has 5.",
    ]
    assert [(c.title, c.before_text, c.after_text, c.word_text) for c in view.changes] == [
        ("API calls", "50,000 a month, then $0.002 per call", "10,000 a month, use can go on", "Less"),
        ("Storage", "Unlimited", "Not included", "Lost"),
        ("Team members", "20", "5", "Less"),
        ("Single sign-on", "Included", "Not included", "Lost"),
    ]
    assert view.notes == [
        "What is above a limit stays, and nothing can be added until there is room.",
        "What you have used stays counted.",
    ]
    assert (view.after_title, view.confirm_text, view.cancel_text) == ("With Starter", "Change on 10 Dec", "Cancel")


def test_a_change_for_now_counts_the_usage_of_this_month_and_prices_what_is_above(billing: Billing) -> None:
    billing.change_plan("acme", "enterprise")
    billing.track_usage(customer_id="acme", feature_key="api_calls", quantity=40_000)
    view = ask(billing, "pro", at="now")
    assert view.warnings == ["API calls: you use 60,000, Pro includes 50,000 a month. What is above would cost $20.00."]
    assert view.confirm_text == "Change now"
    assert "nothing can be added" not in " ".join(view.notes), "a soft limit stops nobody"


def test_an_upgrade_is_for_now(billing: Billing) -> None:
    billing.change_plan("acme", "starter")
    view = ask(billing, "pro")
    assert (view.title, view.when_text, view.confirm_text) == ("Upgrade to Pro?", "Now", "Upgrade now")
    assert view.price_text == "$29 a month, $19.50 more than Starter"
    assert [change.word_text for change in view.changes] == ["More", "New", "More", "New"]
    assert view.warnings == []


def test_features_that_stay_are_counted_and_not_listed(billing: Billing) -> None:
    billing.change_plan("acme", "free")
    catalog = {**CATALOG, "plans": {**CATALOG["plans"]}}
    catalog["plans"]["starter"] = {**CATALOG["plans"]["free"], "title": "Starter", "rank": 20}
    with Billing("sqlite://", catalog=catalog, clock=lambda: NOW) as other:
        other.create_customer("acme", plan="free")
        view = ask(other, "starter")
    assert view.changes == []
    assert view.notes[0] == "3 features stay as they are."
    assert view.price_text == "$0 a month, the same as Free"


@pytest.mark.parametrize(
    ("prices", "interval", "text"),
    [
        ([{"amount": "19", "interval": "month"}], "month", "$19 a month, $10 less than Pro"),
        ([{"amount": "190", "interval": "year"}], "year", "$190 a year, $100 less than Pro"),
        ([{"amount": "190", "interval": "year"}], "month", "$190 a year, $100 less than Pro"),
        ([{"amount": "19", "interval": "month", "currency": "EUR"}], "month", "€19 a month"),
        ([{"amount": "2900", "interval": "month", "currency": "JPY"}], "month", "¥2,900 a month"),
        ([{"amount": "0", "interval": "month"}], "month", "$0 a month, $29 less than Pro"),
        ([{"amount": "0", "interval": "month"}], "year", "$0 a year, $290 less than Pro"),
        ([{"amount": "0", "interval": "year"}], "month", "$0 a month, $29 less than Pro"),
        ([], "month", "Price not listed"),
    ],
)
def test_prices_are_subtracted_only_within_one_currency_and_interval(
    prices: list[dict[str, str]], interval: str, text: str
) -> None:
    starter = {**CATALOG["plans"]["starter"], "prices": [{"currency": "USD", **price} for price in prices]}
    with Billing("sqlite://", catalog={**CATALOG, "plans": {**CATALOG["plans"], "starter": starter}}) as billing:
        billing.create_customer("acme", plan="pro")
        assert ask(billing, "starter", interval=interval).price_text == text


def test_a_price_is_compared_with_no_price_that_the_customer_may_not_pay() -> None:
    """Nobody knows whether Team is paid by the month or by the year: $960 a year is not "$720 more than now" to all."""
    team = [("24", "month"), ("240", "year")]
    plans = {"solo": [("9", "month")], "team": team, "business": [("960", "year")]}
    catalog = {
        key: {
            "title": key.title(),
            "rank": rank,
            "prices": [{"amount": amount, "currency": "USD", "interval": interval} for amount, interval in prices],
        }
        for rank, (key, prices) in enumerate(plans.items())
    }
    with Billing("sqlite://", catalog={"features": {}, "plans": catalog}) as billing:
        billing.create_customer("acme", plan="team")
        assert ask(billing, "business").price_text == "$960 a year, $720 more than Team"
        german = ask(billing, "business", labels=GERMAN, locale="de-DE").price_text
        assert german == "960\u00a0$ pro Jahr, 720\u00a0$ mehr als Team"
        billing.change_plan("acme", "solo")
        assert ask(billing, "business").price_text == "$960 a year", "Solo has no price for a year"


def test_nothing_is_compared_with_the_only_interval_of_the_other_plan() -> None:
    """What costs nothing costs it by the month and by the year."""
    free, solo, team = (
        {"rank": rank, "prices": [{"amount": amount, "currency": "USD", "interval": interval}]}
        for rank, (amount, interval) in enumerate([("0", "month"), ("9", "month"), ("240", "year")])
    )
    with Billing("sqlite://", catalog={"features": {}, "plans": {"free": free, "solo": solo, "team": team}}) as billing:
        billing.create_customer("acme", plan="solo")
        assert ask(billing, "free", interval="year").price_text == "$0 a month, $9 less than solo"
        billing.change_plan("acme", "team", at="now")
        assert ask(billing, "free", interval="month").price_text == "$0 a year, $240 less than team"
        billing.change_plan("acme", "free", at="now")
        assert ask(billing, "team", interval="month").price_text == "$240 a year, $240 more than free"


def test_from_a_plan_without_a_price_the_currency_is_the_one_of_the_pricing_table() -> None:
    def plan(rank: int, *prices: tuple[str, str]) -> dict[str, Any]:
        told = [{"amount": amount, "currency": currency, "interval": "month"} for amount, currency in prices]
        return {"rank": rank, "prices": told}

    plans = {"free": plan(1), "small": plan(2, ("900", "JPY")), "large": plan(3, ("29", "USD"), ("2900", "JPY"))}
    with Billing("sqlite://", catalog={"features": {}, "plans": plans}) as billing:
        billing.create_customer("acme", plan="free")
        assert ask(billing, "large").price_text == "¥2,900 a month"


def test_dinars_keep_three_decimals_and_yen_none() -> None:
    plans = {
        "small": {"rank": 1, "prices": [{"amount": "1.250", "currency": "KWD", "interval": "month"}]},
        "large": {"rank": 2, "prices": [{"amount": "3.500", "currency": "KWD", "interval": "month"}]},
    }
    with Billing("sqlite://", catalog={"features": {}, "plans": plans}) as billing:
        billing.create_customer("acme", plan="small")
        text = ask(billing, "large").price_text
    assert text == "KWD\u00a03.500 a month, KWD\u00a02.250 more than small"


def test_keeping_the_plan_says_what_is_taken_back(billing: Billing) -> None:
    billing.change_plan("acme", "starter", at="period_end")
    view = ask(billing, "pro")
    assert (view.title, view.confirm_text) == ("Keep Pro?", "Keep Pro")
    assert view.notes == ["The change to Starter on 10 Dec is taken back."]
    assert (view.price_text, view.when_text, view.changes) == ("", "", [])
    billing.cancel_subscription("acme")
    assert ask(billing, "pro").notes == ["The end of your subscription on 10 Dec is taken back."]


def test_a_trial_that_ends_is_told(billing: Billing) -> None:
    billing.create_customer("trying", plan="starter")
    preview = billing.preview_plan_change("trying", "pro")
    assert "Your trial ends now." in derive_plan_change(preview, NOW, Labels(), "en-US").notes


def test_an_ended_subscription_starts_anew(billing: Billing) -> None:
    billing.cancel_subscription("acme", at="now")
    view = ask(billing, "pro")
    assert (view.title, view.confirm_text, view.price_text) == ("Start with Pro?", "Start now", "$29 a month")
    assert {change.word_text for change in view.changes} == {"New"}


def test_what_was_changed_is_said_in_a_sentence(billing: Billing) -> None:
    def said(plan_key: str, labels: Labels = Labels(), locale: str = "en-US") -> str:  # noqa: B008 - frozen
        return derive_plan_changed(billing.preview_plan_change("acme", plan_key), NOW, labels, locale, timezone="UTC")

    assert said("enterprise") == "You are on Enterprise now."
    assert said("starter") == "Starter begins 10 Dec."
    assert said("starter", GERMAN, "de-DE") == "Starter beginnt 10. Dez."
    assert said("pro") == "You keep Pro."


def test_german_in_a_german_locale(billing: Billing) -> None:
    view = ask(billing, "starter", labels=GERMAN, locale="de-DE", timezone="Europe/Berlin")
    assert view.price_text == "9,50\u00a0$ pro Monat, 19,50\u00a0$ weniger als Pro"
    assert view.when_text == "10. Dez. Bis dahin behalten Sie Pro."
    assert view.warnings[1] == "Team members: Sie nutzen 7, Starter hat 5."

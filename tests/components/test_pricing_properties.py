"""Whatever is sold, and whoever looks: a price for each position of the toggle, no money without a price, nothing private."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from billing_ui_backend import Catalog, Subscription
from billing_ui_components.labels import GERMAN, Labels
from billing_ui_components.pricing_view import INTERVALS, PlanView, PricingView, derive_pricing

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
KEYS = ("free", "starter", "pro", "enterprise")

amounts = st.decimals(0, 100_000, places=3).map(str)
prices = st.lists(
    st.builds(
        lambda amount, currency, interval: {"amount": amount, "currency": currency, "interval": interval},
        amounts,
        st.sampled_from(["USD", "EUR", "JPY", "KWD"]),
        st.sampled_from(INTERVALS),
    ),
    max_size=4,
)
plans = st.builds(
    lambda prices, public, contact, trial_days, limit: {
        "prices": prices,
        "public": public,
        "trial_days": trial_days,
        "features": {"calls": {"limit": limit, "period": "month"}} if limit else {},
        **({"contact": "mailto:sales@acme.example"} if contact else {}),
    },
    prices,
    st.booleans(),
    st.booleans(),
    st.integers(0, 30),
    st.sampled_from([0, 1, 50_000, "unlimited"]),
)
catalogs = st.lists(plans, min_size=1, max_size=4).map(
    lambda made: Catalog.load(
        {
            "features": {"calls": {"title": "Calls", "type": "usage_quota", "unit": "call"}},
            "plans": {
                key: {**plan, "title": key.title(), "rank": rank}
                for rank, (key, plan) in enumerate(zip(KEYS, made, strict=False))
            },
        }
    )
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Catalog, Subscription | None, PricingView]:
    catalog = draw(catalogs)
    subscription = None
    if draw(st.booleans()):
        key = draw(st.sampled_from(list(catalog.plans)))
        coming = draw(st.sampled_from([None, *catalog.plans]))
        subscription = Subscription(
            key,
            key.title(),
            draw(st.sampled_from(["active", "trialing", "paused", "ended"])),
            NOW,
            NOW,
            next_plan_key=coming,
            next_status=None if coming is None else draw(st.sampled_from(["active", "ended"])),
            next_change_at=None if coming is None else NOW + timedelta(days=9),
        )
    labels, locale = draw(st.sampled_from([(Labels(), "en-US"), (GERMAN, "de-DE"), (Labels(), "ar-KW")]))
    view = derive_pricing(catalog, NOW, labels, locale, subscription=subscription, changeable=draw(st.booleans()))
    return catalog, subscription, view


def texts(plan: PlanView) -> list[str]:
    return re.findall(r"'([^']*)'", repr(asdict(plan)))


@given(tables())
@settings(max_examples=150)
def test_the_toggle_cannot_disagree_with_the_prices(table: tuple[Catalog, Subscription | None, PricingView]) -> None:
    catalog, subscription, view = table
    currency = catalog.currency_for(subscription.plan_key if subscription else None)
    for plan in view.plans:
        sold = catalog.plans[plan.key]
        told = [each for each in sold.prices if each.currency == currency] or sold.prices
        assert [price.interval for price in plan.prices] == list(INTERVALS)
        for price in plan.prices:
            if not sold.prices:
                assert (price.per_text, price.saving_text, price.only_text) == ("", "", "")
                assert not any(digit.isdigit() for digit in price.amount_text), "no money without a price"
            elif price.only_text or not any(each.interval == price.interval for each in told):
                assert price.interval not in plan.intervals
            else:
                assert price.interval in plan.intervals
        month, year = plan.prices
        assert month.saving_text == ""
        if year.saving_text:
            by = {(each.interval, each.currency): each.amount for each in reversed(sold.prices)}
            shared = {currency for interval, currency in by if interval == "month"} & {
                currency for interval, currency in by if interval == "year"
            }
            assert any(by["month", currency] * 12 > by["year", currency] for currency in shared)


@given(tables())
@settings(max_examples=150)
def test_nothing_private_and_nothing_to_press_that_would_be_refused(
    table: tuple[Catalog, Subscription | None, PricingView],
) -> None:
    catalog, subscription, view = table
    own = {subscription.plan_key, subscription.next_plan_key} if subscription else set()
    assert [plan.key for plan in view.plans] == [
        key for key, plan in catalog.plans.items() if plan.public or key in own
    ]
    for plan in view.plans:
        sold = catalog.plans[plan.key]
        assert (plan.action == "") == (plan.action_text == "")
        if plan.action == "change":
            assert sold.public
            assert sold.contact is None
            assert subscription is None or subscription.status != "paused"
            assert subscription is None or subscription.status == "ended" or plan.key != subscription.plan_key
        assert (plan.href != "") == (plan.action == "contact")
        assert not re.search(r"nan|None|Decimal|\{|\}", " ".join(texts(plan)), re.IGNORECASE)
    if subscription is None or subscription.status == "paused":
        assert not view.changeable
    assert sum(plan.relation in ("current", "last") for plan in view.plans) == (1 if subscription else 0)


@given(amounts.map(Decimal), amounts.map(Decimal))
def test_a_saving_is_exact(month: Decimal, year: Decimal) -> None:
    catalog = Catalog.load(
        {
            "features": {},
            "plans": {
                "pro": {
                    "rank": 1,
                    "prices": [
                        {"amount": str(month), "currency": "KWD", "interval": "month"},
                        {"amount": str(year), "currency": "KWD", "interval": "year"},
                    ],
                }
            },
        }
    )
    saving = derive_pricing(catalog, NOW, Labels(), "en-US").plans[0].prices[1].saving_text
    saved = month * 12 - year
    if saved <= 0:
        assert saving == ""
    else:
        assert Decimal(re.sub(r"[^\d.]", "", saving)) == saved

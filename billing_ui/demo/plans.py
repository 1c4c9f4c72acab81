"""The demo's plans, each with a button that puts the customer on it at once."""

from __future__ import annotations

from decimal import Decimal

import reflex as rx
from babel.numbers import get_currency_precision

import billing_ui as bui
from billing_ui.demo.catalog import CATALOG_PATH
from billing_ui.demo.state import DemoState
from billing_ui_components.formats import Formats
from billing_ui_components.labels import Labels, is_symbol

PLANS_ID = "plans"


def plan_picker() -> rx.Component:
    """Draw the plans of the catalog, lowest first.

    Returns:
        A section of cards; the plan in force has no button.
    """
    catalog = bui.Catalog.load(CATALOG_PATH)
    plans = sorted(catalog.plans.values(), key=lambda plan: plan.rank)
    return rx.el.section(
        rx.el.h2("Plans", class_name="portal-title", id="plans-title"),
        rx.el.p(
            "In the demo a plan changes at once and costs nothing. What was used stays used.", class_name="demo-note"
        ),
        rx.el.ul(*(rx.el.li(_card(plan, catalog)) for plan in plans), class_name="demo-plans", role="list"),
        class_name="demo-section",
        id=PLANS_ID,
        custom_attrs={"aria-labelledby": "plans-title"},
    )


def _card(plan: bui.Plan, catalog: bui.Catalog) -> rx.Component:
    formats = Formats("en-US", "UTC", Labels())
    price = plan.prices[0]
    metered = [feature for feature in catalog.features.values() if feature.metered]
    metrics = bui.usage_metrics()
    in_force = (metrics.length() > 0) & (metrics[0].product_name == plan.title)
    return rx.el.article(
        rx.el.h3(plan.title),
        rx.el.p(
            rx.el.strong(formats.money(price.amount, price.currency, trim=True)),
            f" a {price.interval}",
            class_name="demo-price",
        ),
        rx.el.dl(
            *(
                rx.el.div(rx.el.dt(feature.title), rx.el.dd(included(feature, plan.grants(feature.key), formats)))
                for feature in metered
            ),
            class_name="demo-included",
        ),
        rx.cond(
            in_force,
            rx.el.p("Your plan", class_name="demo-in-force"),
            rx.el.button(
                f"Change to {plan.title}",
                type="button",
                class_name="demo-button",
                on_click=DemoState.change_plan(plan.key),
            ),
        ),
        class_name="portal-card demo-plan",
    )


def included(feature: bui.Feature, grants: tuple[bui.Grant, ...], formats: Formats) -> str:
    """What a plan includes of a feature: every window, and what one more costs beyond a soft limit.

    Args:
        feature: of the catalog.
        grants: the plan's windows for it.
        formats: how the reader writes numbers and money.

    Example:
        >>> included(catalog.feature("gpu_seconds"), catalog.plan("pro").grants("gpu_seconds"), formats)
        '1,000 s a month, then $0.01 per s'
    """
    return ", ".join(_window(feature, grant, formats) for grant in grants) or formats.labels.status_not_included.lower()


def _window(feature: bui.Feature, grant: bui.Grant, formats: Formats) -> str:
    if grant.limit is None:
        return formats.labels.unlimited
    text = formats.quantity(grant.limit, feature.unit if is_symbol(feature.unit) else "", feature.scale)
    if grant.period != "never":
        text = f"{text} {formats.labels.window('per', grant.period)}"
    return f"{text}, then {_price(feature, grant.overage, formats)}" if grant.overage else text


def _price(feature: bui.Feature, overage: bui.Overage, formats: Formats) -> str:
    """Less than the currency's smallest coin is told for a thousand times as much: "$2 per 1,000 calls"."""
    amount, per = overage.unit_amount, overage.per
    smallest = Decimal(1).scaleb(-get_currency_precision(overage.currency))
    if amount % smallest:
        amount, per = amount * 1000, per * 1000
    unit = formats.unit(per, feature.unit) if per == 1 else formats.quantity(per, feature.unit, feature.scale)
    return f"{formats.money(amount, overage.currency, trim=True)} per {unit}"

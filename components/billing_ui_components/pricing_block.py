"""The drawing of a pricing table from one view: heading, toggle, and the plans as cards or side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

import reflex as rx
from reflex.vars import ArrayVar, ObjectVar

from billing_ui_components.arguments import checked
from billing_ui_components.choices import check_choice
from billing_ui_components.focus import keep_focus
from billing_ui_components.labels import Labels
from billing_ui_components.plan_card import plan_card
from billing_ui_components.plan_comparison import plan_comparison
from billing_ui_components.pricing_view import PlanView, PricingView
from billing_ui_components.state import UsageState

PricingVariant = Literal["cards", "comparison"]
PricingInterval = Literal["month", "year"]


@checked("pricing_table.block")
def pricing_block(
    pricing: PricingView | ObjectVar[PricingView],
    variant: PricingVariant = "cards",
    *,
    place: str,
    labels: Labels,
    plan_ids: Sequence[str] | None = None,
    show_interval_toggle: bool = True,
    default_interval: PricingInterval = "month",
    on_select_plan: Any = None,
    skeletons: int = 3,
    skeleton_rows: int = 6,
) -> rx.Component:
    """Draw the plans; `pricing_table` draws those of the customer who looks.

    Args:
        pricing: the view, or a var of one.
        place: names this table on its page.
        labels: the words.
        variant: "cards", or "comparison" for a table with a row for each feature.
        plan_ids: keys of the plans to show.
        show_interval_toggle: let the person choose between monthly and yearly prices, where there are both.
        default_interval: the prices shown at first, "month" or "year", whichever a customer pays: that is not known here.
        on_select_plan: what choosing a plan does, called with its key.
        skeletons: how many plans hold the place before the first load.
        skeleton_rows: how many features hold the place in each.

    Raises:
        ValueError: an unknown variant or interval.
    """
    check_choice("variant", variant, PricingVariant)
    check_choice("default_interval", default_interval, PricingInterval)
    view = rx.Var.create(pricing).to(PricingView)
    plans = _shown(view, plan_ids)
    none = (plans.length() == 0) & (view.plans.length() > 0)
    state = rx.cond(none, "empty", view.state)
    options: dict[str, Any] = {"place": place, "changeable": view.changeable, "on_select_plan": on_select_plan}
    if variant == "comparison":
        drawn = plan_comparison(plans, view.features, labels=labels, **options)
    else:
        cards = rx.foreach(plans, lambda plan: rx.el.li(plan_card(plan, **options)))
        drawn = rx.el.ul(cards, class_name="bui-plans", role="list")
    return rx.el.div(
        rx.cond(none | (view.note_text != ""), _note(rx.cond(none, labels.plans_empty, view.note_text), state, labels)),
        _toggle(plans, place, labels, default_interval) if show_interval_toggle else _fixed(place, default_interval),
        rx.match(
            state,
            ("loading", _skeleton(variant, skeletons, skeleton_rows, labels)),
            ("error", rx.fragment()),
            ("empty", rx.fragment()),
            drawn,
        ),
        class_name="bui-pricing",
        custom_attrs={"data-state": state, "data-variant": variant, "aria-busy": view.state == "loading"},
    )


def _shown(view: ObjectVar[PricingView], plan_ids: Sequence[str] | None) -> ArrayVar[list[PlanView]]:
    if plan_ids is None:
        return view.plans.to(list[PlanView])
    wanted = f"({view.plans!s}).filter((plan) => {json.dumps(list(plan_ids))}.includes(plan.key))"
    return rx.Var(wanted, _var_data=view.plans._get_all_var_data()).to(list[PlanView])


def _has(plans: ArrayVar[list[PlanView]], interval: str) -> rx.Var[bool]:
    some = f"({plans!s}).some((plan) => plan.intervals.includes({json.dumps(interval)}))"
    return rx.Var(some, _var_data=plans._get_all_var_data()).to(bool)


def _toggle(
    plans: ArrayVar[list[PlanView]], place: str, labels: Labels, default_interval: PricingInterval
) -> rx.Component:
    """The toggle, hidden where there is nothing to choose. Which of its buttons is pressed is the only place where the chosen
    interval is kept, also while the plans can't be loaded: the stylesheet shows the prices by it."""
    return rx.el.div(
        _choice(place, "month", labels.plans_month, default_interval),
        _choice(place, "year", labels.plans_year, default_interval),
        class_name="bui-intervals",
        role="radiogroup",
        custom_attrs={"aria-label": labels.plans_interval, "hidden": ~(_has(plans, "month") & _has(plans, "year"))},
    )


def _choice(place: str, interval: str, text: str, default_interval: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio", name=f"{place}-interval", value=interval, default_checked=interval == default_interval
        ),
        rx.el.span(text),
    )


def _fixed(place: str, interval: PricingInterval) -> rx.Component:
    """Without a toggle the interval is the given one, kept in the same way."""
    return rx.el.input(
        type="radio",
        name=f"{place}-interval",
        value=interval,
        default_checked=True,
        custom_attrs={"hidden": True},
    )


def _note(text: rx.Var[str], state: rx.Var[str], labels: Labels) -> rx.Component:
    retry = rx.el.button(
        labels.retry, type="button", class_name="bui-link", on_click=[keep_focus(), UsageState.refresh]
    )
    return rx.el.p(rx.el.span(text), rx.cond(state == "error", retry), class_name="bui-pricing-note", role="status")


def _skeleton(variant: PricingVariant, plans: int, rows: int, labels: Labels) -> rx.Component:
    """Grey blocks as large as the plans will be; the word itself is for screen readers."""
    lines = [rx.el.span(class_name="bui-plan-line") for _ in range(rows)]
    if variant == "comparison":
        blocks = rx.el.div(*lines, rx.el.span(class_name="bui-plan-line"), class_name="bui-compare bui-skeleton")
    else:
        card = rx.el.li(
            rx.el.div(
                rx.el.span(class_name="bui-plan-line", custom_attrs={"data-name": ""}),
                rx.el.span(class_name="bui-plan-line", custom_attrs={"data-figure": ""}),
                rx.el.span(class_name="bui-plan-line", custom_attrs={"data-button": ""}),
                *lines,
                class_name="bui-card bui-plan bui-skeleton",
            )
        )
        blocks = rx.el.ul(*(card for _ in range(plans)), class_name="bui-plans", custom_attrs={"aria-hidden": "true"})
    return rx.fragment(rx.el.span(labels.status_loading, class_name="bui-hidden"), blocks)

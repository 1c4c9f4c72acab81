"""One plan as a card: what it is, what it costs, what can be done about it, and what it grants."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from billing_ui_components.actions import bound
from billing_ui_components.arguments import checked
from billing_ui_components.icons import shape_icon
from billing_ui_components.pricing_view import PlanFeatureView, PlanView, PriceView
from billing_ui_components.properties import with_attributes
from billing_ui_components.state import UsageState


@checked("pricing_table.plan")
def plan_card(
    plan: PlanView | ObjectVar[PlanView],
    *,
    place: str,
    changeable: bool | rx.Var[bool] = False,
    on_select_plan: Any = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Draw a plan as a card.

    Args:
        plan: the view, or a var of one.
        place: the id of the table it stands in, whose toggle says which price is shown.
        changeable: whether choosing it asks the server for the change.
        on_select_plan: what choosing it does besides, called with the plan's key.
        class_name: further classes of the card.
        **props: further properties of the card's element.

    Returns:
        An article with a heading.
    """
    view = rx.Var.create(plan).to(PlanView)
    title_id = f"{place}-{view.key}"
    return rx.el.article(
        rx.el.div(
            rx.el.h3(view.title, custom_attrs={"id": title_id}),
            plan_badge(view),
            class_name="bui-name",
        ),
        rx.el.p(view.description, class_name="bui-plan-description"),
        plan_price(view),
        rx.el.div(
            rx.el.p(view.note_text, class_name="bui-plan-note"),
            plan_action(view, place=place, changeable=changeable, on_select_plan=on_select_plan),
            class_name="bui-plan-action",
        ),
        rx.el.dl(
            rx.foreach(view.features.to(list[PlanFeatureView]), _feature),
            class_name="bui-plan-features",
        ),
        class_name=f"bui-card bui-plan {class_name}".rstrip(),
        **with_attributes(
            props,
            {
                "aria-labelledby": title_id,
                "tabIndex": -1,
                "data-plan": view.key,
                "data-relation": view.relation,
                "data-highlighted": view.highlighted,
            },
        ),
    )


def plan_badge(view: ObjectVar[PlanView]) -> rx.Component | rx.Var:
    """The word of a plan: that it is the customer's, from when on, or that it is recommended."""
    return rx.cond(
        view.badge_text != "",
        rx.el.span(view.badge_text, class_name="bui-plan-badge", custom_attrs={"data-relation": view.relation}),
    )


def plan_price(view: ObjectVar[PlanView]) -> rx.Component:
    """A plan's price at each position of the toggle; the stylesheet shows the one that is chosen there."""
    return rx.el.div(rx.foreach(view.prices.to(list[PriceView]), _price), class_name="bui-price")


def _price(price: ObjectVar[PriceView]) -> rx.Component:
    return rx.el.p(
        rx.el.strong(
            price.amount_text,
            custom_attrs={"data-bare": price.per_text == ""},
            style={"--_bui-length": price.amount_text.length()},
        ),
        " ",
        rx.el.span(price.per_text),
        " ",
        rx.el.span(price.saving_text, class_name="bui-saving"),
        rx.el.span(price.only_text, class_name="bui-only"),
        custom_attrs={"data-interval": price.interval},
    )


def plan_action(
    view: ObjectVar[PlanView], *, place: str, changeable: bool | rx.Var[bool], on_select_plan: Any
) -> rx.Component | rx.Var:
    """The button or link of a plan, nothing where there is nothing to do."""
    contact = rx.el.a(view.action_text, href=view.href, class_name="bui-button bui-outline")
    # What the toggle says when the button is pressed.
    chosen = rx.Var(f"(document.querySelector(\"input[name='{place}-interval']:checked\")?.value ?? '')")
    ask = UsageState.ask_plan_change(view.key, chosen, place)
    if on_select_plan is None:
        button = rx.cond(changeable, _button(view, ask), rx.fragment())
    else:
        selected = bound(on_select_plan, "on_select_plan", view.key)
        button = rx.cond(changeable, _button(view, [*selected.events, ask]), _button(view, selected))
    return rx.match(view.action, ("contact", contact), ("change", button), ("keep", button), rx.fragment())


def _button(view: ObjectVar[PlanView], on_click: Any) -> rx.Component:
    return rx.el.button(
        view.action_text,
        type="button",
        class_name="bui-button",
        custom_attrs={"data-outline": (view.relation != "upgrade") & (view.relation != "")},
        on_click=on_click,
    )


def _feature(feature: ObjectVar[PlanFeatureView]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(shape_icon(rx.cond(feature.included, "check", "dash")), rx.el.span(feature.title)),
        rx.el.dd(rx.el.span(feature.text)),
        custom_attrs={"data-included": feature.included},
    )

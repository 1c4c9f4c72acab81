"""The plans a customer can have, with their own among them, and a change of plan that is confirmed before it is made."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import reflex as rx
from reflex.components.component import ComponentNamespace

from billing_ui_components.arguments import checked
from billing_ui_components.labels import Labels
from billing_ui_components.lease import lease
from billing_ui_components.plan_card import plan_card
from billing_ui_components.plan_changed import plan_changed
from billing_ui_components.plan_comparison import plan_comparison
from billing_ui_components.pricing_block import PricingInterval, PricingVariant, pricing_block
from billing_ui_components.pricing_section import pricing_section
from billing_ui_components.runtime import installed_labels
from billing_ui_components.state import UsageState

_numbers = count(1)


@checked()
def _pricing_table(
    variant: PricingVariant = "cards",
    *,
    plan_ids: Sequence[str] | None = None,
    show_interval_toggle: bool = True,
    default_interval: PricingInterval = "month",
    on_select_plan: Any = None,
    on_plan_changed: Any = None,
    title: str | rx.Var[str] | None = None,
    description: str | rx.Var[str] = "",
    compact: bool = False,
    skeletons: int = 3,
    skeleton_rows: int = 6,
    labels: Labels | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Show the plans, lowest first, as the customer who looks sees them: their own, those above and below, and what is
    scheduled. Somebody who is not signed in sees all public plans.

    A plan has a button when the host's `allow_plan_change` lets customers change their plan here, or when there is an
    `on_select_plan`. With the policy a button asks first: a dialog says what would change, and nothing happens before
    it is confirmed.

    Args:
        variant: "cards", or "comparison" for a table with a row for each feature.
        plan_ids: keys of the plans to show; all public ones, and the customer's own, by default.
        show_interval_toggle: let the person choose between monthly and yearly prices, where there are both.
        default_interval: the prices shown at first, "month" or "year", whichever a customer pays: that is not known here.
        on_select_plan: what choosing a plan does, called with its key; besides asking, where the policy lets it ask.
        on_plan_changed: what happens after a change was made or scheduled in this tab, called with the plan's key.
        title: the heading; by default the labels'. "" for none.
        description: a line below the heading.
        compact: smaller, for dialogs and side columns.
        skeletons: how many plans hold the place before the first load.
        skeleton_rows: how many features hold the place in each.
        labels: the words; by default those that were installed. What the server says of plans is in those.
        class_name: further classes.
        **props: further properties of the section, such as style.

    Returns:
        A section, named by its heading.

    Raises:
        ValueError: an unknown variant or interval.

    Example:
        ```python
        bui.pricing_table(on_select_plan=Checkout.start)
        bui.pricing_table("comparison", default_interval="year", plan_ids=["starter", "pro"])
        ```
    """
    labels = labels or installed_labels()
    place = f"bui-plans-{next(_numbers)}"
    heading = labels.plans_title if title is None else title
    named = isinstance(heading, rx.Var) or heading != ""
    described = isinstance(description, rx.Var) or description != ""
    block = pricing_block(
        UsageState.pricing,
        variant,
        place=place,
        labels=labels,
        plan_ids=plan_ids,
        show_interval_toggle=show_interval_toggle,
        default_interval=default_interval,
        on_select_plan=on_select_plan,
        skeletons=skeletons,
        skeleton_rows=skeleton_rows,
    )
    return pricing_section(
        lease(),
        rx.el.h2(heading, class_name="bui-title", custom_attrs={"id": f"{place}-title"}) if named else rx.fragment(),
        rx.el.p(description, class_name="bui-plans-description") if described else rx.fragment(),
        plan_changed(place, on_plan_changed) if on_plan_changed is not None else rx.fragment(),
        block=block,
        place=place,
        labels=labels,
        compact=compact,
        named_by=f"{place}-title" if named else "",
        class_name=class_name,
        **props,
    )


class PricingTable(ComponentNamespace):
    """`pricing_table(...)` and its parts, each drawn from a PricingView or what is in one."""

    block = staticmethod(pricing_block)
    plan = staticmethod(plan_card)
    comparison = staticmethod(plan_comparison)
    __call__ = staticmethod(_pricing_table)


pricing_table = PricingTable()

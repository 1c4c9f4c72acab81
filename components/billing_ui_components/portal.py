"""What a customer has used and the plans there are, in tabs: as a part of a page, in a drawer or in a dialog."""

from __future__ import annotations

from itertools import count
from typing import Any, Literal, get_args

import reflex as rx
from reflex_base.vars.function import FunctionVar

from billing_ui_components.arguments import checked
from billing_ui_components.choices import check_choice
from billing_ui_components.dialog import dialog, open_dialog
from billing_ui_components.display import usage_display
from billing_ui_components.labels import Labels
from billing_ui_components.nudge import upgrade_nudge
from billing_ui_components.plans_link import open_plans
from billing_ui_components.pricing import pricing_table
from billing_ui_components.runtime import installed_labels
from billing_ui_components.tabs import tabs

PortalMode = Literal["page", "drawer", "modal"]
PortalTab = Literal["usage", "plans"]

_numbers = count(1)


@checked()
def customer_portal(
    mode: PortalMode = "page",
    *,
    default_tab: PortalTab = "usage",
    trigger: rx.Component | rx.Var | str | None = None,
    title: str | None = None,
    on_select_plan: Any = None,
    on_plan_changed: Any = None,
    skeletons: int = 3,
    labels: Labels | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Show a customer everything about their billing: the upgrade nudge that is due, usage and plans.

    Args:
        mode: "page" as a part of the page, "drawer" or "modal" over it, opened by the trigger.
        default_tab: the tab that is shown at first, "usage" or "plans"; a reload shows the one that was chosen.
        trigger: what opens a drawer or a modal: a text for a button, or a component that is clicked; by default a button. "" for
            none: then `open_portal` opens it.
        title: the heading of a drawer or a modal, and the name of the tabs; by default the labels'. "" for no heading.
        on_select_plan: what choosing a plan does, called with its key; see `pricing_table`.
        on_plan_changed: what happens after a change was made or scheduled in this tab, called with the plan's key.
        skeletons: how many cards hold the place of the usage before the first load.
        labels: the words; by default those that were installed.
        class_name: further classes.
        **props: further properties of the part of the page, or of the dialog: style, or the id by which `open_portal` opens it.

    Returns:
        The tabs; for a drawer or a modal the trigger, with the tabs in a dialog.

    Raises:
        ValueError: an unknown mode or tab, a trigger for a page, or a drawer or a modal with neither a trigger nor an id.

    Example:
        ```python
        bui.customer_portal()
        bui.customer_portal("drawer", trigger="Billing", default_tab="plans")
        bui.customer_portal("modal", trigger="", id="billing")  # opened by bui.open_portal("billing")
        ```
    """
    check_choice("mode", mode, PortalMode)
    check_choice("default_tab", default_tab, PortalTab)
    if trigger is not None and mode == "page":
        raise ValueError("a portal that is part of a page is there without a trigger")
    given = props.pop("id", None)
    over = mode != "page"
    if over and _is_none(trigger) and given is None:
        raise ValueError("a portal over the page needs a trigger, or an id by which open_portal opens it")
    labels = labels or installed_labels()
    heading = labels.portal_title if title is None else title
    unnamed = isinstance(heading, str) and heading == ""
    usage = usage_display(
        title=labels.usage_title, labels=labels, skeletons=skeletons, on_compare=lambda _: open_plans()
    )
    plans = pricing_table(
        on_select_plan=on_select_plan,
        on_plan_changed=on_plan_changed,
        labels=labels,
        compact=over,
        title="" if over else None,
    )
    portal_id = f"bui-portal-{next(_numbers)}" if given is None else given
    content = rx.fragment(
        upgrade_nudge("banner", on_upgrade=open_plans),
        tabs(
            {labels.portal_usage: usage, labels.portal_plans: plans},
            label=labels.portal_title if unnamed else heading,
            first=get_args(PortalTab).index(default_tab),
            kept_as=portal_id,
        ),
    )
    if mode == "page":
        return rx.el.div(content, id=given, class_name=f"bui bui-portal {class_name}".rstrip(), **props)
    return rx.fragment(
        rx.fragment()
        if _is_none(trigger)
        else _trigger(labels.portal_title if trigger is None else trigger, portal_id),
        dialog(
            content,
            dialog_id=portal_id,
            title=heading,
            label=labels.portal_title,
            variant="drawer" if mode == "drawer" else "modal",
            labels=labels,
            class_name=f"bui-portal {class_name}".rstrip(),
            **props,
        ),
    )


def open_portal(portal_id: str | rx.Var[str]) -> FunctionVar:
    """Open a portal that is a drawer or a modal from elsewhere on its page, as an event for any trigger, in the browser alone: from an
    item of a menu, say. When it is closed the focus returns to what opened it, or to the button of the menu.

    Args:
        portal_id: the portal's.

    Example:
        ```python
        rx.el.button("Billing", on_click=bui.open_portal("billing"))
        bui.customer_portal("drawer", trigger="", id="billing")
        ```
    """
    return open_dialog(portal_id)


def _is_none(trigger: object) -> bool:
    return isinstance(trigger, str) and trigger == ""


def _trigger(trigger: rx.Component | rx.Var | str, dialog_id: str | rx.Var[str]) -> rx.Component:
    if isinstance(trigger, rx.Component):
        return rx.el.span(trigger, on_click=open_dialog(dialog_id), style={"display": "contents"})
    button = rx.el.button(trigger, type="button", class_name="bui-button bui-outline", on_click=open_dialog(dialog_id))
    return rx.el.span(button, class_name="bui bui-trigger")

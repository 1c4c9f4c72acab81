"""The portal's page: header, upgrade nudge, usage and plans in tabs, and what an app adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import reflex as rx

import billing_ui as bui
from billing_ui.portal.header import Link, header
from billing_ui.portal.stylesheet import page_stylesheet
from billing_ui_components.runtime import installed_labels
from billing_ui_components.slot import slot
from billing_ui_components.tabs import open_tab


def usage_page(
    *,
    product_name: str | None = None,
    home: str | None = None,
    links: Sequence[Link] = (),
    above: rx.Component | rx.Var | str | None = None,
    beside: rx.Component | rx.Var | str | None = None,
    below: rx.Component | rx.Var | str | None = None,
    on_select_plan: Any = None,
    skeletons: int = 3,
) -> rx.Component:
    """Show the signed-in customer what they have used, and the plans there are.

    Args:
        product_name: what the header calls the product; by default what the installed labels call the page.
        home: where the product's name leads, such as "/"; by default nowhere.
        links: the header's navigation besides this page.
        above: put above the header.
        beside: put beside the usage where there is room, else after it.
        below: put below the usage.
        on_select_plan: what choosing a plan does, called with its key; besides what `allow_plan_change` lets it do.
        skeletons: how many cards hold the place before the first load.

    Returns:
        A whole page.

    Example:
        ```python
        app.add_page(usage_page, route="/billing")
        ```
    """
    labels = installed_labels()
    name = labels.portal_name if product_name is None else product_name
    return rx.el.div(
        page_stylesheet(rx.asset("portal.css", shared=True)),
        slot(above),
        header(name, [Link(labels.portal_usage, "#usage", on_click=open_tab("usage", 0)), *links], labels, home),
        rx.el.main(
            rx.el.h1(labels.portal_heading.format(product=name), class_name="portal-hidden"),
            bui.customer_portal(on_select_plan=on_select_plan, skeletons=skeletons, id="usage"),
            rx.el.div(beside, class_name="portal-beside") if beside is not None else rx.fragment(),
            rx.el.div(below, class_name="portal-below") if below is not None else rx.fragment(),
            class_name="portal-main",
            custom_attrs={"data-beside": beside is not None},
        ),
        class_name="bui portal",
        # Whatever language the host has for its app: the words are in that of the labels.
        lang=labels.language,
    )

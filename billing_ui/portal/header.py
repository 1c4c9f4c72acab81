"""The header: the product's name, the navigation, the plan in force and the colour mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

import billing_ui as bui
from billing_ui_components.labels import Labels


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the navigation: its text, where it leads, and what else happens when it is followed."""

    text: str
    href: str
    on_click: Any = None


def header(product_name: str, links: Sequence[Link], labels: Labels, home: str | None = None) -> rx.Component:
    """Draw the header.

    Args:
        product_name: what the product is called.
        links: the navigation; the first one is the page that is shown.
        labels: the words.
        home: where the product's name leads.

    Returns:
        A header element.
    """
    current, *others = links
    brand = rx.el.span(product_name) if home is None else rx.el.a(product_name, href=home)
    return rx.el.header(
        rx.el.div(brand, class_name="portal-brand"),
        rx.el.nav(
            _anchor(current, custom_attrs={"aria-current": "page"}),
            *(_anchor(link) for link in others),
            custom_attrs={"aria-label": product_name},
        ),
        _plan_chip(labels),
        _color_mode(labels),
        class_name="portal-header",
    )


def _anchor(link: Link, **props: Any) -> rx.Component:
    events = {} if link.on_click is None else {"on_click": link.on_click}
    return rx.el.a(link.text, href=link.href, **events, **props)


def _plan_chip(labels: Labels) -> rx.Component:
    metrics = bui.usage_metrics()
    # What the plan includes comes first, and each of these names the plan.
    plan = rx.cond(metrics.length() > 0, metrics[0].product_name, "")
    return rx.el.span(rx.cond(plan != "", labels.portal_on_plan.format(plan=plan), ""), class_name="portal-plan")


def _color_mode(labels: Labels) -> rx.Component:
    icon = rx.el.svg(
        rx.el.path(d="M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13z", fill="none", stroke="currentColor"),
        rx.el.path(d="M8 1.5a6.5 6.5 0 0 1 0 13z", fill="currentColor"),
        view_box="0 0 16 16",
        custom_attrs={"aria-hidden": "true"},
    )
    return rx.el.button(
        icon,
        type="button",
        class_name="portal-color-mode",
        on_click=rx.toggle_color_mode,
        custom_attrs={"aria-label": labels.portal_color_mode},
    )

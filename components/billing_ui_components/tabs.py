"""Tabs, of which one panel is shown at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import reflex as rx
from reflex.utils.imports import ImportVar
from reflex.vars import VarData
from reflex_base.vars.function import FunctionStringVar, FunctionVar

from billing_ui_components.shared_asset import shared_asset


class _Tabs(rx.Component):
    """The element with its behaviour: see tabs.js."""

    tag = "Tabs"
    names: rx.Var[list[str]]
    label: rx.Var[str]
    first: rx.Var[int]
    kept_as: rx.Var[str]


def tabs(
    panels: Mapping[str, rx.Component],
    *,
    label: str,
    first: int = 0,
    kept_as: str = "",
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Draw tabs with their panels.

    Args:
        panels: what each tab shows, by the tab's text.
        label: what the tabs are for, to a screen reader.
        first: which one is chosen at first.
        kept_as: names these tabs on their page, so that a reload finds the one that was chosen; "" for that it does not.
        class_name: further classes.
        **props: further properties of the element.
    """
    return _Tabs.create(
        *panels.values(),
        library=shared_asset("tabs.js"),
        names=list(panels),
        label=label,
        first=first,
        kept_as=kept_as,
        class_name=class_name,
        **props,
    )


def open_tab(tabs_id: str, index: int) -> FunctionVar:
    """Choose a tab and lead to it, as an event for a link that leads to the tabs, in the browser alone.

    Args:
        tabs_id: the id of the tabs, or of what they are in.
        index: which tab.

    Example:
        ```python
        rx.el.a("Usage", href="#billing", on_click=open_tab("billing", 0))
        ```
    """
    data = VarData(imports={shared_asset("tabs.js"): [ImportVar(tag="openTab")]})
    # Reflex gives a function the trigger's own arguments, then the browser's event.
    return FunctionStringVar.create(
        f"((...args) => openTab({json.dumps(tabs_id)}, {index}, args.at(-1)))", _var_data=data
    )

"""The way to the plans of a page, for whatever suggests one: an upgrade nudge, a card of a feature that is not included."""

from __future__ import annotations

import reflex as rx
from reflex.event import EventSpec
from reflex.utils.imports import ImportVar
from reflex.vars import VarData


def open_plans(plan_key: str | rx.Var[str] = "") -> EventSpec:
    """Lead to the pricing table of the page and to one plan in it, as an event for any trigger.

    A table in a tab or in a dialog is brought to light first. Without a table on the page nothing happens: a button that does
    only this has the class `bui-needs-plans`, and is there only when a table is.

    Args:
        plan_key: the plan that gets the focus; "" for the table.

    Example:
        ```python
        rx.el.button("See Pro", on_click=open_plans("pro"), class_name="bui-button bui-needs-plans")
        ```
    """
    key = rx.Var.create(plan_key)
    script = rx.asset("plans.js", shared=True)
    imports = VarData(imports={script.importable_path: [ImportVar(tag="openPlans")]})
    return rx.run_script(rx.Var(f"openPlans({key!s})", _var_data=VarData.merge(key._get_all_var_data(), imports)))

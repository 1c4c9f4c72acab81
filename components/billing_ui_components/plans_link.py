"""The way to the plans of a page, for whatever suggests one: an upgrade nudge, a card of a feature that is not included."""

from __future__ import annotations

import reflex as rx
from reflex.utils.imports import ImportVar
from reflex.vars import VarData
from reflex_base.vars.function import FunctionStringVar, FunctionVar

from billing_ui_components.shared_asset import shared_asset


def open_plans(plan_key: str | rx.Var[str] = "") -> FunctionVar:
    """Lead to the pricing table of the page and to one plan in it, as an event for any trigger, in the browser alone.

    A table in a tab, in a dialog or in details that are closed is brought to light first; one that the host hides is not there. Of
    several it is the one beside the trigger. Where the page has none, the plans open in a dialog if a nudge or a prompt has brought
    one; else nothing happens. A button that does only this has the class `bui-needs-plans`: it is there only when there is a
    way to the plans.

    Args:
        plan_key: the plan that gets the focus; "" for the table.

    Example:
        ```python
        rx.el.button("Compare plans", on_click=bui.open_plans(), class_name="bui-needs-plans")
        bui.pricing_table()
        ```
    """
    key = rx.Var.create(plan_key)
    script = shared_asset("plans.js")
    imports = VarData(imports={script: [ImportVar(tag="openPlans")]})
    # Reflex gives a function the trigger's own arguments, then the browser's event.
    return FunctionStringVar.create(
        f"((...args) => openPlans({key!s}, args.at(-1)))",
        _var_data=VarData.merge(key._get_all_var_data(), imports),
    )

"""Where the focus stays when the button that was pressed goes with what it was pressed for."""

from __future__ import annotations

from reflex.utils.imports import ImportVar
from reflex.vars import VarData
from reflex_base.vars.function import FunctionStringVar, FunctionVar

from billing_ui_components.shared_asset import shared_asset


def keep_focus() -> FunctionVar:
    """An event for a button that may be gone after its press, in the browser alone: the focus goes to the part of the page that
    the button stood in, and not to the page's beginning.

    Example:
        ```python
        rx.el.button("Not now", on_click=[keep_focus(), UsageState.dismiss_nudge(nudge_id)])
        ```
    """
    data = VarData(imports={shared_asset("focus.js"): [ImportVar(tag="keepFocus")]})
    # Reflex gives a function the trigger's own arguments, then the browser's event.
    return FunctionStringVar.create("((...args) => keepFocus(args.at(-1)))", _var_data=data)

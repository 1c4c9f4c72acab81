"""Where the focus stays when the button that was pressed goes with what it was pressed for, and that it is seen where it comes."""

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
    return _function("keepFocus")


def show_focused_cell() -> FunctionVar:
    """An event for a table that scrolls in its frame, in the browser alone: the cell in which the focus comes comes wholly into view."""
    return _function("showFocusedCell")


def _function(name: str) -> FunctionVar:
    data = VarData(imports={shared_asset("focus.js"): [ImportVar(tag=name)]})
    # Reflex gives a function the trigger's own arguments, then the browser's event.
    return FunctionStringVar.create(f"((...args) => {name}(args.at(-1)))", _var_data=data)

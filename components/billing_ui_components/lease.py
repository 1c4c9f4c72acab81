"""The lease of a tab: while any widget is shown and the tab is visible, it says "I am here" every five seconds."""

from __future__ import annotations

from typing import TypeVar

import reflex as rx
from reflex.components.component import Component
from reflex.event import EventChain, passthrough_event_spec
from reflex.utils.imports import ImportVar
from reflex.vars import VarData
from reflex_components_core.base.fragment import Fragment

from billing_ui_components.hub import TICK_SECONDS
from billing_ui_components.shared_asset import shared_asset
from billing_ui_components.state import UsageState

_VAR = TypeVar("_VAR", bound=rx.Var)


def _lease_hook() -> rx.Var[object]:
    tick = rx.Var.create(EventChain.create(UsageState.tick, args_spec=passthrough_event_spec(str)))
    script = shared_asset("lease.js")
    # A tick that is fired before the tab is hydrated gets lost, and the first number comes an interval late.
    hydrated, reset_in, reading = rx.Var.create(rx.State.is_hydrated), UsageState.reset_in_ms, UsageState.gates_at
    return rx.Var(
        f"useLease({hydrated!s}, {reset_in!s}, {reading!s}, {round(TICK_SECONDS * 1000)}, {tick!s})",
        _var_data=VarData.merge(
            hydrated._get_all_var_data(),
            reset_in._get_all_var_data(),
            reading._get_all_var_data(),
            tick._get_all_var_data(),
            VarData(imports={script: [ImportVar(tag="useLease")]}),
        ),
    )


class _Lease(Fragment):
    """Draws nothing; its effect holds the tab's timer, which all widgets of a page share."""

    def add_hooks(self) -> list[str | rx.Var]:
        return [_lease_hook()]


def lease() -> Component:
    """Keep the usage of this tab fresh while the returned component is on the page.

    Every widget of this library holds a lease by itself; a page needs one of its own only when it shows nothing but vars
    of `UsageState` that it reads directly.

    Returns:
        A component that draws nothing.
    """
    return _Lease.create()


def with_lease(var: _VAR) -> _VAR:
    """Let every component that shows this var hold the tab's lease.

    Args:
        var: a var of `UsageState`, or one computed from it.

    Returns:
        The same var; where it is used, the lease comes along.
    """
    hook = _lease_hook()
    data = hook._get_all_var_data()
    imports = data.old_school_imports() if data is not None else {}
    return var._replace(merge_var_data=VarData.merge(data, VarData(hooks={str(hook): None}, imports=imports)))

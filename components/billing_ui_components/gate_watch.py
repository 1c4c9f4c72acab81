"""What a gate does besides drawing: it tells the host of a change, once, and keeps the focus on the page."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.utils.imports import ImportVar
from reflex.vars import VarData
from reflex_components_core.base.fragment import Fragment

from billing_ui_components.shared_asset import shared_asset


class _GateWatch(Fragment):
    """Draws nothing; its effects run when what is known of the access has changed."""

    hook: rx.Var[Any]

    def add_hooks(self) -> list[str | rx.Var]:
        return [self.hook]

    def _exclude_props(self) -> list[str]:
        return [*super()._exclude_props(), "hook"]


def gate_watch(
    gate_id: str | rx.Var[str], access: rx.Var[str], reason: rx.Var[str], on_access_denied: Any, on_quota_exceeded: Any
) -> rx.Component:
    """Watch a gate.

    Args:
        gate_id: the id of the gate's element, which can take the focus.
        access: granted, denied or unknown.
        reason: why not.
        on_access_denied: an event chain, or None.
        on_quota_exceeded: an event chain, or None.
    """
    script = shared_asset("gate.js")
    parts = [rx.Var.create(part) for part in (gate_id, access, reason, on_access_denied, on_quota_exceeded)]
    imports = VarData(imports={script: [ImportVar(tag="useGate")]})
    call = ", ".join(str(part) for part in parts)
    data = VarData.merge(*(part._get_all_var_data() for part in parts), imports)
    return _GateWatch.create(hook=rx.Var(f"useGate({call})", _var_data=data))

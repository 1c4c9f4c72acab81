"""What a host does after a change of plan, in the tab that made it."""

from __future__ import annotations

import json
from typing import Any

import reflex as rx
from reflex.event import EventChain, passthrough_event_spec
from reflex.utils.imports import ImportVar
from reflex.vars import VarData
from reflex_components_core.base.fragment import Fragment

from billing_ui_components.shared_asset import shared_asset


class _PlanChanged(Fragment):
    """Draws nothing; its effect listens."""

    _hook: rx.Var[object]

    def add_hooks(self) -> list[str | rx.Var]:
        return [self._hook]


def plan_changed(place: str, on_plan_changed: Any) -> rx.Component:
    """Fire a host's event, with the plan's key, once for each change that a table's dialog made in this tab.

    Args:
        place: the table.
        on_plan_changed: the host's event.
    """
    # Bound like the events of other components, with the key that arrives instead of one that is known when it is drawn.
    chain = EventChain.create(value=on_plan_changed, args_spec=passthrough_event_spec(str), key="on_plan_changed")
    script = shared_asset("plan_changed.js")
    event = rx.Var.create(chain)
    component = _PlanChanged.create()
    assert isinstance(component, _PlanChanged)
    component._hook = rx.Var(
        f"usePlanChanged({json.dumps(place)}, {event!s})",
        _var_data=VarData.merge(
            event._get_all_var_data(),
            VarData(imports={script: [ImportVar(tag="usePlanChanged")]}),
        ),
    )
    return component

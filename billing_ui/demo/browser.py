"""What the browser does by itself: requests to the demo's API, whose answers come back as events, and keeping up."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.event import EventChain, no_args_event_spec
from reflex.utils.imports import ImportVar
from reflex.vars import FunctionStringVar, VarData
from reflex_components_core.base.fragment import Fragment

import billing_ui as bui
from billing_ui.demo.address import api_path
from billing_ui.demo.state import DemoState

HELD = ("storage_gb", "team_members")


def call_api(times: int) -> rx.Var:
    """A function that sends API calls, one after the other until one is refused.

    Args:
        times: how many.

    Returns:
        A function for an event trigger.
    """
    return _function("callApi", api_path("/v1/echo"), DemoState.api_key, times, _answered("call"))


def send_file(action: str, path: str, field_id: str) -> rx.Var:
    """A function that sends the file which was chosen.

    Args:
        action: "upload" or "process".
        path: of the route, below the API.
        field_id: id of the file field.

    Returns:
        A function for an event trigger.
    """
    started = _chain(DemoState.started(action), no_args_event_spec)
    return _function("sendFile", field_id, api_path(path), DemoState.api_key, started, _answered(action))


class _LoadAgain(Fragment):
    """Draws nothing; its effect asks for the lists when the tab is ready and when a number that they explain changes."""

    def add_hooks(self) -> list[str | rx.Var]:
        hydrated = rx.Var.create(rx.State.is_hydrated)
        numbers = [rx.Var.create(bui.usage_metrics(feature_key).consumed) for feature_key in HELD]
        load = _chain(DemoState.load, no_args_event_spec)
        script = rx.asset("try_it.js", shared=True)
        imports = VarData(imports={script.importable_path: [ImportVar(tag="useLoadAgain")]})
        data = VarData.merge(imports, *(var._get_all_var_data() for var in (hydrated, *numbers, load)))
        return [rx.Var(f"useLoadAgain({hydrated!s}, [{', '.join(map(str, numbers))}], {load!s})", _var_data=data)]


def load_again() -> rx.Component:
    """Keep the lists of the tab as fresh as its numbers, whichever tab or program changed them.

    Returns:
        A component that draws nothing.
    """
    return _LoadAgain.create()


def _answered(action: str) -> rx.Var:
    return _chain(lambda status, body, served: DemoState.answered(action, status, body, served), _answer)


def _answer(status: rx.Var[int], body: rx.Var[str], served: rx.Var[int]) -> tuple[rx.Var, ...]:
    return status, body, served


def _chain(event: Any, args_spec: Any) -> rx.Var:
    return rx.Var.create(EventChain.create(event, args_spec=args_spec))


def _function(name: str, *arguments: Any) -> rx.Var:
    script = rx.asset("try_it.js", shared=True)
    imports = VarData(imports={script.importable_path: [ImportVar(tag=name)]})
    given = [rx.Var.create(argument) for argument in arguments]
    data = VarData.merge(imports, *(argument._get_all_var_data() for argument in given))
    return FunctionStringVar.create(f"(() => {name}({', '.join(map(str, given))}))", _var_data=data)

"""What the browser does by itself: requests to the demo's API, whose answers come back as events."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.event import EventChain, no_args_event_spec
from reflex.utils.imports import ImportVar
from reflex.vars import FunctionStringVar, VarData

from billing_ui.demo.address import api_path
from billing_ui.demo.state import DemoState


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

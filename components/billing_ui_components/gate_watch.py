"""What a gate does besides drawing: it tells the host of a change, once, and keeps the focus on the page."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.event import no_args_event_spec

from billing_ui_components.actions import bound
from billing_ui_components.shared_asset import shared_asset


class _GateWatch(rx.Component):
    """Draws nothing: see gate.js."""

    tag = "GateWatch"
    feature: rx.Var[str]
    access: rx.Var[str]
    reason: rx.Var[str]
    on_access_denied: rx.EventHandler[no_args_event_spec]
    on_quota_exceeded: rx.EventHandler[no_args_event_spec]


def gate_watch(
    feature: str | rx.Var[str],
    access: rx.Var[str],
    reason: rx.Var[str],
    *,
    on_access_denied: Any = None,
    on_quota_exceeded: Any = None,
) -> rx.Component:
    """Watch the gate that this is a child of; its element can take the focus.

    Args:
        feature: the feature's key, which both events are called with.
        access: granted, denied or unknown.
        reason: why not.
        on_access_denied: an event, or None.
        on_quota_exceeded: an event, or None.
    """
    events = {"on_access_denied": on_access_denied, "on_quota_exceeded": on_quota_exceeded}
    return _GateWatch.create(
        library=shared_asset("gate.js"),
        feature=feature,
        access=access,
        reason=reason,
        **{name: bound(event, name, feature) for name, event in events.items() if event is not None},
    )

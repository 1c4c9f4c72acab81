"""The element of a gate: it closes by itself when nothing is heard, tells the host of changes, and keeps the focus on the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import reflex as rx
from reflex.event import no_args_event_spec
from reflex_components_core.core.banner import has_connection_errors
from reflex_components_core.el.elements.typography import Div

from billing_ui_components.actions import bound
from billing_ui_components.gate_view import BELIEVED_FOR
from billing_ui_components.hub import LEASE_INTERVALS, TICK_SECONDS
from billing_ui_components.lease import lease
from billing_ui_components.shared_asset import shared_asset
from billing_ui_components.state import UsageState


class _Gate(Div):
    """See gate.js."""

    tag = "Gate"
    feature: rx.Var[str]
    person: rx.Var[str]
    access: rx.Var[str]
    reason: rx.Var[str]
    lost: rx.Var[bool]
    reading: rx.Var[str]
    believed_ms: rx.Var[int]
    ends_ms: rx.Var[int]
    believed_for_ms: rx.Var[int]
    kept_ms: rx.Var[int]
    on_access_denied: rx.EventHandler[no_args_event_spec]
    on_quota_exceeded: rx.EventHandler[no_args_event_spec]


def gate_element(
    feature: str | rx.Var[str],
    content: rx.Component,
    closed: rx.Component,
    *,
    access: rx.Var[str],
    reason: rx.Var[str],
    believed_ms: rx.Var[int],
    ends_ms: rx.Var[int],
    waiting: rx.Component,
    away: rx.Component,
    fields_kept: rx.Component,
    events: Mapping[str, Any],
    **props: Any,
) -> rx.Component:
    """Make the element of a gate, which shows one of four things.

    Args:
        feature: the feature's key, which the events are called with.
        content: what is shown to those with access.
        closed: what is shown by what was heard last to the others, and while access is not known by it.
        access: granted, denied or unknown, by the same.
        reason: why not.
        believed_ms: for how many milliseconds more than the reading it counts while nothing newer is heard.
        ends_ms: in how many milliseconds it is known to end; 0 where that is not known, or far.
        waiting: what is shown when that is over, while the server can be asked.
        away: what is shown then without a connection.
        fields_kept: what is said besides while content with something to fill in is out of sight.
        events: on_access_denied and on_quota_exceeded, each an event or None.
        **props: further properties of the element.
    """
    return _Gate.create(
        lease(),
        content,
        closed,
        waiting,
        away,
        fields_kept,
        library=shared_asset("gate.js"),
        feature=feature,
        person=UsageState.gates_for,
        access=access,
        reason=reason,
        lost=has_connection_errors,
        reading=UsageState.gates_at,
        believed_ms=believed_ms,
        ends_ms=ends_ms,
        believed_for_ms=BELIEVED_FOR // timedelta(milliseconds=1),
        kept_ms=round(LEASE_INTERVALS * TICK_SECONDS * 1000),
        **{name: bound(event, name, feature) for name, event in events.items() if event is not None},
        **props,
    )

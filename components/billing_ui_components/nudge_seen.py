"""What tells the server that a nudge came into sight, so that caps count it and the merchant knows."""

from __future__ import annotations

import reflex as rx
from reflex.event import no_args_event_spec
from reflex.vars import ObjectVar

from billing_ui_components.nudge_view import NudgeView
from billing_ui_components.shared_asset import shared_asset
from billing_ui_components.state import UsageState


class _Seen(rx.Component):
    """An invisible mark: see nudge.js."""

    tag = "Seen"
    nudge_id: rx.Var[str]
    unseen: rx.Var[bool]
    on_seen: rx.EventHandler[no_args_event_spec]


def nudge_seen(view: ObjectVar[NudgeView]) -> rx.Component:
    """Mark the place of a nudge that is shown; the first time that it comes into sight is reported.

    Args:
        view: the nudge.
    """
    return _Seen.create(
        library=shared_asset("nudge.js"),
        nudge_id=view.nudge_id,
        unseen=view.unseen,
        on_seen=UsageState.see_nudge(view.nudge_id),
    )

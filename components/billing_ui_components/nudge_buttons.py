"""The two buttons of a nudge or a prompt: the way to the plan that fits, and the quiet way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from billing_ui_components.actions import bound
from billing_ui_components.nudge_view import NudgeView
from billing_ui_components.plans_link import open_plans
from billing_ui_components.state import UsageState


def upgrade_button(
    view: ObjectVar[NudgeView], on_upgrade: Any, *, before: Sequence[Any] = (), class_name: str = "bui-button"
) -> rx.Component | rx.Var:
    """The action, with its price; nothing where no plan fits.

    Args:
        view: the nudge.
        on_upgrade: what it does, called with the plan's key. None leads to the plans, and without a way to them there is no
            action.
        before: events that happen first.
        class_name: the button's class.
    """
    if on_upgrade is None:
        events, name = [open_plans(view.plan_key)], f"{class_name} bui-needs-plans"
    else:
        events, name = bound(on_upgrade, "on_upgrade", view.plan_key).events, class_name
    button = rx.el.button(view.action_text, type="button", class_name=name, on_click=[*before, *events])
    return rx.cond(view.action_text != "", button)


def followed(view: ObjectVar[NudgeView]) -> Any:
    """The event that tells the server of a click on the action."""
    return UsageState.follow_nudge(view.nudge_id)


def dismissed(view: ObjectVar[NudgeView], on_dismiss: Any) -> list[Any]:
    """The events of a dismissal: the server remembers it, then the host is told."""
    told = [] if on_dismiss is None else bound(on_dismiss, "on_dismiss", view.nudge_id).events
    return [UsageState.dismiss_nudge(view.nudge_id), *told]

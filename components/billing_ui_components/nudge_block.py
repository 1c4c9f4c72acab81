"""The drawing of one nudge: a sentence of fact, one of help, one action, one quiet way out."""

from __future__ import annotations

from typing import Any, Literal, get_args

import reflex as rx
from reflex.vars import ObjectVar

from billing_ui_components.actions import bound
from billing_ui_components.icons import alert_icon
from billing_ui_components.nudge_view import NudgeView
from billing_ui_components.state import UsageState

NudgeStyle = Literal["banner", "inline"]


def nudge_block(
    nudge: NudgeView | ObjectVar[NudgeView],
    style: NudgeStyle = "banner",
    *,
    on_upgrade: Any = None,
    on_dismiss: Any = None,
    auto_dismiss: float | None = None,
) -> rx.Component:
    """Draw a nudge; `upgrade_nudge` draws the one that is due.

    Args:
        nudge: the view, or a var of one.
        style, on_upgrade, on_dismiss, auto_dismiss: as for `upgrade_nudge`.

    Returns:
        A block that takes no room while the nudge is not visible.

    Raises:
        ValueError: an unknown style, or `auto_dismiss` is not positive.
    """
    if style not in get_args(NudgeStyle):
        raise ValueError(f"style must be one of {', '.join(get_args(NudgeStyle))}, got {style!r}")
    if auto_dismiss is not None and not auto_dismiss > 0:
        raise ValueError(f"auto_dismiss must be a positive number of seconds, got {auto_dismiss}")
    view = rx.Var.create(nudge).to(NudgeView)
    # A new nudge starts the time again, since its key makes it a new element.
    hides = {} if auto_dismiss is None else {"key": view.nudge_id, "style": {"--bui-hide-after": f"{auto_dismiss}s"}}
    return rx.el.div(
        # This region is there before its text is, because a screen reader announces what changes in a region it knows.
        rx.el.div(rx.cond(view.visible, _message(view)), class_name="bui-message", custom_attrs={"role": view.role}),
        rx.cond(view.visible, _buttons(view, style, on_upgrade, on_dismiss)),
        class_name=f"bui-nudge bui-{style}",
        custom_attrs={"data-open": view.visible, "data-tone": view.tone, "data-hides": auto_dismiss is not None},
        **hides,
    )


def _message(view: ObjectVar[NudgeView]) -> rx.Component:
    return rx.fragment(
        alert_icon(view.shape),
        rx.el.p(rx.el.strong(view.title), " ", rx.el.span(view.text)),
    )


def _buttons(view: ObjectVar[NudgeView], style: NudgeStyle, on_upgrade: Any, on_dismiss: Any) -> rx.Component:
    dismissed: list[Any] = [UsageState.dismiss_nudge(view.nudge_id)]
    if on_dismiss is not None:
        dismissed.extend(bound(on_dismiss, "on_dismiss", view.nudge_id).events)
    action = rx.fragment()
    if on_upgrade is not None:
        click = bound(on_upgrade, "on_upgrade", view.plan_key)
        button = rx.el.button(view.action_text, type="button", class_name="bui-button", on_click=click)
        action = rx.cond(view.action_text != "", button)
    quiet = rx.el.button(view.dismiss_text, type="button", class_name="bui-quiet", on_click=dismissed)
    return rx.el.div(*((quiet, action) if style == "banner" else (action, quiet)), class_name="bui-buttons")

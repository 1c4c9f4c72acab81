"""The drawing of one nudge on the page: a sentence of fact, one of help, one action, one quiet way out."""

from __future__ import annotations

from typing import Any, Literal

import reflex as rx
from reflex.vars import ObjectVar

from billing_ui_components.focus import keep_focus
from billing_ui_components.icons import alert_icon
from billing_ui_components.labels import Labels
from billing_ui_components.nudge_buttons import dismissed, followed, upgrade_button
from billing_ui_components.nudge_seen import nudge_seen
from billing_ui_components.nudge_view import NudgeView

BlockStyle = Literal["banner", "toast", "inline"]


def nudge_block(
    nudge: NudgeView | ObjectVar[NudgeView],
    style: BlockStyle = "banner",
    *,
    visible: bool | rx.Var[bool] | None = None,
    on_upgrade: Any = None,
    on_dismiss: Any = None,
    auto_dismiss: float | None = None,
    labels: Labels | None = None,
) -> rx.Component:
    """Draw a nudge along the bottom edge of the window, in its corner or between other content; `upgrade_nudge` draws the one that is due.

    Args:
        nudge: the view, or a var of one.
        style: "banner", "toast" or "inline".
        visible: whether it is drawn; by default while the view is visible.
        on_upgrade, on_dismiss, auto_dismiss, labels: as for `upgrade_nudge`.

    Returns:
        A block that takes no room while the nudge is not visible.
    """
    view = rx.Var.create(nudge).to(NudgeView)
    shown = view.visible if visible is None else rx.Var.create(visible)
    hides: dict[str, Any] = {} if auto_dismiss is None else {"style": {"--bui-hide-after": f"{auto_dismiss}s"}}
    quiet = rx.el.button(
        view.dismiss_text if labels is None else labels.dismiss,
        type="button",
        class_name="bui-quiet",
        on_click=[keep_focus(), *dismissed(view, on_dismiss)],
    )
    action = upgrade_button(view, on_upgrade, before=[followed(view)])
    buttons = rx.el.div(
        nudge_seen(view), *((action, quiet) if style == "inline" else (quiet, action)), class_name="bui-buttons"
    )
    return rx.el.div(
        # This region is there before its text is, because a screen reader announces what changes in a region it knows.
        rx.el.div(rx.cond(shown, nudge_message(view)), class_name="bui-message", role="status"),
        rx.cond(shown, buttons),
        class_name=f"bui-nudge bui-{style}",
        custom_attrs={"data-open": shown, "data-tone": view.tone, "data-hides": auto_dismiss is not None},
        **hides,
    )


def nudge_message(view: ObjectVar[NudgeView]) -> rx.Component:
    """Draw what a nudge or a prompt says, beside its shape."""
    return rx.fragment(
        alert_icon(view.shape),
        rx.el.p(rx.el.strong(view.title), " ", rx.el.span(view.text)),
    )

"""The upgrade nudge: it shows itself when the server decides that one is due."""

from __future__ import annotations

from typing import Any

import reflex as rx

from billing_ui_components.lease import lease
from billing_ui_components.nudge_block import NudgeStyle, nudge_block
from billing_ui_components.state import UsageState


def upgrade_nudge(
    style: NudgeStyle = "banner",
    *,
    on_upgrade: Any = None,
    on_dismiss: Any = None,
    auto_dismiss: float | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Tell the customer that a limit is near or reached, and which plan would fit.

    The server picks the worst case and remembers a dismissal per person; nothing needs to be passed.

    Args:
        style: "banner" across the page, or "inline" between other content.
        on_upgrade: what the action does, called with the suggested plan's key; without it there is no action.
        on_dismiss: what happens besides when the person dismisses the nudge, called with the nudge's id.
        auto_dismiss: hide it in this tab after so many seconds, not counting those in which the pointer or the focus is
            on it. That is no dismissal: it comes back with the next page.
        class_name: further classes.
        **props: further properties of the block.

    Returns:
        A block that takes no room while no nudge is due.

    Raises:
        ValueError: an unknown style, or `auto_dismiss` is not positive.

    Example:
        ```python
        bui.upgrade_nudge(on_upgrade=Checkout.start)
        ```
    """
    return rx.el.div(
        lease(),
        nudge_block(UsageState.nudge, style, on_upgrade=on_upgrade, on_dismiss=on_dismiss, auto_dismiss=auto_dismiss),
        class_name=f"bui bui-nudge-place {class_name}".rstrip(),
        **props,
    )

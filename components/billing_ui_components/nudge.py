"""The upgrade nudge: it shows itself when the server decides that one is due."""

from __future__ import annotations

from itertools import count
from typing import Any, Literal

import reflex as rx

from billing_ui_components.arguments import checked
from billing_ui_components.choices import check_choice
from billing_ui_components.labels import Labels
from billing_ui_components.lease import lease
from billing_ui_components.nudge_block import nudge_block
from billing_ui_components.nudge_modal import nudge_modal
from billing_ui_components.plans_place import plans_place
from billing_ui_components.state import UsageState

NudgeStyle = Literal["auto", "banner", "toast", "modal", "inline"]

_numbers = count(1)


@checked()
def upgrade_nudge(
    style: NudgeStyle = "auto",
    *,
    on_upgrade: Any = None,
    on_dismiss: Any = None,
    auto_dismiss: float | None = None,
    labels: Labels | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Tell the customer that a limit is near or reached, a trial about to end or a feature not in the plan, and which plan fits.

    The server picks the most urgent case, holds back what would be too much (the catalog's `[nudges]`) and remembers a
    dismissal per person; nothing needs to be passed.

    Nothing moves when it comes: a banner lies along the bottom edge of the window and a toast in its corner, or at the edge of the
    dialog they are put into, and what they cover can be scrolled out from under them. Off a sidebar that does not scroll with
    the page a banner keeps where `--bui-sidebar-width` says how wide that is. To a keyboard and a screen reader a nudge is where
    it is put: the beginning of the page is a good place.

    Args:
        style: "auto" escalates: a banner from 80 %, a toast from 90 %, a modal dialog from 95 %. "banner", "toast", "modal" and
            "inline", which takes room between other content, stay what they are.
        on_upgrade: what the action does, called with the suggested plan's key; without it the action leads to the pricing table
            of the page. Where there is none, the plans open in a dialog if the host's `allow_plan_change` lets customers change
            their plan; else there is no action.
        on_dismiss: what happens besides when the person dismisses the nudge, called with the nudge's id.
        auto_dismiss: hide it in this tab after so many seconds, not counting those in which the pointer or the focus is
            on it. That is no dismissal: it comes back with the next page. A modal stays.
        labels: the words of the buttons; by default those that were installed.
        class_name: further classes.
        **props: further properties of the block. CSS comes by `class_name`, since `style` is how the nudge shows itself.

    Returns:
        A block that takes no room of the page, but for an "inline" nudge that is due.

    Raises:
        ValueError: an unknown style, or `auto_dismiss` is not positive.

    Example:
        ```python
        bui.upgrade_nudge(on_upgrade=Checkout.start)
        ```
    """
    check_choice("upgrade_nudge: style", style, NudgeStyle, hint="CSS goes into class_name")
    nudge = UsageState.nudge
    events = {"on_upgrade": on_upgrade, "on_dismiss": on_dismiss, "labels": labels}

    def draw(each: Any, visible: rx.Var[bool]) -> rx.Component:
        if each == "modal":
            return nudge_modal(nudge, f"bui-nudge-{next(_numbers)}", visible=visible, **events)
        return nudge_block(nudge, each, visible=visible, auto_dismiss=auto_dismiss, **events)

    if style == "auto":
        parts = [draw(each, nudge.visible & (nudge.style == each)) for each in ("banner", "toast", "modal")]
    else:
        parts = [draw(style, nudge.visible)]
    place = plans_place(labels) if on_upgrade is None else rx.fragment()
    return rx.el.div(lease(), *parts, place, class_name=f"bui bui-nudge-place {class_name}".rstrip(), **props)

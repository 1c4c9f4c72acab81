"""Prompts: beside a feature that is near its limit or not in the plan, which plan fits and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import reflex as rx

from billing_ui_components.arguments import checked
from billing_ui_components.icons import shape_icon
from billing_ui_components.labels import Labels
from billing_ui_components.lease import lease
from billing_ui_components.nudge_block import nudge_message
from billing_ui_components.nudge_buttons import upgrade_button
from billing_ui_components.nudge_view import NudgeView
from billing_ui_components.plans_place import plans_place
from billing_ui_components.state import UsageState


@checked()
def upgrade_prompt(
    feature_key: str | rx.Var[str],
    *,
    on_upgrade: Any = None,
    labels: Labels | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Suggest the plan that fits, where a feature is near its limit, has reached it, or is not in the customer's plan.

    Unlike a nudge it belongs to its place on the page: it is there as long as it is true, and can't be dismissed.

    Args:
        feature_key: which feature.
        on_upgrade: what the action does, called with the suggested plan's key; without it as for `upgrade_nudge`.
        labels: the words of the plans that then open; by default those that were installed.
        class_name: further classes.
        **props: further properties of the block.

    Returns:
        A block that takes no room while there is nothing to suggest: below 80 %, and as long as nothing is known.

    Example:
        ```python
        bui.upgrade_prompt("exports", on_upgrade=Checkout.start)
        ```
    """
    return _place(prompt_block, feature_key, on_upgrade, labels, class_name, props)


@checked()
def compact_upgrade_prompt(
    feature_key: str | rx.Var[str],
    *,
    on_upgrade: Any = None,
    labels: Labels | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """The same in one line: what is short, and the plan that fits with its price.

    Args:
        feature_key: which feature.
        on_upgrade: what the action does, called with the suggested plan's key; without it as for `upgrade_nudge`.
        labels: the words of the plans that then open; by default those that were installed.
        class_name: further classes.
        **props: further properties of the line.

    Example:
        ```python
        bui.compact_upgrade_prompt("api_calls")
        ```
    """
    return _place(compact_prompt_block, feature_key, on_upgrade, labels, class_name, props)


def prompt_block(prompt: NudgeView | rx.Var[NudgeView], *, on_upgrade: Any = None) -> rx.Component | rx.Var:
    """Draw a prompt; `upgrade_prompt` draws that of a feature."""
    view = rx.Var.create(prompt).to(NudgeView)
    return rx.cond(
        view.visible,
        rx.el.div(
            rx.el.div(nudge_message(view), class_name="bui-message"),
            rx.el.div(upgrade_button(view, on_upgrade), class_name="bui-buttons"),
            class_name="bui-nudge bui-prompt",
            custom_attrs={"data-open": "true", "data-tone": view.tone},
        ),
    )


def compact_prompt_block(prompt: NudgeView | rx.Var[NudgeView], *, on_upgrade: Any = None) -> rx.Component | rx.Var:
    """Draw a prompt in one line; `compact_upgrade_prompt` draws that of a feature."""
    view = rx.Var.create(prompt).to(NudgeView)
    return rx.cond(
        view.visible,
        rx.el.p(
            shape_icon(view.shape),
            rx.el.span(view.title),
            upgrade_button(view, on_upgrade, class_name="bui-link"),
            class_name="bui-compact-prompt",
            custom_attrs={"data-tone": view.tone},
        ),
    )


def _place(
    draw: Callable[..., rx.Component | rx.Var],
    feature_key: str | rx.Var[str],
    on_upgrade: Any,
    labels: Labels | None,
    class_name: str,
    props: dict[str, Any],
) -> rx.Component:
    return rx.el.div(
        lease(),
        draw(UsageState.prompts[feature_key], on_upgrade=on_upgrade),
        plans_place(labels) if on_upgrade is None else rx.fragment(),
        class_name=f"bui bui-prompt-place {class_name}".rstrip(),
        **props,
    )

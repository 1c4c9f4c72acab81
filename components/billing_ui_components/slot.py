"""What a host puts into a component: whatever shows something, as a child of any component of Reflex may be."""

from __future__ import annotations

import reflex as rx


def slot(given: rx.Component | rx.Var | str | None, default: rx.Component | rx.Var | None = None) -> rx.Component:
    """Make a component of what a slot was given.

    Args:
        given: a component, a text, or a var of one; None for what stands there by default.
        default: that, by default nothing.

    Returns:
        A component, which `rx.cond` and `rx.match` take beside others.
    """
    content = default if given is None else given
    if isinstance(content, rx.Component):
        return content
    return rx.fragment() if content is None else rx.fragment(content)

"""Events that a host hands to a component, called with the component's own argument."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.event import EventChain


def bound(event: Any, name: str, argument: str | rx.Var[str]) -> Any:
    """Bind a host's event to an argument.

    Args:
        event: an event handler, a function that returns events, an event that is complete already, or a list of them.
        name: the component's property, for error messages.
        argument: what a handler or a function gets; one that takes nothing is called with nothing.

    Returns:
        An event chain for any trigger.

    Example:
        >>> rx.el.button("See Pro", on_click=bound(Checkout.start, "on_upgrade", "pro"))
    """
    return EventChain.create(value=event, args_spec=lambda: (rx.Var.create(argument),), key=name)

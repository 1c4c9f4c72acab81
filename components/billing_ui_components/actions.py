"""Events that a host hands to a component, called with the component's own argument."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.event import EventChain
from reflex_base.utils.exceptions import ReflexError


def bound(event: Any, name: str, argument: str | rx.Var[str]) -> EventChain:
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

    def spec() -> Any:  # of no type that Reflex would hold against the host's annotations
        return (rx.Var.create(argument),)

    chain = EventChain.create(value=event, args_spec=spec, key=name)
    return chain if isinstance(chain, EventChain) else EventChain(events=[chain], args_spec=spec)  # pyright: ignore[reportArgumentType]


def check_event(what: str, value: Any, spec: Any = lambda: (rx.Var("key", _var_type=str),)) -> None:
    """Refuse what nothing can be done with, by binding it once on trial.

    Args:
        what: the component and its property.
        value: what it was given.
        spec: what the event is called with; by default the key that the components' own events get.

    Raises:
        TypeError: it is no event, or takes other arguments.
    """
    try:
        EventChain.create(value=value, args_spec=spec, key=what.rpartition(" ")[2])
    except (TypeError, ValueError, ReflexError) as error:
        wanted = "an event handler, an event, a function that returns events, or a list of them"
        raise TypeError(f"{what} must be {wanted}: {error}") from error

"""The further properties of a component's element, given as `**props`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

import reflex as rx
from reflex_base.constants.compiler import SpecialAttributes

from billing_ui_components.actions import check_event
from billing_ui_components.css_properties import CSS_PROPERTIES, PSEUDO_CLASSES, is_css


def check_properties(called: str, props: Mapping[str, Any], *, own: Iterable[str]) -> None:
    """Refuse a property that means nothing.

    Args:
        called: the factory.
        props: what it was given beside its own arguments.
        own: its own arguments, one of which may be meant.

    Raises:
        TypeError: neither an attribute or event that every element has, nor `data_...` or `aria_...`, nor CSS; or no event.
    """
    triggers = _triggers()
    for name, value in props.items():
        if name in triggers and value is not None:
            check_event(f"{called}: {name}", value, triggers[name])
        if name in _of_every_element() or SpecialAttributes.is_special(name) or is_css(name):
            continue
        # What any element takes only where it is nearly that: something of it is like almost any word.
        near = get_close_matches(name, [*CSS_PROPERTIES, *PSEUDO_CLASSES, *_of_every_element()], n=1, cutoff=0.8)
        near = near or get_close_matches(name, [*own], n=1)
        hint = f"did you mean {near[0]!r}?" if near else "attributes of the element go into custom_attrs={...}"
        raise TypeError(f"{called} has no property {name!r}: {hint}")


def with_attributes(props: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Add a component's own attributes to what it was given; those of the host come first.

    Args:
        props: as they were given.
        attributes: the component's own.
    """
    return {**props, "custom_attrs": {**attributes, **props.get("custom_attrs", {})}}


def html_attributes(props: Mapping[str, Any]) -> set[str]:
    """Which of these are attributes that every element of HTML has."""
    return props.keys() & (set(rx.el.Div.get_props()) - set(rx.Component.get_fields()))


@cache
def _triggers() -> Mapping[str, Any]:
    return rx.el.Div.get_event_triggers()


@cache
def _of_every_element() -> frozenset[str]:
    element = rx.el.Div
    return frozenset({*element.get_fields(), *element.get_props(), *_triggers()} - {"children"})

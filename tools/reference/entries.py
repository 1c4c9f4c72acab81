"""What the reference describes: every public name of the components, by its kind."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx
from reflex.components.component import ComponentNamespace

import billing_ui
import billing_ui_components
from billing_ui_components.labels import Labels
from tools.reference.docstring import Docstring, docstring_of


@dataclass(frozen=True)
class Prop:
    """One argument of a function, or one field of a class; `default` is None where it has none."""

    name: str
    type: str
    default: str | None
    text: str


@dataclass(frozen=True)
class Entry:
    """One public name, or a part of one: a component's parts, a state's methods."""

    name: str
    doc: Docstring
    props: tuple[Prop, ...]
    parts: tuple[Entry, ...] = ()


def components() -> list[Entry]:
    """What draws something, with the parts that a host can rearrange."""
    return [function_entry(name, thing) for name, thing in _public() if _draws(thing)]


def functions() -> list[Entry]:
    """The vars, events and calls for a host's own pages and handlers."""
    return [function_entry(name, thing) for name, thing in _public() if inspect.isfunction(thing) and not _draws(thing)]


def states() -> list[Entry]:
    """The states, with their vars and with the methods that a host's handlers call."""
    return [_state(name, thing) for name, thing in _public() if inspect.isclass(thing) and issubclass(thing, rx.State)]


def values() -> list[Entry]:
    """The frozen classes that go in and come out, and those that they hold; the labels have a page's part of their own."""
    classes = [thing for _, thing in _public() if inspect.isclass(thing) and dataclasses.is_dataclass(thing)]
    public = [thing for thing in classes if thing is not Labels]
    held = [inner for outer in public for inner in _held_by(outer)]
    return [class_entry(thing) for thing in dict.fromkeys([*public, *held])]


def everything() -> list[Entry]:
    """All of them and all their parts."""
    entries = [*components(), *functions(), *states(), *values()]
    return [*entries, *(part for entry in entries for part in entry.parts)]


def _public() -> list[tuple[str, Any]]:
    return [(name, getattr(billing_ui_components, name)) for name in billing_ui_components.__all__]


def _draws(thing: Any) -> bool:
    if isinstance(thing, ComponentNamespace):
        return True
    return inspect.isfunction(thing) and typing.get_type_hints(thing).get("return") is rx.Component


def function_entry(name: str, thing: Any) -> Entry:
    """A function, or a component with its parts."""
    if isinstance(thing, ComponentNamespace):
        named = {part: member for part, member in vars(type(thing)).items() if isinstance(member, staticmethod)}
        call = named.pop("__call__").__func__
        parts = tuple(function_entry(f"{name}.{part}", member.__func__) for part, member in named.items())
    else:
        call, parts = thing, ()
    doc = docstring_of(call)
    return Entry(name, doc, tuple(arguments(call, doc)), parts)


def arguments(call: Callable[..., Any], doc: Docstring) -> Iterable[Prop]:
    """What a function takes."""
    # Some are imported for type checkers only.
    hints = typing.get_type_hints(call, localns={name: getattr(billing_ui, name) for name in billing_ui.__all__})
    for name, parameter in inspect.signature(call).parameters.items():
        if name == "self":
            continue
        further = parameter.kind is parameter.VAR_KEYWORD
        default = None if parameter.default is parameter.empty else repr(parameter.default)
        kind = _type(parameter.annotation, hints[name])
        yield Prop(f"**{name}" if further else name, kind, default, doc.texts.get(name, ""))


def _state(name: str, state: type[rx.State]) -> Entry:
    public = {var: member for var, member in state.computed_vars.items() if not var.startswith("_")}
    fields = (
        Prop(var, inspect.signature(member.fget).return_annotation, None, docstring_of(member.fget).summary)
        for var, member in public.items()
        if var in vars(state)
    )
    # What is public in a state, every browser may call, so a mixin's methods for the host begin with an underscore.
    methods = vars(state) if state._mixin else {key: handler.fn for key, handler in state.event_handlers.items()}
    own = {key: method for key, method in methods.items() if getattr(method, "__module__", "") == state.__module__}
    parts = (
        function_entry(f"{name}.{key}", method) for key, method in own.items() if inspect.iscoroutinefunction(method)
    )
    return Entry(name, docstring_of(state), tuple(fields), tuple(parts))


def class_entry(thing: Any) -> Entry:
    """A frozen class with its fields and what it derives of them."""
    doc, hints = docstring_of(thing), typing.get_type_hints(thing)
    fields = (
        Prop(field.name, _type(str(field.type), hints[field.name]), _default(field), doc.texts.get(field.name, ""))
        for field in dataclasses.fields(thing)
    )
    derived = (
        Prop(name, inspect.signature(member.fget).return_annotation, None, docstring_of(member.fget).summary)
        for name, member in vars(thing).items()
        if isinstance(member, property) and member.fget and not name.startswith("_")
    )
    return Entry(thing.__name__, doc, (*fields, *derived))


def _held_by(thing: Any) -> list[Any]:
    inner = [kind for hint in typing.get_type_hints(thing).values() for kind in typing.get_args(hint)]
    return [kind for kind in inner if dataclasses.is_dataclass(kind)]


def _default(field: dataclasses.Field[Any]) -> str | None:
    if field.default_factory is not dataclasses.MISSING:
        return f"{field.default_factory()!r}"
    return None if field.default is dataclasses.MISSING else repr(field.default)


def _type(annotation: str, hint: Any) -> str:
    """As it is written; a name for a choice of literals is spelled out."""
    if typing.get_origin(hint) is Literal:
        return " | ".join(map(repr, typing.get_args(hint)))
    return annotation

"""The page, in Markdown."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence

from billing_ui_components.css_variables import css_variables
from billing_ui_components.labels import GERMAN, Labels
from tools.reference.docstring import docstring_of
from tools.reference.entries import Entry, Prop, components, functions, states, values

_HEAD = """# Component reference

Every name here is one of `import billing_ui as bui`; [the README](../README.md) shows how an app installs it. `make reference`
makes this page of the signatures and docstrings, and the tests build and open a page of its examples. `Checkout` in them is a
state of the host's.
"""
_CSS = """Set them on any ancestor of a component, `:root` for all. Without one, the tokens of a Radix theme apply where the host has
them, else the last value: light, then dark."""
_GROUPS: dict[str, Callable[[], Sequence[Entry]]] = {
    "Components": components,
    "Vars, events and calls": functions,
    "States": states,
    "Values": values,
}


def page() -> str:
    """The whole page."""
    groups = {title: entries() for title, entries in _GROUPS.items()}
    contents = [f"- {title}: {', '.join(map(_link, entries))}" for title, entries in groups.items()]
    contents += ["- [Labels](#labels)", "- [CSS variables](#css-variables)"]
    blocks = [_HEAD, "\n".join(contents)]
    for title, entries in groups.items():
        blocks += [f"## {title}", *(block for entry in entries for block in _entry(entry))]
    blocks += ["## Labels", docstring_of(Labels).more, _labels(), "## CSS variables", _CSS, _variables()]
    return "\n\n".join(block.strip() for block in blocks if block) + "\n"


def _link(entry: Entry) -> str:
    return f"[`{entry.name}`](#{entry.name.lower()})"


def _entry(entry: Entry, level: str = "###") -> Iterable[str]:
    events = [prop for prop in entry.props if prop.name.startswith("on_")]
    yield f"{level} `{entry.name}`"
    yield entry.doc.summary
    yield entry.doc.more
    if entry.doc.example:
        yield f"```python\n{entry.doc.example}\n```"
    yield _table(("", "type", "default", ""), [_prop(prop) for prop in entry.props if prop not in events])
    yield _table(("event", ""), [(f"`{event.name}`", event.text) for event in events])
    if entry.doc.returns:
        yield f"Gives {entry.doc.returns[0].lower()}{entry.doc.returns[1:]}"
    yield "\n".join(f"- Raises `{error}`: {when}" for error, when in entry.doc.raises.items())
    for part in entry.parts:
        yield from _entry(part, "####")


def _prop(prop: Prop) -> tuple[str, str, str, str]:
    return f"`{prop.name}`", f"`{prop.type}`", f"`{prop.default}`" if prop.default is not None else "", prop.text


def _labels() -> str:
    rows = [
        (f"`{label.name}`", f"`{getattr(Labels(), label.name)!r}`", f"`{getattr(GERMAN, label.name)!r}`")
        for label in dataclasses.fields(Labels)
        if isinstance(label.default, str)
    ]
    return _table(("label", "English", "`GERMAN`"), rows)


def _variables() -> str:
    rows = [(f"`{variable.name}`", f"`{variable.fallback}`", variable.about) for variable in css_variables()]
    return _table(("variable", "default", ""), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

"""The components' page, in Markdown."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from billing_ui_components.css_variables import css_variables
from billing_ui_components.labels import GERMAN, Labels
from tools.reference.docstring import docstring_of
from tools.reference.entries import Entry, components, functions, states, values
from tools.reference.markdown import entry_blocks, link, table

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
    contents = [f"- {title}: {', '.join(map(link, entries))}" for title, entries in groups.items()]
    contents += ["- [Labels](#labels)", "- [CSS variables](#css-variables)"]
    blocks = [_HEAD, "\n".join(contents)]
    for title, entries in groups.items():
        blocks += [f"## {title}", *(block for entry in entries for block in entry_blocks(entry))]
    blocks += ["## Labels", docstring_of(Labels).more, _labels(), "## CSS variables", _CSS, _variables()]
    return "\n\n".join(block.strip() for block in blocks if block) + "\n"


def _labels() -> str:
    rows = [
        (f"`{label.name}`", f"`{getattr(Labels(), label.name)!r}`", f"`{getattr(GERMAN, label.name)!r}`")
        for label in dataclasses.fields(Labels)
        if isinstance(label.default, str)
    ]
    return table(("label", "English", "`GERMAN`"), rows)


def _variables() -> str:
    rows = [(f"`{variable.name}`", f"`{variable.fallback}`", variable.about) for variable in css_variables()]
    return table(("variable", "default", ""), rows)

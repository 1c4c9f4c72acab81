"""The examples of the reference, run."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import reflex as rx

import billing_ui as bui
from tools.reference.entries import Entry


def drawn(entry: Entry, host: Mapping[str, Any]) -> rx.Component:
    """Run an entry's example, and draw what its expressions come to.

    Args:
        entry: one with an example.
        host: the names of the host's own that the examples use, such as `Checkout`.

    Returns:
        A section whose id is the entry's name.
    """
    values = run(entry, host)
    return rx.el.section(*(value for value in values if isinstance(value, rx.Component | rx.Var)), id=entry.name)


def run(entry: Entry, host: Mapping[str, Any]) -> list[Any]:
    """Run an entry's example; the values of the lines that are expressions."""
    names = {"rx": rx, "bui": bui, **host}
    values = []
    for statement in ast.parse(entry.doc.example, entry.name).body:
        if isinstance(statement, ast.Expr):
            values.append(eval(compile(ast.Expression(statement.value), entry.name, "eval"), names))
        else:
            exec(compile(ast.Module([statement], []), entry.name, "exec"), names)
    return values

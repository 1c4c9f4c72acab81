"""The parts of a table, each with its role written out: some browsers take it from a part that a stylesheet draws as a block."""

from __future__ import annotations

from typing import Any

import reflex as rx


def table(*parts: Any, **props: Any) -> rx.Component:
    """A table of a caption, a head and a body."""
    return rx.el.table(*parts, role="table", **props)


def head(*rows: Any) -> rx.Component:
    """The rows that name the columns."""
    return rx.el.thead(*rows, role="rowgroup")


def body(*rows: Any) -> rx.Component:
    """All other rows."""
    return rx.el.tbody(*rows, role="rowgroup")


def row(*cells: Any) -> rx.Component:
    """One row."""
    return rx.el.tr(*cells, role="row")


def column_heading(*content: Any, **props: Any) -> rx.Component:
    """What a column is of."""
    return rx.el.th(*content, scope="col", role="columnheader", **props)


def row_heading(*content: Any) -> rx.Component:
    """What a row is of."""
    return rx.el.th(*content, scope="row", role="rowheader")


def cell(*content: Any, **props: Any) -> rx.Component:
    """One value."""
    return rx.el.td(*content, role="cell", **props)

"""No component says a word that is not in the labels: their sources hold no text that is drawn."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import billing_ui.portal
import billing_ui_components

# The labels themselves; the gallery, and what a portal without customers shows, which are for developers.
WITHOUT_CUSTOMERS = ("labels", "gallery", "setup_page")
SOURCES = [
    path
    for package in (billing_ui_components, billing_ui.portal)
    for path in sorted(Path(package.__path__[0]).glob("*.py"))
    if not path.stem.startswith(WITHOUT_CUSTOMERS)
]
# What draws its arguments.
_DRAWS = re.compile(r"rx\.(el\.\w+|cond|match|fragment|text)")
SPOKEN = {
    "alt",
    "aria-description",
    "aria-label",
    "aria-roledescription",
    "aria-valuetext",
    "label",
    "placeholder",
    "title",
}


def drawn_texts(source: str) -> list[str]:
    """The words in a module that a person would see or hear: children of elements, and what names them."""
    found = [text for node in ast.walk(ast.parse(source)) for part in _drawn(node) for text in _literals(part)]
    # One word in small letters is a key, such as "denied".
    return [text for text in found if re.search(r"[^\W\d_]{2,}", text) and not re.fullmatch(r"[a-z_]+", text)]


def _drawn(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Call) and _DRAWS.fullmatch(ast.unparse(node.func)):
        yield from node.args
        yield from (choice.elts[-1] for choice in node.args if isinstance(choice, ast.Tuple) and choice.elts)
        yield from (keyword.value for keyword in node.keywords if keyword.arg in SPOKEN)
    if isinstance(node, ast.Dict):
        names = (key.value if isinstance(key, ast.Constant) else None for key in node.keys)
        yield from (value for name, value in zip(names, node.values, strict=True) if name in SPOKEN)


def _literals(node: ast.AST | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            yield from _literals(part)
    elif isinstance(node, ast.BinOp):
        yield from _literals(node.left)
        yield from _literals(node.right)
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_component_has_no_text_of_its_own(source: Path) -> None:
    assert drawn_texts(source.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        'rx.el.h3("Usage")',
        'rx.el.p(rx.cond(full, "Limit reached", ""))',
        'rx.match(state, ("error", "Try again"), "")',
        'rx.el.p(f"{count} left")',
        'rx.el.p("left: " + count)',
        'rx.el.button(icon, custom_attrs={"aria-label": "Close"})',
        'rx.el.input(placeholder="Your name")',
        'rx.el.p(labels.left if count else "Nothing")',
    ],
)
def test_a_text_in_a_source_is_found(source: str) -> None:
    assert drawn_texts(source)


@pytest.mark.parametrize(
    "source",
    [
        'rx.el.p(labels.left, " ", class_name="bui-note")',
        'rx.Var("undefined")',
        'rx.cond(view.state == "loading", a, b)',
        'rx.el.div(custom_attrs={"aria-hidden": "true", "data-state": "loading"})',
    ],
)
def test_what_nobody_reads_is_no_text(source: str) -> None:
    assert drawn_texts(source) == []

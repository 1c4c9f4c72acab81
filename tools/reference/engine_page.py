"""The engine's page, in Markdown."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence

from tools.reference.engine import engines, errors, holds, hosting, results
from tools.reference.entries import Entry
from tools.reference.markdown import entry_blocks, link, table

_HEAD = """# Engine reference

Every name here is one of `import billing_ui as bui`, and those of the engine are in `billing_ui_backend` too, which needs no Reflex.
`AsyncBilling` has the calls of `Billing` as coroutines; `BillingClient` and `AsyncBillingClient` have them over HTTP, and say so
where one needs the database itself. `make reference` makes this page of the signatures and docstrings, and the tests run its
examples. Quantities come out as `Decimal`, instants as `datetime` in UTC.
"""
_GROUPS: dict[str, Callable[[], Sequence[Entry]]] = {
    "Calls": engines,
    "Holds": holds,
    "In and around an app": hosting,
    "Results and the catalog": results,
}


def engine_page() -> str:
    """The whole page."""
    groups = {title: entries() for title, entries in _GROUPS.items()}
    contents = [f"- {title}: {', '.join(map(link, entries))}" for title, entries in groups.items()]
    calls = [f"- [`{part.name}`](#{_anchor(part.name)})" for entry in groups["Calls"] for part in entry.parts]
    blocks = [_HEAD, "\n".join([*contents, "- [Errors](#errors)"])]
    for title, entries in groups.items():
        blocks.append(f"## {title}")
        blocks += ["\n".join(calls)] if title == "Calls" else []
        blocks += [block for entry in entries for block in entry_blocks(entry)]
    blocks += [
        "## Errors",
        "All are a `BillingError`: `code`, `status`, a message that says what to do, `details`.",
        _errors(),
    ]
    return "\n\n".join(block.strip() for block in blocks if block) + "\n"


def _anchor(name: str) -> str:
    return name.lower().replace(".", "")


def _errors() -> str:
    rows = [(f"`{kind.__name__}`", f"`{kind.code}`", str(kind.status), _about(kind)) for kind in errors()]
    return table(("error", "code", "HTTP", ""), rows)


def _about(kind: type) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())

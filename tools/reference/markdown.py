"""Entries as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tools.reference.entries import Entry, Prop


def link(entry: Entry) -> str:
    return f"[`{entry.name}`](#{entry.name.lower()})"


def entry_blocks(entry: Entry, level: str = "###") -> Iterable[str]:
    events = [prop for prop in entry.props if prop.name.startswith("on_")]
    yield f"{level} `{entry.name}`"
    yield entry.doc.summary
    yield entry.doc.more
    if entry.doc.example:
        yield f"```python\n{entry.doc.example}\n```"
    props = [_prop(prop) for prop in entry.props if prop not in events]
    if any(prop[-1] for prop in props):
        yield table(("", "type", "default", ""), props)
    else:
        yield table(("", "type", "default"), [prop[:-1] for prop in props])
    yield table(("event", ""), [(f"`{event.name}`", event.text) for event in events])
    if entry.doc.returns:
        yield f"Gives {entry.doc.returns[0].lower()}{entry.doc.returns[1:]}"
    yield "\n".join(f"- Raises `{error}`: {when}" for error, when in entry.doc.raises.items())
    if entry.doc.also_raises:
        yield f"{'Also raises' if entry.doc.raises else 'Raises'} {_in_a_sentence(entry.doc.also_raises)}"
    for part in entry.parts:
        yield from entry_blocks(part, "####")


def _in_a_sentence(errors: str) -> str:
    """`As` begins a sentence in the docstring; errors keep their names."""
    return errors.replace("As ", "as ", 1) if errors.startswith("As ") else errors


def _prop(prop: Prop) -> tuple[str, str, str, str]:
    return f"`{prop.name}`", f"`{prop.type}`", f"`{prop.default}`" if prop.default is not None else "", prop.text


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

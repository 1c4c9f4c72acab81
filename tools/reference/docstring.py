"""A Google-style docstring, taken apart."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass

_SECTION = re.compile(r"^(Args|Attributes|Returns|Raises|Example):$", re.M)
_ENTRY = re.compile(r"^(\*{0,2}\w[\w, ]*): (.*)$")


@dataclass(frozen=True)
class Docstring:
    """What a docstring says.

    Attributes:
        summary: its first paragraph, in one line.
        more: the paragraphs that follow, as they are.
        texts: by argument or attribute, in one line.
        returns: what comes out.
        raises: when, by error.
        also_raises: the errors that need no word about when.
        example: the code of its example, "" without one.
    """

    summary: str
    more: str
    texts: Mapping[str, str]
    returns: str
    raises: Mapping[str, str]
    also_raises: str
    example: str


def docstring_of(thing: object) -> Docstring:
    """Take the docstring of a function or a class apart."""
    preamble, *rest = _SECTION.split(inspect.getdoc(thing) or "")
    sections = dict(zip(rest[::2], map(inspect.cleandoc, rest[1::2]), strict=True))
    summary, _, more = preamble.strip().partition("\n\n")
    return Docstring(
        _one_line(summary),
        more,
        {**_entries(sections.get("Attributes", "")), **_entries(sections.get("Args", ""))},
        _one_line(sections.get("Returns", "")),
        _entries(sections.get("Raises", "")),
        _bare(sections.get("Raises", "")),
        _code(sections.get("Example", "")),
    )


def _entries(section: str) -> dict[str, str]:
    """The texts by name; several names may share one: `style, on_upgrade: as above`."""
    entries: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        if found := _ENTRY.match(line):
            names = [name.strip("* ") for name in found[1].split(",")]
            entries |= dict.fromkeys(names, found[2])
        elif line.startswith(" "):
            entries |= {name: f"{entries[name]} {line.strip()}" for name in names}
    return entries


def _bare(section: str) -> str:
    """The lines that begin no entry and go none on."""
    return " ".join(line for line in section.splitlines() if not line.startswith(" ") and not _ENTRY.match(line))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _code(section: str) -> str:
    """The code between fences; or that of a doctest, without its prompts and answers."""
    if fenced := re.search(r"```python\n(.*?)\n```", section, re.S):
        return fenced[1]
    return "\n".join(line[4:] for line in section.splitlines() if line.startswith((">>> ", "... ")))

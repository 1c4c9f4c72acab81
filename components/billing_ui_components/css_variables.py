"""The public CSS variables, read from the one place that declares them: the head of the stylesheet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

SHEET = Path(__file__).with_name("billing_ui.css")
_DECLARATION = re.compile(r"^  --_bui-([\w-]+): var\(--bui-\1, (.+)\); /\* (.+) \*/$", re.MULTILINE)


@dataclass(frozen=True)
class CssVariable:
    """A variable that a host may set on any ancestor.

    Attributes:
        name: such as `--bui-card`.
        fallback: what applies without it: a token of a Radix theme, else a value of this library.
        about: what it is for, in words.
    """

    name: str
    fallback: str
    about: str

    @property
    def is_color(self) -> bool:
        """Whether its value is a colour."""
        return any(name in self.fallback for name in ("light-dark(", "color-mix("))


def css_variables() -> list[CssVariable]:
    """All public variables, in the stylesheet's order.

    Example:
        >>> css_variables()[0].name
        '--bui-card'
    """
    return [
        CssVariable(f"--bui-{name}", value, about) for name, value, about in _DECLARATION.findall(SHEET.read_text())
    ]

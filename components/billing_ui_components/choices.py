"""Properties that take one of a few words."""

from __future__ import annotations

from typing import Any, get_args


def check_choice(name: str, value: object, choices: Any, hint: str = "") -> None:
    """Refuse a word that a property does not know.

    Args:
        name: the property's.
        value: what was given.
        choices: the Literal of its words.
        hint: what else a host may have meant.

    Raises:
        ValueError: it is none of them.
    """
    words = get_args(choices)
    if value not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)}, got {value!r:.80}{hint and f': {hint}'}")

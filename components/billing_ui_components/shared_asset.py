"""The scripts and stylesheets beside these modules, as parts of the app that is being built."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import reflex as rx

_IMPORT = re.compile(r'^import .* from "\./(.+)";$', re.M)


def shared_asset(name: str) -> str:
    """Link a file of this package into the app that is being built, with the files beside it that it imports.

    Args:
        name: of the file, beside this module.

    Returns:
        What the pages import it by.

    Raises:
        FileNotFoundError: there is no such file.

    Example:
        ```python
        library = shared_asset("tabs.js")
        ```
    """
    return _linked(name, Path.cwd())


@cache
def _linked(name: str, _app: Path) -> str:
    # Once an app: each call of Reflex's reads the sources of all its callers, and a page asks for the same file many times.
    link = rx.asset(name, shared=True).importable_path
    if name.endswith(".js"):
        for imported in _IMPORT.findall(Path(__file__).with_name(name).read_text()):
            shared_asset(imported)
    return link

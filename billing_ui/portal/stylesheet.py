"""The portal's stylesheet, built into exactly the pages that use it."""

from __future__ import annotations

import reflex as rx
from reflex_base.utils.imports import ImportDict
from reflex_components_core.base.fragment import Fragment


class _Stylesheet(Fragment):
    """Draws nothing; the build follows its import."""

    def add_imports(self) -> ImportDict:
        return {"": rx.asset("portal.css", shared=True).importable_path}


def portal_stylesheet() -> rx.Component:
    """Bring the portal's stylesheet to the page on which the returned component is.

    Returns:
        A component that draws nothing.
    """
    return _Stylesheet.create()

"""The stylesheet of what the demo adds."""

from __future__ import annotations

import reflex as rx
from reflex_base.utils.imports import ImportDict
from reflex_components_core.base.fragment import Fragment


class _Stylesheet(Fragment):
    """Draws nothing; the build follows its import."""

    def add_imports(self) -> ImportDict:
        return {"": rx.asset("demo.css", shared=True).importable_path}


def demo_stylesheet() -> rx.Component:
    """Bring the demo's stylesheet to the page on which the returned component is.

    Returns:
        A component that draws nothing.
    """
    return _Stylesheet.create()

"""The stylesheet of plans, built into exactly the pages that show some."""

from __future__ import annotations

import reflex as rx
from reflex_base.utils.imports import ImportDict
from reflex_components_core.base.fragment import Fragment


class _Stylesheet(Fragment):
    """Draws nothing; the build follows its import."""

    def add_imports(self) -> ImportDict:
        return {"": rx.asset("plans.css", shared=True).importable_path}


def plans_stylesheet() -> rx.Component:
    """Bring the stylesheet of plans to the page on which the returned component is."""
    return _Stylesheet.create()

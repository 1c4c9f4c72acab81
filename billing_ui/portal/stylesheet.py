"""A stylesheet that is built into exactly the pages that use it."""

from __future__ import annotations

import reflex as rx
from reflex.assets import AssetPathStr
from reflex_base.utils.imports import ImportDict
from reflex_components_core.base.fragment import Fragment


class _Stylesheet(Fragment):
    """Draws nothing; the build follows its import."""

    _path: str

    def add_imports(self) -> ImportDict:
        return {"": self._path}


def page_stylesheet(sheet: AssetPathStr) -> rx.Component:
    """Bring a stylesheet to the page on which the returned component is.

    Args:
        sheet: a shared asset.

    Returns:
        A component that draws nothing.

    Example:
        ```python
        page_stylesheet(rx.asset("portal.css", shared=True))
        ```
    """
    component = _Stylesheet.create()
    assert isinstance(component, _Stylesheet)
    component._path = sheet.importable_path
    return component

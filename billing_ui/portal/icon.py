"""The portal's icon in the browser's tab."""

from __future__ import annotations

import reflex as rx


def icon_link() -> rx.Component:
    """An entry for `rx.App(head_components=...)`.

    Returns:
        A link element; with it no browser asks for a favicon.ico that may not be there.
    """
    return rx.el.link(rel="icon", type="image/svg+xml", href=rx.asset("favicon.svg", shared=True))

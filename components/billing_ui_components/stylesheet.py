"""The one stylesheet, shipped beside this module."""

from __future__ import annotations

import reflex as rx


def stylesheet_url() -> str:
    """Make the stylesheet available to the app that is being built.

    Returns:
        Its path for `rx.App.stylesheets`.

    Example:
        ```python
        app.stylesheets.append(stylesheet_url())
        ```
    """
    # The asset's own URL carries a version and the host's frontend_path; the compiler looks for a file by this path.
    return rx.asset("billing_ui.css", shared=True).importable_path.removeprefix("$/public")

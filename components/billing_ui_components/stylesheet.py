"""The stylesheets, shipped beside this module."""

from __future__ import annotations

import reflex as rx


def stylesheet_urls() -> list[str]:
    """Make the stylesheets available to the app that is being built.

    Returns:
        Their paths for `rx.App.stylesheets`, in order.

    Example:
        ```python
        app.stylesheets.extend(stylesheet_urls())
        ```
    """
    assets = (rx.asset("billing_ui.css", shared=True), rx.asset("plans.css", shared=True))
    # The asset's own URL carries a version and the host's frontend_path; the compiler looks for a file by this path.
    return [asset.importable_path.removeprefix("$/public") for asset in assets]

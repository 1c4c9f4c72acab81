"""The stylesheets, shipped beside this module."""

from __future__ import annotations

from billing_ui_components.shared_asset import shared_asset


def stylesheet_urls() -> list[str]:
    """Make the stylesheets available to the app that is being built.

    Returns:
        Their paths for `rx.App.stylesheets`, in order.

    Example:
        ```python
        app.stylesheets.extend(stylesheet_urls())
        ```
    """
    assets = (shared_asset("billing_ui.css"), shared_asset("plans.css"))
    # An asset's URL carries a version and the host's frontend_path; the compiler looks for a file by this path.
    return [asset.removeprefix("$/public") for asset in assets]

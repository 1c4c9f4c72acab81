"""The portal's pages in a host's app."""

from __future__ import annotations

from functools import partial

from reflex_base.plugins.base import Plugin, RegisterRouteContext
from typing_extensions import Unpack


class BillingPlugin(Plugin):
    """Adds the portal's usage page to a host's app, with a way back to the app's own page at "/". Call `bui.install` in the app as
    well.

    Args:
        route: where the page is; a page that the app itself has there wins.

    Example:
        ```python
        # rxconfig.py
        import billing_ui as bui
        import reflex as rx

        config = rx.Config(app_name="shop", plugins=[bui.BillingPlugin(route="/billing")])
        ```
    """

    def __init__(self, *, route: str = "/billing") -> None:
        self.route = route

    def register_route(self, **context: Unpack[RegisterRouteContext]) -> None:
        """Add the page, before the app's first compilation."""
        if context["has_app_page"](self.route):
            return
        # rxconfig is still loading while the plugin is made: states and pages can be imported only now.
        from billing_ui.portal import usage_page
        from billing_ui_components.runtime import installed_labels

        page = partial(usage_page, home="/" if context["has_app_page"]("/") else None)
        context["add_page"](page, route=self.route, title=installed_labels().portal_usage)

"""The portal without the demo: identity, catalog and database come from the environment."""

from __future__ import annotations

import os

import reflex as rx

from billing_ui.installation import install
from billing_ui.portal.environment import CATALOG, PRODUCT_NAME, identify_from_environment
from billing_ui.portal.icon import icon_link
from billing_ui.portal.page import usage_page
from billing_ui.portal.setup_page import setup_page
from billing_ui_backend import AsyncBilling
from billing_ui_components.labels import Labels
from billing_ui_components.stylesheet import stylesheet_urls


def create_app() -> rx.App:
    """Make the portal's app.

    Returns:
        An app whose first page shows the usage of the customer that `BILLING_IDENTIFY` names, or, while that is not set,
        how to set it.

    Raises:
        ValueError: `BILLING_IDENTIFY` names no function.
    """
    identify = identify_from_environment()
    product_name = os.environ.get(PRODUCT_NAME) or Labels().portal_name
    app = rx.App(head_components=[icon_link()], html_lang="en")
    if identify is None:
        # Without an engine, which would not start before there is a catalog: the page says what to set.
        app.stylesheets.extend(stylesheet_urls())
        app.add_page(setup_page(), route="/", title=product_name)
        return app
    app.add_page(usage_page(product_name=product_name), route="/", title=product_name)
    install(app, billing=AsyncBilling(catalog=os.environ.get(CATALOG) or None), identify=identify)
    return app

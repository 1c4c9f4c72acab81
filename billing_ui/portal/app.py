"""The portal without the demo: identity, catalog and database come from the environment."""

from __future__ import annotations

import os

import reflex as rx

from billing_ui.installation import install
from billing_ui.portal.environment import CATALOG, PRODUCT_NAME, identify_from_environment, nobody
from billing_ui.portal.icon import icon_link
from billing_ui.portal.page import usage_page
from billing_ui.portal.setup_page import setup_page
from billing_ui_backend import AsyncBilling


def create_app() -> rx.App:
    """Make the portal's app.

    Returns:
        An app whose first page shows the usage of the customer that `BILLING_IDENTIFY` names, or, while that is not set,
        how to set it.

    Raises:
        ValueError: `BILLING_IDENTIFY` names no function.
    """
    identify = identify_from_environment()
    product_name = os.environ.get(PRODUCT_NAME) or "Billing"
    app = rx.App(head_components=[icon_link()], html_lang="en")
    page = setup_page() if identify is None else usage_page(product_name=product_name)
    app.add_page(page, route="/", title=product_name)
    install(app, billing=AsyncBilling(catalog=os.environ.get(CATALOG) or None), identify=identify or nobody)
    return app

"""The portal's pages: in its own app, and in a host's by `BillingPlugin`."""

from billing_ui.portal.page import usage_page

__all__ = ["usage_page"]

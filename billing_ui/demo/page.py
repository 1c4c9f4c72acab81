"""The demo's page: the portal's page with the switcher above and what can be tried beside."""

from __future__ import annotations

import reflex as rx

from billing_ui.demo.switcher import switcher
from billing_ui.demo.try_it import TRY_IT_ID, try_it
from billing_ui.portal.header import Link
from billing_ui.portal.page import usage_page
from billing_ui.portal.stylesheet import page_stylesheet


def demo_page() -> rx.Component:
    """Draw the demo's page.

    Returns:
        A whole page.
    """
    return usage_page(
        product_name="Acme Portal",
        links=[Link("Try it", f"#{TRY_IT_ID}")],
        above=rx.fragment(page_stylesheet(rx.asset("demo.css", shared=True)), switcher()),
        beside=try_it(),
        skeletons=6,
    )

"""What the portal shows while nobody has told it who is looking."""

from __future__ import annotations

import reflex as rx

from billing_ui.portal.environment import CATALOG, IDENTIFY
from billing_ui.portal.stylesheet import page_stylesheet

_EXAMPLE = '''# shop/login.py
import billing_ui as bui

async def current_customer(state) -> bui.Identity | str | None:
    """The customer behind a tab, from your own login; None when nobody is signed in."""
    session = your_sessions.find(state.router.headers.cookie)
    return session.customer_id if session else None
'''


def setup_page() -> rx.Component:
    """Say how to tell the portal who is looking.

    Returns:
        A whole page, which shows nobody's usage.
    """
    return rx.el.div(
        page_stylesheet(rx.asset("portal.css", shared=True)),
        rx.el.main(
            rx.el.section(
                rx.el.h1("This portal does not know its customers yet", class_name="portal-title"),
                rx.el.p(
                    "It shows nobody's usage until a function of yours says which customer is looking. Name it in ",
                    rx.el.code(IDENTIFY),
                    " as module:function and start the portal again:",
                ),
                rx.el.pre(rx.el.code(f"{IDENTIFY}=shop.login:current_customer")),
                rx.el.pre(rx.el.code(_EXAMPLE)),
                rx.el.p(
                    "What you sell comes from the catalog file that ",
                    rx.el.code(CATALOG),
                    " names; without it, from the catalog that the database already holds.",
                ),
                rx.el.p("To look around first, with customers that are made up: ", rx.el.code("billing-ui demo")),
                class_name="portal-card portal-setup",
            ),
            class_name="portal-main",
            custom_attrs={"data-beside": False},
        ),
        class_name="bui portal",
    )

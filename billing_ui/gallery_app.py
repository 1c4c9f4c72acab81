"""The gallery as an app of its own: `billing-ui gallery`."""

from __future__ import annotations

import reflex as rx

from billing_ui.installation import install
from billing_ui.portal.icon import icon_link
from billing_ui_backend import AsyncBilling
from billing_ui_components.gallery import add_gallery

# What is drawn is made up; the engine is there for the buttons, which then find nobody signed in.
_CATALOG = {"default_plan": "none", "features": {}, "plans": {"none": {"title": "None", "rank": 1, "features": {}}}}


async def _nobody(_state: rx.State) -> None:
    return None


def create_app() -> rx.App:
    """Make the gallery's app.

    Returns:
        An app whose pages read no usage: its database is a temporary one that stays empty.
    """
    app = rx.App(head_components=[icon_link()], html_lang="en")
    add_gallery(app)
    install(app, billing=AsyncBilling("sqlite://", catalog=_CATALOG), identify=_nobody)
    return app

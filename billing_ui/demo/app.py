"""The portal with its demo customers: `make demo`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable

import reflex as rx
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from billing_ui.demo.address import api_path
from billing_ui.demo.api import create_demo_api
from billing_ui.demo.catalog import CATALOG_PATH
from billing_ui.demo.faults import FaultyBilling
from billing_ui.demo.identity import demo_identify
from billing_ui.demo.page import demo_page
from billing_ui.demo.seed import seed
from billing_ui.demo.traffic import Traffic
from billing_ui.installation import install
from billing_ui.portal.icon import icon_link
from billing_ui_backend import AsyncBilling

# Not the portal's own database: the demo's catalog and customers must not get into it.
DATABASE_URL = "sqlite:///.billing/demo.db"


def create_app() -> rx.App:
    """Make the demo's app: the usage page with a switcher between three customers and things to try.

    `BILLING_DEMO_TRAFFIC=1` lets the customers' own programs call the API while somebody looks.
    """
    billing = FaultyBilling(os.environ.get("BILLING_DATABASE_URL") or DATABASE_URL, catalog=CATALOG_PATH)
    api = create_demo_api(billing)
    traffic = Traffic(api, billing, clock=time.monotonic)
    app = rx.App(head_components=[icon_link()], html_lang="en")
    app.add_page(demo_page, route="/", title="Acme Portal")
    identify = demo_identify(traffic.seen)
    # In the demo a plan changes at once and costs nothing.
    install(app, billing=billing, identify=identify, create_customers=False, allow_plan_change=True)
    transformers = app.api_transformer
    assert isinstance(transformers, list)
    transformers.append(_beside(api))
    app.register_lifespan_task(_lifespan(billing, traffic))
    return app


def _beside(api: ASGIApp) -> Callable[[ASGIApp], ASGIApp]:
    return lambda portal: Starlette(routes=[Mount(api_path(), api), Mount("", portal)])


def _lifespan(billing: AsyncBilling, traffic: Traffic):
    @contextlib.asynccontextmanager
    async def demo() -> AsyncIterator[None]:
        await seed(billing)
        if os.environ.get("BILLING_DEMO_TRAFFIC") != "1":
            yield
            return
        calls = asyncio.create_task(traffic.run(), name="billing_ui_demo_traffic")
        try:
            yield
        finally:
            calls.cancel()

    return demo

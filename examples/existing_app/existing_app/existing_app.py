"""An app that had its own pages, its own API and its own `/docs` before it charged for anything."""

import reflex as rx
from fastapi import FastAPI

import billing_ui as bui

api = FastAPI(title="The host's own API")


@api.get("/greeting")
async def greeting() -> dict[str, str]:
    return {"greeting": "hello"}


async def current_customer(state: rx.State) -> str | None:
    return "user_123"


@rx.page(route="/")
def index() -> rx.Component:
    return rx.el.main(
        rx.el.h1("The host's own page"),
        rx.el.a("Your usage", href="/billing"),
        bui.usage_display(feature_key="api_calls"),
    )


app = rx.App(api_transformer=api)
bui.install(app, billing=bui.AsyncBilling(catalog="billing.toml"), identify=current_customer)

"""A host app with the billing API below a path, as `granian tests.support.api_host:app` serves it."""

from fastapi import FastAPI

from billing_ui_backend import AsyncBilling, create_api

app = FastAPI()
app.mount("/billing-api", create_api(AsyncBilling()))


@app.get("/hello")
def hello() -> str:
    """The host's own route."""
    return "hello"

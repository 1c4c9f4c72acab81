"""The billing API: customers and usage over HTTP, for servers that hold a secret key."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Security
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from billing_ui_backend.api import customers, usage
from billing_ui_backend.api.problem_docs import COMMON
from billing_ui_backend.api.routing import respond
from billing_ui_backend.async_billing import AsyncBilling
from billing_ui_backend.billing import Billing
from billing_ui_backend.problems import http_problem

_DESCRIPTION = """
Counts usage exactly once per idempotency key and enforces limits. Every request needs
`Authorization: Bearer sk_test_...` or `sk_live_...`. Quantities are strings in answers; requests take strings
(exact) and JSON numbers. Instants are ISO 8601 in UTC. Errors are RFC 9457 problem details with a stable `code`.
"""


def create_api(billing: Billing | AsyncBilling) -> FastAPI:
    """The HTTP API of an engine, as an ASGI app to serve by itself or to mount below a path.

    It has its own docs at `/docs`. It neither opens nor closes the engine; use AsyncBilling where an event loop serves.

    Args:
        billing: the engine; with Billing each request takes a thread.

    Example:
        >>> host = FastAPI()
        >>> host.mount("/billing-api", create_api(billing))
    """
    api = FastAPI(
        title="Billing API",
        version="1",
        description=_DESCRIPTION,
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.billing = billing
    # For the document only: the route itself reads the key before anything else.
    documented = [Security(HTTPBearer(scheme_name="secret_key", bearerFormat="sk_...", auto_error=False))]
    for router in (customers.router, usage.router):
        api.include_router(router, dependencies=documented, responses=COMMON)
    api.add_exception_handler(HTTPException, _no_route)
    return api


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    detail = f"{request.method} {request.url.path}: {status.phrase.lower()}; the routes are listed at /docs of this API"
    problem = respond(http_problem(status, status.phrase, detail, status.name.lower()))
    problem.headers.update(error.headers or {})
    return problem

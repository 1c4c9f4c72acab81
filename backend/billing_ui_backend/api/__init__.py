"""The billing API: customers and usage over HTTP, for servers with a secret key and browsers with a session token."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from billing_ui_backend.api import customers, holds, nudges, reports, session_tokens, usage
from billing_ui_backend.api.callers import Gatekeeper
from billing_ui_backend.api.problem_docs import COMMON, SECURITY_SCHEMES
from billing_ui_backend.api.routing import respond
from billing_ui_backend.async_billing import AsyncBilling
from billing_ui_backend.billing import Billing
from billing_ui_backend.problems import http_problem

_DESCRIPTION = """
Counts usage exactly once per idempotency key and enforces limits. Every request needs
`Authorization: Bearer sk_test_...` or `sk_live_...`; some take a customer's session token instead. Quantities are strings
in answers; requests take strings (exact) and JSON numbers. Instants are ISO 8601 in UTC. Errors are RFC 9457 problem
details with a stable `code`.
"""
# Those that are called most come first: a request is compared with one route after another.
_ROUTERS = (
    usage.customer_router,
    usage.router,
    holds.router,
    reports.customer_router,
    reports.router,
    session_tokens.router,
    nudges.router,
    customers.router,
)


def _name(route: APIRoute) -> str:
    return route.name


# FastAPI builds what it needs of a route when the first request comes, a tenth of a second for all: once for all APIs of a process.
_all_routes = APIRouter()
for _router in _ROUTERS:
    _all_routes.include_router(_router, responses=COMMON, generate_unique_id_function=_name)


class _Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        document["components"]["securitySchemes"] = SECURITY_SCHEMES
        return document


def create_api(billing: Billing | AsyncBilling) -> FastAPI:
    """The HTTP API of an engine, as an ASGI app to serve by itself or to mount below a path.

    It has its own docs at `/docs`. It neither opens nor closes the engine; use AsyncBilling where an event loop serves. A
    secret key that was valid is believed for 10 seconds before it is looked up again. For browsers of another origin, put
    Starlette's CORSMiddleware around it.

    Args:
        billing: the engine; with Billing each request takes a thread.

    Example:
        >>> host = FastAPI()
        >>> host.mount("/billing-api", create_api(billing))
    """
    api = _Api(title="Billing API", version="1", description=_DESCRIPTION)
    api.state.billing = billing
    api.state.gatekeeper = Gatekeeper(billing)
    api.router.routes.extend(_all_routes.routes)
    api.add_exception_handler(HTTPException, _no_route)
    return api


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    detail = f"{request.method} {request.url.path}: {status.phrase.lower()}; the routes are listed at /docs of this API"
    problem = respond(http_problem(status, status.phrase, detail, status.name.lower()))
    problem.headers.update(error.headers or {})
    return problem

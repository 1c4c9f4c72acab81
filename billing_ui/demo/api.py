"""The demo's own product: a small HTTP API that customers call with their key, metered by `UsageMiddleware`.

Bodies are counted while they are read, and none is kept.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Scope

from billing_ui.demo.customers import BY_API_KEY, DemoCustomer
from billing_ui.demo.holdings import UPLOAD
from billing_ui_backend import (
    AsyncBilling,
    AuthenticationError,
    BillingError,
    RequestTooLarge,
    UsageMiddleware,
    UsageRule,
)
from billing_ui_backend.problems import problem_of
from billing_ui_backend.wire import to_json

MAX_UPLOAD_BYTES = 50 * 1024**2
MAX_ECHO_BYTES = 1024
LONGEST_NAME = 80
EMPTY_UPLOAD = "An empty file takes no storage: nothing was counted."


def create_demo_api(billing: AsyncBilling) -> Starlette:
    """Make the demo's API, to be mounted below a path.

    `POST /v1/echo` is one API call, `POST /v1/uploads?name=...` adds a file to storage, `POST /v1/files` processes one.
    Each needs `Authorization: Bearer <the customer's key>`; refusals are problem details.

    Args:
        billing: the engine, shared with the portal.

    Example:
        >>> api = create_demo_api(AsyncBilling("sqlite://", catalog="billing.toml"))
    """

    async def echo(request: Request) -> Response:
        _customer(request.scope)
        body = bytearray()
        await _read(request, body.extend, MAX_ECHO_BYTES)
        return _answer(f"It answered: {body.decode(errors='replace')}", request.state.usage_receipt)

    async def upload(request: Request) -> Response:
        customer = _customer(request.scope)
        name = request.query_params.get("name", "")[:LONGEST_NAME].strip() or "A file without a name"
        size = await _read(request, lambda _: None, MAX_UPLOAD_BYTES)
        if not size:
            return _answer(EMPTY_UPLOAD)
        receipt = await billing.track_usage(
            customer_id=customer.customer_id,
            feature_key="storage_gb",
            quantity=size / 1024**3,
            idempotency_key=f"upload:{uuid.uuid4().hex}",
            metadata={UPLOAD: name, "bytes": size},
        )
        return _answer(f"{name}: {size:,} bytes arrived and were discarded.", receipt, HTTPStatus.CREATED)

    async def process(request: Request) -> Response:
        _customer(request.scope)
        digest = hashlib.sha256()
        size = await _read(request, digest.update, MAX_UPLOAD_BYTES)
        return _answer(f"SHA-256 of {size:,} bytes: {digest.hexdigest()}")

    rules = [
        UsageRule("/v1/echo", "api_calls", methods=["POST"]),
        UsageRule("/v1/files", "files", methods=["POST"], quantity=_one_if_served, charge="unless_failed"),
    ]
    return Starlette(
        routes=[
            Route("/v1/echo", echo, methods=["POST"]),
            Route("/v1/uploads", upload, methods=["POST"]),
            Route("/v1/files", process, methods=["POST"]),
        ],
        middleware=[Middleware(UsageMiddleware, billing=billing, customer=_customer_id, rules=rules)],
        exception_handlers={BillingError: _refusal, ClientDisconnect: _gone},
    )


def _customer(scope: Scope) -> DemoCustomer:
    scheme, _, api_key = Headers(scope=scope).get("authorization", "").partition(" ")
    customer = BY_API_KEY.get(api_key)
    if scheme.lower() != "bearer" or customer is None:
        raise AuthenticationError("send Authorization: Bearer <api key>, with the key of one of the demo's customers")
    return customer


def _customer_id(scope: Scope) -> str | None:
    try:
        return _customer(scope).customer_id
    except AuthenticationError:
        return None  # Nobody's request is metered for nobody; the route answers it with 401.


def _one_if_served(_scope: Scope, response: Message | None) -> int:
    return 1 if response is None or response["status"] < HTTPStatus.BAD_REQUEST else 0


async def _read(request: Request, take: Callable[[bytes], object], limit: int) -> int:
    """Read a body to its end, chunk by chunk, and say how many bytes arrived."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise RequestTooLarge(
                f"the body has more than {limit:,} bytes, the most that is read here: nothing was counted"
            )
        take(chunk)
    return size


def _answer(said: str, receipt: object = None, status: int = HTTPStatus.OK) -> Response:
    return JSONResponse({"said": said, "receipt": to_json(receipt)}, status)


async def _refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BillingError)
    problem = problem_of(error)
    return Response(problem.body, problem.status, dict(problem.headers))


async def _gone(_request: Request, _error: Exception) -> Response:
    # Whoever went away while the body was read gets no answer; without this it would be a traceback in the log.
    return Response(status_code=HTTPStatus.BAD_REQUEST)

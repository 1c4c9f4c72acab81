"""What every route of the API does around its own work: the key first, then the body, and errors as problems."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, ClassVar

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from billing_ui_backend.api.body import JsonRequest, read_json
from billing_ui_backend.api.callers import Gatekeeper, confine
from billing_ui_backend.async_billing import AsyncBilling
from billing_ui_backend.billing import Billing
from billing_ui_backend.errors import BillingError, InvalidRequest, PermissionDenied
from billing_ui_backend.problems import Problem, internal_problem, problem_of
from billing_ui_backend.results import SessionToken
from billing_ui_backend.wire import to_json

log = logging.getLogger("billing_ui_backend.api")

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_ANSWER_HEADERS = {"content-type": "application/json", "cache-control": "no-store"}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


async def engine_of(request: Request) -> Billing | AsyncBilling:
    """The engine that the API was made for. Not a plain function: FastAPI would run that in a thread."""
    billing: Billing | AsyncBilling = request.app.state.billing
    return billing


Engine = Annotated[Billing | AsyncBilling, Depends(engine_of)]


class BillingRoute(APIRoute):
    """A route that needs a secret key and answers with problems."""

    opened_by: ClassVar[tuple[str, ...]] = ("secret_key",)

    def __init__(self, *args: Any, **settings: Any) -> None:
        security: list[dict[str, list[str]]] = [{scheme: []} for scheme in self.opened_by]
        super().__init__(*args, **{**settings, "openapi_extra": {"security": security}})

    def get_route_handler(self) -> Handler:
        """The handler that FastAPI makes, with the key checked before it and errors caught around it."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                gatekeeper: Gatekeeper = request.app.state.gatekeeper
                token = await gatekeeper.identify(request)
                if token is not None and "session_token" not in self.opened_by:
                    raise PermissionDenied(
                        f"a session token may not {request.method} {request.url.path}: a server does this, with its secret key"
                    )
                read = await read_json(request)
                return await handle(read if token is None else confine(read, token))
            except RequestValidationError as error:
                return respond(problem_of(InvalidRequest(_what_is_wrong(error))))
            except BillingError as error:
                if error.status >= 500:
                    log.warning("%s %s: %s", request.method, request.url.path, error.message)
                return respond(problem_of(error))
            except ClientDisconnect:
                return respond(problem_of(InvalidRequest("the connection ended before the body did")))
            except Exception:
                log.exception("%s %s failed", request.method, request.url.path)
                return respond(internal_problem())

        return guarded


class CustomerRoute(BillingRoute):
    """A route that a customer's session token opens too, for that customer alone."""

    opened_by = ("secret_key", "session_token")


def session_token_of(request: Request) -> SessionToken | None:
    """The session token that a browser sent, None for a server with its secret key."""
    assert isinstance(request, JsonRequest)
    return request.session_token


def arguments(body: BaseModel) -> dict[str, Any]:
    """The fields of a request by name, as they are."""
    return {name: getattr(body, name) for name in type(body).model_fields}


def answer(result: Any) -> Response:
    """A result as JSON."""
    # A name that a caller made up may hold half a character, and what was counted must be told: so written it is JSON's escape.
    return Response(_encode(to_json(result)).encode(errors="backslashreplace"), headers=_ANSWER_HEADERS)


def respond(problem: Problem) -> Response:
    """A problem as an answer."""
    return Response(problem.body, status_code=problem.status, headers=dict(problem.headers))


def _what_is_wrong(error: RequestValidationError) -> str:
    found = [f"{'.'.join(str(part) for part in entry['loc'])[:100]}: {entry['msg']}" for entry in error.errors()[:5]]
    return "; ".join(found)

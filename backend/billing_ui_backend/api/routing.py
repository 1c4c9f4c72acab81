"""What every route of the API does around its own work: the key first, then the body, and errors as problems."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from billing_ui_backend.api.body import read_json
from billing_ui_backend.async_billing import AsyncBilling
from billing_ui_backend.asynchronous import call
from billing_ui_backend.billing import Billing
from billing_ui_backend.errors import AuthenticationError, BillingError, InvalidRequest
from billing_ui_backend.problems import Problem, internal_problem, problem_of
from billing_ui_backend.wire import to_json

log = logging.getLogger("billing_ui_backend.api")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def engine_of(request: Request) -> Billing | AsyncBilling:
    """The engine that the API was made for."""
    billing: Billing | AsyncBilling = request.app.state.billing
    return billing


Engine = Annotated[Billing | AsyncBilling, Depends(engine_of)]


class BillingRoute(APIRoute):
    """A route that needs a secret key and answers with problems."""

    def get_route_handler(self) -> Handler:
        """The handler that FastAPI makes, with the key checked before it and errors caught around it."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                await _authenticate(request)
                return await handle(await read_json(request))
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


def answer(result: Any) -> Response:
    """A result as JSON."""
    return JSONResponse(to_json(result), headers={"cache-control": "no-store"})


def respond(problem: Problem) -> Response:
    """A problem as an answer."""
    return Response(problem.body, status_code=problem.status, headers=dict(problem.headers))


async def _authenticate(request: Request) -> None:
    given = request.headers.getlist("authorization")
    scheme, _, secret_key = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not secret_key:
        raise AuthenticationError(
            "send the secret key as `Authorization: Bearer sk_...`: there is none in this request"
        )
    await call(engine_of(request).authenticate, secret_key.strip())


def _what_is_wrong(error: RequestValidationError) -> str:
    found = [f"{'.'.join(str(part) for part in entry['loc'])[:100]}: {entry['msg']}" for entry in error.errors()[:5]]
    return "; ".join(found)

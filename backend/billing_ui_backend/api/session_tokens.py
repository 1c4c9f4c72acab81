"""Session tokens: a server makes one, and a browser of that customer shows it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.responses import Response

from billing_ui_backend.api.requests import CreateSessionToken
from billing_ui_backend.api.routing import BillingRoute, Engine, answer, arguments
from billing_ui_backend.asynchronous import call
from billing_ui_backend.results import SessionToken

router = APIRouter(prefix="/v1/session-tokens", tags=["session tokens"], route_class=BillingRoute)

_EXAMPLES: Any = {"ten minutes": {"value": {"customer_id": "cus_123", "user_id": "ada", "ttl": 600}}}


@router.post("", response_model=SessionToken)
async def create_session_token(
    body: Annotated[CreateSessionToken, Body(openapi_examples=_EXAMPLES)], billing: Engine
) -> Response:
    """Makes a customer's short-lived token for a browser: for the customer's own metrics, entitlements, events and history,
    and for tracking `client_trackable` features. It is shown once and can't be taken back."""
    return answer(await call(billing.create_session_token, **arguments(body)))

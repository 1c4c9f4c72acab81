"""Usage: counting it, reading it, asking before."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from billing_ui_backend.api.problem_docs import QUOTA, Problem
from billing_ui_backend.api.requests import (
    CheckEntitlement,
    CheckThreshold,
    CorrectUsage,
    GetMetrics,
    ListEvents,
    SetUsage,
    TrackUsage,
    TrackUsageBatch,
)
from billing_ui_backend.api.routing import BillingRoute, CustomerRoute, Engine, answer, arguments, session_token_of
from billing_ui_backend.asynchronous import call
from billing_ui_backend.errors import PermissionDenied
from billing_ui_backend.problems import members_of
from billing_ui_backend.results import BatchItem, Entitlement, EventPage, UsageMetrics, UsageReceipt

router = APIRouter(prefix="/v1/usage", tags=["usage"], route_class=BillingRoute)
customer_router = APIRouter(prefix="/v1/usage", tags=["usage"], route_class=CustomerRoute)

_NOT_FROM_A_BROWSER = ("idempotency_key", "timestamp", "metadata")


class BatchItemAnswer(BaseModel):
    """One event's answer: exactly one of receipt and error is set."""

    receipt: UsageReceipt | None
    error: Problem | None


class BatchAnswer(BaseModel):
    """The answers, in the order of the events."""

    items: list[BatchItemAnswer]


class Approaching(BaseModel):
    """Whether the usage has reached the threshold."""

    approaching: bool


_TRACK_EXAMPLES: Any = {
    "one call": {"value": {"customer_id": "cus_123", "feature_key": "api_calls", "idempotency_key": "req_42"}},
    "an upload": {
        "value": {
            "customer_id": "cus_123",
            "feature_key": "storage_gb",
            "quantity": "0.25",
            "idempotency_key": "upload_7",
            "metadata": {"file": "report.pdf"},
        }
    },
}
_BATCH_EXAMPLES: Any = {
    "two events": {
        "value": {
            "events": [
                {"customer_id": "cus_123", "feature_key": "api_calls", "quantity": "3", "idempotency_key": "job_1"},
                {"customer_id": "cus_456", "feature_key": "emails", "idempotency_key": "job_2"},
            ]
        }
    }
}
_SET_EXAMPLES: Any = {
    "seats": {"value": {"customer_id": "cus_123", "feature_key": "team_members", "quantity": "5"}},
}
_CORRECT_EXAMPLES: Any = {
    "a failed job": {
        "value": {
            "customer_id": "cus_123",
            "idempotency_key": "req_42",
            "quantity": "0",
            "reason": "the job failed on our side",
        }
    },
}


@customer_router.post("/track", response_model=UsageReceipt, responses=QUOTA)
async def track_usage(
    request: Request, body: Annotated[TrackUsage, Body(openapi_examples=_TRACK_EXAMPLES)], billing: Engine
) -> Response:
    """Counts one event; the limit is checked and the usage counted in one step. With a session token: features that are
    `client_trackable`, within their bounds, and neither idempotency_key nor timestamp nor metadata."""
    if session_token_of(request) is None:
        return answer(await call(billing.track_usage, **arguments(body)))
    given = [name for name in _NOT_FROM_A_BROWSER if getattr(body, name) is not None]
    if given:
        raise PermissionDenied(
            f"a session token may not set {', '.join(given)}: leave it out, the service makes the key and takes its own time"
        )
    return answer(await call(billing.browser_track, body.customer_id, body.feature_key, body.quantity))


@router.post("/track/batch", response_model=BatchAnswer)
async def track_usage_batch(
    body: Annotated[TrackUsageBatch, Body(openapi_examples=_BATCH_EXAMPLES)], billing: Engine
) -> Response:
    """Counts 1 to 1,000 events in order, each answered with its receipt or its problem; give each its own key and the
    batch can be sent again whole."""
    items: list[BatchItem] = await call(billing.track_usage_batch, body.events)
    return answer({"items": [_item(item) for item in items]})


@router.post("/set", response_model=UsageReceipt, responses=QUOTA)
async def set_usage(body: Annotated[SetUsage, Body(openapi_examples=_SET_EXAMPLES)], billing: Engine) -> Response:
    """Sets the level of a numeric_limit; the receipt's quantity is the difference to the level before."""
    return answer(await call(billing.set_usage, **arguments(body)))


@router.post("/correct", response_model=UsageReceipt)
async def correct_usage(
    body: Annotated[CorrectUsage, Body(openapi_examples=_CORRECT_EXAMPLES)], billing: Engine
) -> Response:
    """Corrects one event, however old: the difference is stored beside it, in the original's windows. The same correction
    again changes nothing. It may pass a limit."""
    return answer(await call(billing.correct_usage, **arguments(body)))


@customer_router.get("/metrics", response_model=UsageMetrics)
async def get_usage_metrics(query: Annotated[GetMetrics, Query()], billing: Engine) -> Response:
    """The usage of all metered features of the customer's plan, or of one."""
    return answer(await call(billing.get_usage_metrics, query.customer_id, query.feature_key))


@customer_router.get("/check", response_model=Entitlement)
async def check_entitlement(query: Annotated[CheckEntitlement, Query()], billing: Engine) -> Response:
    """Whether the customer may use so much of a feature now. It reserves nothing."""
    return answer(await call(billing.check_entitlement, query.customer_id, query.feature_key, query.quantity))


@router.get("/approaching", response_model=Approaching)
async def is_approaching_limit(query: Annotated[CheckThreshold, Query()], billing: Engine) -> Response:
    """Whether the usage has reached the threshold, in percent of a limit; false when unlimited or not included."""
    approaching = await call(billing.is_approaching_limit, query.customer_id, query.feature_key, query.threshold)
    return answer({"approaching": approaching})


@customer_router.get("/events", response_model=EventPage)
async def list_usage_events(query: Annotated[ListEvents, Query()], billing: Engine) -> Response:
    """The customer's events in [start, end), newest first."""
    page = await call(
        billing.list_usage_events,
        query.customer_id,
        feature_key=query.feature_key,
        start=query.start,
        end=query.end,
        cursor=query.cursor,
        limit=query.limit,
    )
    return answer(page)


def _item(item: BatchItem) -> dict[str, Any]:
    return {"receipt": item.receipt, "error": None if item.error is None else members_of(item.error)}

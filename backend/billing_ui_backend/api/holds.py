"""Holds: usage that is reserved before it happens. Ids travel in the body, where any character is itself."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel
from starlette.responses import Response

from billing_ui_backend.api.problem_docs import QUOTA
from billing_ui_backend.api.requests import CommitHold, ReleaseHold, ReserveUsage
from billing_ui_backend.api.routing import BillingRoute, Engine, answer, arguments
from billing_ui_backend.asynchronous import call
from billing_ui_backend.hold import held_usage
from billing_ui_backend.results import HeldUsage, UsageReceipt

router = APIRouter(prefix="/v1/usage/holds", tags=["holds"], route_class=BillingRoute)


class Released(BaseModel):
    """Whether the hold was given back now; false when it had ended before."""

    released: bool


_RESERVE_EXAMPLES: Any = {
    "a long job": {
        "value": {
            "customer_id": "cus_123",
            "feature_key": "api_calls",
            "quantity": "10",
            "ttl": 600,
            "idempotency_key": "job_7",
        }
    },
}
_COMMIT_EXAMPLES: Any = {
    "less than was held": {"value": {"customer_id": "cus_123", "hold_id": "job_7", "quantity": "7"}},
}
_RELEASE_EXAMPLES: Any = {"all of it": {"value": {"customer_id": "cus_123", "hold_id": "job_7"}}}


@router.post("", response_model=HeldUsage, responses=QUOTA)
async def reserve_usage(
    body: Annotated[ReserveUsage, Body(openapi_examples=_RESERVE_EXAMPLES)], billing: Engine
) -> Response:
    """Holds usage before it happens, against every limit, until it is committed, released or over."""
    return answer(held_usage(await call(billing.reserve_usage, **arguments(body))))


@router.post("/commit", response_model=UsageReceipt, responses=QUOTA)
async def commit_hold(
    body: Annotated[CommitHold, Body(openapi_examples=_COMMIT_EXAMPLES)], billing: Engine
) -> Response:
    """Counts what was really used of a hold, under the key `hold:<hold_id>`, and gives the rest back; 0 releases. The same
    commit again answers with the first receipt. What goes beyond the hold is guarded by the limits."""
    return answer(await call(billing.commit_hold, body.customer_id, body.hold_id, body.quantity))


@router.post("/release", response_model=Released)
async def release_hold(
    body: Annotated[ReleaseHold, Body(openapi_examples=_RELEASE_EXAMPLES)], billing: Engine
) -> Response:
    """Gives all of a hold back."""
    return answer({"released": await call(billing.release_hold, body.customer_id, body.hold_id)})

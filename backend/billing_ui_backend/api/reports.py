"""Usage over time, and what happened at the limits."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from billing_ui_backend.api.requests import GetHistory, ListReachedThresholds, ListRefusals
from billing_ui_backend.api.routing import BillingRoute, CustomerRoute, Engine, answer
from billing_ui_backend.asynchronous import call
from billing_ui_backend.results import ReachedThreshold, Refusal, UsageBucket

router = APIRouter(prefix="/v1/usage", tags=["reports"], route_class=BillingRoute)
customer_router = APIRouter(prefix="/v1/usage", tags=["reports"], route_class=CustomerRoute)


class History(BaseModel):
    """One bucket after another, those without usage too."""

    buckets: list[UsageBucket]


class ReachedThresholds(BaseModel):
    """The thresholds that were reached, the latest first."""

    thresholds: list[ReachedThreshold]


class Refusals(BaseModel):
    """How often usage was refused, the latest day first."""

    refusals: list[Refusal]


@customer_router.get("/history", response_model=History)
async def get_usage_history(query: Annotated[GetHistory, Query()], billing: Engine) -> Response:
    """Usage over time in the customer's zone, corrections included. For a numeric_limit a bucket's quantity is the level at
    its end."""
    buckets = await call(
        billing.get_usage_history,
        query.customer_id,
        query.feature_key,
        start=query.start,
        end=query.end,
        granularity=query.granularity,
    )
    return answer({"buckets": buckets})


@router.get("/thresholds", response_model=ReachedThresholds)
async def list_reached_thresholds(query: Annotated[ListReachedThresholds, Query()], billing: Engine) -> Response:
    """The thresholds (50, 80, 90 and 100 percent of a limit) that the customer's usage has reached, once per window."""
    reached = await call(billing.list_reached_thresholds, query.customer_id, query.feature_key)
    return answer({"thresholds": reached})


@router.get("/refusals", response_model=Refusals)
async def list_refusals(query: Annotated[ListRefusals, Query()], billing: Engine) -> Response:
    """How often usage was refused to the customer, by UTC day, feature and reason."""
    refusals = await call(billing.list_refusals, query.customer_id, start=query.start, end=query.end)
    return answer({"refusals": refusals})

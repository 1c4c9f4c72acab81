"""Customers and their subscriptions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query
from starlette.responses import Response

from billing_ui_backend.api.requests import (
    CancelSubscription,
    ChangePlan,
    CreateCustomer,
    ListCustomers,
    PreviewPlanChange,
    UpdateCustomer,
)
from billing_ui_backend.api.routing import BillingRoute, Engine, answer
from billing_ui_backend.asynchronous import call
from billing_ui_backend.plan_results import PlanPreview
from billing_ui_backend.results import Customer, CustomerPage

router = APIRouter(prefix="/v1/customers", tags=["customers"], route_class=BillingRoute)


@router.post("", response_model=Customer)
async def create_customer(
    body: Annotated[
        CreateCustomer, Body(openapi_examples={"on a plan": {"value": {"customer_id": "cus_123", "plan": "pro"}}})
    ],
    billing: Engine,
) -> Response:
    """Creates a customer, or updates the given fields of one that exists (never its plan)."""
    return answer(await call(billing.create_customer, **body.model_dump()))


@router.get("", response_model=CustomerPage)
async def list_customers(query: Annotated[ListCustomers, Query()], billing: Engine) -> Response:
    """Customers by id."""
    return answer(await call(billing.list_customers, cursor=query.cursor, limit=query.limit))


# An id may hold slashes: the rest of the path is the id, less the action at its end.
@router.get("/{customer_id:path}", response_model=Customer)
async def get_customer(customer_id: str, billing: Engine) -> Response:
    """A customer with the subscription in force now."""
    return answer(await call(billing.get_customer, customer_id))


@router.patch("/{customer_id:path}", response_model=Customer)
async def update_customer(
    customer_id: str,
    body: Annotated[UpdateCustomer, Body(openapi_examples={"a locale": {"value": {"locale": "de-DE"}}})],
    billing: Engine,
) -> Response:
    """Changes the given fields."""
    return answer(await call(billing.update_customer, customer_id, **body.model_dump()))


@router.post("/{customer_id:path}/plan", response_model=Customer)
async def change_plan(
    customer_id: str,
    body: Annotated[ChangePlan, Body(openapi_examples={"now": {"value": {"plan_key": "pro", "at": "now"}}})],
    billing: Engine,
) -> Response:
    """Puts a plan in force, now or at the end of the billing period. Usage is kept."""
    return answer(
        await call(billing.change_plan, customer_id, body.plan_key, at=body.at, confirmation=body.confirmation)
    )


@router.post("/{customer_id:path}/plan/preview", response_model=PlanPreview)
async def preview_plan_change(
    customer_id: str,
    body: Annotated[PreviewPlanChange, Body(openapi_examples={"a plan": {"value": {"plan_key": "pro"}}})],
    billing: Engine,
) -> Response:
    """What a change of plan would do, and whether present usage would pass a limit of the new plan. Changes nothing."""
    return answer(await call(billing.preview_plan_change, customer_id, body.plan_key, at=body.at))


@router.post("/{customer_id:path}/cancel", response_model=Customer)
async def cancel_subscription(customer_id: str, billing: Engine, body: CancelSubscription | None = None) -> Response:
    """Ends the subscription, at the end of the billing period or now."""
    at = (body or CancelSubscription()).at
    return answer(await call(billing.cancel_subscription, customer_id, at=at))


@router.post("/{customer_id:path}/pause", response_model=Customer)
async def pause_subscription(customer_id: str, billing: Engine) -> Response:
    """Takes access away until the subscription is resumed."""
    return answer(await call(billing.pause_subscription, customer_id))


@router.post("/{customer_id:path}/resume", response_model=Customer)
async def resume_subscription(customer_id: str, billing: Engine) -> Response:
    """Gives access back after a pause. A scheduled end stays: change to the plan in force to take it back."""
    return answer(await call(billing.resume_subscription, customer_id))

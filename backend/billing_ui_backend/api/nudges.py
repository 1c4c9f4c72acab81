"""Upgrade nudges, for a host that draws them itself."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel
from starlette.responses import Response

from billing_ui_backend.api.requests import DismissNudge, GetNudge, ListNudgeEvents, RecordNudge
from billing_ui_backend.api.routing import BillingRoute, Engine, answer
from billing_ui_backend.asynchronous import call
from billing_ui_backend.results import Nudge, NudgeEventPage

router = APIRouter(prefix="/v1/nudges", tags=["nudges"], route_class=BillingRoute)


class NudgeAnswer(BaseModel):
    """The nudge to show, null when there is none."""

    nudge: Nudge | None


class Dismissed(BaseModel):
    """Whether the dismissal was kept; false when the nudge no longer applies."""

    dismissed: bool


class Recorded(BaseModel):
    """Whether it is remembered; false when the nudge is not this user's, or no longer."""

    recorded: bool


_DISMISS_EXAMPLES: Any = {
    "by one user": {
        "value": {"customer_id": "cus_123", "user_id": "ada", "nudge_id": "api_calls:month:1767225600000000:80"}
    },
}

_RECORD_EXAMPLES: Any = {
    "shown to one user": {
        "value": {
            "customer_id": "cus_123",
            "user_id": "ada",
            "nudge_id": "api_calls:month:1767225600000000:80",
            "action": "shown",
        }
    },
}


@router.get("", response_model=NudgeAnswer)
async def get_nudge(query: Annotated[GetNudge, Query()], billing: Engine) -> Response:
    """The upgrade nudge to show this user now: the most urgent of a limit that is nearly reached, a trial's end and a feature that
    was refused, by the user's dismissals and the catalog's `[nudges]`."""
    return answer({"nudge": await call(billing.get_nudge, query.customer_id, user_id=query.user_id)})


@router.post("/dismiss", response_model=Dismissed)
async def dismiss_nudge(
    body: Annotated[DismissNudge, Body(openapi_examples=_DISMISS_EXAMPLES)], billing: Engine
) -> Response:
    """Keeps a nudge away from this user until a higher threshold or a new period, and for 24 h at least except at 100 %."""
    dismissed = await call(billing.dismiss_nudge, body.customer_id, body.nudge_id, user_id=body.user_id)
    return answer({"dismissed": dismissed})


@router.post("/record", response_model=Recorded)
async def record_nudge(
    body: Annotated[RecordNudge, Body(openapi_examples=_RECORD_EXAMPLES)], billing: Engine
) -> Response:
    """Remembers that this user was shown a nudge or chose to upgrade from it: once per user, trigger and period."""
    recorded = await call(billing.record_nudge, body.customer_id, body.nudge_id, body.action, user_id=body.user_id)
    return answer({"recorded": recorded})


@router.get("/events", response_model=NudgeEventPage)
async def list_nudge_events(query: Annotated[ListNudgeEvents, Query()], billing: Engine) -> Response:
    """What the customer's users were shown of nudges and did with them in [start, end), newest first."""
    page = await call(
        billing.list_nudge_events,
        query.customer_id,
        user_id=query.user_id,
        start=query.start,
        end=query.end,
        cursor=query.cursor,
        limit=query.limit,
    )
    return answer(page)

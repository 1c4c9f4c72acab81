"""Upgrade nudges, for a host that draws them itself."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel
from starlette.responses import Response

from billing_ui_backend.api.requests import DismissNudge, GetNudge
from billing_ui_backend.api.routing import BillingRoute, Engine, answer
from billing_ui_backend.asynchronous import call
from billing_ui_backend.results import Nudge

router = APIRouter(prefix="/v1/nudges", tags=["nudges"], route_class=BillingRoute)


class NudgeAnswer(BaseModel):
    """The nudge to show, null when there is none."""

    nudge: Nudge | None


class Dismissed(BaseModel):
    """Whether the dismissal was kept; false when the nudge no longer applies."""

    dismissed: bool


_DISMISS_EXAMPLES: Any = {
    "by one user": {
        "value": {"customer_id": "cus_123", "user_id": "ada", "nudge_id": "api_calls:month:1767225600000000:80"}
    },
}


@router.get("", response_model=NudgeAnswer)
async def get_nudge(query: Annotated[GetNudge, Query()], billing: Engine) -> Response:
    """The upgrade nudge to show this user now: the worst case from 80 % on that was not dismissed."""
    return answer({"nudge": await call(billing.get_nudge, query.customer_id, user_id=query.user_id)})


@router.post("/dismiss", response_model=Dismissed)
async def dismiss_nudge(
    body: Annotated[DismissNudge, Body(openapi_examples=_DISMISS_EXAMPLES)], billing: Engine
) -> Response:
    """Keeps a nudge away from this user until a higher threshold or a new period, and for 24 h at least except at 100 %."""
    dismissed = await call(billing.dismiss_nudge, body.customer_id, body.nudge_id, user_id=body.user_id)
    return answer({"dismissed": dismissed})

"""How the OpenAPI document describes errors."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from billing_ui_backend.problems import MEDIA_TYPE


class Problem(BaseModel):
    """RFC 9457 problem details. `code` is stable; the numbers of an error stand beside it."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str = Field(description="What happened and what to do next.")
    code: str


_QUOTA_EXCEEDED = {
    "type": "urn:billing-ui:problem:quota_exceeded",
    "title": "Quota exceeded",
    "status": 402,
    "detail": "customer 'cus_123' has used 1000 of 1000 'api_calls' this month",
    "code": "quota_exceeded",
    "customer_id": "cus_123",
    "feature_key": "api_calls",
    "requested": "1",
    "consumed": "1000",
    "limit": "1000",
    "remaining": "0",
    "window": "month",
    "resets_at": "2026-02-01T00:00:00Z",
    "suggested_plan": "pro",
}


def _problem(description: str, example: dict[str, Any] | None = None) -> dict[str, Any]:
    # By reference: FastAPI would file a model under application/json.
    content: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if example is not None:
        content["example"] = example
    return {"description": description, "content": {MEDIA_TYPE: content}}


SECURITY_SCHEMES: dict[str, dict[str, str]] = {
    "secret_key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "sk_...",
        "description": "A server's key, made by `billing-ui keys create`. It may do everything: never give it to a browser.",
    },
    "session_token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "session_...",
        "description": "A customer's short-lived token for a browser, made by `POST /v1/session-tokens`. It speaks of its own "
        "customer only, whose `customer_id` it may leave out.",
    },
}

COMMON: dict[int | str, dict[str, Any]] = {
    401: _problem("The secret key or session token is missing, wrong or over."),
    "4XX": _problem("The request can't be carried out; the code says why. It is of no use to send it again unchanged."),
    429: _problem("Too many requests; Retry-After says when to come back."),
    503: _problem("Nothing was done; Retry-After says when to come back."),
}

QUOTA: dict[int | str, dict[str, Any]] = {
    402: _problem("A hard limit would be passed. Nothing was counted.", _QUOTA_EXCEEDED)
}

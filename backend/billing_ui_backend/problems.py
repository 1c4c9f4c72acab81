"""Errors on their way over HTTP: RFC 9457 problem details with the headers that belong to them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from billing_ui_backend.errors import BillingError
from billing_ui_backend.wire import error_to_json

MEDIA_TYPE = "application/problem+json"

# What is wrong inside (paths, settings) is the operator's: it goes to the log, not to the caller.
_INSIDE = {
    "service_unavailable": "usage can't be counted or read right now: try again",
    "network_error": "usage can't be counted or read right now: try again",
    "catalog_error": "the catalog of this service has a mistake: its log names it",
}
_INTERNAL = "this request failed inside the service: its log says why"


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as an HTTP answer: status, headers (lower case) and the JSON body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def problem_of(error: BillingError) -> Problem:
    """The answer that carries an error.

    A 429 or 503 says in `Retry-After` when to come back, in seconds; a full quota says it as the date of its reset; a 401
    names the scheme.

    Example:
        >>> problem_of(RateLimited("too many", retry_after=2)).headers["retry-after"]
        '2'
    """
    members = members_of(error)
    headers = {"content-type": MEDIA_TYPE, "cache-control": "no-store"}
    resets_at = error.details.get("resets_at")
    if "retry_after" in members:
        headers["retry-after"] = str(members["retry_after"])
    elif isinstance(resets_at, datetime):
        # The header has whole seconds: rounded up, nobody comes back too early.
        whole = (resets_at + timedelta(microseconds=999_999)).astimezone(UTC)
        headers["retry-after"] = format_datetime(whole, usegmt=True)
    if error.status == 401:
        headers["www-authenticate"] = 'Bearer realm="billing"'
    return _problem(members, headers)


def members_of(error: BillingError) -> dict[str, Any]:
    """The members of an error's problem as a caller may see them: what failed inside the service stays inside."""
    members = error_to_json(error)
    if error.status >= 500:
        members = {name: members[name] for name in ("type", "title", "status", "detail", "code")}
        members["detail"] = _INSIDE.get(error.code, _INTERNAL)
    retry_after = error.details.get("retry_after")
    if retry_after is None and error.status in (429, 503):
        retry_after = 1
    if retry_after is not None:
        members["retry_after"] = max(0, math.ceil(retry_after))
    return members


def http_problem(status: int, title: str, detail: str, code: str) -> Problem:
    """The answer for what is no BillingError: an unknown route, a method that isn't allowed, a failure inside."""
    members = {
        "type": f"urn:billing-ui:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return _problem(members, {"content-type": MEDIA_TYPE, "cache-control": "no-store"})


def internal_problem() -> Problem:
    """The answer to a request that failed for an unexpected reason; it tells nothing of what happened inside."""
    return http_problem(500, "Internal error", _INTERNAL, "internal_error")


def _problem(members: Mapping[str, Any], headers: dict[str, str]) -> Problem:
    body = json.dumps(members, ensure_ascii=True, allow_nan=False).encode()
    return Problem(status=int(members["status"]), headers={**headers, "content-length": str(len(body))}, body=body)

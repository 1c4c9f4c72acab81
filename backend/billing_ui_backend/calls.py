"""Each call of the client as data: which route, what it sends, how the answer is read. Both clients share them."""

from __future__ import annotations

import math
import operator
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from numbers import Integral
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

from billing_ui_backend.errors import InvalidRequest
from billing_ui_backend.plan_results import PlanPreview
from billing_ui_backend.results import (
    BatchItem,
    Customer,
    CustomerPage,
    Entitlement,
    EventPage,
    HeldUsage,
    Nudge,
    NudgeEventPage,
    ReachedThreshold,
    Refusal,
    SessionToken,
    UsageBucket,
    UsageMetrics,
    UsageReceipt,
)
from billing_ui_backend.wire import WireError, from_json

T = TypeVar("T")

_OPTIONAL = ("idempotency_key", "timestamp", "metadata")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request: safe to send again as it is, since what counts carries its idempotency key."""

    method: Literal["GET", "POST", "PATCH"]
    path: str
    read: Callable[[Any], T]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    @property
    def again(self) -> str:
        """What to do when no attempt got an answer: a read and what names its own effect carry no key."""
        keyed = self.body is not None and ("idempotency_key" in self.body or "events" in self.body)
        return "send it again with the same idempotency key" if keyed else "send it again"


def create_customer(customer_id: str, **fields: str | None) -> Call[Customer]:
    body = {"customer_id": customer_id, **_given(fields)}
    return Call("POST", "/v1/customers", _customer, body=body)


def get_customer(customer_id: str) -> Call[Customer]:
    return Call("GET", _customer_path(customer_id), _customer)


def list_customers(cursor: str | None, limit: int) -> Call[CustomerPage]:
    return Call(
        "GET", "/v1/customers", lambda page: from_json(CustomerPage, page), query=_query(cursor=cursor, limit=limit)
    )


def update_customer(customer_id: str, **fields: str | None) -> Call[Customer]:
    return Call("PATCH", _customer_path(customer_id), _customer, body=_given(fields))


def change_subscription(customer_id: str, action: str, **fields: str | None) -> Call[Customer]:
    return Call("POST", f"{_customer_path(customer_id)}/{action}", _customer, body=_given(fields) or None)


def preview_plan_change(customer_id: str, plan_key: str, at: str | None) -> Call[PlanPreview]:
    path = f"{_customer_path(customer_id)}/plan/preview"
    return Call(
        "POST", path, lambda found: from_json(PlanPreview, found), body=_given({"plan_key": plan_key, "at": at})
    )


def track_usage(
    customer_id: str,
    feature_key: str,
    quantity: object,
    idempotency_key: str | None,
    timestamp: datetime | None,
    metadata: Mapping[str, Any] | None,
) -> Call[UsageReceipt]:
    event = {"customer_id": customer_id, "feature_key": feature_key, "quantity": quantity}
    event |= {"idempotency_key": idempotency_key, "timestamp": timestamp, "metadata": metadata}
    return Call("POST", "/v1/usage/track", _receipt, body=_sent(event))


def track_usage_batch(events: Sequence[Mapping[str, Any]]) -> Call[list[BatchItem]]:
    if isinstance(events, str | bytes | Mapping) or not isinstance(events, Sequence):
        raise InvalidRequest("events: pass a list of mappings, one an event")
    return Call(
        "POST",
        "/v1/usage/track/batch",
        _batch,
        body={"events": [_sent(event) if isinstance(event, Mapping) else _misfit(event) for event in events]},
    )


def set_usage(customer_id: str, feature_key: str, quantity: object, idempotency_key: str | None) -> Call[UsageReceipt]:
    event = {"customer_id": customer_id, "feature_key": feature_key, "quantity": quantity}
    event["idempotency_key"] = idempotency_key
    return Call("POST", "/v1/usage/set", _receipt, body=_sent(event))


def correct_usage(
    customer_id: str, idempotency_key: str, quantity: object, reason: str, correction_key: str | None
) -> Call[UsageReceipt]:
    body = {"customer_id": customer_id, "idempotency_key": idempotency_key, "reason": reason}
    body["correction_key"] = uuid.uuid4().hex if correction_key is None else correction_key
    return Call("POST", "/v1/usage/correct", _receipt, body={**body, "quantity": quantity_json(quantity)})


def reserve_usage(
    customer_id: str, feature_key: str, quantity: object, ttl: float, idempotency_key: str | None
) -> Call[HeldUsage]:
    body = {"customer_id": customer_id, "feature_key": feature_key, "quantity": quantity, "ttl": ttl}
    body["idempotency_key"] = idempotency_key
    return Call("POST", "/v1/usage/holds", lambda hold: from_json(HeldUsage, hold), body=_sent(body))


def commit_hold(customer_id: str, hold_id: str, quantity: object) -> Call[UsageReceipt]:
    body = {"customer_id": customer_id, "hold_id": hold_id, "quantity": quantity_json(quantity)}
    return Call("POST", "/v1/usage/holds/commit", _receipt, body=body)


def release_hold(customer_id: str, hold_id: str) -> Call[bool]:
    body = {"customer_id": customer_id, "hold_id": hold_id}
    return Call("POST", "/v1/usage/holds/release", _member("released", bool), body=body)


def get_usage_metrics(customer_id: str, feature_key: str | None) -> Call[UsageMetrics]:
    query = _query(customer_id=customer_id, feature_key=feature_key)
    return Call("GET", "/v1/usage/metrics", lambda metrics: from_json(UsageMetrics, metrics), query=query)


def check_entitlement(customer_id: str, feature_key: str, quantity: object) -> Call[Entitlement]:
    query = _query(customer_id=customer_id, feature_key=feature_key, quantity=quantity_text(quantity))
    return Call("GET", "/v1/usage/check", lambda entitlement: from_json(Entitlement, entitlement), query=query)


def is_approaching_limit(customer_id: str, feature_key: str, threshold: object) -> Call[bool]:
    query = _query(customer_id=customer_id, feature_key=feature_key, threshold=threshold)
    return Call("GET", "/v1/usage/approaching", _member("approaching", bool), query=query)


def list_usage_events(
    customer_id: str,
    feature_key: str | None,
    start: datetime | None,
    end: datetime | None,
    cursor: str | None,
    limit: int,
) -> Call[EventPage]:
    query = _query(
        customer_id=customer_id,
        feature_key=feature_key,
        start=_instant(start),
        end=_instant(end),
        cursor=cursor,
        limit=limit,
    )
    return Call("GET", "/v1/usage/events", lambda page: from_json(EventPage, page), query=query)


def get_usage_history(
    customer_id: str, feature_key: str, start: datetime, end: datetime, granularity: str
) -> Call[list[UsageBucket]]:
    query = _query(
        customer_id=customer_id,
        feature_key=feature_key,
        start=_instant(start),
        end=_instant(end),
        granularity=granularity,
    )
    read = _member("buckets", tuple[UsageBucket, ...])
    return Call("GET", "/v1/usage/history", lambda answer: list(read(answer)), query=query)


def list_reached_thresholds(customer_id: str, feature_key: str | None) -> Call[tuple[ReachedThreshold, ...]]:
    query = _query(customer_id=customer_id, feature_key=feature_key)
    return Call("GET", "/v1/usage/thresholds", _member("thresholds", tuple[ReachedThreshold, ...]), query=query)


def list_refusals(customer_id: str, start: datetime | None, end: datetime | None) -> Call[tuple[Refusal, ...]]:
    query = _query(customer_id=customer_id, start=_instant(start), end=_instant(end))
    return Call("GET", "/v1/usage/refusals", _member("refusals", tuple[Refusal, ...]), query=query)


def get_nudge(customer_id: str, user_id: str | None) -> Call[Nudge | None]:
    query = _query(customer_id=customer_id, user_id=user_id)
    return Call("GET", "/v1/nudges", _member("nudge", Nudge | None), query=query)


def dismiss_nudge(customer_id: str, nudge_id: str, user_id: str | None) -> Call[bool]:
    body = {"customer_id": customer_id, "nudge_id": nudge_id, **_given({"user_id": user_id})}
    return Call("POST", "/v1/nudges/dismiss", _member("dismissed", bool), body=body)


def record_nudge(customer_id: str, nudge_id: str, action: str, user_id: str | None) -> Call[bool]:
    body = {"customer_id": customer_id, "nudge_id": nudge_id, "action": action, **_given({"user_id": user_id})}
    return Call("POST", "/v1/nudges/record", _member("recorded", bool), body=body)


def list_nudge_events(
    customer_id: str,
    user_id: str | None,
    start: datetime | None,
    end: datetime | None,
    cursor: str | None,
    limit: int,
) -> Call[NudgeEventPage]:
    query = _query(
        customer_id=customer_id, user_id=user_id, start=_instant(start), end=_instant(end), cursor=cursor, limit=limit
    )
    return Call("GET", "/v1/nudges/events", lambda page: from_json(NudgeEventPage, page), query=query)


def create_session_token(customer_id: str, user_id: str | None, ttl: float) -> Call[SessionToken]:
    body = {"customer_id": customer_id, "ttl": ttl, **_given({"user_id": user_id})}
    return Call("POST", "/v1/session-tokens", lambda token: from_json(SessionToken, token), body=body)


def quantity_json(quantity: object) -> str | float | bool | None:
    """A quantity as it travels: exact numbers as strings, a float as a JSON number (it is rounded to the feature's scale).

    What is no quantity travels as a text that says so: the API's refusal is the engine's, also inside a batch.
    """
    if isinstance(quantity, bool) or quantity is None:
        return quantity
    if isinstance(quantity, Integral):
        return str(operator.index(quantity))
    if isinstance(quantity, float):
        return float(quantity) if math.isfinite(quantity) else str(quantity)
    if isinstance(quantity, Decimal):
        # Beyond these no scale can hold it, and written out it could fill the memory.
        plain = quantity.is_finite() and quantity.adjusted() < 40 and quantity.as_tuple().exponent > -40  # type: ignore[operator]
        return format(quantity, "f") if plain else str(quantity)
    return quantity if isinstance(quantity, str) else _misfit(quantity)


def quantity_text(quantity: object) -> str:
    """A quantity as a query parameter; a float with an exponent, by which the API knows it for one."""
    value = quantity_json(quantity)
    return f"{Decimal(repr(value)):e}" if isinstance(value, float) else str(value)


def _sent(event: Mapping[str, Any]) -> dict[str, Any]:
    body = {name: value for name, value in event.items() if value is not None or name not in _OPTIONAL}
    # Made once, before the first attempt: every attempt is the same event.
    body.setdefault("idempotency_key", str(uuid.uuid4()))
    if "quantity" in body:
        body["quantity"] = quantity_json(body["quantity"])
    if "timestamp" in body:
        body["timestamp"] = _instant(body["timestamp"])
    return body


def _instant(at: datetime | None) -> str | None:
    if at is None:
        return None
    return at.isoformat() if isinstance(at, datetime) else _misfit(at)


def _misfit(value: object) -> str:
    """What is sent for a value of a wrong type: the API refuses it as the engine would, in its place of a batch."""
    return f"a value of type {type(value).__name__}"


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _query(**parameters: object) -> dict[str, str]:
    return {name: str(value) for name, value in parameters.items() if value is not None}


def _customer_path(customer_id: str) -> str:
    if not isinstance(customer_id, str) or not customer_id:
        raise InvalidRequest("customer_id is empty or no string: pass the id the customer was created with")
    try:
        # Dots too: "." and ".." would be taken for steps in the path.
        return "/v1/customers/" + quote(customer_id, safe="").replace(".", "%2E")
    except UnicodeEncodeError as error:
        raise InvalidRequest(f"customer_id {customer_id!r} has broken Unicode: remove it") from error


def _customer(customer: Any) -> Customer:
    return from_json(Customer, customer)


def _receipt(receipt: Any) -> UsageReceipt:
    return from_json(UsageReceipt, receipt)


def _batch(answer: Any) -> list[BatchItem]:
    if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
        raise WireError("a batch answers with a list of items")
    return [from_json(BatchItem, item) for item in answer["items"]]


def _member(name: str, kind: Any) -> Callable[[Any], Any]:
    """Reads an answer of one member, such as `{"released": true}`."""

    def read(answer: Any) -> Any:
        if not isinstance(answer, dict) or name not in answer:
            raise WireError(f"{name} is missing")
        return from_json(kind, answer[name])

    return read

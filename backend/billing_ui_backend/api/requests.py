"""What callers of the API send: strict models, in which an unknown field is an error."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from billing_ui_backend.api.body import number
from billing_ui_backend.errors import InvalidRequest, InvalidTimestamp

_WITH_EXPONENT = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?[eE][+-]?[0-9]{1,6}", re.ASCII)


def _read_instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise InvalidTimestamp(f"{str(value)[:60]!r} is no instant: write it as 2026-01-31T12:00:00Z") from error
    if instant.utcoffset() is None:
        raise InvalidTimestamp(f"{str(value)[:60]!r} has no zone: add Z, or an offset such as +02:00")
    return instant


def _read_query_quantity(text: object) -> object:
    # In a query all is text: an exponent marks what is a float at the caller's, and is rounded as one.
    return number(text) if isinstance(text, str) and _WITH_EXPONENT.fullmatch(text) else text


def _read_threshold(text: object) -> Decimal:
    try:
        return Decimal(str(text))
    except InvalidOperation as error:
        raise InvalidRequest(f"threshold is {str(text)[:60]!r}: pass a percentage such as 80") from error


def _leave_to_engine(event: Any, _: ValidatorFunctionWrapHandler) -> Any:
    """An event of a batch as it came, but for its time: the engine decides each alone, and a bad one refuses no other."""
    if isinstance(event, dict) and isinstance(event.get("timestamp"), str):
        try:
            return {**event, "timestamp": datetime.fromisoformat(event["timestamp"])}
        except ValueError:
            return event
    return event


Quantity = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}, {"type": "number"}],
            "description": "In the feature's unit. A string is exact and may not be finer than the feature's scale; "
            "a number with a point is rounded half-even to the scale, as a float is.",
        }
    ),
]
Instant = Annotated[
    datetime,
    BeforeValidator(_read_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "ISO 8601 with a zone."}),
]
CustomerId = Annotated[str, Field(description="The host's own id for the customer.", examples=["cus_123"])]
FeatureKey = Annotated[str, Field(description="A feature of the catalog.", examples=["api_calls"])]
IdempotencyKey = Annotated[
    str,
    Field(
        description="The same key counts once per customer, for ever; the first receipt is the answer again.",
        examples=["req_42"],
    ),
]
HoldId = Annotated[str, Field(description="`hold_id` of the hold, as reserving it answered.", examples=["job_7"])]
UserId = Annotated[str, Field(description="Who of the customer's users; the customer as a whole when left out.")]
Limit = Annotated[int, Field(ge=1, le=1000, description="Entries a page, 1 to 1,000.")]
Cursor = Annotated[str, Field(description="`next_cursor` of the page before.")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CreateCustomer(_Body):
    """A customer to create; fields that are left out keep their value, or get the default."""

    customer_id: CustomerId
    plan: str | None = Field(None, description="Key of the first plan; the catalog's default plan when left out.")
    name: str | None = None
    email: str | None = None
    timezone: str | None = Field(None, description="An IANA name.", examples=["Europe/Berlin"])
    locale: str | None = Field(None, description="A BCP 47 tag.", examples=["de-DE"])


class UpdateCustomer(_Body):
    """The fields to change."""

    name: str | None = None
    email: str | None = None
    timezone: str | None = Field(None, description="An IANA name.", examples=["Europe/Berlin"])
    locale: str | None = Field(None, description="A BCP 47 tag.", examples=["de-DE"])


class ChangePlan(_Body):
    """The plan to put in force, and when."""

    plan_key: str = Field(examples=["pro"])
    at: Literal["now", "period_end"] = "now"
    confirmation: str | None = Field(
        None, description="`confirmation` of a preview: the change is made only if it still is what that said."
    )


class PreviewPlanChange(_Body):
    """The plan to think about, and when it would begin."""

    plan_key: str = Field(examples=["pro"])
    at: Literal["now", "period_end"] | None = Field(
        None, description="When left out, an upgrade is for now and a downgrade for the period's end."
    )


class CancelSubscription(_Body):
    """When the subscription ends."""

    at: Literal["now", "period_end"] = "period_end"


class TrackUsage(_Body):
    """One event to count."""

    customer_id: CustomerId
    feature_key: FeatureKey
    quantity: Quantity = 1
    idempotency_key: IdempotencyKey | None = None
    timestamp: Instant | None = None
    metadata: dict[str, Any] | None = Field(None, description="Kept with the event; up to 16 KiB.")


class TrackUsageBatch(_Body):
    """1 to 1,000 events, decided in order."""

    events: list[Annotated[TrackUsage, WrapValidator(_leave_to_engine)]] = Field(min_length=1, max_length=1000)


class SetUsage(_Body):
    """The level of a numeric_limit."""

    customer_id: CustomerId
    feature_key: FeatureKey
    quantity: Quantity
    idempotency_key: IdempotencyKey | None = None


class CorrectUsage(_Body):
    """What one event should have counted."""

    customer_id: CustomerId
    idempotency_key: str = Field(description="Names the event.", examples=["req_42"])
    quantity: Quantity
    reason: str = Field(description="Why, for the ledger's reader; up to 1,000 characters.")
    correction_key: str | None = Field(
        default=None,
        description="Names this correction of the event: sent again, however late, it takes no newer one back.",
    )


class ReserveUsage(_Body):
    """A quantity to hold."""

    customer_id: CustomerId
    feature_key: FeatureKey
    quantity: Quantity
    ttl: float = Field(300, description="Seconds until the hold is over by itself, up to 35 days.")
    idempotency_key: str | None = Field(
        None, description="Becomes the hold's id; the same key again answers with the same hold.", examples=["job_7"]
    )


class CommitHold(_Body):
    """What was really used of a hold."""

    customer_id: CustomerId
    hold_id: HoldId
    quantity: Quantity


class ReleaseHold(_Body):
    """A hold that is no longer wanted."""

    customer_id: CustomerId
    hold_id: HoldId


class CreateSessionToken(_Body):
    """Whose token, and for how long."""

    customer_id: CustomerId
    user_id: str | None = Field(None, description="Who of the customer's users it is for.")
    ttl: float = Field(3600, description="Seconds until the token is over, up to 24 hours.")


class DismissNudge(_Body):
    """A nudge that a user closed."""

    customer_id: CustomerId
    nudge_id: str = Field(description="`nudge_id` of the nudge that was shown.")
    user_id: UserId | None = None


class RecordNudge(_Body):
    """What a user was shown, or did."""

    customer_id: CustomerId
    nudge_id: str = Field(description="`nudge_id` of the nudge that was decided for this user.")
    action: Literal["shown", "upgrade_clicked"]
    user_id: UserId | None = None


class ListNudgeEvents(_Query):
    customer_id: CustomerId
    user_id: UserId | None = None
    start: Instant | None = Field(None, description="The first instant of the span, included.")
    end: Instant | None = Field(None, description="The end of the span, excluded.")
    cursor: Cursor | None = None
    limit: Limit = 100


class ListCustomers(_Query):
    cursor: Cursor | None = None
    limit: Limit = 100


class GetMetrics(_Query):
    customer_id: CustomerId
    feature_key: FeatureKey | None = None


class CheckEntitlement(_Query):
    customer_id: CustomerId
    feature_key: FeatureKey
    quantity: Annotated[
        Any,
        BeforeValidator(_read_query_quantity),
        WithJsonSchema(
            {"type": "string", "description": "How much is wanted; exact, or with an exponent to be rounded."}
        ),
    ] = "1"


class CheckThreshold(_Query):
    customer_id: CustomerId
    feature_key: FeatureKey
    threshold: Annotated[
        Decimal, BeforeValidator(_read_threshold), WithJsonSchema({"type": "string", "description": "Percent."})
    ] = Decimal(80)


class ListEvents(_Query):
    customer_id: CustomerId
    feature_key: FeatureKey | None = None
    start: Instant | None = Field(None, description="The first instant of the span, included.")
    end: Instant | None = Field(None, description="The end of the span, excluded.")
    cursor: Cursor | None = None
    limit: Limit = 100


class GetHistory(_Query):
    customer_id: CustomerId
    feature_key: FeatureKey
    start: Instant = Field(description="Lies in the first bucket.")
    end: Instant = Field(description="The end of the span, excluded: it lies in the last bucket, or closes it.")
    granularity: Literal["hour", "day", "month"] = Field(
        "day", description="Real hours, or days and months by the customer's wall clock; up to 10,000 buckets."
    )


class ListReachedThresholds(_Query):
    customer_id: CustomerId
    feature_key: FeatureKey | None = None


class ListRefusals(_Query):
    customer_id: CustomerId
    start: Instant | None = Field(None, description="The days that overlap the span from here on.")
    end: Instant | None = Field(None, description="The end of the span, excluded.")


class GetNudge(_Query):
    customer_id: CustomerId
    user_id: UserId | None = None

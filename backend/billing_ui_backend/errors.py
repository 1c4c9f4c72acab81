"""Errors of the engine. Each one says what happened, to which customer and feature, and what to do next.

Every error has a `code` (stable, for programs), a `status` (the HTTP status it travels with) and `details` (the fields
that travel beside the message as RFC 9457 problem details). `wire.error_from_json` rebuilds the same error on the client.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any


class BillingError(Exception):
    """Base of every error the engine and the client raise."""

    # Not ClassVar: an error of a newer server carries its own code and status.
    code: str = "billing_error"
    status: int = 500
    title: str = "Billing error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def __reduce__(self) -> Any:
        return (_rebuild, (type(self), self.message, self.details), self.__dict__)


def _rebuild(cls: type[BillingError], message: str, details: dict[str, Any]) -> BillingError:
    return cls(message, **details)


class InvalidQuantity(BillingError):
    """The quantity is not a number this feature can count."""

    code, status, title = "invalid_quantity", 400, "Invalid quantity"


class InvalidTimestamp(BillingError):
    """The event's time has no zone, or lies outside what is accepted."""

    code, status, title = "invalid_timestamp", 400, "Invalid timestamp"


class PeriodClosed(InvalidTimestamp):
    """The event lies in a period that no longer takes events."""

    code, status, title = "period_closed", 409, "Period closed"


class InvalidRequest(BillingError):
    """An argument is missing, malformed or reserved."""

    code, status, title = "invalid_request", 400, "Invalid request"


class RequestTooLarge(InvalidRequest):
    """The body of an HTTP request is larger than the API takes."""

    code, status, title = "request_too_large", 413, "Request too large"


class UnknownCustomer(BillingError):
    """No customer with that id."""

    code, status, title = "unknown_customer", 404, "Unknown customer"


class UnknownFeature(BillingError):
    """The catalog has no feature with that key."""

    code, status, title = "unknown_feature", 404, "Unknown feature"


class UnknownPlan(BillingError):
    """The catalog has no plan with that key."""

    code, status, title = "unknown_plan", 404, "Unknown plan"


class FeatureNotInPlan(BillingError):
    """The customer's plan does not include the feature."""

    code, status, title = "feature_not_in_plan", 403, "Feature not in plan"


class SubscriptionInactive(BillingError):
    """The customer's subscription is paused, ended or has not begun."""

    code, status, title = "subscription_inactive", 403, "Subscription inactive"


class QuotaExceeded(BillingError):
    """A hard limit would be passed. Nothing was counted.

    Attributes:
        customer_id, feature_key: whose limit, on what.
        requested, consumed, limit, remaining: exact Decimals in the feature's unit; consumed is what is used now.
        window: "hour", "day", "week", "month", "year" or "never".
        resets_at: when that window ends (UTC), None when it never does.
        suggested_plan: key of the cheapest plan in which this request would fit, None when there is none.
    """

    code, status, title = "quota_exceeded", 402, "Quota exceeded"

    def __init__(
        self,
        message: str,
        *,
        customer_id: str,
        feature_key: str,
        requested: Decimal,
        consumed: Decimal,
        limit: Decimal,
        remaining: Decimal,
        window: str,
        resets_at: datetime | None,
        suggested_plan: str | None = None,
    ) -> None:
        super().__init__(
            message,
            customer_id=customer_id,
            feature_key=feature_key,
            requested=requested,
            consumed=consumed,
            limit=limit,
            remaining=remaining,
            window=window,
            resets_at=resets_at,
            suggested_plan=suggested_plan,
        )
        self.customer_id = customer_id
        self.feature_key = feature_key
        self.requested = requested
        self.consumed = consumed
        self.limit = limit
        self.remaining = remaining
        self.window = window
        self.resets_at = resets_at
        self.suggested_plan = suggested_plan


class IdempotencyKeyReused(BillingError):
    """The key was already used for a different request."""

    code, status, title = "idempotency_key_reused", 422, "Idempotency key reused"


class HoldExpired(BillingError):
    """The hold ended before it was committed."""

    code, status, title = "hold_expired", 409, "Hold expired"


class PreviewOutdated(BillingError):
    """A change of plan was confirmed that is no longer what was shown. Nothing was changed."""

    code, status, title = "preview_outdated", 409, "Preview outdated"


class CatalogError(BillingError):
    """The catalog has a mistake; the message names the key."""

    code, status, title = "catalog_error", 500, "Catalog error"


class AuthenticationError(BillingError):
    """The secret key is missing or wrong."""

    code, status, title = "authentication_error", 401, "Authentication failed"


class PermissionDenied(BillingError):
    """The key is known but may not do this."""

    code, status, title = "permission_denied", 403, "Permission denied"


class RateLimited(BillingError):
    """Too many requests; `details["retry_after"]` says how many seconds to wait."""

    code, status, title = "rate_limited", 429, "Rate limited"


class ServiceUnavailable(BillingError):
    """The engine can't take the request now; `details["retry_after"]` says how many seconds to wait."""

    code, status, title = "service_unavailable", 503, "Service unavailable"


class NetworkError(BillingError):
    """The client got no usable answer within its attempts and its deadline."""

    code, status, title = "network_error", 503, "Network error"


class NotSupported(BillingError):
    """The call exists on the embedded engine only."""

    code, status, title = "not_supported", 501, "Not supported"


def _all_errors(cls: type[BillingError] = BillingError) -> dict[str, type[BillingError]]:
    found = {cls.code: cls}
    for sub in cls.__subclasses__():
        found |= _all_errors(sub)
    return found


ERRORS_BY_CODE: dict[str, type[BillingError]] = _all_errors()

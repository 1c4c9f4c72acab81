"""What is said of a track from the browser that was refused."""

from __future__ import annotations

from decimal import Decimal

from billing_ui_backend.errors import (
    BillingError,
    FeatureNotInPlan,
    NetworkError,
    QuotaExceeded,
    RateLimited,
    ServiceUnavailable,
    SubscriptionInactive,
)
from billing_ui_components.formats import Formats
from billing_ui_components.notice import Message, Until, UntilActive, UntilIncluded, UntilRead, UntilRoom
from billing_ui_components.runtime import Runtime


async def refusal(runtime: Runtime, customer_id: str, error: BillingError, feature_key: object, title: str) -> Message:
    """Why nothing was counted, for the person who looks, and for how long that is so.

    Args:
        runtime: of the app.
        customer_id: whose usage it was.
        error: the engine's.
        feature_key: as the browser named the feature.
        title: the feature's.
    """
    most = error.details.get("max_quantity")
    if not isinstance(most, Decimal):
        return Message(runtime.labels.refusal(error.code, title), until=_until(error, feature_key))
    try:
        customer = await runtime.billing.get_customer(customer_id)
    except BillingError as unread:
        return Message(runtime.labels.refusal(unread.code, title), until=_until(unread, feature_key))
    formats = Formats(customer.locale, customer.timezone, runtime.labels)
    return Message(runtime.labels.refused_too_large.format(title=title, maximum=formats.number(most)))


def _until(error: BillingError, feature_key: object) -> Until | None:
    match error:
        case QuotaExceeded():
            return UntilRoom(error.feature_key, error.window, error.limit, error.requested)
        case FeatureNotInPlan():
            return UntilIncluded(str(feature_key))
        case SubscriptionInactive():
            return UntilActive()
        case RateLimited():
            return UntilRead(float(error.details.get("retry_after", 0)))
        case ServiceUnavailable() | NetworkError():
            return UntilRead()
        case _:
            return None

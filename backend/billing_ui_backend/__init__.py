"""The engine of billing_ui: meters usage and enforces limits exactly. Works without Reflex."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from billing_ui_backend.api import create_api
    from billing_ui_backend.async_billing import AsyncBilling
    from billing_ui_backend.async_client import AsyncBillingClient
    from billing_ui_backend.billing import Billing
    from billing_ui_backend.catalog import Catalog, ClientTracking, Feature, Grant, Overage, Plan, Price
    from billing_ui_backend.client import BillingClient
    from billing_ui_backend.errors import (
        AuthenticationError,
        BillingError,
        CatalogError,
        FeatureNotInPlan,
        HoldExpired,
        IdempotencyKeyReused,
        InvalidQuantity,
        InvalidRequest,
        InvalidTimestamp,
        NetworkError,
        NotSupported,
        PeriodClosed,
        PermissionDenied,
        PreviewOutdated,
        QuotaExceeded,
        RateLimited,
        RequestTooLarge,
        ServiceUnavailable,
        SubscriptionInactive,
        UnknownCustomer,
        UnknownFeature,
        UnknownPlan,
    )
    from billing_ui_backend.hold import AsyncHold, Hold
    from billing_ui_backend.middleware import UsageMiddleware
    from billing_ui_backend.nudge_rules import NudgeRules
    from billing_ui_backend.plan_results import FeatureChange, OverLimit, PlanPreview, PlanTerms, WindowLimit
    from billing_ui_backend.results import (
        ApiKey,
        BatchItem,
        Customer,
        CustomerPage,
        Entitlement,
        EventPage,
        FeatureAccess,
        MissingFeature,
        Nudge,
        NudgeEvent,
        NudgeEventPage,
        ReachedThreshold,
        ReceiptUsage,
        Refusal,
        SessionToken,
        Subscription,
        UsageBucket,
        UsageEvent,
        UsageMetric,
        UsageMetrics,
        UsageOverview,
        UsageReceipt,
        Verification,
        WindowUsage,
    )
    from billing_ui_backend.usage_rules import UsageRule

_ERRORS = (
    "AuthenticationError BillingError CatalogError FeatureNotInPlan HoldExpired IdempotencyKeyReused InvalidQuantity "
    "InvalidRequest InvalidTimestamp NetworkError NotSupported PeriodClosed PermissionDenied PreviewOutdated QuotaExceeded "
    "RateLimited RequestTooLarge ServiceUnavailable SubscriptionInactive UnknownCustomer UnknownFeature UnknownPlan"
)
_RESULTS = (
    "ApiKey BatchItem Customer CustomerPage Entitlement EventPage FeatureAccess MissingFeature Nudge NudgeEvent NudgeEventPage "
    "ReachedThreshold ReceiptUsage Refusal SessionToken Subscription UsageBucket UsageEvent UsageMetric UsageMetrics "
    "UsageOverview UsageReceipt "
    "Verification WindowUsage"
)
_PLAN_RESULTS = "FeatureChange OverLimit PlanPreview PlanTerms WindowLimit"
# Lazy, so that a worker which only sends usage does not pay for the API, and the client does not pay for the database.
_HOMES = {
    "AsyncBilling": "async_billing",
    "AsyncBillingClient": "async_client",
    "AsyncHold": "hold",
    "Billing": "billing",
    "BillingClient": "client",
    "Hold": "hold",
    "UsageMiddleware": "middleware",
    "UsageRule": "usage_rules",
    "create_api": "api",
    **dict.fromkeys(["Catalog", "ClientTracking", "Feature", "Grant", "Overage", "Plan", "Price"], "catalog"),
    "NudgeRules": "nudge_rules",
    **dict.fromkeys(_ERRORS.split(), "errors"),
    **dict.fromkeys(_PLAN_RESULTS.split(), "plan_results"),
    **dict.fromkeys(_RESULTS.split(), "results"),
}

__all__ = [
    "ApiKey",
    "AsyncBilling",
    "AsyncBillingClient",
    "AsyncHold",
    "AuthenticationError",
    "BatchItem",
    "Billing",
    "BillingClient",
    "BillingError",
    "Catalog",
    "CatalogError",
    "ClientTracking",
    "Customer",
    "CustomerPage",
    "Entitlement",
    "EventPage",
    "Feature",
    "FeatureAccess",
    "FeatureChange",
    "FeatureNotInPlan",
    "Grant",
    "Hold",
    "HoldExpired",
    "IdempotencyKeyReused",
    "InvalidQuantity",
    "InvalidRequest",
    "InvalidTimestamp",
    "MissingFeature",
    "NetworkError",
    "NotSupported",
    "Nudge",
    "NudgeEvent",
    "NudgeEventPage",
    "NudgeRules",
    "OverLimit",
    "Overage",
    "PeriodClosed",
    "PermissionDenied",
    "Plan",
    "PlanPreview",
    "PlanTerms",
    "PreviewOutdated",
    "Price",
    "QuotaExceeded",
    "RateLimited",
    "ReachedThreshold",
    "ReceiptUsage",
    "Refusal",
    "RequestTooLarge",
    "ServiceUnavailable",
    "SessionToken",
    "Subscription",
    "SubscriptionInactive",
    "UnknownCustomer",
    "UnknownFeature",
    "UnknownPlan",
    "UsageBucket",
    "UsageEvent",
    "UsageMetric",
    "UsageMetrics",
    "UsageMiddleware",
    "UsageOverview",
    "UsageReceipt",
    "UsageRule",
    "Verification",
    "WindowLimit",
    "WindowUsage",
    "create_api",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

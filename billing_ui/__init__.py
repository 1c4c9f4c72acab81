"""All of billing_ui under one name: `import billing_ui as bui`.

The engine's names come from `billing_ui_backend`, the components' from `billing_ui_components`. Each is imported at its
first use: a worker that needs the engine alone does not load Reflex.
"""

# ruff: noqa: F403, F405 - the star imports are for type checkers, and the test of this module compares the names
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from billing_ui.installation import install as install
    from billing_ui.own_origins import OwnOrigins as OwnOrigins
    from billing_ui.plugin import BillingPlugin as BillingPlugin
    from billing_ui_backend import *
    from billing_ui_components import *

__all__ = [
    "GERMAN",
    "ApiKey",
    "AsyncBilling",
    "AsyncBillingClient",
    "AsyncHold",
    "AuthenticationError",
    "BatchItem",
    "Billing",
    "BillingClient",
    "BillingError",
    "BillingPlugin",
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
    "Identity",
    "InvalidQuantity",
    "InvalidRequest",
    "InvalidTimestamp",
    "Labels",
    "MeterView",
    "MissingFeature",
    "NetworkError",
    "NotSupported",
    "Nudge",
    "NudgeEvent",
    "NudgeEventPage",
    "NudgeRules",
    "NudgeView",
    "OverLimit",
    "Overage",
    "OwnOrigins",
    "PeriodClosed",
    "PermissionDenied",
    "Plan",
    "PlanChange",
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
    "Thresholds",
    "UnknownCustomer",
    "UnknownFeature",
    "UnknownPlan",
    "UsageBucket",
    "UsageEvent",
    "UsageMetric",
    "UsageMetrics",
    "UsageMiddleware",
    "UsageMixin",
    "UsageOverview",
    "UsageReceipt",
    "UsageRule",
    "UsageState",
    "Verification",
    "WindowLimit",
    "WindowUsage",
    "compact_upgrade_prompt",
    "compact_usage_display",
    "create_api",
    "customer_portal",
    "feature_gate",
    "install",
    "is_approaching_limit",
    "open_plans",
    "open_portal",
    "pricing_table",
    "sign_out",
    "track_usage",
    "upgrade_nudge",
    "upgrade_prompt",
    "usage_bar",
    "usage_display",
    "usage_metrics",
]

# No module may be called what a name here is called: importing it would put the module in the name's place.
_OWN = {
    "BillingPlugin": "billing_ui.plugin",
    "OwnOrigins": "billing_ui.own_origins",
    "install": "billing_ui.installation",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    engine = import_module("billing_ui_backend")
    home = _OWN.get(name) or ("billing_ui_backend" if name in engine.__all__ else "billing_ui_components")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

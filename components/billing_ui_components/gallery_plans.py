"""Views of the plans as customers in different situations see them, derived by the functions that derive the real ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from billing_ui_backend.catalog import Catalog, Price
from billing_ui_backend.plan_results import FeatureChange, OverLimit, PlanPreview, PlanTerms, WindowLimit
from billing_ui_backend.results import Subscription
from billing_ui_components.gallery_samples import NOW
from billing_ui_components.gallery_settings import Setting
from billing_ui_components.labels import GERMAN
from billing_ui_components.plan_change_view import PlanChangeView, derive_plan_change, while_answering
from billing_ui_components.pricing_view import PricingStatus, PricingView, derive_pricing

_SOON = NOW + timedelta(days=8)


def sample_pricing(setting: Setting) -> dict[str, PricingView]:
    """The plans for a customer on the second of four, and in each other situation.

    Args:
        setting: for whom.

    Returns:
        By what the customer is.
    """
    return {
        "current": _pricing(setting, _on("starter", "Starter")),
        "scheduled": _pricing(setting, _on("pro", "Pro", next_plan_key="free", next_change_at=_SOON)),
        "trial": _pricing(setting, _on("pro", "Pro", status="trialing", trial_ends_at=_SOON)),
        "ended": _pricing(setting, _on("starter", "Starter", status="ended")),
        "signed_out": _pricing(setting, None),
    }


def sample_pricing_without_plans(setting: Setting) -> dict[str, PricingView]:
    """What stands there while no plans are known: not yet, or not successfully."""
    statuses: tuple[PricingStatus, ...] = ("loading", "error")
    labels = setting.labels
    return {status: derive_pricing(None, NOW, labels, setting.locale, status=status) for status in statuses}


def sample_plan_changes(setting: Setting) -> list[PlanChangeView]:
    """A downgrade that present usage does not fit into, an upgrade at once, and the same while its answer is dealt with."""
    down = _preview(setting, "downgrade", ("pro", "Pro", 29), ("starter", "Starter", 9), at="period_end")
    up = _preview(setting, "upgrade", ("starter", "Starter", 9), ("pro", "Pro", 29), at="now")
    asked = [
        derive_plan_change(preview, NOW, setting.labels, setting.locale, place="gallery", change_id=preview.kind)
        for preview in (down, up)
    ]
    return [*asked, while_answering(asked[-1], setting.labels)]


def _pricing(setting: Setting, subscription: Subscription | None) -> PricingView:
    catalog = Catalog.load(_catalog(setting))
    return derive_pricing(
        catalog, NOW, setting.labels, setting.locale, subscription=subscription, changeable=subscription is not None
    )


def _on(plan_key: str, title: str, *, status: Any = "active", **more: Any) -> Subscription:
    if "next_plan_key" in more:
        more["next_status"] = "active"
    return Subscription(plan_key, title, status, NOW, NOW, **more)


def _catalog(setting: Setting) -> dict[str, Any]:
    german = setting.labels.language == GERMAN.language

    def price(amount: int, interval: str = "month") -> dict[str, str]:
        return {"amount": str(amount), "currency": setting.currency, "interval": interval}

    def calls(limit: int, **more: Any) -> dict[str, Any]:
        return {"limit": limit, "period": "month", **more}

    return {
        "features": {
            "api_calls": {"title": setting.title("API calls"), "type": "usage_quota", "unit": "call"},
            "storage_gb": {"title": setting.title("Storage"), "type": "numeric_limit", "unit": "GB"},
            "members": {"title": setting.title("Team members"), "type": "numeric_limit", "unit": "member", "scale": 0},
            "sso": {"title": setting.title("Single sign-on"), "type": "boolean_flag"},
        },
        "plans": {
            "free": {
                "title": "Free",
                "rank": 10,
                "description": "Zum Kennenlernen" if german else "To look around",
                "prices": [price(0)],
                "features": {"api_calls": calls(1000), "storage_gb": {"limit": "0.5"}, "members": {"limit": 2}},
            },
            "starter": {
                "title": "Starter",
                "rank": 20,
                "description": "Für kleine Teams" if german else "For small teams",
                "prices": [price(9), price(90, "year")],
                "features": {"api_calls": calls(10000), "storage_gb": {"limit": 10}, "members": {"limit": 5}},
            },
            "pro": {
                "title": "Pro",
                "rank": 30,
                "highlight": True,
                "trial_days": 14,
                "description": "Für alles, was läuft" if german else "For all that is running",
                "prices": [price(29), price(290, "year")],
                "features": {
                    "api_calls": calls(50000, enforcement="soft", overage={"unit_amount": "0.002"}),
                    "storage_gb": {"limit": "unlimited"},
                    "members": {"limit": 20},
                    "sso": True,
                },
            },
            "enterprise": {
                "title": "Enterprise",
                "rank": 40,
                "description": "Nach Vereinbarung" if german else "As agreed",
                "contact": "mailto:sales@acme.example",
                "features": {
                    "api_calls": calls(1_000_000),
                    "storage_gb": {"limit": "unlimited"},
                    "members": {"limit": "unlimited"},
                    "sso": True,
                },
            },
        },
    }


def _preview(
    setting: Setting, kind: Any, old: tuple[str, str, int], new: tuple[str, str, int], *, at: Any
) -> PlanPreview:
    gains = kind == "upgrade"
    takes_effect_at: datetime = NOW if at == "now" else _SOON
    limits = (WindowLimit("never", Decimal(5), "hard", None),), (WindowLimit("never", Decimal(20), "hard", None),)
    before, after = limits if gains else limits[::-1]
    over = () if gains else (OverLimit("never", "hard", Decimal(7), Decimal(5)),)
    title = setting.title
    return PlanPreview(
        customer_id="sample",
        kind=kind,
        status="active",
        from_plan=_terms(setting, *old),
        from_plan_since=NOW,
        to_plan=_terms(setting, *new),
        currency=setting.currency,
        at=at,
        takes_effect_at=takes_effect_at,
        features=(
            FeatureChange(
                "members",
                title("Team members"),
                "numeric_limit",
                "member",
                0,
                "more" if gains else "less",
                before,
                after,
                over,
            ),
            FeatureChange(
                "sso", title("Single sign-on"), "boolean_flag", "", 0, "gained" if gains else "lost", (), (), ()
            ),
            FeatureChange("storage_gb", title("Storage"), "numeric_limit", "GB", 6, "same", (), (), ()),
        ),
        trial_ends_at=None,
        ends_trial=False,
        scheduled_plan=None,
        scheduled_status=None,
        scheduled_at=None,
        confirmation="sample",
        as_of=NOW,
    )


def _terms(setting: Setting, key: str, title: str, amount: int) -> PlanTerms:
    return PlanTerms(key, title, (Price(Decimal(amount), setting.currency, "month"),))

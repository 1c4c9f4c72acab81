"""An engine for a test: a small catalog with every kind of entitlement, and a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class Clock:
    """A clock for `Billing(clock=...)`. It begins at noon UTC of 10 March 2026, a Tuesday."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **time: float) -> datetime:
        """Moves on by `timedelta(**time)` and says what time it is then."""
        self.now += timedelta(**time)
        return self.now


def small_catalog() -> dict[str, Any]:
    """Three plans and a trial over two quotas, two levels and a flag; a copy of its own for whoever asks.

    `api_calls` has two hard windows in free, a soft one with a price in pro; `files` begins with pro; `team` counts whole
    members; enterprise has no limit.
    """
    usd = {"currency": "USD", "interval": "month"}
    return {
        "default_plan": "free",
        "features": {
            "api_calls": {
                "title": "API calls",
                "type": "usage_quota",
                "unit": "call",
                "client_trackable": {"max_quantity": "2", "per_minute": 5},
            },
            "emails": {"title": "Emails", "type": "usage_quota", "unit": "email", "scale": 0},
            "storage_gb": {"title": "Storage", "type": "numeric_limit", "unit": "GB"},
            "team": {"title": "Team members", "type": "numeric_limit", "unit": "member", "scale": 0},
            "files": {"title": "Files", "type": "usage_quota", "unit": "file"},
            "sso": {"title": "Single sign-on", "type": "boolean_flag"},
        },
        "plans": {
            "free": {
                "title": "Free",
                "rank": 10,
                "prices": [{"amount": "0", **usd}],
                "features": {
                    "api_calls": [{"limit": 1000, "period": "month"}, {"limit": 60, "period": "hour"}],
                    "emails": {"limit": 100, "period": "day"},
                    "storage_gb": {"limit": "0.5"},
                    "team": {"limit": 3},
                    "sso": False,
                },
            },
            "pro": {
                "title": "Pro",
                "rank": 20,
                "prices": [{"amount": "29", **usd}],
                "features": {
                    "api_calls": {
                        "limit": 50_000,
                        "period": "month",
                        "enforcement": "soft",
                        "overage": {"unit_amount": "0.002", "per": 1},
                    },
                    "emails": {"limit": 10_000, "period": "day"},
                    "storage_gb": {"limit": 50},
                    "team": {"limit": 10},
                    "files": {"limit": 200, "period": "month"},
                    "sso": True,
                },
            },
            "enterprise": {
                "title": "Enterprise",
                "rank": 30,
                "prices": [{"amount": "990", **usd}],
                "features": {
                    "api_calls": {"limit": "unlimited", "period": "month"},
                    "emails": {"limit": "unlimited", "period": "day"},
                    "storage_gb": {"limit": "unlimited"},
                    "team": {"limit": "unlimited"},
                    "files": {"limit": "unlimited", "period": "month"},
                    "sso": True,
                },
            },
            "trial": {
                "title": "Trial",
                "rank": 15,
                "trial_days": 14,
                "prices": [{"amount": "9", **usd}],
                "features": {
                    "api_calls": {"limit": 2000, "period": "month"},
                    "emails": {"limit": 500, "period": "day"},
                    "storage_gb": {"limit": 5},
                    "team": {"limit": 5},
                },
            },
        },
    }


def one_quota(limit: int | str, *, period: str = "month", scale: int = 0, **grant: Any) -> dict[str, Any]:
    """A catalog of one plan with one quota, `api_calls`."""
    return {
        "default_plan": "only",
        "features": {"api_calls": {"title": "API calls", "type": "usage_quota", "unit": "call", "scale": scale}},
        "plans": {"only": {"rank": 1, "features": {"api_calls": {"limit": limit, "period": period, **grant}}}},
    }


def put(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """A change of the catalog: the value at a dotted path, `...` to delete it."""

    def change(catalog: dict[str, Any]) -> None:
        *parents, last = path.split("/")
        for name in parents:
            catalog = catalog[name]
        if value is ...:
            del catalog[last]
        else:
            catalog[last] = value

    return change


def files_open_on(folder: Path) -> list[str]:
    """The files of a folder that this process has open."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            name = str(descriptor.readlink())
        except OSError:
            continue  # The descriptor of the listing itself.
        if name.startswith(str(folder)):
            found.append(name)
    return found

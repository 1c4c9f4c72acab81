"""Faults that can be switched on in the demo, for one customer, to see what the components say then."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from billing_ui_backend import AsyncBilling
from billing_ui_backend.errors import ServiceUnavailable
from billing_ui_backend.results import UsageOverview

FAULTS = {"": "Nothing", "slow": "Slow database", "stale": "Database away", "failing": "Login fails"}
"""What is broken, and how the page calls it."""

SLOW_SECONDS = 3.0
_broken: dict[str, str] = {}


def fault_of(customer_id: str) -> str:
    """What is broken for a customer: a key of FAULTS."""
    return _broken.get(customer_id, "")


def break_for(customer_id: str, fault: Any) -> str:
    """Break something for a customer until this process ends, or mend it.

    Args:
        customer_id: whose tabs are to see it.
        fault: a key of FAULTS; any other is "".

    Returns:
        What is broken now.
    """
    _broken[customer_id] = fault if isinstance(fault, str) and fault in FAULTS else ""
    return _broken[customer_id]


def login_fails(customer_id: str) -> bool:
    """Whether a customer's tabs are not to know whose they are."""
    return fault_of(customer_id) == "failing"


class FaultyBilling(AsyncBilling):
    """The engine, whose tabs are answered late or not at all while that is what was chosen; counting goes on."""

    async def get_overview(self, customer_id: str, *, user_ids: Iterable[str | None] = (None,)) -> UsageOverview:
        """As the engine does, unless something is broken."""
        match fault_of(customer_id):
            case "slow":
                await asyncio.sleep(SLOW_SECONDS)
            case "stale":
                raise ServiceUnavailable("the demo was told to behave as if the database were away")
        return await super().get_overview(customer_id, user_ids=user_ids)

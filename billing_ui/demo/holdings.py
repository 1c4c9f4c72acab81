"""What a customer has in storage and who is in the team, read from the ledger: nothing else is kept."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing_ui_backend import AsyncBilling, UsageEvent

UPLOAD = "upload"
MEMBER = "member"
GIVEN_BACK = "given_back"


@dataclass(frozen=True)
class Holding:
    """A file in storage or a member of the team: the event that added it.

    Attributes:
        key: the event's idempotency key.
        name: of the file or the person.
        quantity: what it counts, in the feature's unit.
    """

    key: str
    name: str
    quantity: Decimal


async def holdings(billing: AsyncBilling, customer_id: str, feature_key: str, kind: str) -> list[Holding]:
    """What was added and not given back, newest first.

    Args:
        billing: the engine.
        customer_id: whose.
        feature_key: the level that counts it.
        kind: UPLOAD or MEMBER, the name under which the metadata has the holding's name.

    Raises:
        UnknownCustomer: there is none with that id.
    """
    given_back: set[str] = set()
    found: list[UsageEvent] = []
    cursor = None
    while True:
        page = await billing.list_usage_events(customer_id, feature_key=feature_key, cursor=cursor, limit=1000)
        for event in page.events:
            if GIVEN_BACK in event.metadata:
                given_back.add(event.metadata[GIVEN_BACK])
            elif kind in event.metadata:
                found.append(event)
        cursor = page.next_cursor
        if cursor is None:
            break
    return [
        Holding(event.idempotency_key, str(event.metadata[kind]), event.quantity)
        for event in found
        if event.idempotency_key not in given_back
    ]


def giving_back(holding: Holding) -> dict[str, Any]:
    """The arguments of `track_usage` that take a holding out again: exactly its quantity, once however often it is asked."""
    return {
        "quantity": -holding.quantity,
        "idempotency_key": f"given-back:{holding.key}",
        "metadata": {GIVEN_BACK: holding.key},
    }

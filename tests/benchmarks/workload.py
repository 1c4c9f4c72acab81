"""What both sides of every comparison do: one unit of one feature, for a customer, under a key of its own."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any

FEATURE = "api_calls"
# Far away, but it is there and is checked: by ours, and by every peer that has limits.
LIMIT = 10**9
CATALOG: dict[str, Any] = {
    "default_plan": "free",
    "features": {FEATURE: {"title": "API calls", "type": "usage_quota", "unit": "call", "scale": 0}},
    "plans": {"free": {"title": "Free", "rank": 1, "features": {FEATURE: {"limit": LIMIT, "period": "month"}}}},
}
SPREAD = tuple(f"cus_{number:04}" for number in range(1000))
HOT = SPREAD[:1]
# Asking the system for each key would let go of the interpreter in the middle of what is measured, on either side.
_bits = random.Random(random.SystemRandom().getrandbits(128)).getrandbits


def fresh_key() -> str:
    """An idempotency key that was never used; random, as callers' keys are."""
    return f"{_bits(96):024x}"


def turns(customers: Sequence[str], caller: int = 0, callers: int = 1) -> Iterator[str]:
    """Whose turn it is, for one of several callers: all customers, each caller beginning elsewhere."""
    start = len(customers) * caller // callers
    return itertools.cycle([*customers[start:], *customers[:start]])

"""Whether a history of concurrent calls could have happened one call at a time: Wing and Gong's search, with a memory.

Each call must take effect at one instant between its beginning and its end. The search looks for an order of such instants
in which a sequential model answers as the engine did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tests.support.faults_callers import Answer, Ask

Said = tuple[Any, ...]
FULL: Said = ("refused", "QuotaExceeded")
UNKNOWN: Said = ("refused", "InvalidRequest")


@dataclass(frozen=True)
class Quota:
    """The sequential model: one counter with a hard limit, its holds and the keys it has seen.

    Attributes:
        live: the quantity that each open hold keeps.
        ended: what became of each other hold: the quantity committed, None when released.
        keys: the first answer to each idempotency key.
    """

    limit: int
    used: int = 0
    live: frozenset[tuple[str, int]] = frozenset()
    ended: frozenset[tuple[str, int | None, int]] = frozenset()
    keys: frozenset[tuple[str, int, int]] = frozenset()

    @property
    def held(self) -> int:
        return sum(quantity for _, quantity in self.live)

    def step(self, ask: Ask) -> tuple[Quota, Said]:
        """The counter after one call, and what the call is answered."""
        arguments = ask.arguments
        if ask.method == "get_usage_metrics":
            return self, ("metrics", (arguments["feature_key"], self.used, self.held))
        if ask.method == "track_usage":
            return self._track(arguments["quantity"], arguments.get("idempotency_key"))
        if ask.method == "set_usage":
            return self._set(arguments["quantity"])
        if ask.method == "reserve_usage":
            return self._reserve(arguments["idempotency_key"], arguments["quantity"])
        if ask.method == "commit_hold":
            return self._commit(arguments["hold_id"], arguments["quantity"])
        assert ask.method == "release_hold"
        return self._release(arguments["hold_id"])

    def _track(self, quantity: int, key: str | None) -> tuple[Quota, Said]:
        for seen, counted, used in self.keys:
            if seen == key:
                return self, ("counted", counted, used, True)
        if self.used + quantity < 0:
            return self, ("refused", "InvalidQuantity")
        if quantity > 0 and self.used + self.held + quantity > self.limit:
            return self, FULL
        used = self.used + quantity
        keys = self.keys if key is None else self.keys | {(key, quantity, used)}
        return replace(self, used=used, keys=keys), ("counted", quantity, used, False)

    def _set(self, quantity: int) -> tuple[Quota, Said]:
        if quantity > max(self.used, self.limit):
            return self, FULL
        return replace(self, used=quantity), ("counted", quantity - self.used, quantity, False)

    def _reserve(self, hold: str, quantity: int) -> tuple[Quota, Said]:
        if any(hold == known for known, *_ in (*self.live, *self.ended)):
            return self, ("held", True)
        if self.used + self.held + quantity > self.limit:
            return self, FULL
        return replace(self, live=self.live | {(hold, quantity)}), ("held", False)

    def _commit(self, hold: str, quantity: int) -> tuple[Quota, Said]:
        for known, committed, used in self.ended:
            if hold == known:
                if committed is None:
                    return self, ("refused", "HoldExpired")
                if committed != quantity:
                    return self, ("refused", "IdempotencyKeyReused")
                return self, ("counted", committed, used, True)
        for known, kept in self.live:
            if hold == known:
                if self.used + self.held - kept + quantity > self.limit:
                    return self, FULL
                used = self.used + quantity
                ended = self.ended | {(hold, quantity, used)}
                return replace(self, used=used, live=self.live - {(hold, kept)}, ended=ended), (
                    *("counted", quantity, used),
                    False,
                )
        return self, UNKNOWN

    def _release(self, hold: str) -> tuple[Quota, Said]:
        if any(hold == known for known, *_ in self.ended):
            return self, ("said", False)
        for known, kept in self.live:
            if hold == known:
                ended = self.ended | {(hold, None, 0)}
                return replace(self, live=self.live - {(hold, kept)}, ended=ended), ("said", True)
        return self, UNKNOWN


def linearizable(history: Sequence[Answer], model: Quota) -> bool:
    """Whether there is an order of these calls that the model, beginning as given, answers the same way."""
    calls = sorted(history, key=lambda answer: answer.began)
    everything = (1 << len(calls)) - 1
    seen: set[tuple[int, Quota]] = set()
    open_ends = [(0, model)]
    while open_ends:
        done, state = open_ends.pop()
        if done == everything:
            return True
        if (done, state) in seen:
            continue
        seen.add((done, state))
        left = [number for number in range(len(calls)) if not done >> number & 1]
        # A call that began after another one had ended comes after it.
        deadline = min(calls[number].ended for number in left)
        for number in left:
            if calls[number].began > deadline:
                break
            after, said = state.step(calls[number].ask)
            if said == calls[number].said:
                open_ends.append((done | 1 << number, after))
    return False


def as_text(history: Sequence[Answer]) -> str:
    """A history for the eyes: calls in the order in which they began, in microseconds from the first."""
    calls = sorted(history, key=lambda answer: answer.began)
    lines = []
    for call in calls:
        began, ended = ((instant - calls[0].began) // 1000 for instant in (call.began, call.ended))
        arguments = ", ".join(
            f"{name}={value}"
            for name, value in call.ask.arguments.items()
            if name not in ("customer_id", "feature_key")
        )
        lines.append(f"{began:>8} .. {ended:>8}  {call.ask.method}({arguments}) -> {_plain(call.said)}")
    return "\n".join(lines)


def _plain(said: Said) -> str:
    return " ".join(str(part.normalize() if isinstance(part, Decimal) else part) for part in said)

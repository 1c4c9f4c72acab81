"""What one caller hands over to the writer, and how the answer gets back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from billing_ui_backend.books import CustomerLocked, customer_locked
from billing_ui_backend.errors import BillingError, ServiceUnavailable
from billing_ui_backend.write import Outcome, Write

R = TypeVar("R")
Outcomes: TypeAlias = list[Outcome[Any]]
Answer: TypeAlias = Outcomes | BaseException


@dataclass(slots=True, eq=False)
class Group(Generic[R]):
    """Writes that one caller handed over together, decided in order. A caller in an event loop waits for a future of that
    loop; a thread for `answered`, which is locked until `answer` is there. `outcomes` are there once it was tried."""

    writes: Sequence[Write[R]]
    future: asyncio.Future[list[Outcome[R]]] | None = None
    answered: threading.Lock | None = None
    outcomes: list[Outcome[R]] = field(default_factory=list)
    answer: Answer | None = None
    # When the caller is told that a customer is locked, on the monotonic clock; 0 until one is.
    gives_up: float = 0.0

    def wanted(self) -> bool:
        """False when the caller gave up while the group was waiting."""
        return self.answer is None and (self.future is None or not self.future.cancelled())

    def to_try(self, locked: Collection[str], *, again: bool) -> list[int]:
        """The places of the writes that are to be decided now.

        Args:
            locked: the customers whom others wait for: their writes wait, too.
            again: whether what met a locked customer before is tried again.
        """
        if not self.outcomes:
            self.outcomes = [_UNTRIED] * len(self.writes)
        elif not again:
            return []
        places = []
        for place, write in enumerate(self.writes):
            if write.customer_id in locked:
                self.outcomes[place] = Outcome(error=customer_locked(write.customer_id))
            elif self.outcomes[place] is _UNTRIED or met_lock(self.outcomes[place]):
                places.append(place)
        return places


_UNTRIED: Outcome[Any] = Outcome()


def met_lock(outcome: Outcome[Any]) -> bool:
    """Whether a write waits for a customer whom somebody else has locked."""
    return isinstance(outcome.error, CustomerLocked)


def answer_of(outcomes: list[Outcome[R]]) -> list[Outcome[R]] | Exception:
    """What a caller is told: the outcomes, or the error to raise where none of the writes could be decided."""
    for outcome in outcomes:
        if outcome.error is None or not _undecided(outcome.error):
            return outcomes
    return outcomes[0].error if outcomes and outcomes[0].error else outcomes


def _undecided(error: Exception) -> bool:
    return isinstance(error, ServiceUnavailable) or not isinstance(error, BillingError)

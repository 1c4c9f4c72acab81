"""What the writer commits: anything that changes one customer's books in a transaction, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from billing_ui_backend.batch import Batch

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Write(Protocol[R_co]):
    """One change of a customer's books, decided by itself inside the writer's transaction."""

    @property
    def customer_id(self) -> str:
        """Whose books it changes."""
        ...

    @property
    def counts_refusals(self) -> bool:
        """Whether its refusal is counted for the merchant."""
        ...

    def apply(self, batch: Batch) -> R_co:
        """Makes the change. A BillingError refuses it, before anything has changed."""
        ...


# Neither this nor a write is frozen: one is made for every event, and a frozen dataclass takes four times as long.
@dataclass(slots=True)
class Outcome(Generic[R]):
    """What came of a write: its result, or the error that refused it or kept it from being decided."""

    result: R | None = None
    error: Exception | None = None


def only_result(outcomes: Sequence[Outcome[R]]) -> R:
    """The result of a group of one, or its error raised."""
    (outcome,) = outcomes
    if outcome.error is not None:
        raise outcome.error
    assert outcome.result is not None
    return outcome.result

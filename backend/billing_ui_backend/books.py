"""Deciding batches and committing them: what a process remembers, and how it stays equal to the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from billing_ui_backend.batch import Batch
from billing_ui_backend.errors import ServiceUnavailable

T = TypeVar("T")


class OneToBlame(Exception):
    """Nothing of a batch was written, and one of its writes may be why: without it the others may go through."""


class CustomerLocked(ServiceUnavailable):
    """Somebody else has a customer locked, so nothing was written of it."""


def customer_locked(customer_id: str) -> CustomerLocked:
    """The error for a customer whom somebody else has locked."""
    return CustomerLocked(
        f"customer {customer_id!r}: another transaction holds the customer for too long: try again", retry_after=1
    )


class Books(Protocol):
    """The books of all customers in one database."""

    def commit(self, writes: Sequence[Any], decide: Callable[[Batch], T], *, wait: bool) -> tuple[T, set[str]]:
        """Decides writes in one transaction and commits it; the second value names the customers that changed.

        Args:
            decide: may run several times; what only the last run answered counts. Asking the batch for a customer whom somebody
                else has locked raises CustomerLocked.
            wait: for a moment, for customers who are locked.

        Raises:
            OneToBlame: of several writes only.
            ServiceUnavailable: the database does not answer. Nothing was written, or nobody knows: the same keys tell.
        """
        ...

    def forget(self, customer_id: str) -> None:
        """Has a customer read anew: it was changed beside the batches."""
        ...

"""Deciding batches and committing them: what a process remembers, and how it stays equal to the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from billing_ui_backend.batch import Batch

T = TypeVar("T")


class OneToBlame(Exception):
    """Nothing of a batch was written, and one of its writes may be why: without it the others may go through."""


class Books(Protocol):
    """The books of all customers in one database."""

    def commit(self, writes: Sequence[Any], decide: Callable[[Batch], T]) -> tuple[T, set[str]]:
        """Decides writes in one transaction and commits it; the second value names the customers that changed.

        `decide` may run several times; what only the last run answered counts.

        Raises:
            OneToBlame: of several writes only.
            ServiceUnavailable: the database does not answer. Nothing was written, or nobody knows: the same keys tell.
        """
        ...

    def forget(self, customer_id: str) -> None:
        """Has a customer read anew: it was changed beside the batches."""
        ...

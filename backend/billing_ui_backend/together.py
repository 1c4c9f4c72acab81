"""Writes that are committed together: one that fails, for whatever reason, fails alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, TypeVar

from billing_ui_backend.batch import Batch
from billing_ui_backend.books import Books, OneToBlame
from billing_ui_backend.errors import BillingError, ServiceUnavailable
from billing_ui_backend.write import Outcome, Write

R = TypeVar("R")
# Looking for the one to blame ends after so many seconds, for others wait.
_SEARCH = 10.0


def commit_together(
    books: Books, writes: Sequence[Write[R]], *, wait: bool = True
) -> tuple[list[Outcome[R]], set[str]]:
    """Decides writes in order and commits them, in one transaction where that is possible. Where one of them keeps all from
    being committed, each half is tried by itself, and so on until that one is alone; the others are committed.

    Args:
        wait: for a moment, for customers whom somebody else has locked.

    Returns:
        An outcome for each write, and the ids of the customers who changed.
    """
    outcomes: list[Outcome[R]] = []
    changed: set[str] = set()
    parts = [writes]
    began = time.monotonic()
    while parts:
        part = parts.pop()
        try:
            decided, who = books.commit(part, lambda batch, part=part: _decide(part, batch), wait=wait)  # type: ignore[misc]
        except OneToBlame as error:
            if time.monotonic() < began + _SEARCH:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
            else:
                late = ServiceUnavailable(
                    "looking for what is wrong in this batch takes too long: try again", retry_after=1
                )
                late.__cause__ = error
                outcomes += _all_failed(part, late)
        except Exception as error:  # noqa: BLE001 - whoever waits for it is told
            outcomes += _all_failed(part, error)
            if len(part) > 1:
                # It is none of the writes': the rest would only wait for the same.
                while parts:
                    outcomes += _all_failed(parts.pop(), error)
        else:
            outcomes += decided
            changed |= who
    return outcomes, changed


def _decide(writes: Sequence[Write[R]], batch: Batch) -> list[Outcome[R]]:
    return [_decide_alone(write, batch) for write in writes]


def _decide_alone(write: Write[R], batch: Batch) -> Outcome[R]:
    """One write. What it is refused for is checked before anything changes, so there is nothing to take back."""
    try:
        return Outcome(result=write.apply(batch))
    except BillingError as error:
        if write.counts_refusals:
            batch.refuse(error)
        # An error that is kept holds its frames, and these the whole batch, until the cyclic collector runs.
        return Outcome(error=error.with_traceback(None))


def _all_failed(writes: Sequence[Write[Any]], error: Exception) -> list[Outcome[Any]]:
    # No future takes a StopIteration, which a clock that reads from an iterator raises at its end.
    told = RuntimeError("StopIteration while deciding") if isinstance(error, StopIteration) else error
    return [Outcome(error=told) for _ in writes]

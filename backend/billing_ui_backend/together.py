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
# Looking for the ones to blame ends after so many seconds, for others wait.
_SEARCH = 5.0


def commit_together(books: Books, writes: Sequence[Write[R]], changed: set[str]) -> list[Outcome[R]]:
    """Decides writes in order and commits them, in one transaction where that is possible. Where one of them keeps all from
    being committed, each half is tried by itself, in order, and so on until that one is alone; the others are committed. Where
    the database can't be written to at all, those that are left are not tried.

    Args:
        changed: the ids of the customers who changed are added to it, with each commit.

    Returns:
        An outcome for each write.
    """
    outcomes: list[Outcome[R]] = []
    parts = [writes]
    # Once there is somebody to blame.
    ends: float | None = None
    while parts:
        part = parts.pop()
        try:
            decided, who = books.commit(part, lambda batch, part=part: _decide(part, batch))  # type: ignore[misc]
        except OneToBlame:
            ends = ends or time.monotonic() + _SEARCH
            middle = len(part) // 2
            parts += [part[middle:], part[:middle]]
        except Exception as error:  # noqa: BLE001 - whoever waits for it is told
            outcomes += [_failed(error)] * len(part)
            if len(part) > 1 or ends is None:
                # It is none of the writes': the others would only wait for the same.
                outcomes += [_failed(error) for left in reversed(parts) for _ in left]
                break
        else:
            outcomes += decided
            changed |= who
        if ends is not None and time.monotonic() > ends:
            late = ServiceUnavailable("looking for what can't be written takes too long: try again", retry_after=1)
            outcomes += [_failed(late) for left in reversed(parts) for _ in left]
            break
    return outcomes


def answer_of(outcomes: list[Outcome[R]]) -> list[Outcome[R]] | Exception:
    """What a caller is told: the outcomes, or the error to raise where none of the writes could be decided."""
    for outcome in outcomes:
        if outcome.error is None or not _undecided(outcome.error):
            return outcomes
    return outcomes[0].error if outcomes and outcomes[0].error else outcomes


def _undecided(error: Exception) -> bool:
    return isinstance(error, ServiceUnavailable) or not isinstance(error, BillingError)


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


def _failed(error: Exception) -> Outcome[Any]:
    # No future takes a StopIteration, which a clock that reads from an iterator raises at its end.
    return Outcome(error=RuntimeError("StopIteration while deciding") if isinstance(error, StopIteration) else error)

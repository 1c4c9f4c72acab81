"""The one writer of a process: callers hand over groups of events, one thread commits them, a batch at a time.

No delay is added: while one batch commits, the next one gathers. A lone synchronous caller goes inline instead of waking
the thread. An event that fails is rolled back alone; the others of its batch are committed.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from billing_ui_backend.database import Database
from billing_ui_backend.errors import BillingError, ServiceUnavailable
from billing_ui_backend.ledger import Transaction
from billing_ui_backend.refusals import count_refusal
from billing_ui_backend.write import Outcome, Write

MAX_QUEUED_GROUPS = 512
_MAX_BATCH_EVENTS = 1000

Begin = Callable[[sqlite3.Connection], Transaction]
R = TypeVar("R")


@dataclass(slots=True)
class Group(Generic[R]):
    """Writes that one caller handed over together, decided in order."""

    writes: Sequence[Write[R]]
    future: Future[list[Outcome[R]]] = field(default_factory=Future)


class Writer:
    """Commits groups of events to one database.

    Args:
        begin: makes the Transaction for a batch, on the writer's connection, inside its database transaction.
        committed: called with the ids of the customers whose usage a batch changed, after the commit.
    """

    def __init__(self, database: Database, begin: Begin, committed: Callable[[set[str]], None]) -> None:
        self._database = database
        self._begin = begin
        self._committed = committed
        self._queue: deque[Group[Any]] = deque()
        self._changed = threading.Condition()
        self._busy = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = False

    def write(self, writes: Sequence[Write[R]]) -> list[Outcome[R]]:
        """Commits a group and waits for it; inline when nothing else is under way.

        Raises:
            ServiceUnavailable: the queue is full or the database does not answer. Nothing was counted.
        """
        group = Group(writes)
        if not self._queue and self._busy.acquire(blocking=False):
            try:
                self._commit([group])
            finally:
                self._busy.release()
        else:
            self._enqueue(group)
        return group.future.result()

    def submit(self, writes: Sequence[Write[R]]) -> Future[list[Outcome[R]]]:
        """Hands a group to the writer's thread; the future resolves after the commit.

        Raises:
            ServiceUnavailable: the queue is full.
        """
        group = Group(writes)
        self._enqueue(group)
        return group.future

    def close(self) -> None:
        """Commits what is queued, then ends the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _enqueue(self, group: Group[Any]) -> None:
        with self._changed:
            if self._closing:
                raise ServiceUnavailable("this Billing is closed: make a new one")
            if len(self._queue) >= MAX_QUEUED_GROUPS:
                raise ServiceUnavailable(
                    f"{MAX_QUEUED_GROUPS} writes are waiting already: try again in a moment", retry_after=1
                )
            self._queue.append(group)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="billing-writer", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._queue and not self._closing:
                    self._changed.wait()
                if not self._queue:
                    return
            with self._busy:
                if batch := self._take():
                    self._commit(batch)

    def _take(self) -> list[Group[Any]]:
        batch: list[Group[Any]] = []
        events = 0
        with self._changed:
            while self._queue and (not batch or events + len(self._queue[0].writes) <= _MAX_BATCH_EVENTS):
                group = self._queue.popleft()
                # A caller that gave up while its group was still waiting takes it back; from here on it can't.
                if group.future.set_running_or_notify_cancel():
                    batch.append(group)
                    events += len(group.writes)
        return batch

    def _commit(self, batch: list[Group[Any]]) -> None:
        try:
            with self._database.writing() as driver:
                transaction = self._begin(driver)
                answers = [[_decide_alone(write, transaction) for write in group.writes] for group in batch]
        except BaseException as error:
            for group in batch:
                group.future.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        if transaction.changed:
            self._committed(transaction.changed)
        for group, outcomes in zip(batch, answers, strict=True):
            group.future.set_result(outcomes)


def _decide_alone(write: Write[R], transaction: Transaction) -> Outcome[R]:
    """One write in a savepoint of its own, so that a refusal takes back only what it did itself."""
    transaction.begin_event()
    try:
        outcome = Outcome(result=write.apply(transaction))
    except BillingError as error:
        transaction.undo_event()
        if write.counts_refusals:
            count_refusal(transaction.driver, error, transaction.now_us)
        # An error that is kept holds its frames, and these the whole batch, until the cyclic collector runs.
        outcome = Outcome(error=error.with_traceback(None))
    transaction.end_event()
    return outcome

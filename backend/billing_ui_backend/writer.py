"""The one writer of a process: callers hand over groups of events, one thread commits them, a batch at a time.

No delay is added: while one batch commits, the next one gathers. A lone synchronous caller goes inline instead of waking
the thread. An event that fails fails alone; the others of its batch are committed.
"""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from billing_ui_backend.batch import Batch
from billing_ui_backend.books import Books
from billing_ui_backend.errors import BillingError, ServiceUnavailable
from billing_ui_backend.write import Outcome, Write

MAX_QUEUED_GROUPS = 512
_MAX_BATCH_EVENTS = 1000

R = TypeVar("R")
Outcomes = list[Outcome[Any]]


@dataclass(slots=True)
class Group(Generic[R]):
    """Writes that one caller handed over together, decided in order. A caller in an event loop waits for a future of that
    loop, any other for one of its own."""

    writes: Sequence[Write[R]]
    future: Future[list[Outcome[R]]] | asyncio.Future[list[Outcome[R]]]
    loop: asyncio.AbstractEventLoop | None = None

    def begin(self) -> bool:
        """False when the caller gave up while the group was waiting; from here on it can't."""
        if isinstance(self.future, Future):
            return self.future.set_running_or_notify_cancel()
        return not self.future.cancelled()

    def resolve(self, answer: list[Outcome[R]] | BaseException) -> None:
        """Answers the caller, in its own thread."""
        if self.future.cancelled():
            return
        if isinstance(answer, BaseException):
            self.future.set_exception(answer)
        else:
            self.future.set_result(answer)


class Writer:
    """Commits groups of events to one database.

    Args:
        committed: called with the ids of the customers whose usage a batch changed, after the commit.
    """

    def __init__(self, books: Books, committed: Callable[[set[str]], None]) -> None:
        self._books = books
        self._committed = committed
        self._queue: deque[Group[Any]] = deque()
        self._gathered: dict[asyncio.AbstractEventLoop, list[Group[Any]]] = {}
        self._changed = threading.Condition()
        self._busy = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = False

    def write(self, writes: Sequence[Write[R]]) -> list[Outcome[R]]:
        """Commits a group and waits for it; inline when nothing else is under way.

        Raises:
            ServiceUnavailable: the queue is full or the database does not answer. Nothing was counted.
        """
        if not self._queue and self._busy.acquire(blocking=False):
            try:
                answers, changed = self._commit([writes])
            finally:
                self._busy.release()
            self._tell(changed)
            return answers[0]
        future: Future[list[Outcome[R]]] = Future()
        self._enqueue(Group(writes, future))
        return future.result()

    async def submit(self, writes: Sequence[Write[R]]) -> list[Outcome[R]]:
        """Hands a group to the writer's thread and awaits its commit.

        Raises:
            ServiceUnavailable: as `write`.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Outcome[R]]] = loop.create_future()
        gathered = self._gathered.setdefault(loop, [])
        if not gathered:
            # What else is ready in this turn of the loop comes along: the thread is woken once for all of it.
            loop.call_soon(self._hand_over, loop)
        gathered.append(Group(writes, future, loop))
        return await future

    def close(self) -> None:
        """Commits what is queued, then ends the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        for group in self._gathered.pop(loop):
            try:
                self._enqueue(group)
            except ServiceUnavailable as error:
                group.resolve(error)

    def _enqueue(self, group: Group[Any]) -> None:
        with self._changed:
            if self._closing:
                raise ServiceUnavailable("this Billing is closed: make a new one")
            if len(self._queue) >= MAX_QUEUED_GROUPS:
                raise ServiceUnavailable(
                    f"{MAX_QUEUED_GROUPS} writes are waiting already: try again in a moment", retry_after=1
                )
            self._queue.append(group)
            if self._thread is None or not self._thread.is_alive():
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
                groups = self._take()
                answers, changed = self._commit_groups(groups) if groups else ([], set[str]())
            # Without the lock: whoever is told may write.
            try:
                self._tell(changed)
            finally:
                self._answer(groups, answers)

    def _take(self) -> list[Group[Any]]:
        groups: list[Group[Any]] = []
        events = 0
        with self._changed:
            while self._queue and (not groups or events + len(self._queue[0].writes) <= _MAX_BATCH_EVENTS):
                group = self._queue.popleft()
                if group.begin():
                    groups.append(group)
                    events += len(group.writes)
        return groups

    def _commit_groups(self, groups: list[Group[Any]]) -> tuple[Sequence[Outcomes | BaseException], set[str]]:
        try:
            return self._commit([group.writes for group in groups])
        except BaseException as error:
            if not isinstance(error, Exception):
                self._answer(groups, [error] * len(groups))
                raise
            return [error] * len(groups), set()

    def _answer(self, groups: list[Group[Any]], answers: Sequence[Outcomes | BaseException]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Group[Any], Any]]] = defaultdict(list)
        for group, answer in zip(groups, answers, strict=True):
            if group.loop is None:
                group.resolve(answer)
            else:
                by_loop[group.loop].append((group, answer))
        for loop, pairs in by_loop.items():
            # A loop is woken once for all its callers.
            try:
                loop.call_soon_threadsafe(_resolve_all, pairs)
            except RuntimeError:
                # Whoever closed the loop waits for nothing any more.
                if not loop.is_closed():
                    raise

    def _tell(self, changed: set[str]) -> None:
        if changed:
            self._committed(changed)

    def _commit(self, groups: Sequence[Sequence[Write[Any]]]) -> tuple[list[Outcomes], set[str]]:
        def decide(batch: Batch) -> list[Outcomes]:
            return [[_decide_alone(write, batch) for write in writes] for writes in groups]

        return self._books.commit([write for writes in groups for write in writes], decide)


def _resolve_all(pairs: list[tuple[Group[Any], Any]]) -> None:
    for group, answer in pairs:
        group.resolve(answer)


def _decide_alone(write: Write[R], batch: Batch) -> Outcome[R]:
    """One write. What it is refused for is checked before anything changes, so there is nothing to take back."""
    try:
        return Outcome(result=write.apply(batch))
    except BillingError as error:
        if write.counts_refusals:
            batch.refuse(error)
        # An error that is kept holds its frames, and these the whole batch, until the cyclic collector runs.
        return Outcome(error=error.with_traceback(None))

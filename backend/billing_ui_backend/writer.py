"""The one writer of a process: callers hand over groups of events, one thread commits them, a batch at a time.

No delay is added: while one batch commits, the next one gathers. A lone synchronous caller goes inline instead of waking
the thread. An event that fails fails alone; the others of its batch are committed.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeAlias, TypeVar

from billing_ui_backend.books import Books
from billing_ui_backend.errors import ServiceUnavailable
from billing_ui_backend.together import answer_of, commit_together
from billing_ui_backend.write import Outcome, Write

MAX_QUEUED_GROUPS = 512
_MAX_BATCH_EVENTS = 1000
# Whoever has the turn wakes the thread. If an interrupt kept him from it, the thread looks by itself.
_LOOK_AGAIN = 0.1

R = TypeVar("R")
Outcomes = list[Outcome[Any]]
Answer: TypeAlias = Outcomes | BaseException

logger = logging.getLogger("billing_ui")


@dataclass(slots=True, eq=False)
class Group(Generic[R]):
    """Writes that one caller handed over together, decided in order. A caller in an event loop waits for a future of that
    loop; a thread for `answered`, which is locked until `answer` is there."""

    writes: Sequence[Write[R]]
    future: asyncio.Future[list[Outcome[R]]] | None = None
    answered: threading.Lock | None = None
    answer: Answer | None = None

    def wanted(self) -> bool:
        """False when the caller gave up while the group was waiting."""
        return self.future is None or not self.future.cancelled()


class Writer:
    """Commits groups of events to one database.

    Args:
        committed: called with the ids of the customers whose usage a batch changed, after the commit.
    """

    def __init__(self, books: Books, committed: Callable[[set[str]], None]) -> None:
        self._books = books
        self._committed = committed
        self._queue: deque[Group[Any]] = deque()
        # Guards the queue and whose turn it is to commit: a thread's own mark, None when nobody's.
        self._mutex = threading.Lock()
        self._turn: object = None
        # Whether the last batch was of several callers: then the first to come again waits for the others, inline it would keep
        # them all waiting for its commit.
        self._crowded = False
        # Released to wake the thread.
        self._asleep = threading.Lock()
        self._asleep.acquire()
        self._waking: set[asyncio.AbstractEventLoop] = set()
        self._thread: threading.Thread | None = None
        self._closing = False

    def write(self, writes: Sequence[Write[R]]) -> list[Outcome[R]]:
        """Commits a group and waits for it; inline when nothing else is under way.

        Raises:
            ServiceUnavailable: the queue is full or the database does not answer. Nothing was counted, or the same keys tell.
        """
        turn = object()
        changed: set[str] = set()
        # An interrupt may come after any call: the turn is given back by comparing, which calls nothing.
        try:
            self._take_turn(turn)
            while self._turn is not turn:
                if threading.current_thread() is not self._thread:
                    return self._wait(writes)
                # A callback of the thread's own: nobody else would commit for it.
                time.sleep(_LOOK_AGAIN / 100)
                self._take_turn(turn)
            answers = self._commit([writes], changed)
        finally:
            if self._turn is turn:
                self._turn = None
                if self._queue:
                    self._wake()
            self._tell(changed)
        return _told(answers[0])

    def submit(self, writes: Sequence[Write[R]]) -> asyncio.Future[list[Outcome[R]]]:
        """Hands a group to the writer's thread, from a coroutine that then awaits its commit.

        Raises:
            ServiceUnavailable: as `write`.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Outcome[R]]] = loop.create_future()
        self._enqueue(Group(writes, future))
        if loop not in self._waking:
            # What else is ready in this turn of the loop comes along: the thread is woken once for all of it.
            self._waking.add(loop)
            loop.call_soon(self._wake_for, loop)
        return future

    def close(self) -> None:
        """Commits what is queued, then ends the thread."""
        with self._mutex:
            self._closing = True
            thread = self._thread
        if thread is not None:
            self._wake()
            thread.join()

    def _take_turn(self, turn: object) -> None:
        with self._mutex:
            others = self._queue or self._crowded
            if self._turn is None and (not others or threading.current_thread() is self._thread):
                self._turn = turn

    def _wait(self, writes: Sequence[Write[R]]) -> list[Outcome[R]]:
        answered = threading.Lock()
        answered.acquire()
        group = Group(writes, answered=answered)
        self._enqueue(group)
        self._wake()
        answered.acquire()
        assert group.answer is not None
        return _told(group.answer)

    def _enqueue(self, group: Group[Any]) -> None:
        with self._mutex:
            if self._closing:
                raise ServiceUnavailable("this Billing is closed: make a new one")
            if len(self._queue) >= MAX_QUEUED_GROUPS:
                raise ServiceUnavailable(
                    f"{MAX_QUEUED_GROUPS} writes are waiting already: try again in a moment", retry_after=1
                )
            # Before anything is queued: what a caller is told was refused must not be committed later.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="billing-writer", daemon=True)
                try:
                    self._thread.start()
                except RuntimeError as error:
                    raise ServiceUnavailable(f"the writer's thread can't be started: {error}", retry_after=1) from error
            self._queue.append(group)

    def _wake_for(self, loop: asyncio.AbstractEventLoop) -> None:
        self._waking.discard(loop)
        self._wake()

    def _wake(self) -> None:
        # It may be awake, or about to be.
        with suppress(RuntimeError):
            self._asleep.release()

    def _run(self) -> None:
        turn = object()
        while True:
            self._let_ready_callers_in()
            groups = self._take(turn)
            if groups:
                try:
                    self._commit_groups(groups, turn)
                except BaseException:
                    # Whatever a callback raised: others wait for this thread, or will.
                    logger.exception("billing_ui: the writer goes on after an error")
            elif self._queue:
                # An inline commit is under way.
                self._asleep.acquire(timeout=_LOOK_AGAIN)
            elif self._closing:
                # An interrupt while the thread was started may have had a second one started: whoever sleeps is to end too.
                self._wake()
                return
            else:
                self._asleep.acquire()

    def _let_ready_callers_in(self) -> None:
        """Threads that were answered a moment ago wait for nothing but the interpreter: giving it away, not time, makes the
        next batch theirs too."""
        before = -1
        while before < len(self._queue) < MAX_QUEUED_GROUPS:
            before = len(self._queue)
            time.sleep(0)

    def _take(self, turn: object) -> list[Group[Any]]:
        """The next batch; with it the turn, while there is one."""
        groups: list[Group[Any]] = []
        events = 0
        with self._mutex:
            if self._turn is not None:
                return groups
            while self._queue:
                group = self._queue[0]
                if groups and events + len(group.writes) > _MAX_BATCH_EVENTS:
                    break
                del self._queue[0]
                if group.wanted():
                    groups.append(group)
                    events += len(group.writes)
            if groups:
                self._turn = turn
                self._crowded = len(groups) > 1
        return groups

    def _commit_groups(self, groups: list[Group[Any]], turn: object) -> None:
        answers: Sequence[Answer] = []
        changed: set[str] = set()
        try:
            answers = self._commit([group.writes for group in groups], changed)
        except BaseException as error:  # noqa: BLE001 - whoever waits is told, the thread serves others
            answers = [error] * len(groups)
        finally:
            if self._turn is turn:
                self._turn = None
            # Without the turn: whoever is told may write.
            try:
                self._tell(changed)
            finally:
                self._answer(groups, answers)

    def _answer(self, groups: list[Group[Any]], answers: Sequence[Answer]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Answer]]] = defaultdict(list)
        for group, answer in zip(groups, answers, strict=True):
            if group.answered is not None:
                group.answer = answer
                group.answered.release()
            elif group.future is not None:
                by_loop[group.future.get_loop()].append((group.future, answer))
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

    def _commit(self, groups: Sequence[Sequence[Write[Any]]], changed: set[str]) -> list[Answer]:
        """Has groups committed together; `changed` is told the customers, also when an interrupt comes before the end."""
        outcomes = iter(commit_together(self._books, [write for writes in groups for write in writes], changed))
        return [answer_of(list(islice(outcomes, len(writes)))) for writes in groups]


def _resolve_all(pairs: list[tuple[asyncio.Future[Any], Answer]]) -> None:
    for future, answer in pairs:
        if future.cancelled():
            continue
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)


def _told(answer: Answer) -> list[Outcome[Any]]:
    if isinstance(answer, BaseException):
        raise answer
    return answer

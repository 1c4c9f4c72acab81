"""Many callers at once: threads, tasks, processes or clients over HTTP, all asked and answering the same way."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Barrier
from typing import Any, Protocol

from billing_ui_backend import AsyncBilling, Billing, BillingError, UsageMetrics, UsageReceipt
from billing_ui_backend.results import BatchItem, HeldUsage

PROCESSES = 4
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: a method of the engine and its arguments."""

    method: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call, and when, in nanoseconds of the clock that all processes of a machine share.

    `said` is what a proof looks at, short enough to be sent from a process by the hundred thousand: see `short`.
    """

    ask: Ask
    began: int
    ended: int
    said: tuple[Any, ...]


Script = Sequence[Ask]


class Callers(Protocol):
    """Whoever can run several scripts at once, each one in order."""

    def run(self, scripts: Sequence[Script]) -> list[list[Answer]]:
        """Begins all scripts at the same moment; answers in their order."""
        ...


def short(result: object) -> tuple[Any, ...]:
    """A result as a tuple that begins with a word: counted, held, metrics, refused, or the result itself.

    counted: quantity, used after it, replayed. held: replayed. metrics: (feature, used, held) each. refused: the class.
    """
    if isinstance(result, UsageReceipt):
        return ("counted", result.quantity, result.usage.consumed_units, result.replayed)
    if isinstance(result, HeldUsage):
        return ("held", result.replayed)
    if isinstance(result, UsageMetrics):
        return ("metrics", *((metric.feature_key, metric.consumed, metric.held) for metric in result.metrics))
    if isinstance(result, BillingError):
        return ("refused", type(result).__name__)
    if isinstance(result, list):
        items: list[BatchItem] = result
        return ("batch", *(short(item.receipt or item.error) for item in items))
    return ("said", result)


class Threads:
    """Each script in a thread of its own, all over one engine, or client, or what a test puts in its place."""

    def __init__(self, engine: object) -> None:
        self._engine = engine

    def run(self, scripts: Sequence[Script]) -> list[list[Answer]]:
        start = threading.Barrier(len(scripts))

        def play(script: Script) -> list[Answer]:
            start.wait(_SECONDS)
            return [_ask(self._engine, ask) for ask in script]

        with ThreadPoolExecutor(len(scripts)) as threads:
            return list(threads.map(play, scripts))


class Tasks:
    """Each script in a task of its own, all over one asynchronous engine."""

    def __init__(self, engine: Billing) -> None:
        self._engine = AsyncBilling(billing=engine)

    def run(self, scripts: Sequence[Script]) -> list[list[Answer]]:
        async def play(script: Script) -> list[Answer]:
            return [await self._ask(ask) for ask in script]

        async def all_at_once() -> list[list[Answer]]:
            return await asyncio.gather(*map(play, scripts))

        return asyncio.run(all_at_once())

    async def _ask(self, ask: Ask) -> Answer:
        began = time.monotonic_ns()
        try:
            result = await getattr(self._engine, ask.method)(**ask.arguments)
        except BillingError as error:
            result = error
        return Answer(ask, began, time.monotonic_ns(), short(result))


class Processes:
    """The scripts dealt out to processes, each with an engine of its own; there in threads. Made by `processes`."""

    def __init__(self, pipes: Sequence[Connection]) -> None:
        self._pipes = pipes
        self._url = ""

    def over(self, url: str) -> Processes:
        """The same processes, on another database."""
        self._url = url
        return self

    def run(self, scripts: Sequence[Script]) -> list[list[Answer]]:
        for first, pipe in enumerate(self._pipes):
            pipe.send((self._url, scripts[first :: len(self._pipes)]))
        dealt = [_received(pipe) for pipe in self._pipes]
        return [answers for turn in itertools.zip_longest(*dealt) for answers in turn if answers is not None]


@contextmanager
def processes(number: int = PROCESSES) -> Iterator[Processes]:
    """Starts processes that live until the end of the block and keep an engine open between two runs."""
    context = forking()
    start = context.Barrier(number)
    with ExitStack() as stack:
        pipes = []
        for _ in range(number):
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs, start), daemon=True)
            process.start()
            theirs.close()
            stack.callback(process.join, _SECONDS)
            pipes.append(stack.enter_context(ours))
        yield Processes(pipes)


def forking() -> ForkServerContext:
    """Processes that begin in milliseconds: forked from one that has imported the engine and opened nothing."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.faults_workers"])
    return context


def serve(pipe: Connection, start: Barrier) -> None:
    """What one of the processes does: runs the scripts that come, until nobody can send any more."""
    engine: Billing | None = None
    opened = ""
    while True:
        try:
            url, scripts = pipe.recv()
        except EOFError:
            break
        try:
            if engine is None or opened != url:
                if engine is not None:
                    engine.close()
                engine, opened = Billing(url), url
                engine.catalog()
            start.wait(_SECONDS)
            answers: object = Threads(engine).run(scripts) if scripts else []
        except Exception as error:  # noqa: BLE001 - raised again by whoever asked
            answers = error
        pipe.send(answers)
    if engine is not None:
        engine.close()


def _received(pipe: Connection) -> list[list[Answer]]:
    answers = pipe.recv()
    if isinstance(answers, Exception):
        raise answers
    return answers


def _ask(engine: object, ask: Ask) -> Answer:
    began = time.monotonic_ns()
    try:
        result = getattr(engine, ask.method)(**ask.arguments)
    except BillingError as error:
        result = error
    return Answer(ask, began, time.monotonic_ns(), short(result))

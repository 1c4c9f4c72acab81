"""Callers that call again and again: alone, in threads, in an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter

from tests.benchmarks.measure import BenchmarkError, Sample, Side

Call = Callable[[], int]
AsyncCall = Callable[[], Awaitable[int]]


class Threads(Side):
    """A side that makes the same call from one or more threads, each in its own way."""

    def __init__(self, caller: Callable[[int], Call], threads: int) -> None:
        """`caller(number)` makes the call of a thread; it says how many events it had acknowledged."""
        self._calls = [caller(number) for number in range(threads)]

    def run(self, seconds: float) -> Sample:
        if len(self._calls) == 1:
            return alone(self._calls[0], seconds)
        return in_threads(self._calls, seconds)


class Tasks(Side):
    """A side that makes the same call from one or more tasks of one event loop, which stays between the runs."""

    def __init__(self, caller: Callable[[int], AsyncCall], tasks: int) -> None:
        """`caller(number)` makes the call of a task; it says how many events it had acknowledged."""
        self._runner = asyncio.Runner()
        self._calls = [caller(number) for number in range(tasks)]

    def run(self, seconds: float) -> Sample:
        return self._runner.run(in_tasks(self._calls, seconds))

    async def shut(self) -> None:
        """Give back what the loop holds."""

    def close(self) -> None:
        self._runner.run(self.shut())
        self._runner.close()


def alone(call: Call, seconds: float) -> Sample:
    """Call again and again, from this thread. `call` says how many events it had acknowledged."""
    waits: list[float] = []
    events = 0
    begin = now = perf_counter()
    while now - begin < seconds:
        events += call()
        last, now = now, perf_counter()
        waits.append(now - last)
    return Sample(events, now - begin, waits)


def in_threads(calls: Sequence[Call], seconds: float) -> Sample:
    """Call each again and again from a thread of its own, all begun at once."""
    start = threading.Barrier(len(calls) + 1)
    samples: list[Sample] = []
    failures: list[Exception] = []

    def work(call: Call) -> None:
        start.wait()
        try:
            samples.append(alone(call, seconds))
        except Exception as failure:  # noqa: BLE001
            # Raised again where the threads are awaited.
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(call,), daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    start.wait()
    begin = perf_counter()
    for thread in threads:
        thread.join()
    if failures:
        raise BenchmarkError(f"{len(failures)} of {len(calls)} threads failed") from failures[0]
    waits = [wait for sample in samples for wait in sample.waits]
    return Sample(sum(sample.events for sample in samples), perf_counter() - begin, waits)


async def in_tasks(calls: Sequence[AsyncCall], seconds: float) -> Sample:
    """Await each again and again in a task of its own, all begun at once."""
    waits: list[float] = []
    events = 0
    begin = perf_counter()

    async def work(call: AsyncCall) -> None:
        nonlocal events
        now = perf_counter()
        while now - begin < seconds:
            # In two steps: `events += await ...` would read the sum before it waits.
            acknowledged = await call()
            events += acknowledged
            last, now = now, perf_counter()
            waits.append(now - last)

    async with asyncio.TaskGroup() as group:
        for call in calls:
            group.create_task(work(call))
    return Sample(events, perf_counter() - begin, waits)

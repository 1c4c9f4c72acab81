"""The order in which open tabs are told the news, so that a thousand of them leave the event loop to the host."""

from __future__ import annotations

import asyncio
import contextvars
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from itertools import islice

CHUNK = 20
ROUND_PAUSE_SECONDS = 0.1
# A tab whose state is held by a long handler of the host must not keep the others waiting.
CHUNK_PATIENCE_SECONDS = 0.25


class Pusher:
    """Pushes to waiting tabs in rounds: those that wait in chunks of twenty, then a pause.

    Args:
        push: pushes to the tab with this token; true when there is newer news by then, which makes the tab wait again.
    """

    def __init__(self, push: Callable[[str], Awaitable[bool]]) -> None:
        self._push = push
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._context = contextvars.copy_context()
        self._rounds: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._context = contextvars.copy_context()
        self._rounds = self._spawn(self._run())

    async def stop(self) -> None:
        """End every push."""
        self._waiting.clear()
        tasks = [*self._running.values(), *([self._rounds] if self._rounds else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def add(self, token: str, *, urgent: bool = False) -> None:
        """Let a tab wait its turn, or push to it at once. One that is being pushed to is looked at when that ends."""
        if token in self._running:
            return
        if urgent:
            self._begin(token)
        else:
            self._waiting[token] = None
            self._wake.set()

    def discard(self, token: str) -> None:
        """Let a tab wait no longer: it has the news, or it is gone."""
        self._waiting.pop(token, None)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        # Not in the context of the event that happened to cause it: that belongs to one tab.
        return asyncio.create_task(work, name="billing_ui_push", context=self._context.copy())

    def _begin(self, token: str) -> asyncio.Task[None]:
        self._waiting.pop(token, None)
        task = self._running[token] = self._spawn(self._tell(token))
        return task

    async def _tell(self, token: str) -> None:
        again = False
        try:
            again = await self._push(token)
        finally:
            del self._running[token]
            if again:
                self.add(token)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            tabs, busy = len(self._waiting), 0.0
            for _ in range(0, tabs, CHUNK):
                busy += await self._push_chunk()
            # The event loop belongs to the host first: pushing takes a quarter of its time at most.
            await asyncio.sleep(max(ROUND_PAUSE_SECONDS * min(1, tabs / CHUNK), 3 * busy))

    async def _push_chunk(self) -> float:
        clock = asyncio.get_running_loop().time
        began = ended = clock()

        def note_end(_: asyncio.Task[None]) -> None:
            nonlocal ended
            ended = clock()

        tasks = [self._begin(token) for token in list(islice(self._waiting, CHUNK))]
        for task in tasks:
            task.add_done_callback(note_end)
        if tasks:
            await asyncio.wait(tasks, timeout=CHUNK_PATIENCE_SECONDS)
        return ended - began

"""Open tabs of one customer, as websocket clients of a running app, and usage that arrives at a steady rate meanwhile."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from time import perf_counter
from typing import Any

from tests.benchmarks.http_side import HttpCallers, HttpServer
from tests.benchmarks.load import AsyncCall, in_tasks
from tests.benchmarks.measure import BenchmarkError, Sample
from tests.benchmarks.workload import FEATURE, fresh_key
from tests.support.raw_tab import RawTab

CUSTOMER = "acme"
_TICK_SECONDS = 5.0
_PATIENCE_SECONDS = 30
_OPENED_AT_ONCE = 20
_EVENTS_IN_A_REQUEST = 10


class _Tab(RawTab):
    """A tab that knows the number it shows without looking through what it was sent."""

    shown = -1.0

    async def _on_event(self, update: Any) -> None:
        await super()._on_event(update)
        self.messages.clear()
        self.shown = self.consumed(FEATURE) or self.shown


class OpenTabs:
    """The tabs of one customer in one app; each ticks as a visible one does."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._tabs: list[_Tab] = []
        self._ticking = asyncio.create_task(self._tick())

    def __len__(self) -> int:
        return len(self._tabs)

    async def open(self, count: int) -> None:
        """Open more, until there are so many and all of them show the customer's usage."""
        for begin in range(len(self._tabs), count, _OPENED_AT_ONCE):
            await asyncio.gather(*(self._open() for _ in range(min(_OPENED_AT_ONCE, count - begin))))

    async def close(self) -> None:
        """Close all."""
        self._ticking.cancel()
        await asyncio.gather(*(tab.__aexit__() for tab in self._tabs))

    async def all_show(self, consumed: int) -> None:
        """Wait until the last tab shows this much usage.

        Raises:
            BenchmarkError: it does not come.
        """
        ends = perf_counter() + _PATIENCE_SECONDS
        behind = self._tabs
        while behind := [tab for tab in behind if tab.shown < consumed]:
            if perf_counter() > ends:
                raise BenchmarkError(f"{len(behind)} of {len(self._tabs)} tabs still do not show {consumed}")
            await asyncio.sleep(0.002)

    async def _open(self) -> None:
        tab = _Tab(self._url, secrets.token_hex(16), cookie=f"who={CUSTOMER}")
        await tab.__aenter__()
        self._tabs.append(await tab.ready())

    async def _tick(self) -> None:
        """Each tab every five seconds, one after the other: people do not open theirs at the same moment."""
        while True:
            turn = list(self._tabs)
            for tab in turn:
                await tab.tick()
                await asyncio.sleep(_TICK_SECONDS / len(turn))
            if not turn:
                await asyncio.sleep(_TICK_SECONDS)


class PacedCallers(HttpCallers):
    """Callers over HTTP that together track so many events a second and no more, ten with each request."""

    def __init__(self, server: HttpServer, per_second: int) -> None:
        self._pause = _EVENTS_IN_A_REQUEST / per_second
        self._next = 0.0
        super().__init__(
            server, "/billing-api/v1/usage/track/batch", _events, lambda answer: answer.count(b'"error":null')
        )

    async def run_beside(self, seconds: float) -> Sample:
        """Work for so long in the loop that runs."""
        self._next = perf_counter()
        return await in_tasks(self._calls, seconds)

    def _caller(self, whose: Iterator[str]) -> AsyncCall:
        call = super()._caller(whose)

        async def paced() -> int:
            # Who was late is made up for: the rate is the same whatever a call takes.
            turn, self._next = self._next, self._next + self._pause
            await asyncio.sleep(turn - perf_counter())
            return await call()

        return paced


def _events(_whose: Iterator[str]) -> dict[str, Any]:
    return {"events": [_event() for _ in range(_EVENTS_IN_A_REQUEST)]}


def _event() -> dict[str, str]:
    return {"customer_id": CUSTOMER, "feature_key": FEATURE, "idempotency_key": fresh_key()}

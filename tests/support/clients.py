"""One call through the sync or the async client, in virtual time."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from billing_ui_backend import AsyncBillingClient, BillingClient
from billing_ui_backend.retry import Timing
from tests.support.billing_api import RunningApi
from tests.support.faults import FaultyTransport

Kind = Literal["sync", "async"]


@dataclass
class VirtualTime:
    """Time that passes only when somebody waits; `drawn` are the bounds of the random waits, all taken whole."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    drawn: list[float] = field(default_factory=list)
    began: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.began + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds

    async def async_sleep(self, seconds: float) -> None:
        self.sleep(seconds)

    def draw(self, high: float) -> float:
        self.drawn.append(high)
        return high

    def timing(self) -> Timing:
        return Timing(clock=lambda: self.seconds, now=self.now, draw=self.draw)


def with_client(
    kind: Kind, api: RunningApi, first: Callable[[Any], Any], then: Callable[[Any], Any]
) -> tuple[Any, Any]:
    """What `first` answers for a client, and `then` for that answer while the client is open: a hold, and how it ends."""
    if kind == "sync":
        with BillingClient(api.secret_key, api.base_url) as client:
            answer = first(client)
            return answer, then(answer)

    async def run() -> tuple[Any, Any]:
        async with AsyncBillingClient(api.secret_key, api.base_url) as client:
            answer = await first(client)
            return answer, await then(answer)

    return asyncio.run(run())


def call(
    kind: Kind,
    api: RunningApi,
    method: str,
    *args: Any,
    transport: FaultyTransport | None = None,
    time: VirtualTime | None = None,
    settings: dict[str, Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Makes a client, calls one method, closes it."""
    time = time or VirtualTime()
    transport = transport or FaultyTransport()
    given = {"secret_key": api.secret_key, "base_url": api.base_url, "transport": transport, **(settings or {})}
    if kind == "sync":
        with BillingClient(**given) as client:
            client._connection = dataclasses.replace(client._connection, timing=time.timing())
            client._sleep = time.sleep
            return getattr(client, method)(*args, **kwargs)

    async def run() -> Any:
        async with AsyncBillingClient(**given) as client:
            client._connection = dataclasses.replace(client._connection, timing=time.timing())
            client._sleep = time.async_sleep
            return await getattr(client, method)(*args, **kwargs)

    return asyncio.run(run())

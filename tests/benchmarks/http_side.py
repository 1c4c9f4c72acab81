"""Callers of the billing API over HTTP, each with a connection that stays open; lean, to leave the server the machine."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from billing_ui_backend import Billing
from tests.benchmarks.engine import events_in
from tests.benchmarks.load import AsyncCall, Tasks
from tests.benchmarks.measure import BenchmarkError
from tests.benchmarks.workload import FEATURE, SPREAD, fresh_key, turns
from tests.support.ports import find_free_port

_START_SECONDS = 30
CALLERS = 16
BATCH = 100


class HttpServer:
    """The API in a process of its own, on a SQLite database."""

    def __init__(self, url: str, port: int) -> None:
        self.url = url
        self.port = port
        with Billing(url) as billing:
            self.secret_key = billing.create_api_key(name="bench")


class HttpCallers(Tasks):
    """16 callers that POST to a path what `body` makes for a customer; an answer holds as many events as `events` finds."""

    def __init__(
        self, server: HttpServer, path: str, body: Callable[[Iterator[str]], object], events: Callable[[bytes], int]
    ) -> None:
        self._server = server
        self._head = (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {server.secret_key}\r\n"
            "content-type: application/json\r\ncontent-length: "
        ).encode()
        self._body = body
        self._events = events
        self._writers: list[asyncio.StreamWriter] = []
        super().__init__(lambda number: self._caller(turns(SPREAD, number, CALLERS)), CALLERS)

    def counted(self) -> int:
        return events_in(self._server.url)

    async def shut(self) -> None:
        for writer in self._writers:
            writer.close()
            await writer.wait_closed()

    def _caller(self, whose: Iterator[str]) -> AsyncCall:
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

        async def call() -> int:
            nonlocal streams
            if streams is None:
                streams = await asyncio.open_connection("127.0.0.1", self._server.port)
                self._writers.append(streams[1])
            reader, writer = streams
            body = json.dumps(self._body(whose)).encode()
            writer.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
            return self._events(await _answer(reader))

        return call


class IdleCallers(HttpCallers):
    """The same against a route that keeps no books."""

    def __init__(self, server: HttpServer) -> None:
        self._answered = 0
        super().__init__(server, "/idle/v1/usage/track", event, self._count)

    def counted(self) -> int:
        return self._answered

    def _count(self, _answer: bytes) -> int:
        self._answered += 1
        return 1


def event(whose: Iterator[str]) -> dict[str, str]:
    """One event as the API takes it."""
    return {"customer_id": next(whose), "feature_key": FEATURE, "idempotency_key": fresh_key()}


def single_callers(server: HttpServer) -> HttpCallers:
    """Callers that track one event with each request."""
    return HttpCallers(server, "/billing/v1/usage/track", event, lambda _: 1)


def batch_callers(server: HttpServer) -> HttpCallers:
    """Callers that track 100 events with each request."""
    return HttpCallers(
        server,
        "/billing/v1/usage/track/batch",
        lambda whose: {"events": [event(whose) for _ in range(BATCH)]},
        lambda answer: answer.count(b'"error":null'),
    )


@contextmanager
def http_server(url: str, folder: Path) -> Iterator[HttpServer]:
    """The API on a prepared database, until the block ends."""
    server = HttpServer(url, find_free_port())
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--no-access-log"]
    command += ["--port", str(server.port), "tests.benchmarks.http_host:app"]
    environment = {**os.environ, "BILLING_DATABASE_URL": url, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            asyncio.run(_until_it_answers(process, server.port, folder / "server.log"))
            yield server
        finally:
            process.terminate()
            process.wait(timeout=20)


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 200"):
        raise BenchmarkError(f"the API answered {head.splitlines()[0].decode()}: {body.decode()}")
    return body


async def _until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise BenchmarkError(f"the HTTP server did not start:\n{log.read_text()}")

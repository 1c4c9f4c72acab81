"""Asking an ASGI app from synchronous tests, on one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx


class Asker:
    """Sends requests to an app and waits for the answers; an exception that leaves the app is raised."""

    def __init__(self, app: Any, runner: asyncio.Runner, **defaults: Any) -> None:
        self.runner = runner
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://host", **defaults)

    def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.runner.run(self.client.request(method, path, **options))


@contextmanager
def asking(app: Any, **defaults: Any) -> Iterator[Asker]:
    """An Asker for the block."""
    with asyncio.Runner() as runner:
        asker = Asker(app, runner, **defaults)
        yield asker
        runner.run(asker.client.aclose())

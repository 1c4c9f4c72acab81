"""A network that fails as it is told: an httpx transport in front of a real one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True)
class Fault:
    """What happens to one attempt: it reaches the service or not, and then fails or is answered otherwise."""

    name: str
    reaches: bool
    error: type[httpx.TransportError] | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def outcome(self, request: httpx.Request) -> httpx.Response:
        """The answer in place of the service's, or the failure raised."""
        if self.error is not None:
            raise self.error(self.name, request=request)
        return httpx.Response(self.status, headers=self.headers, content=b"<html>not the service</html>")


def before(error: type[httpx.TransportError]) -> Fault:
    """The request never arrives."""
    return Fault(f"{error.__name__} before", reaches=False, error=error)


def after(error: type[httpx.TransportError]) -> Fault:
    """The service does its work, and its answer is lost."""
    return Fault(f"{error.__name__} after commit", reaches=True, error=error)


def answered(status: int, headers: Mapping[str, str] | None = None, *, reaches: bool = False) -> Fault:
    """Something in between answers: a proxy, a load balancer."""
    return Fault(f"{status}{' after commit' if reaches else ''}", reaches, None, status, headers or {})


class FaultyTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Plays the faults in order, then lets everything through; keeps what was sent."""

    def __init__(self, *faults: Fault) -> None:
        self.sent: list[httpx.Request] = []
        self._faults = list(faults)
        # Plain http to this machine: reading the certificates of the world would be most of a test's time.
        self._real = httpx.HTTPTransport(verify=False)
        self._real_async = httpx.AsyncHTTPTransport(verify=False)

    def bodies(self) -> list[Any]:
        """The JSON of every attempt."""
        return [json.loads(request.content) for request in self.sent]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        fault = self._faults.pop(0) if self._faults else None
        if fault is None:
            return self._real.handle_request(request)
        if fault.reaches:
            response = self._real.handle_request(request)
            response.read()
            response.close()
        return fault.outcome(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        fault = self._faults.pop(0) if self._faults else None
        if fault is None:
            return await self._real_async.handle_async_request(request)
        if fault.reaches:
            response = await self._real_async.handle_async_request(request)
            await response.aread()
            await response.aclose()
        return fault.outcome(request)

    def close(self) -> None:
        self._real.close()

    async def aclose(self) -> None:
        await self._real_async.aclose()

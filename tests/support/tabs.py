"""Tabs without a browser: states as Reflex makes them, on connections that tests open and close."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import reflex as rx

from billing_ui_backend import AsyncBilling
from billing_ui_components import runtime as runtimes
from billing_ui_components.customers import Customers
from billing_ui_components.hub import Hub, Lease
from billing_ui_components.identity import Identity
from billing_ui_components.labels import Labels
from billing_ui_components.meter import DEFAULT_THRESHOLDS
from billing_ui_components.plan_desk import PlanDesk
from billing_ui_components.reading import Reader
from billing_ui_components.runtime import Runtime
from billing_ui_components.state import UsageState

CATALOG: dict[str, Any] = {
    "default_plan": "free",
    "features": {
        "api_calls": {
            "title": "API calls",
            "type": "usage_quota",
            "unit": "call",
            "client_trackable": {"max_quantity": "1", "per_minute": 600},
        },
        "builds": {
            "title": "Builds",
            "type": "usage_quota",
            "unit": "build",
            "client_trackable": {"max_quantity": "1000.5", "per_minute": 600},
        },
        "emails": {"title": "Emails", "type": "usage_quota", "unit": "email"},
    },
    "plans": {
        "free": {
            "title": "Free",
            "rank": 10,
            "features": {
                "api_calls": {"limit": 1000, "period": "month"},
                "builds": {"limit": 10, "period": "hour"},
                "emails": {"limit": 100, "period": "month"},
            },
        },
        "pro": {"title": "Pro", "rank": 20, "features": {"api_calls": {"limit": 50000, "period": "month"}}},
    },
}


class Host:
    """A host app's server: an engine, a hub, connections, and a login that reads the cookie `who`."""

    def __init__(self, billing: AsyncBilling) -> None:
        self.billing = billing
        self.sockets: dict[str, Any] = {}
        self.tabs: dict[str, Tab] = {}
        self.answers: dict[str, Any] = {}
        self.asked = 0
        self._sids = itertools.count(1)
        app: Any = SimpleNamespace(
            event_namespace=SimpleNamespace(_token_manager=SimpleNamespace(token_to_socket=self.sockets))
        )
        labels, customers = Labels(), Customers(billing, create=True)
        reader = Reader(customers, labels=labels, thresholds=DEFAULT_THRESHOLDS)
        hub = Hub(
            read=reader.read,
            failed=reader.failed,
            push=self._push,
            connected=lambda token, sid: runtimes.is_connected(app, token, sid),
            # So long that nothing is refreshed by the passing of time: what a test sees has a cause.
            interval=3600,
        )
        self.desk = PlanDesk(billing, labels)
        self.runtime = Runtime(app, billing, self.identify, hub, labels, customers, self.desk)

    async def identify(self, state: rx.State) -> Identity | str | None:
        self.asked += 1
        who = state.router.headers.cookie.removeprefix("who=")
        answer = self.answers.get(who, who or None)
        if isinstance(answer, Exception):
            raise answer
        return await answer() if callable(answer) else answer  # pyright: ignore[reportGeneralTypeIssues]

    async def _push(self, lease: Lease) -> None:
        tab = self.tabs[lease.token]
        await tab.usage._receive(lease)
        tab.deliver()

    def open(self, cookie: str = "who=acme", token: str | None = None) -> Tab:
        token = token or f"token {next(self._sids)}"
        tab = self.tabs.get(token) or Tab(self, token)
        self.tabs[token] = tab
        tab.connect(cookie)
        return tab

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.005)


class Tab:
    """One tab: its states, and what its browser was sent."""

    def __init__(self, host: Host, token: str) -> None:
        self.host = host
        self.token = token
        self.root = rx.State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
        self.usage: Any = self.root.get_substate(UsageState.get_full_name().split("."))
        self.browser: dict[str, Any] = {}
        self.sent: list[dict[str, Any]] = []

    def connect(self, cookie: str) -> None:
        """Open a connection with this cookie and process its first event's router data, as Reflex does."""
        self.sid = f"sid {next(self.host._sids)}"
        self.host.sockets[self.token] = SimpleNamespace(sid=self.sid)
        headers = {"cookie": cookie, "sec-websocket-key": self.sid, "host": "app.example"}
        data = {"token": self.token, "sid": self.sid, "headers": headers, "ip": "10.0.0.1"}
        self.root.router_data = self.root._update_router_vars(data, self.root.router_data)

    def close(self) -> None:
        del self.host.sockets[self.token]

    def hydrate(self) -> dict[str, Any]:
        """What a client gets before any handler of ours runs."""
        everything = self.root.dict()[UsageState.get_full_name()]
        self.root._clean()
        return {name.removesuffix("_rx_state_"): value for name, value in everything.items()}

    def deliver(self) -> dict[str, Any]:
        """Send what changed to the browser."""
        delta = self.root.get_delta().get(UsageState.get_full_name(), {})
        self.root._clean()
        fields = {name.removesuffix("_rx_state_"): value for name, value in delta.items()}
        if fields:
            self.sent.append(fields)
        self.browser.update(fields)
        return fields

    async def fire(self, handler: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run one of UsageState's handlers; the answer is what it sent to the browser."""
        await UsageState.event_handlers[handler].fn(self.usage, *args, **kwargs)
        return self.deliver()

    async def ready(self) -> Tab:
        """Tick, and wait for the first numbers."""
        await self.fire("tick")
        await self.host.until(lambda: self.browser.get("status") == "ready")
        return self

    def consumed(self, feature_key: str = "api_calls") -> float:
        return self.browser["meters"][feature_key].consumed


def with_host(monkeypatch: pytest.MonkeyPatch, scenario: Callable[[Host], Awaitable[None]], **engine: Any) -> None:
    """Run a scenario against a host with a temporary database."""
    asyncio.run(_with_host(monkeypatch, scenario, **engine))


async def _with_host(
    monkeypatch: pytest.MonkeyPatch, scenario: Callable[[Host], Awaitable[None]], **engine: Any
) -> None:
    async with serving(monkeypatch, **engine) as host:
        await scenario(host)


@asynccontextmanager
async def serving(monkeypatch: pytest.MonkeyPatch, url: str = "sqlite://", **engine: Any) -> AsyncIterator[Host]:
    """A host whose hub runs, installed as the app of this process."""
    async with AsyncBilling(url, catalog=CATALOG, **engine) as billing:
        host = Host(billing)
        monkeypatch.setattr(runtimes, "_installed", [host.runtime])
        await host.runtime.hub.start()
        forget = billing.on_commit(host.runtime.hub.committed)
        try:
            yield host
        finally:
            forget()
            await host.runtime.hub.stop()

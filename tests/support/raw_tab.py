"""A client of Reflex's websocket that is no browser: it sends what it likes and keeps all that it is sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self

import socketio

USAGE = "reflex___state____state.billing_ui_components___state____usage_state"
HYDRATE = "reflex___state____state.hydrate"


class RawTab:
    """One connection.

    Args:
        url: the app's address.
        token: the client token to connect with.
        cookie: the Cookie header.
        origin: the Origin header.
        first_event: the event to send within the connect packet, as Reflex's own client does.
    """

    def __init__(
        self, url: str, token: str, *, cookie: str = "", origin: str = "", first_event: dict[str, Any] | None = None
    ) -> None:
        self.url = url
        self.token = token
        self.headers = {name: value for name, value in (("Cookie", cookie), ("Origin", origin or url)) if value}
        self.auth = {"event": first_event} if first_event else None
        self.messages: list[Any] = []
        self.fields: dict[str, dict[str, Any]] = {}
        self.new_token: str | None = None
        self._client = socketio.AsyncClient(reconnection=False)
        self._client.on("event", self._on_event, namespace="/_event")
        self._client.on("new_token", self._on_new_token, namespace="/_event")

    async def __aenter__(self) -> Self:
        await self._client.connect(
            f"{self.url}/_event?token={self.token}",
            headers=self.headers,
            auth=self.auth,
            transports=["websocket"],
            namespaces=["/_event"],
            socketio_path="/_event",
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.disconnect()

    async def send(self, handler: str, payload: Any = None, **router_data: Any) -> None:
        """Send one event."""
        data = {"pathname": "/", "asPath": "/", "query": {}, **router_data}
        event = {"name": handler, "payload": {} if payload is None else payload, "router_data": data}
        await self._client.emit("event", event, namespace="/_event")

    async def tick(self) -> None:
        """Say that this tab is open, as the lease does."""
        await self.send(f"{USAGE}.tick")

    async def ready(self) -> Self:
        """Hydrate, tick, and wait for the first numbers."""
        await self.send(HYDRATE)
        await self.tick()
        await self.until(lambda: self.usage.get("status") == "ready")
        return self

    @property
    def usage(self) -> dict[str, Any]:
        """The vars of UsageState as this client knows them."""
        return {name.removesuffix("_rx_state_"): value for name, value in self.fields.get(USAGE, {}).items()}

    def consumed(self, feature_key: str) -> float | None:
        """A feature's usage as this client knows it."""
        return self.usage.get("meters", {}).get(feature_key, {}).get("consumed")

    def received(self) -> str:
        """Everything it was sent, as text to search in."""
        return json.dumps(self.messages)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until what it was sent fulfils a condition."""
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.01)

    async def settled(self) -> None:
        """Wait until the server has worked through all that was sent before."""
        marker = len(self.messages)
        await self.send(HYDRATE)
        await self.until(lambda: len(self.messages) > marker)

    async def _on_event(self, update: Any) -> None:
        update = json.loads(update) if isinstance(update, str) else update
        self.messages.append(update)
        for state, fields in (update.get("delta") or {}).items():
            self.fields.setdefault(state, {}).update(fields)

    async def _on_new_token(self, token: str) -> None:
        self.new_token = token

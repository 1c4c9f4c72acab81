"""The part of a tab's state that all others lean on: who looks, and that only what changed is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import reflex as rx
from reflex.istate.data import SessionData

from billing_ui_components.identity import Identity, fingerprint
from billing_ui_components.reading import Status


class TabStateMixin(rx.State, mixin=True):
    """What the parts of `UsageState` share."""

    _identity: Identity | None = None
    _shown_to: str = ""
    _status: Status = "loading"

    @rx.var(backend=True, deps=["rx_router_headers", "_shown_to"], auto_deps=False)
    def _visible(self) -> bool:
        return bool(self._shown_to) and self._shown_to == fingerprint(self._headers())

    async def _renew(self) -> Identity | None:
        """Ask who is looking, prolong the lease and show what is known; None when nobody may see anything."""
        raise NotImplementedError

    # `self.router` builds all router data anew at each access, which takes longer than all else in a push.
    def _headers(self) -> Mapping[str, str]:
        return self.get_value("rx_router_headers").raw_headers

    def _session(self) -> SessionData:
        return self.get_value("rx_router_session")

    def _assign(self, name: str, value: Any) -> None:
        """Assign only what changed: an equal value would be sent to the browser again."""
        if self.get_value(name) != value:
            setattr(self, name, value)

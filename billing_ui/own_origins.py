"""Who may open the websocket of an app that runs on this machine: its own pages, on whatever port it is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import overload

from billing_ui.ports import DEFAULT_PORT


class OwnOrigins(Sequence[str]):
    """The app's own addresses on this machine, for `cors_allowed_origins`: only its own pages may open its websocket, which they do
    with the user's cookies. It follows the port that Reflex was given, or moved to because another app has it.

    An app behind a domain is started with `REFLEX_CORS_ALLOWED_ORIGINS=https://shop.example`, which takes this one's place.

    Example:
        ```python
        # rxconfig.py
        import billing_ui as bui
        import reflex as rx

        config = rx.Config(app_name="shop", cors_allowed_origins=bui.OwnOrigins())
        ```
    """

    def _origins(self) -> tuple[str, ...]:
        # Read at each use: Reflex chooses the port after it has loaded the configuration, and tells it by this variable.
        port = os.environ.get("REFLEX_FRONTEND_PORT") or DEFAULT_PORT
        # The last is what Reflex prints where it listens on all addresses; only this machine can be meant by it.
        return tuple(f"http://{name}:{port}" for name in ("localhost", "127.0.0.1", "0.0.0.0"))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return self._origins()[index]

    def __len__(self) -> int:
        return len(self._origins())

"""The portal's Reflex settings, shared by the repository's rxconfig.py and by `billing-ui demo` from a wheel."""

import os
from collections.abc import Sequence
from typing import overload

import reflex as rx

from billing_ui.ports import DEFAULT_PORT
from billing_ui.toolchain import bun_settings


class OwnOrigins(Sequence[str]):
    """The loopback addresses of this portal, the only pages that may open its websocket.

    Looked up at each use: Reflex may move to another free port after it has loaded the configuration, and then says so
    in `REFLEX_FRONTEND_PORT`.
    """

    def _origins(self) -> tuple[str, ...]:
        port = os.environ.get("REFLEX_FRONTEND_PORT") or DEFAULT_PORT
        return (f"http://localhost:{port}", f"http://127.0.0.1:{port}")

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return self._origins()[index]

    def __len__(self) -> int:
        return len(self._origins())


def portal_config() -> rx.Config:
    """Build the configuration of the portal app.

    Any field can be set from outside as `REFLEX_<NAME>`: a portal behind its own domain sets
    `REFLEX_CORS_ALLOWED_ORIGINS=https://billing.example.com`.

    Returns:
        The configuration: quiet, on its own websocket origins, sessions in memory unless `REFLEX_REDIS_URL` is set.

    Example:
        >>> config = portal_config()  # the whole of rxconfig.py
    """
    # A switch that only the environment has.
    os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "false")
    settings = bun_settings()
    if not os.environ.get("REFLEX_REDIS_URL"):
        # The default, on disk, costs five times the processor time for the same open tabs.
        settings["state_manager_mode"] = rx.constants.StateManagerMode.MEMORY
    return rx.Config(
        app_name="billing_ui",
        app_module_import="billing_ui.billing_ui",
        cors_allowed_origins=OwnOrigins(),
        disable_plugins=[rx.plugins.SitemapPlugin],
        show_built_with_reflex=False,
        telemetry_enabled=False,
        **settings,
    )

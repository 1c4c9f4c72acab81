"""The portal's Reflex settings, shared by the repository's rxconfig.py and by `billing-ui demo` from a wheel."""

import os

import reflex as rx

from billing_ui.own_origins import OwnOrigins
from billing_ui.toolchain import bun_settings


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

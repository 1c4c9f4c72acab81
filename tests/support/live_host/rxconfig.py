"""The host of the live tests: as open as Reflex allows, any origin may connect and every field has a setter."""

import reflex as rx

import billing_ui as bui
from billing_ui.toolchain import bun_settings

config = rx.Config(
    app_name="live_host",
    plugins=[bui.BillingPlugin(route="/billing")],
    cors_allowed_origins=["*"],
    state_auto_setters=True,
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    show_built_with_reflex=False,
    telemetry_enabled=False,
    disable_plugins=[rx.plugins.SitemapPlugin],
    **bun_settings(),
)

"""The host of the weight test: nothing that the test does not ask for."""

import reflex as rx

from billing_ui.toolchain import bun_settings

config = rx.Config(
    app_name="weight_host",
    show_built_with_reflex=False,
    telemetry_enabled=False,
    disable_plugins=[rx.plugins.SitemapPlugin],
    **bun_settings(),
)

import reflex as rx

import billing_ui as bui

config = rx.Config(
    app_name="tailwind",
    plugins=[rx.plugins.TailwindV4Plugin()],
    # Only the app's own pages may connect, since they do it with the user's cookies.
    cors_allowed_origins=bui.OwnOrigins(),
    disable_plugins=[rx.plugins.SitemapPlugin],
    show_built_with_reflex=False,
)

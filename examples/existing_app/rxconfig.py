import reflex as rx

import billing_ui as bui

config = rx.Config(app_name="existing_app", plugins=[bui.BillingPlugin(route="/billing")])

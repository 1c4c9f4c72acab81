import reflex as rx

import billing_ui as bui


async def current_customer(state: rx.State) -> str | None:
    return "user_123"  # from the host's login


def index():
    metric = bui.usage_metrics("api_calls")
    return rx.vstack(
        bui.upgrade_nudge(),
        bui.usage_display(title="Your usage"),
        rx.cond(bui.is_approaching_limit("api_calls", 80), rx.text("Running low")),
        rx.cond(
            metric.consumed_text, rx.text(metric.feature_title, ": ", metric.consumed_text, " / ", metric.limit_text)
        ),
        rx.button("Call the API", on_click=bui.track_usage("api_calls")),
        padding="2em",
    )


app = rx.App()
app.add_page(index)
bui.install(app, billing=bui.AsyncBilling(catalog="billing.toml"), identify=current_customer)

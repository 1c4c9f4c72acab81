"""Postbox: email for small companies, on Tailwind and without Radix. Variables give the components its colours."""

import reflex as rx

import billing_ui as bui

from .accounts import Visitor, api, current_customer
from .billing import billing_page
from .login import login_page
from .outbox import Outbox, billing, count_what_is_there, outbox_page

app = rx.App(
    api_transformer=api,
    stylesheets=["/theme.css"],
    head_components=[rx.el.link(rel="icon", href="/favicon.svg")],
)
app.add_page(login_page, route="/login", title="Sign in · Postbox")
app.add_page(outbox_page, route="/", title="Emails · Postbox", on_load=[Visitor.require, Outbox.load])
app.add_page(billing_page, route="/billing", title="Billing · Postbox", on_load=Visitor.require)
app.register_lifespan_task(count_what_is_there)
# This product takes no payments: whoever is signed in may change the plan, once they have confirmed what that changes.
bui.install(app, billing=billing, identify=current_customer, allow_plan_change=True)

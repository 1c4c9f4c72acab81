"""Quill: transcripts for teams, on Radix themes. The components take over the theme's accent, greys and corners."""

import reflex as rx

import billing_ui as bui

from .library import billing, count_what_is_there
from .login import Login, current_customer, login_page
from .plan import may_change_plan, plan_page
from .transcripts import Transcripts, transcripts_page

app = rx.App(head_components=[rx.el.link(rel="icon", href="/favicon.svg")])
app.add_page(login_page, route="/login", title="Sign in · Quill")
app.add_page(transcripts_page, route="/", title="Transcripts · Quill", on_load=[Login.require, Transcripts.load])
app.add_page(plan_page, route="/plan", title="Plan and usage · Quill", on_load=Login.require)
app.register_lifespan_task(count_what_is_there)
bui.install(app, billing=billing, identify=current_customer, allow_plan_change=may_change_plan)

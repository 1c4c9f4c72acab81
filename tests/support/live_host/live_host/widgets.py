"""Pages with one widget and with twenty, to count what they cost, and one with each, to see them settle."""

import reflex as rx

import billing_ui as bui

FEATURES = ("api_calls", "builds", "emails", "storage_gb")


def one_widget() -> rx.Component:
    return rx.el.main(bui.usage_bar("api_calls"))


def twenty_widgets() -> rx.Component:
    return rx.el.main(
        bui.usage_display(skeletons=len(FEATURES)),
        bui.compact_usage_display(skeletons=len(FEATURES)),
        *(bui.usage_bar(key) for key in FEATURES),
        *(bui.usage_display(key) for key in FEATURES),
        *(bui.compact_usage_display(key) for key in FEATURES),
        *(bui.feature_gate(key, rx.el.p("open")) for key in (*FEATURES, "sso")),
        rx.cond(bui.is_approaching_limit("emails"), rx.el.p("Running low")),
        bui.upgrade_nudge(),
        *(bui.upgrade_prompt(key) for key in ("emails", "sso")),
        bui.compact_upgrade_prompt("emails"),
        bui.pricing_table(),
        bui.pricing_table("comparison"),
    )


def every_widget() -> rx.Component:
    """Between texts that would be pushed about if anything changed its size."""
    return rx.el.main(
        bui.upgrade_nudge(),
        bui.usage_display(skeletons=len(FEATURES)),
        rx.el.p("Between the displays"),
        bui.compact_usage_display(skeletons=len(FEATURES)),
        rx.el.p("Between the lines and the bar"),
        bui.usage_bar("builds", thresholds=bui.Thresholds(near=20, critical=60)),
        rx.el.p("Between the bar and the gates"),
        bui.feature_gate("sso", rx.el.p("Single sign-on is here"), id="gate"),
        bui.feature_gate("builds", rx.el.p("Build away"), loading=rx.el.p(rx.el.span("Wait")), id="builds-gate"),
        rx.el.button("Below everything", type="button", id="end"),
    )


WIDGET_PAGES = {"/one-widget": one_widget, "/twenty-widgets": twenty_widgets, "/every-widget": every_widget}

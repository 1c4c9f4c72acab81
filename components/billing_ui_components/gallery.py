"""Every component in every state on one page, drawn from made-up usage: for people to look at, and for browser tests."""

from __future__ import annotations

import reflex as rx

from billing_ui_components.bar import usage_bar
from billing_ui_components.display import usage_display
from billing_ui_components.gallery_samples import sample_meters, sample_nudges
from billing_ui_components.labels import Labels
from billing_ui_components.nudge_block import nudge_block


def gallery(labels: Labels | None = None) -> rx.Component:
    """Draw the gallery.

    Args:
        labels: the words; the English ones by default.

    Returns:
        A page that reads no usage.

    Example:
        ```python
        app.add_page(gallery, route="/gallery")
        ```
    """
    labels = labels or Labels()
    meters, nudges = sample_meters(labels), sample_nudges(labels)
    nothing = rx.noop()
    return rx.el.main(
        rx.foreach(nudges, lambda nudge: nudge_block(nudge, "banner", on_upgrade=nothing)),
        rx.el.div(
            rx.el.ul(
                rx.foreach(meters, lambda meter: rx.el.li(usage_display.card(meter, on_compare=nothing))),
                class_name="bui-grid",
                role="list",
            ),
            class_name="bui bui-display",
        ),
        rx.el.div(
            rx.el.ul(rx.foreach(meters, lambda meter: rx.el.li(usage_bar(meter))), class_name="bui-grid", role="list"),
            class_name="bui bui-display",
        ),
        rx.foreach(nudges, lambda nudge: nudge_block(nudge, "inline", on_upgrade=nothing)),
        class_name="bui",
        style={"display": "grid", "gap": "20px", "maxWidth": "1064px", "margin": "0 auto", "padding": "24px 16px"},
    )

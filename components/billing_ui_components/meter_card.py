"""A card: everything about one feature at one glance, as tall in every state."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from billing_ui_components.arguments import checked
from billing_ui_components.meter import MeterView
from billing_ui_components.meter_bars import meter_bars
from billing_ui_components.meter_parts import (
    meter_action,
    meter_figure,
    meter_frame,
    meter_note,
    meter_title,
    meter_trial,
)
from billing_ui_components.meter_reset import meter_reset
from billing_ui_components.meter_status import meter_status
from billing_ui_components.meter_var import meter_var

# Two displays on one page may show the same feature, and an id names one element only.
_numbers = count(1)


@checked("usage_display.card")
def meter_card(
    meter: MeterView | ObjectVar[MeterView],
    *,
    show_progress: bool = True,
    show_reset_timer: bool = True,
    show_trial: bool = False,
    on_compare: Any = None,
    icons: Mapping[str, rx.Component | rx.Var | str] | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Draw one feature as a card: name and state, the number with its limit, the bar, what is left and when it resets.

    Args:
        meter: the view, or a var of one.
        show_progress: draw the bar.
        show_reset_timer: say when the window ends.
        show_trial: say when a trial ends; `usage_display` says it once for all cards.
        on_compare: what "Compare plans" does for a feature that the plan lacks, called with the feature's key; without
            it there is no such button.
        icons: what is drawn instead of a shape: disc, triangle, square, diamond, ring, dashed or infinity.
        class_name: further classes of the card.
        **props: further properties of the card's element.

    Returns:
        An article with a heading.

    Example:
        ```python
        rx.foreach(bui.usage_metrics(), lambda metric: bui.usage_display.card(metric))
        ```
    """
    view = meter_var(meter)
    title_id = f"bui-{next(_numbers)}-{view.feature_key}"
    reset = meter_reset(view) if show_reset_timer else rx.fragment()
    trial = meter_trial(view) if show_trial else rx.fragment()
    return meter_frame(
        view,
        rx.el.div(meter_title(view, id=title_id), trial, meter_status(view, icons=icons), class_name="bui-name"),
        meter_figure(view),
        meter_bars(view, labelled_by=title_id) if show_progress else rx.fragment(),
        rx.el.div(meter_note(view), meter_action(view, reset, on_compare=on_compare), class_name="bui-foot"),
        class_name=class_name,
        **props,
    )

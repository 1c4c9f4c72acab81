"""As of when the numbers are, and a button that reads them again."""

from __future__ import annotations

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from billing_ui_components.focus import keep_focus
from billing_ui_components.hub import SILENT_INTERVALS, TICK_SECONDS
from billing_ui_components.icons import shape_icon
from billing_ui_components.labels import Labels
from billing_ui_components.meter import MeterView
from billing_ui_components.runtime import installed_labels
from billing_ui_components.shared_asset import shared_asset
from billing_ui_components.state import UsageState


class _Silence(rx.Component):
    """See silence.js."""

    tag = "Silence"
    reading: rx.Var[str]
    after_ms: rx.Var[int]


def as_of(labels: Labels | None = None, *, show_marks: bool = True) -> rx.Component:
    """Say as of when the numbers are, and offer a refresh; also that the server cannot be reached, or has said nothing for a while, since
    nothing moves then.

    To whom nobody's numbers are shown, since nobody is signed in, no refresh is offered.

    Args:
        labels: the words; by default those that were installed.
        show_marks: say also when a trial ends, and that the numbers could not be refreshed since.

    Returns:
        A line of text with a button.

    Example:
        ```python
        bui.usage_display.as_of()
        ```
    """
    labels = labels or installed_labels()
    silence = _Silence.create(
        _mark(labels.status_stale, "bui-away"),
        library=shared_asset("silence.js"),
        reading=UsageState.gates_at,
        after_ms=round(SILENT_INTERVALS * TICK_SECONDS * 1000),
    )
    # What the server calls stale is marked already, or drawn so by what stands above.
    silence = rx.cond(UsageState.stale, rx.fragment(), silence) if show_marks else silence
    return rx.el.div(
        *(_marks(labels) if show_marks else ()),
        rx.cond(has_connection_errors, _mark(labels.not_connected, "bui-away"), silence),
        rx.cond(UsageState.as_of_text != "", rx.el.span(UsageState.as_of_text)),
        rx.cond(
            UsageState.status != "signed_out",
            rx.el.button(
                labels.refresh, type="button", class_name="bui-link", on_click=[keep_focus(), UsageState.refresh]
            ),
        ),
        class_name="bui-part bui-as-of",
    )


def _marks(labels: Labels) -> tuple[rx.Component | rx.Var, rx.Component | rx.Var]:
    trial = UsageState.meters.values().to(list[MeterView])[0].trial_text
    return rx.cond(trial, rx.el.span(trial)), rx.cond(UsageState.stale, _mark(labels.status_stale))


def _mark(text: str, class_name: str = "") -> rx.Component:
    return rx.el.span(shape_icon("dashed"), rx.el.span(text), class_name=f"bui-status {class_name}".rstrip())

"""The drawing of a nudge that stands before the page: urgent to look at and to hear, and always closable."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from billing_ui_components.dialog import close_dialog, dialog
from billing_ui_components.icons import alert_icon
from billing_ui_components.labels import Labels
from billing_ui_components.nudge_buttons import dismissed, followed, upgrade_button
from billing_ui_components.nudge_seen import nudge_seen
from billing_ui_components.nudge_view import NudgeView


def nudge_modal(
    nudge: NudgeView | ObjectVar[NudgeView],
    dialog_id: str,
    *,
    visible: bool | rx.Var[bool] | None = None,
    on_upgrade: Any = None,
    on_dismiss: Any = None,
    labels: Labels | None = None,
) -> rx.Component:
    """Draw a nudge as a dialog.

    It does not open over another dialog, and not again for a nudge that the person has closed.

    Args:
        nudge: the view, or a var of one.
        dialog_id: the dialog's id on the page.
        visible: whether it is open; without it `open_dialog` opens it.
        on_upgrade, on_dismiss, labels: as for `upgrade_nudge`.
    """
    view = rx.Var.create(nudge).to(NudgeView)
    text_id = f"{dialog_id}-text"
    driven = {} if visible is None else {"open": visible, "unasked": f"{view.nudge_id} {view.person}"}
    quiet = rx.el.button(
        view.dismiss_text if labels is None else labels.dismiss,
        type="button",
        class_name="bui-quiet",
        on_click=close_dialog(dialog_id),
        custom_attrs={"data-bui-focus": ""},
    )
    # Whoever goes to the plans has not dismissed the nudge.
    action = upgrade_button(view, on_upgrade, before=[close_dialog(dialog_id, told=False), followed(view)])
    return dialog(
        rx.el.p(view.text, class_name="bui-nudge-text", custom_attrs={"id": text_id}),
        rx.el.div(nudge_seen(view), quiet, action, class_name="bui-buttons"),
        dialog_id=dialog_id,
        title=view.title,
        role="alertdialog",
        described_by=text_id,
        on_close=dismissed(view, on_dismiss),
        icon=alert_icon(view.shape),
        labels=labels,
        class_name="bui-nudge-modal",
        custom_attrs={"data-tone": view.tone, "data-threshold": view.threshold},
        **driven,
    )

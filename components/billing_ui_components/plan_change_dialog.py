"""The confirmation of a change of plan: what it would do, in words and figures, before anybody agrees to it."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar
from reflex_components_core.core.banner import has_connection_errors

from billing_ui_components.dialog import dialog
from billing_ui_components.icons import shape_icon
from billing_ui_components.labels import Labels
from billing_ui_components.notice_line import notice_words
from billing_ui_components.plan_change_view import ChangedFeatureView, PlanChangeView
from billing_ui_components.state import UsageState
from billing_ui_components.table_parts import body, cell, column_heading, head, row, row_heading, table


def plan_change_dialog(place: str, labels: Labels) -> rx.Component:
    """The dialog in which a table's changes of plan are confirmed.

    Args:
        place: the table that asks.
        labels: the words.

    Returns:
        A dialog, open while a question of this table waits for an answer.
    """
    view = UsageState.plan_change
    return dialog(
        plan_change_body(view, labels),
        dialog_id=f"{place}-change",
        title=view.title,
        open=view.visible & (view.place == place),
        on_close=UsageState.close_plan_change,
        topic=view.change_id,
        labels=labels,
        class_name="bui-change-dialog",
    )


def plan_change_body(change: PlanChangeView | ObjectVar[PlanChangeView], labels: Labels) -> rx.Component:
    """Draw what a change of plan would do, with the buttons that answer.

    Args:
        change: the view, or a var of one.
        labels: the words.
    """
    view = rx.Var.create(change).to(PlanChangeView)
    return rx.el.div(
        rx.el.p(
            rx.cond(view.notice_text != "", notice_words(view.notice_text, view.notice_tone)),
            class_name="bui-notice",
            role="status",
            custom_attrs={"data-tone": view.notice_tone},
        ),
        rx.el.dl(
            _fact(labels.plans_price, view.price_text),
            _fact(labels.change_when, view.when_text),
            class_name="bui-change-facts",
        ),
        rx.cond(
            view.warnings.length() > 0,
            rx.el.ul(
                rx.foreach(view.warnings, lambda text: rx.el.li(shape_icon("triangle"), rx.el.span(text))),
                class_name="bui-change-warnings",
                role="list",
            ),
        ),
        rx.cond(view.changes.length() > 0, _changes(view, labels)),
        rx.el.ul(
            rx.foreach(view.notes, lambda text: rx.el.li(text)),
            class_name="bui-change-notes",
            role="list",
        ),
        rx.el.div(
            rx.el.p(
                rx.cond(has_connection_errors, labels.not_connected, view.busy_text),
                class_name="bui-change-busy",
                custom_attrs={"aria-live": "polite"},
            ),
            _button(view.busy_text != "", view.cancel_text, UsageState.close_plan_change, class_name="bui-quiet"),
            rx.cond(
                view.confirm_text != "",
                _button(
                    (view.busy_text != "") | has_connection_errors,
                    view.confirm_text,
                    UsageState.confirm_plan_change(view.change_id, view.place),
                    class_name="bui-button",
                    # Another question has another button: a key that is held down presses only the one that it was put down on.
                    key=view.change_id,
                ),
            ),
            class_name="bui-buttons",
        ),
        class_name="bui-change",
    )


def _button(busy: rx.Var[bool], text: Any, on_click: Any, **props: Any) -> rx.Component:
    """A button that does nothing while it would be of no use, and keeps the focus."""
    return rx.el.button(
        text,
        type="button",
        on_click=rx.cond(busy, rx.noop(), on_click),
        custom_attrs={"aria-disabled": busy},
        **props,
    )


def _fact(name: str, text: Any) -> rx.Component | rx.Var:
    return rx.cond(text != "", rx.el.div(rx.el.dt(rx.el.span(name)), rx.el.dd(rx.el.span(text))))


def _changes(view: ObjectVar[PlanChangeView], labels: Labels) -> rx.Component:
    return table(
        rx.el.caption(rx.el.span(labels.change_what)),
        head(
            row(
                column_heading(rx.el.span(labels.plans_feature)),
                column_heading(rx.el.span(labels.change_before)),
                column_heading(rx.el.span(view.after_title)),
            )
        ),
        body(
            rx.foreach(
                view.changes.to(list[ChangedFeatureView]),
                lambda feature: _changed(feature, labels.change_before, view.after_title),
            )
        ),
        class_name="bui-change-table",
    )


def _changed(feature: ObjectVar[ChangedFeatureView], before: str, after: rx.Var[str]) -> rx.Component:
    word = rx.el.span(
        shape_icon(feature.shape),
        rx.el.span(feature.word_text),
        class_name="bui-status",
        custom_attrs={"data-tone": feature.tone},
    )
    # The heading of a value's column is written above the value where there is no room for columns.
    return row(
        row_heading(rx.el.span(feature.title), word),
        cell(rx.el.span(feature.before_text), custom_attrs={"data-label": before}),
        cell(rx.el.span(feature.after_text), custom_attrs={"data-label": after}),
    )

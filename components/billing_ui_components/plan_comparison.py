"""The plans side by side: a table with a column for each plan and a row for each feature."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ArrayVar, ObjectVar

from billing_ui_components.arguments import checked
from billing_ui_components.focus import show_focused_cell
from billing_ui_components.icons import shape_icon
from billing_ui_components.labels import Labels
from billing_ui_components.plan_card import plan_action, plan_badge, plan_price
from billing_ui_components.pricing_view import PlanFeatureView, PlanView
from billing_ui_components.table_parts import body, cell, column_heading, head, row, row_heading, table


@checked("pricing_table.comparison")
def plan_comparison(
    plans: list[PlanView] | ArrayVar[list[PlanView]],
    features: list[PlanFeatureView] | ArrayVar[list[PlanFeatureView]],
    *,
    place: str,
    labels: Labels,
    changeable: bool | rx.Var[bool] = False,
    on_select_plan: Any = None,
) -> rx.Component:
    """Draw plans as a table, which scrolls sideways in its own frame with its first column in place.

    Args:
        plans: the columns.
        features: the rows.
        place: the id of the table, whose toggle says which price is shown.
        labels: the words.
        changeable: whether choosing a plan asks the server for the change.
        on_select_plan: what choosing a plan does besides, called with the plan's key.

    Returns:
        A region that can be scrolled with the keyboard.
    """
    columns = rx.Var.create(plans).to(list[PlanView])
    rows = rx.Var.create(features).to(list[PlanFeatureView])
    return rx.el.div(
        table(
            rx.el.caption(labels.plans_title, class_name="bui-hidden"),
            head(
                row(
                    column_heading(rx.el.span(labels.plans_feature)),
                    rx.foreach(columns, _heading),
                )
            ),
            body(
                row(
                    row_heading(rx.el.span(labels.plans_price)),
                    rx.foreach(columns, lambda plan: cell(plan_price(plan))),
                ),
                rx.foreach(rows, lambda feature, index: _row(columns, feature, index)),
                row(
                    row_heading(rx.el.span(labels.plans_choice)),
                    rx.foreach(
                        columns,
                        lambda plan: cell(
                            rx.el.p(plan.note_text, class_name="bui-plan-note"),
                            plan_action(plan, place=place, changeable=changeable, on_select_plan=on_select_plan),
                            custom_attrs={"data-plan": plan.key},
                        ),
                    ),
                ),
            ),
        ),
        class_name="bui-compare",
        role="region",
        on_focus=show_focused_cell(),
        custom_attrs={"aria-label": labels.plans_title, "tabIndex": 0},
    )


def _heading(plan: ObjectVar[PlanView]) -> rx.Component:
    return column_heading(rx.el.span(plan.title), plan_badge(plan), custom_attrs={"data-relation": plan.relation})


def _row(columns: Any, feature: ObjectVar[PlanFeatureView], index: Any) -> rx.Component:
    return row(
        row_heading(rx.el.span(feature.title)),
        rx.foreach(columns, lambda plan: _cell(plan.features[index].to(PlanFeatureView))),
    )


def _cell(feature: ObjectVar[PlanFeatureView]) -> rx.Component:
    return cell(
        rx.el.span(
            shape_icon(rx.cond(feature.included, "check", "dash")), rx.el.span(feature.text), class_name="bui-granted"
        ),
        custom_attrs={"data-included": feature.included},
    )

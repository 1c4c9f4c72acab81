"""Thresholds of one component: they choose among what the server has derived for each band."""

from __future__ import annotations

import reflex as rx
from reflex.utils.imports import ImportVar
from reflex.vars import ArrayVar, VarData

from billing_ui_components.labels import Labels
from billing_ui_components.meter import MeterView
from billing_ui_components.meter_figures import Thresholds
from billing_ui_components.shared_asset import shared_asset


def with_thresholds(
    meters: ArrayVar[list[MeterView]], thresholds: Thresholds | None, labels: Labels
) -> ArrayVar[list[MeterView]]:
    """The views as other thresholds than the installed ones would have them.

    Args:
        meters: views as they were derived.
        thresholds: from which percentages usage is near and critical; None leaves the views as they are.
        labels: the words between the sentences of a value text.
    """
    if thresholds is None:
        return meters
    script = shared_asset("thresholds.js")
    imports = VarData(imports={script: [ImportVar(tag="withThresholds")]})
    percentages = f"{float(thresholds.near)}, {float(thresholds.critical)}"
    call = f"withThresholds({meters!s}, {percentages}, {rx.Var.create(labels.sentence_break)!s})"
    return rx.Var(call, _var_data=VarData.merge(meters._get_all_var_data(), imports)).to(list[MeterView])

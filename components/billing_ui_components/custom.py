"""Vars and events for a host's own components."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast, overload

import reflex as rx
from reflex.event import EventSpec
from reflex.vars import ArrayVar, BooleanVar, VarData

from billing_ui_components.arguments import checked
from billing_ui_components.lease import with_lease
from billing_ui_components.meter import MeterView
from billing_ui_components.meter_var import MeterVar
from billing_ui_components.state import UsageState

_LARGEST_EXACT = 2**53


@overload
def usage_metrics(feature_key: str | rx.Var[str]) -> MeterVar: ...
@overload
def usage_metrics(feature_key: None = None) -> ArrayVar[list[MeterView]]: ...
@checked()
def usage_metrics(feature_key: str | rx.Var[str] | None = None) -> MeterVar | ArrayVar[list[MeterView]]:
    """The usage of one feature, or of all, to draw anything from.

    `consumed`, `limit`, `remaining` and `percentage_used` are numbers for arithmetic, each with a `..._text` twin, exact
    and in the customer's locale, for display. `limit` and `remaining` are null when unlimited and before the first load;
    `consumed` and `percentage_used` are 0 then, and every text is empty.

    Args:
        feature_key: one feature; None for all of them.

    Returns:
        A var of one MeterView, or a list var for `rx.foreach`.

    Example:
        ```python
        metric = bui.usage_metrics("api_calls")
        rx.cond(metric.consumed_text, rx.el.p(metric.consumed_text, " of ", metric.limit_text))
        rx.foreach(bui.usage_metrics(), lambda metric: rx.el.li(metric.feature_title))
        ```
    """
    if feature_key is None:
        return with_lease(UsageState.meters.values().to(list[MeterView]))
    # A constant, since this is written out again for every attribute that a host reads.
    unknown = VarData(hooks={f"const buiUnknownMeter = {rx.Var.create(MeterView())!s};": None})
    known = UsageState.meters[feature_key]
    data = VarData.merge(known._get_all_var_data(), unknown)
    metric = rx.Var(f"({known!s} ?? buiUnknownMeter)", _var_data=data).to(MeterView)
    return cast(MeterVar, with_lease(metric))


@checked()
def is_approaching_limit(feature_key: str | rx.Var[str], threshold: float | Decimal = 80) -> BooleanVar:
    """Whether a feature's usage has reached a share of its limit.

    Args:
        feature_key: the feature.
        threshold: percent of the limit, at least 0.

    Returns:
        A var that is true when usage >= threshold; false until it is known, without a limit, and when the plan lacks
        the feature.

    Raises:
        ValueError: the threshold is negative or not a number.

    Example:
        ```python
        rx.cond(bui.is_approaching_limit("api_calls", 80), rx.el.p("Running low"))
        ```
    """
    meter = UsageState.meters[feature_key].to(MeterView)
    # In JavaScript null >= 0 is true, so a threshold of 0 would hold without a limit; null > 0 and undefined > 0 are false.
    return with_lease((meter.limit > 0) & (meter.highest_percentage >= float(threshold)))


@checked()
def track_usage(feature_key: str | rx.Var[str], quantity: Any = 1) -> EventSpec:
    """Count usage from the browser, as an event for any trigger.

    The customer is the one who is signed in; only features that the catalog marks as client_trackable are counted, within
    their bounds. A refusal is shown by `usage_display`. What is pressed without a connection is counted when there is one again,
    as the host's own events then happen.

    Args:
        feature_key: the feature.
        quantity: how much, in the feature's unit; a number, a Decimal, a string or a var.

    Returns:
        An event.

    Raises:
        TypeError: the quantity is no number.
        ValueError: the quantity is not above 0 and finite.

    Example:
        ```python
        rx.el.button("Call the API", on_click=bui.track_usage("api_calls"))
        ```
    """
    # A Decimal or a large integer would lose digits as a JavaScript number; a string keeps them.
    if isinstance(quantity, Decimal) or (isinstance(quantity, int) and abs(quantity) > _LARGEST_EXACT):
        quantity = str(quantity)
    return cast(EventSpec, UsageState.track(feature_key, quantity))

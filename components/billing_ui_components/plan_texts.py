"""What a plan grants and costs, in words: "50,000 a month, then $0.002 per call", "$29 a month"."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from billing_ui_backend.catalog import Overage, Price
from billing_ui_backend.plan_results import WindowLimit
from billing_ui_components.formats import Formats
from billing_ui_components.labels import is_symbol


def granted_text(windows: Sequence[WindowLimit], unit: str, scale: int, formats: Formats) -> str:
    """What a plan grants of a metered feature: each limited window, and what comes beyond a soft one.

    The unit is named where it is a symbol; a word would only repeat the feature's title.

    Args:
        windows: of one plan; () when the feature is not included.
        unit: the feature's, singular English.
        scale: the feature's decimals.
        formats: how the reader writes numbers and money.
    """
    labels = formats.labels
    if not windows:
        return labels.status_not_included
    limited = [_window_text(window, unit, scale, formats) for window in windows if window.limit is not None]
    return labels.plan_limits_join.join(limited) or labels.plan_unlimited


def _window_text(window: WindowLimit, unit: str, scale: int, formats: Formats) -> str:
    text = limit_text(window.limit or Decimal(0), window.window, unit, scale, formats)
    if window.overage is not None:
        return _beyond(text, window.overage, unit, scale, formats)
    return formats.labels.plan_soft.format(limit=text) if window.enforcement == "soft" else text


def limit_text(limit: Decimal, window: str, unit: str, scale: int, formats: Formats) -> str:
    """A limit and the window it is for: "50,000 a month", "10 GB"."""
    amount = formats.quantity(limit, unit if is_symbol(unit) else "", scale)
    if window == "never":
        return amount
    return formats.labels.plan_limit_per.format(amount=amount, per=formats.labels.window("per", window))


def _beyond(limit: str, overage: Overage, unit: str, scale: int, formats: Formats) -> str:
    price = formats.unit_price(overage.unit_amount, overage.currency)
    if overage.per != 1:
        return formats.labels.plan_overage.format(
            limit=limit, price=price, unit=formats.quantity(overage.per, unit, scale)
        )
    if not unit:
        return formats.labels.plan_overage_each.format(limit=limit, price=price)
    return formats.labels.plan_overage.format(limit=limit, price=price, unit=formats.unit(Decimal(1), unit))


def price_text(price: Price, formats: Formats) -> str:
    """A price and its interval: "$29 a month"."""
    return formats.labels.plan_price_per.format(
        price=formats.unit_price(price.amount, price.currency), per=formats.labels.window("per", price.interval)
    )

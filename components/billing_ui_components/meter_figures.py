"""The figures of a usage meter: its state, its percentage and the parts of its bar, all from exact Decimals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import NamedTuple

from billing_ui_components.formats import EXACT, plain


@dataclass(frozen=True)
class Thresholds:
    """From which percentages of a limit usage is near it and critical: good < near <= "near" < critical <= "critical".

    Attributes:
        near: percent at which "near" begins.
        critical: percent at which "critical" begins.

    Raises:
        ValueError: not 0 < near <= critical <= 100.

    Example:
        >>> Thresholds(near=60, critical=Decimal("95.5"))
        Thresholds(near=60, critical=Decimal('95.5'))
    """

    near: Decimal | int = 75
    critical: Decimal | int = 90

    def __post_init__(self) -> None:
        if not 0 < self.near <= self.critical <= 100:
            raise ValueError(
                f"thresholds must satisfy 0 < near <= critical <= 100, got {self.near} and {self.critical}"
            )


DEFAULT_THRESHOLDS = Thresholds()


class Bar(NamedTuple):
    """CSS lengths: the filled part within the limit, the part beyond a soft limit, the limit's tick ("" for none)."""

    width: str
    over_width: str = "0%"
    mark: str = ""


def usage_state(taken: Decimal, limit: Decimal | None, *, soft: bool, thresholds: Thresholds) -> str:
    """The state of what is taken (used and held) against a limit; None is unlimited, a hard 0 unused not included."""
    if limit is None:
        return "unlimited"
    if limit == 0 and taken == 0:
        return "normal" if soft else "not_included"
    if taken > limit:
        return "over_soft" if soft else "over_hard"
    if taken == limit:
        return "at_limit"
    with localcontext(EXACT):
        if taken * 100 >= thresholds.critical * limit:
            return "critical"
        return "near" if taken * 100 >= thresholds.near * limit else "normal"


def percentage(taken: Decimal, limit: Decimal | None) -> Decimal:
    """What is taken in percent of the limit, floored to two decimals and never below 0; above 100 when over it.

    Without a limit it is 0, and 100 for usage where nothing is included, of which there is no true percentage.
    """
    if limit is None:
        return Decimal(0)
    if limit == 0:
        return Decimal(100) if taken > 0 else Decimal(0)
    with localcontext(EXACT):
        hundredths = (taken * 10_000 / limit).to_integral_value(ROUND_FLOOR)
        return max(plain(hundredths / 100), Decimal(0))


def bar(taken: Decimal, limit: Decimal | None, state: str) -> Bar:
    """The bar: what is taken of the limit; over a soft limit the whole width is the usage and the limit a tick in it."""
    if limit is None:
        return Bar("0%")
    if state == "over_soft":
        within = percentage(limit, taken)
        return Bar(_length(within), _length(100 - within), _length(within))
    return Bar(_length(min(percentage(taken, limit), Decimal(100))))


def _length(percent: Decimal) -> str:
    return f"{plain(percent):f}%"

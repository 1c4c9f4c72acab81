"""The figures of a usage meter: its state, its percentage and the parts of its bar, all from exact Decimals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import NamedTuple

from billing_ui_components.formats import EXACT, plain


@dataclass(frozen=True)
class Thresholds:
    """From which percentages of a limit usage is near it and critical: good < near <= "near" < critical <= "critical".

    Two decimals at most: percentages are floored to two, and so comparing those decides as the exact quantities do.

    Attributes:
        near: percent at which "near" begins.
        critical: percent at which "critical" begins.

    Raises:
        TypeError: they are no numbers.
        ValueError: not 0 < near <= critical <= 100, or more than two decimals.

    Example:
        >>> Thresholds(near=60, critical=Decimal("95.5"))
        Thresholds(near=60, critical=Decimal('95.5'))
    """

    near: Decimal | int = 75
    critical: Decimal | int = 90

    def __post_init__(self) -> None:
        if not all(isinstance(percent, int | float | Decimal) for percent in (self.near, self.critical)):
            raise TypeError(f"thresholds are numbers of percent, not {self.near!r:.80} and {self.critical!r:.80}")
        if not 0 < self.near <= self.critical <= 100:
            raise ValueError(
                f"thresholds must satisfy 0 < near <= critical <= 100, got {self.near} and {self.critical}"
            )
        if self.near * 100 % 1 or self.critical * 100 % 1:
            raise ValueError(f"thresholds have two decimals at most, got {self.near} and {self.critical}")


DEFAULT_THRESHOLDS = Thresholds()


class Bar(NamedTuple):
    """CSS lengths: what is used and what is held within the limit, the part beyond it, the limit's mark ("" for none)."""

    width: str
    held_width: str = "0%"
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


def bar(used: Decimal, held: Decimal, limit: Decimal | None, *, soft: bool) -> Bar:
    """The bar, to scale: its whole width is the limit or, past it, all that is taken, with the limit a mark in it.

    A soft limit is a mark at the end already before it is passed; a hard one is the end.
    """
    if limit is None:
        return Bar("0%")
    taken = used + held
    whole = max(taken, limit)
    within = min(percentage(min(taken, limit), whole), Decimal(100))
    solid = min(percentage(min(used, limit), whole), within)
    if taken > limit:
        return Bar(_length(solid), _length(within - solid), _length(100 - within), _length(within))
    return Bar(_length(solid), _length(within - solid), mark="100%" if soft and limit > 0 else "")


def _length(percent: Decimal) -> str:
    return f"{plain(percent):f}%"

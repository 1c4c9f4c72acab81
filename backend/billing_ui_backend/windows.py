"""An entitlement's windows at one instant, what is used in them, and which of them binds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol, TypeVar

from babel.numbers import get_currency_precision

from billing_ui_backend import statements
from billing_ui_backend.catalog import Grant, Overage
from billing_ui_backend.driver import Driver
from billing_ui_backend.periods import Window, window_at
from billing_ui_backend.quantities import percentage, to_decimal
from billing_ui_backend.results import WindowUsage

QUARTER_US = 900_000_000


@dataclass(frozen=True, slots=True)
class Bound:
    """A grant and its window at some instant."""

    grant: Grant
    window: Window


@dataclass(frozen=True, slots=True)
class Count:
    """A bound window with its counter, in scaled units."""

    grant: Grant
    window: Window
    used: int
    held: int

    @property
    def left(self) -> int | None:
        """Limit less used and held; negative when over, None when unlimited."""
        limit = self.grant.limit_units
        return None if limit is None else limit - self.used - self.held

    def describe(self, scale: int) -> WindowUsage:
        """The window as a result."""
        limit, left, price = self.grant.limit_units, self.left, self.grant.overage
        # Held units are not owed yet.
        cost = None if price is None else overage_cost(price, max(self.used - (limit or 0), 0), scale)
        return WindowUsage(
            window=self.window.kind,
            enforcement=self.grant.enforcement,
            used=to_decimal(self.used, scale),
            held=to_decimal(self.held, scale),
            limit=None if limit is None else to_decimal(limit, scale),
            remaining=None if left is None else to_decimal(max(left, 0), scale),
            overage=to_decimal(max(-left, 0) if left is not None else 0, scale),
            percentage_used=None if limit is None else percentage(self.used + self.held, limit),
            period_start=self.window.start,
            period_end=self.window.end,
            overage_cost=cost,
            currency=None if price is None else price.currency,
        )


def bind(grants: Iterable[Grant], at_us: int, *, anchor_us: int, zone: str) -> tuple[Bound, ...]:
    """The windows of an entitlement that contain an instant."""
    return tuple(
        Bound(grant, window_at(grant.period, grant.align, at_us, anchor_us=anchor_us, zone=zone)) for grant in grants
    )


class _Bounded(Protocol):
    @property
    def grant(self) -> Grant: ...

    @property
    def window(self) -> Window: ...

    @property
    def left(self) -> int | None: ...


B = TypeVar("B", bound=_Bounded)


def binding(counts: Iterable[B]) -> B:
    """The window that binds: limited before unlimited, hard before soft, least left, earliest reset."""
    return min(counts, key=_how_tight)


def _how_tight(count: _Bounded) -> tuple[bool, bool, int, int]:
    left = count.left
    return left is None, count.grant.enforcement != "hard", left or 0, count.window.end_us


def overage_cost(overage: Overage, units: int, scale: int) -> Decimal:
    """What `units` beyond the limit cost: units / per * unit_amount, exact, rounded half-up to the currency once."""
    exact = Fraction(to_decimal(units, scale)) / Fraction(overage.per) * Fraction(overage.unit_amount)
    places = get_currency_precision(overage.currency)
    scaled = exact * 10**places
    # Half-up on integers: floor(x + 1/2). A Decimal division would round twice, to its context first.
    smallest = (scaled.numerator * 2 + scaled.denominator) // (scaled.denominator * 2)
    return Decimal(f"{smallest}E-{places}")


def booked(driver: Driver, customer_id: str, feature_key: str, window: Window) -> tuple[int, int]:
    """(used, held) as the books have it, expired holds included: the counter, or the sums of ledger and holds where no
    counter was opened yet."""
    key = (customer_id, feature_key, window.kind, window.start_us, window.end_us)
    row = driver.execute(statements.COUNTER, key).fetchone()
    if row is not None:
        return int(row[0]), int(row[1])
    return summed(driver, customer_id, feature_key, window)


def summed(driver: Driver, customer_id: str, feature_key: str, window: Window) -> tuple[int, int]:
    """(used, held) of a window that has no counter yet: the sums of its ledger events and of its holds."""
    who = (customer_id, feature_key, window.start_us, window.end_us)
    upper, lower = driver.execute(statements.HELD_SUM, who).fetchone()
    return ledger_sum(driver, *who), (upper << 32) + lower


def counted(driver: Driver, customer_id: str, feature_key: str, window: Window, now_us: int) -> tuple[int, int]:
    """(used, held) in a window at an instant: a hold that has expired by then holds nothing, whether swept or not."""
    used, held = booked(driver, customer_id, feature_key, window)
    if held:
        held -= expired_sum(driver, customer_id, feature_key, window, now_us)
    return used, held


def expired_sum(driver: Driver, customer_id: str, feature_key: str, window: Window, now_us: int) -> int:
    """What holds still have in a window's counter although they have expired."""
    expired = (customer_id, feature_key, window.start_us, window.end_us, now_us)
    upper, lower = driver.execute(statements.EXPIRED_SUM, expired).fetchone()
    return int(upper << 32) + int(lower)


def ledger_sum(driver: Driver, customer_id: str, feature_key: str, start_us: int, end_us: int) -> int:
    """The sum of the ledger's events in [start, end): whole quarter hours from the rollup, the edges from the ledger."""
    first, last = whole_quarters(start_us, end_us)
    parts = [
        (statements.ROLLUP_SUM, first, last),
        (statements.LEDGER_SUM, start_us, first),
        (statements.LEDGER_SUM, last, end_us),
    ]
    total = 0
    for statement, low, high in parts:
        if low < high:
            upper, lower = driver.execute(statement, (customer_id, feature_key, low, high)).fetchone()
            total += (upper << 32) + lower
    return total


def whole_quarters(start_us: int, end_us: int) -> tuple[int, int]:
    """The whole quarter hours in [start_us, end_us), from when to when; without any, nothing at its end."""
    first = -(-start_us // QUARTER_US) * QUARTER_US
    last = end_us // QUARTER_US * QUARTER_US
    return (first, last) if first < last else (end_us, end_us)

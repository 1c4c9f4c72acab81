"""Exact quantities: a scaled 64-bit integer inside, a Decimal outside.

At scale 6 the quantity 1.5 is the integer 1_500_000. Nothing here goes through a float, except a float that the caller
passed: it is rounded half-even to the scale.
"""

from __future__ import annotations

import math
import operator
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from numbers import Integral

from billing_ui_backend.errors import InvalidQuantity

MAX_UNITS = 2**63 - 1
# A 64-bit integer at scale 9 has 19 digits; beyond this a number is an attack on the arithmetic, not a quantity.
_MAX_DIGITS = 100
POWERS: list[int] = [10**scale for scale in range(10)]
# Below this an int fits in 64 bits at any scale: the common case, for which the write path needs no more than a product.
MAX_SMALL = 10**9
PLAIN_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)
# Wide enough for any 64-bit integer at any scale and any finite float written out in full.
_EXACT = Context(prec=1200, rounding=ROUND_HALF_EVEN)


def to_units(quantity: object, scale: int, *, what: str = "quantity") -> int:
    """Turns a caller's number into scaled units.

    Args:
        quantity: int, Decimal, a string `-?digits[.digits]`, or a float (rounded half-even to the scale).
        scale: decimal places of the feature, 0 to 9.
        what: how the message names the value.

    Raises:
        InvalidQuantity: not a finite number, finer than the scale, or beyond 64 bits.

    Example:
        >>> to_units("0.5", 6)
        500000
    """
    if type(quantity) is int and -MAX_SMALL < quantity < MAX_SMALL:
        return quantity * POWERS[scale]
    if isinstance(quantity, bool):
        raise InvalidQuantity(f"{what} is {quantity}: pass a number, not a bool")
    if isinstance(quantity, Integral):
        number = Decimal(operator.index(quantity))
    elif isinstance(quantity, float):
        if not math.isfinite(quantity):
            raise InvalidQuantity(f"{what} is {quantity}: pass a finite number")
        number = Decimal(quantity)
        if number.adjusted() < 19:
            number = number.quantize(Decimal(1).scaleb(-scale), context=_EXACT)
    elif isinstance(quantity, Decimal):
        if not quantity.is_finite():
            raise InvalidQuantity(f"{what} is {quantity}: pass a finite number")
        if len(quantity.as_tuple().digits) > _MAX_DIGITS:
            raise InvalidQuantity(f"{what} has more than {_MAX_DIGITS} digits: round it first")
        number = quantity
    elif isinstance(quantity, str):
        if not PLAIN_NUMBER.fullmatch(quantity):
            raise InvalidQuantity(
                f"{what} is {quantity[:60]!r}: write it as digits with an optional point, such as '0.5'"
            )
        number = Decimal(quantity)
    else:
        raise InvalidQuantity(f"{what} is of type {type(quantity).__name__}: pass an int, Decimal, string or float")
    if number == 0:
        return 0
    if number.adjusted() + scale > 19:
        raise InvalidQuantity(f"{what} is too large: at scale {scale} it must stay below {_largest(scale)}")
    if number.adjusted() + scale < -60:
        raise InvalidQuantity(f"{what} has more than {scale} decimal places: round it first")
    # As integers: a Decimal's own arithmetic rounds to its context's precision.
    numerator, denominator = number.as_integer_ratio()
    scaled: int = numerator * 10**scale
    units, finer = divmod(scaled, denominator)
    if finer:
        raise InvalidQuantity(f"{what} {str(number)[:60]} has more than {scale} decimal places: round it first")
    if abs(units) > MAX_UNITS:
        raise InvalidQuantity(f"{what} is too large: at scale {scale} it must stay below {_largest(scale)}")
    return units


def to_decimal(units: int, scale: int) -> Decimal:
    """Scaled units as a Decimal without trailing zeros; `format(number, "f")` writes even the smallest out in digits.

    Example:
        >>> to_decimal(1_500_000, 6)
        Decimal('1.5')
    """
    whole, rest = divmod(units, POWERS[scale])
    if not rest:
        return Decimal(whole)
    whole, rest = divmod(abs(units), POWERS[scale])
    text = f"{whole}.{str(rest).rjust(scale, '0').rstrip('0')}"
    return Decimal("-" + text if units < 0 else text)


def percentage(used: int, limit: int) -> Decimal:
    """`used` in percent of `limit` (scaled units, limit > 0), floored to two decimals so that 999 of 1,000 is never 100."""
    return Decimal(f"{used * 10_000 // limit}E-2")


def _largest(scale: int) -> str:
    return format(to_decimal(MAX_UNITS, scale), "f")

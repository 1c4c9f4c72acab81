"""Quantities are exact: every number is counted as it was written, or refused."""

from __future__ import annotations

import decimal
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from billing_ui_backend.errors import InvalidQuantity
from billing_ui_backend.quantities import MAX_UNITS, percentage, to_decimal, to_units
from tests.support.ids import short_repr

SCALES = st.integers(0, 9)
UNITS = st.integers(-MAX_UNITS, MAX_UNITS)


@given(UNITS, SCALES)
@example(MAX_UNITS, 9)
@example(-MAX_UNITS, 0)
@example(0, 6)
def test_what_can_be_counted_comes_back_as_it_went_in(units: int, scale: int) -> None:
    number = to_decimal(units, scale)
    assert Fraction(number) == Fraction(units, 10**scale)
    assert to_units(number, scale) == units
    assert to_units(format(number, "f"), scale) == units


@given(UNITS, SCALES)
def test_a_decimal_has_no_trailing_zeros(units: int, scale: int) -> None:
    text = format(to_decimal(units, scale), "f")
    assert "." not in text or text[-1] not in "0."


@given(st.integers(), SCALES)
@example(MAX_UNITS + 1, 0)
@example(-MAX_UNITS - 1, 0)
@example(9_223_372_036, 9)
@example(9_223_372_037, 9)
@example(10**5000, 0)
def test_an_int_is_counted_exactly_or_too_large(number: int, scale: int) -> None:
    if abs(number) * 10**scale > MAX_UNITS:
        with pytest.raises(InvalidQuantity, match="too large"):
            to_units(number, scale)
    else:
        assert to_units(number, scale) == number * 10**scale


@given(st.decimals(allow_nan=False, allow_infinity=False), SCALES)
@example(Decimal("0.0000005"), 6)
@example(Decimal("1E-999999"), 9)
@example(Decimal("1E+999999"), 0)
@example(Decimal("0E-999999"), 0)
@example(Decimal("1." + "0" * 1300 + "1"), 6)
@example(Decimal("1." + "0" * 80), 6)
def test_a_decimal_is_counted_exactly_or_refused(number: Decimal, scale: int) -> None:
    if number and not -80 < number.adjusted() < 80:
        fits = False
    else:
        exact = Fraction(number) * 10**scale
        fits = exact.denominator == 1 and abs(exact) <= MAX_UNITS
    if fits:
        assert to_units(number, scale) == Fraction(number) * 10**scale
    else:
        with pytest.raises(InvalidQuantity):
            to_units(number, scale)


@given(st.floats(allow_nan=False, allow_infinity=False), SCALES)
@example(0.1 + 0.2, 6)
@example(0.5, 0)
@example(1.5, 0)
@example(2.5, 0)
@example(0.125, 2)
@example(1e19, 0)
@example(2.0**63, 0)
@example(5e-324, 9)
@example(-0.0, 6)
def test_a_float_is_rounded_half_even_to_the_scale(number: float, scale: int) -> None:
    nearest = round(Fraction(number) * 10**scale)
    if abs(nearest) > MAX_UNITS:
        with pytest.raises(InvalidQuantity, match="too large"):
            to_units(number, scale)
    else:
        assert to_units(number, scale) == nearest


def test_an_upload_is_counted_to_the_byte_that_six_places_hold() -> None:
    """Parity, "file upload tracks storage_gb as size / 1024**3": exact decimals, 6 places by default, up to 9."""
    size = 123_456_789
    assert to_decimal(to_units(size / 1024**3, 6), 6) == Decimal("0.114978")
    assert to_decimal(to_units(size / 1024**3, 9), 9) == Decimal("0.114978095")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " 1",
            "1 ",
            "+1",
            "1.",
            ".5",
            "1e3",
            "1E3",
            "1_000",
            "1,000",
            "0x10",
            "NaN",
            "inf",
            "-",
            "--1",
            "١",
            "1\n",
            "½",
        ),
        *("9" * 41, "0." + "0" * 41),
    ],
)
def test_a_string_is_plain_digits(text: str) -> None:
    with pytest.raises(InvalidQuantity):
        to_units(text, 6)


@pytest.mark.parametrize("text", ["0.0000001", "1.5000001", "-0.0000001"])
def test_a_string_finer_than_the_scale_is_refused_not_rounded(text: str) -> None:
    with pytest.raises(InvalidQuantity, match="more than 6 decimal places"):
        to_units(text, 6)


def test_zeros_beyond_the_scale_are_not_finer() -> None:
    assert to_units("1.50000000000", 6) == 1_500_000
    assert to_units(Decimal("1.50000000000"), 6) == 1_500_000


@pytest.mark.parametrize(
    "value",
    [
        *(
            True,
            False,
            float("nan"),
            float("inf"),
            -float("inf"),
            Decimal("NaN"),
            Decimal("sNaN"),
            Decimal("-Infinity"),
        ),
        *(None, [], {}, b"1", 1j, Fraction(1, 2), object()),
    ],
    ids=short_repr,
)
def test_what_is_not_a_finite_number_is_refused(value: object) -> None:
    with pytest.raises(InvalidQuantity):
        to_units(value, 6)


def test_an_int_of_another_type_is_an_int() -> None:
    class Size(IntEnum):
        LARGE = 3

    assert to_units(Size.LARGE, 2) == 300


@given(st.integers(0, MAX_UNITS), st.integers(1, MAX_UNITS))
@example(999, 1000)
@example(99_999_999, 100_000_000)
@example(MAX_UNITS, 1)
@example(MAX_UNITS - 1, MAX_UNITS)
def test_a_percentage_is_floored_so_that_only_a_full_limit_is_100(used: int, limit: int) -> None:
    """Parity, "999 of 1,000 shows 100 % used, 1 remaining"."""
    shown = percentage(used, limit)
    exact = Fraction(used, limit) * 100
    assert Fraction(shown) <= exact < Fraction(shown) + Fraction(1, 100)
    assert (shown >= 100) == (used >= limit)


@given(UNITS, SCALES, st.integers(1, MAX_UNITS))
def test_the_callers_decimal_context_changes_nothing(units: int, scale: int, limit: int) -> None:
    def answers() -> tuple[Any, ...]:
        number = to_decimal(units, scale)
        return str(number), to_units(number, scale), to_units(units / 7e9, scale), str(percentage(abs(units), limit))

    expected = answers()
    careless = decimal.Context(prec=2, rounding=decimal.ROUND_UP, traps=[decimal.Inexact, decimal.Rounded])
    with decimal.localcontext(careless):
        assert answers() == expected

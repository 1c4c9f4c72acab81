"""What holds of every meter, whatever the numbers are."""

import math
import re
from dataclasses import astuple, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from billing_ui_backend.results import Subscription, UsageMetric
from billing_ui_components.labels import GERMAN, Labels
from billing_ui_components.meter import MeterView, Thresholds, derive_meter
from tests.support.metrics import NOVEMBER, NOW, usage_metric, window_usage

# The largest quantity the engine stores is a signed 64-bit integer of scaled units; over it stand sums of two.
UNITS = st.one_of(st.integers(0, 2000), st.integers(0, 2**63 - 1))
LENGTH = re.compile(r"\d+(\.\d{1,2})?%")
CURRENCY = re.compile(r"[$€¥]|USD|JPY|KWD|about|etwa")
SPEECH = st.sampled_from([(Labels(), "en-US"), (Labels(), "fr-FR"), (GERMAN, "de-DE"), (GERMAN, "de-CH")])


@st.composite
def metrics(draw: st.DrawFn) -> UsageMetric:
    scale = draw(st.integers(0, 9))

    def quantity() -> Decimal:
        return Decimal(draw(UNITS)).scaleb(-scale)

    def described() -> dict[str, Any]:
        limit = draw(st.sampled_from(["none", "any", "near"]))
        used, end = quantity(), NOW + timedelta(seconds=draw(st.integers(-100_000, 40_000_000)))
        near = max(used + Decimal(draw(st.integers(-2, 2))).scaleb(-scale), Decimal(0))
        return {
            "used": used,
            "limit": None if limit == "none" else near if limit == "near" else quantity(),
            "held": draw(st.one_of(st.just(Decimal(0)), st.builds(quantity))),
            "window": draw(st.sampled_from(["hour", "day", "week", "month", "year", "never"])),
            "enforcement": draw(st.sampled_from(["hard", "soft"])),
            "end": end,
        }

    with localcontext(prec=60):
        return usage_metric(
            **described(),
            scale=scale,
            title=draw(st.sampled_from(["Builds", "API calls", ""])),
            unit=draw(st.sampled_from(["", "build", "GB", "member", "s"])),
            feature_type=draw(st.sampled_from(["usage_quota", "numeric_limit"])),
            overage_cost=draw(st.sampled_from([None, "0", "2.01", "123456789.12"])),
            currency=draw(st.sampled_from(["USD", "JPY", "KWD"])),
            others=[window_usage(**described()) for _ in range(draw(st.integers(0, 2)))],
        )


@st.composite
def views(draw: st.DrawFn) -> tuple[UsageMetric, MeterView, str]:
    metric, (labels, locale) = draw(metrics()), draw(SPEECH)
    status: Any = draw(st.sampled_from([None, "trialing", "active", "paused", "ended"]))
    view = derive_meter(
        metric,
        NOW,
        labels,
        locale,
        timezone=draw(st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia"])),
        thresholds=draw(st.sampled_from([Thresholds(), Thresholds(near=1, critical=100)])),
        subscription=Subscription("pro", "Pro", status, NOVEMBER, NOVEMBER) if status else None,
        stale_since=draw(st.sampled_from([None, NOW, datetime(2026, 1, 1, tzinfo=UTC)])),
    )
    return metric, view, locale


def read(text: str, locale: str) -> Decimal:
    """The number a reader of the locale reads, to the last digit."""
    symbols = Locale.parse(locale, sep="-").number_symbols["latn"]
    return Decimal(text.replace(symbols["group"], "").replace(symbols["decimal"], "."))


def share(length: str) -> Decimal:
    assert LENGTH.fullmatch(length), length
    return Decimal(length[:-1])


@given(views())
def test_no_number_is_nan_or_infinite_and_no_text_says_so(case: tuple[UsageMetric, MeterView, str]) -> None:
    """Asked for: unlimited, zero and NaN."""
    _, view, _ = case
    for value in astuple(view):
        assert not isinstance(value, float) or math.isfinite(value)
        assert not isinstance(value, str) or not re.search(
            r"nan|inf(?!inity)|None|[{}]|\dE[+-]?\d", value, re.IGNORECASE
        )


@given(views())
def test_every_width_lies_within_the_bar(case: tuple[UsageMetric, MeterView, str]) -> None:
    _, view, _ = case
    for length in (view.width, view.over_width, *([view.mark] if view.mark else []), *(w.width for w in view.windows)):
        assert 0 <= share(length) <= 100
    if view.mark:
        assert share(view.width) + share(view.over_width) == 100
        assert view.mark == view.width
    else:
        assert view.over_width == "0%"


@given(views())
def test_the_meter_range_contains_the_value(case: tuple[UsageMetric, MeterView, str]) -> None:
    _, view, _ = case
    assert view.meter_min <= view.meter_now <= view.meter_max
    assert view.meter_min < view.meter_max
    assert view.has_meter == view.has_bar == (view.limit is not None and view.state != "not_included")


@given(views())
def test_a_hundred_percent_is_never_shown_short_of_it(case: tuple[UsageMetric, MeterView, str]) -> None:
    """999 of 1,000 shows "100 % used, 1 remaining"."""
    metric, view, locale = case
    with localcontext(prec=60):
        if metric.limit and metric.consumed + metric.held < metric.limit:
            assert read(view.percentage_text.rstrip("%\u00a0\u202f"), locale) <= 99
            assert view.percentage_used < 100
            assert share(view.width) < 100
            assert view.state in ("normal", "near", "critical", "paused", "ended")


@given(views())
def test_no_cost_without_a_price(case: tuple[UsageMetric, MeterView, str]) -> None:
    metric, view, _ = case
    if metric.overage_cost is None:
        assert not CURRENCY.search(view.note_text)
        assert not CURRENCY.search(view.value_text)
        assert not any(CURRENCY.search(window.text) for window in view.windows)


@given(views())
def test_the_texts_add_up_to_the_limit(case: tuple[UsageMetric, MeterView, str]) -> None:
    """used + held + remaining - overage = limit, to the last digit that is shown."""
    metric, view, locale = case
    if metric.limit is None or view.state == "not_included":
        return
    used, held, remaining, overage, limit = (
        read(text, locale)
        for text in (view.consumed_text, view.held_text, view.remaining_text, view.overage_text, view.limit_text)
    )
    with localcontext(prec=60):
        assert used + held + remaining - overage == limit
        assert (used, held, limit) == (metric.consumed, metric.held, metric.limit)


@given(views())
def test_every_field_keeps_its_type(case: tuple[UsageMetric, MeterView, str]) -> None:
    _, view, _ = case
    allowed = {
        "str": str,
        "float": float,
        "bool": bool,
        "float | None": float | None,
        "int | None": int | None,
        "list[WindowView]": list,
    }
    for field in fields(view):
        assert isinstance(getattr(view, field.name), allowed[str(field.type)])

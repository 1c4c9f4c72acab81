"""What holds of every meter, whatever the numbers are."""

import math
import re
from dataclasses import astuple, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from billing_ui_backend.results import Subscription, UsageMetric
from billing_ui_components.formats import Formats
from billing_ui_components.labels import GERMAN, Labels
from billing_ui_components.meter import MeterView, Thresholds, derive_meter
from billing_ui_components.meter_texts import WINDOWS
from tests.support.metrics import NOVEMBER, NOW, usage_metric, window_usage

# The largest quantity the engine stores is a signed 64-bit integer of scaled units; over it stand sums of two.
UNITS = st.one_of(st.integers(0, 2000), st.integers(0, 2**63 - 1))
LENGTH = re.compile(r"\d+(\.\d{1,2})?%")
CURRENCY = re.compile(r"[$€¥]|USD|JPY|KWD|about|etwa")
SPEECH = st.sampled_from([(Labels(), "en-US"), (Labels(), "fr-FR"), (GERMAN, "de-DE"), (GERMAN, "de-CH")])


@st.composite
def metrics(draw: st.DrawFn) -> UsageMetric:
    scale = draw(st.integers(0, 9))
    currency = draw(st.sampled_from(["USD", "JPY", "KWD"]))
    # As in a catalog: an entitlement has at most one window of a kind.
    first, *kinds = draw(st.lists(st.sampled_from(WINDOWS), min_size=1, max_size=3, unique=True))

    def quantity() -> Decimal:
        return Decimal(draw(UNITS)).scaleb(-scale)

    def described(kind: str) -> dict[str, Any]:
        kind_of_limit = draw(st.sampled_from(["none", "any", "near"]))
        used, end = quantity(), NOW + timedelta(seconds=draw(st.integers(-100_000, 40_000_000)))
        soft = draw(st.booleans())
        near = max(used + Decimal(draw(st.integers(-2, 2))).scaleb(-scale), Decimal(0))
        limit = None if kind_of_limit == "none" else near if kind_of_limit == "near" else quantity()
        costs = ["0", "2.01", "123456789.12"] if limit is not None and used > limit else ["0"]
        return {
            "used": used,
            "limit": limit,
            "held": draw(st.one_of(st.just(Decimal(0)), st.builds(quantity))),
            "window": kind,
            "enforcement": "soft" if soft else "hard",
            "end": end,
            "overage_cost": draw(st.sampled_from([None, *costs])) if soft else None,
            "currency": currency,
        }

    with localcontext(prec=60):
        return usage_metric(
            **described(first),
            scale=scale,
            title=draw(st.sampled_from(["Builds", "API calls", ""])),
            unit=draw(st.sampled_from(["", "build", "GB", "member", "s"])),
            feature_type=draw(st.sampled_from(["usage_quota", "numeric_limit"])),
            others=[window_usage(**described(kind)) for kind in kinds],
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


def held(text: str) -> Decimal:
    """What a text says is held; it says so once."""
    said = HELD.findall(text)
    assert len(said) <= 1, text
    return read(said[0], "en-US") if said else Decimal(0)


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
    parts = (view.width, view.held_width, view.over_width)
    for length in (*parts, *([view.mark] if view.mark else []), *(w.width for w in view.windows)):
        assert 0 <= share(length) <= 100
    assert sum(map(share, parts)) <= 100
    if view.over_width != "0%":
        assert sum(map(share, parts)) == 100
        assert share(view.mark) == share(view.width) + share(view.held_width)
    else:
        assert view.mark in ("", "100%")


@given(views())
def test_the_bar_is_to_scale(case: tuple[UsageMetric, MeterView, str]) -> None:
    """Each part is the share that it shows, to a hundredth of a percent."""
    metric, view, _ = case
    used, held, limit = metric.consumed, metric.held, metric.limit
    if not limit or view.state == "not_included":
        return
    with localcontext(prec=60):
        whole = max(used + held, limit)
        shares = min(used, limit), min(used + held, limit) - min(used, limit), whole - limit if whole > limit else 0
        for length, part in zip((view.width, view.held_width, view.over_width), shares, strict=True):
            assert abs(share(length) - part * 100 / whole) <= Decimal("0.02")


@given(metrics(), st.integers(1, 10_000), st.integers(1, 10_000))
def test_a_component_with_thresholds_of_its_own_decides_as_the_engine_would(
    metric: UsageMetric, one: int, other: int
) -> None:
    """The browser compares floored percentages with thresholds of two decimals, and is never wrong at the edge."""
    near, critical = sorted((Decimal(one) / 100, Decimal(other) / 100))
    derived = derive_meter(metric, NOW, Labels(), "en-US", thresholds=Thresholds(near=near, critical=critical))
    plain = derive_meter(metric, NOW, Labels(), "en-US")
    if plain.band_texts:
        band = (plain.percentage_used >= float(near)) + (plain.percentage_used >= float(critical))
        assert derived.state == ("normal", "near", "critical")[band]
        assert derived.status_text == plain.band_texts[band]
    else:
        assert derived.state == plain.state
    for window, other_window in zip(plain.windows, derived.windows, strict=True):
        band = (window.percentage_used >= float(near)) + (window.percentage_used >= float(critical))
        assert other_window.tone in (("good", "near", "critical")[band], "neutral")


HELD = re.compile(r", ([\d.,]+)(?: \w+)? held")
SAID = re.compile(
    r"(?:(?P<left>[\d.,]+)(?: \w+)? left|(?P<over>[\d.,]+)(?: \w+)? over(?:, about .+?)?|Remove (?P<removed>[\d.,]+)(?: \w+)? or upgrade)"
    r"(?:, (?P<held>[\d.,]+)(?: \w+)? held)?"
)


@given(metrics())
def test_what_is_written_adds_up_to_the_limit(metric: UsageMetric) -> None:
    """used + held + remaining - overage = limit, with the numbers that a customer reads on the card."""
    view = derive_meter(replace(metric, windows=metric.windows[-1:]), NOW, Labels(), "en-US")
    said = SAID.fullmatch(view.note_text)
    if view.state in ("unlimited", "not_included", "at_limit"):
        return
    assert said, view.note_text
    number = {name: read(text or "0", "en-US") for name, text in said.groupdict().items()}
    with localcontext(prec=60):
        left = number["left"] - number["over"] - number["removed"]
        assert read(view.consumed_text, "en-US") + number["held"] + left == read(view.limit_text, "en-US")


@given(metrics())
def test_what_is_written_of_several_windows_adds_up_too(metric: UsageMetric) -> None:
    """Where a shorter window binds, what is left of it is not told, and what is held completes a limit that is reached."""
    view = derive_meter(metric, NOW, Labels(), "en-US")
    others = {window.window: window.held for window in metric.windows[:-1]}
    for shown in view.windows:
        assert held(shown.text) == others[shown.window]
    if view.state == "not_included":
        return
    told = view.amount_text if view.window_binds else view.amount_text + view.note_text
    assert held(told) == metric.held
    said = SAID.fullmatch(view.note_text)
    if said and view.state != "at_limit":
        number = {name: read(text or "0", "en-US") for name, text in said.groupdict().items()}
        with localcontext(prec=60):
            left = number["left"] - number["over"] - number["removed"]
            assert read(view.consumed_text, "en-US") + metric.held + left == read(view.limit_text, "en-US")


@given(views())
def test_money_is_told_only_with_the_window_that_is_over_and_has_a_price_for_it(
    case: tuple[UsageMetric, MeterView, str],
) -> None:
    metric, view, locale = case
    formats = Formats(locale, "UTC", GERMAN if locale.startswith("de") else Labels())
    own = metric.windows[-1]
    is_own = view.note_text not in [shown.text for shown in view.windows]
    told = [(own, view.note_text)] if is_own and view.state.startswith("over_") and not view.stale else []
    told += [
        (window, shown.text) for shown in view.windows for window in metric.windows if window.window == shown.window
    ]
    with_money = [(window, text) for window, text in told if CURRENCY.search(text)]
    # What is owed is the highest cost of a window: two amounts would read as their sum.
    assert len(with_money) <= 1
    for window, text in with_money:
        assert (window.enforcement, window.overage > 0) == ("soft", True)
        assert window.overage_cost is not None
        assert window.currency is not None
        assert formats.money(window.overage_cost, window.currency) in text
        assert window.overage_cost == metric.overage_cost
    if CURRENCY.search(view.value_text):
        assert with_money


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
        "list[str]": list,
    }
    for field in fields(view):
        assert isinstance(getattr(view, field.name), allowed[str(field.type)])

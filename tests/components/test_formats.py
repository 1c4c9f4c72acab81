"""Numbers, money, dates and durations in a customer's locale and zone."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from billing_ui_components.formats import Formats, parse_locale
from billing_ui_components.labels import GERMAN, Labels

NOW = datetime(2026, 11, 24, 14, 2, 7, tzinfo=UTC)
EN = Formats("en-US", "UTC", Labels())
DE = Formats("de-DE", "Europe/Berlin", GERMAN)


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [
        ("0", 6, "0"),
        ("-0.0", 6, "0"),
        ("1200.50", 6, "1,200.5"),
        ("1E+3", 6, "1,000"),
        ("0.000001", 6, "0.000001"),
        ("0.000000001", 9, "0.000000001"),
        ("9.999", 2, "9.99"),
        ("-0.001", 2, "0"),
        ("-1234.5", 1, "-1,234.5"),
        ("9223372036854775807", 0, "9,223,372,036,854,775,807"),
        ("18446744073709551614.000000001", 9, "18,446,744,073,709,551,614.000000001"),
    ],
)
def test_numbers_are_exact_and_cut_to_the_scale(value: str, scale: int, text: str) -> None:
    assert EN.number(Decimal(value), scale) == text


@pytest.mark.parametrize(
    ("locale", "text"),
    [("de-DE", "1.234.567,5"), ("fr-FR", "1\u202f234\u202f567,5"), ("hi-IN", "12,34,567.5"), ("de-CH", "1’234’567.5")],
)
def test_numbers_are_grouped_by_the_locale(locale: str, text: str) -> None:
    assert Formats(locale, "UTC", Labels()).number(Decimal("1234567.5"), 6) == text


@pytest.mark.parametrize(
    ("percent", "text"), [("99.999999", "99"), ("86.04", "86"), ("0.1", "0"), ("100", "100"), ("1234567", "1,234,567")]
)
def test_percentages_are_floored_and_never_wrap(percent: str, text: str) -> None:
    assert EN.percent(Decimal(percent)) == f"{text}\u00a0%"


def test_percentages_look_as_the_locale_has_them_where_the_labels_do_not_speak_it() -> None:
    assert Formats("tr-TR", "UTC", Labels()).percent(Decimal(86)) == "%86"
    assert Formats("en-GB", "UTC", Labels()).percent(Decimal(86)) == "86\u00a0%"


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "full", "trimmed"),
    [
        ("29", "USD", "en-US", "$29.00", "$29"),
        ("2.01", "USD", "en-US", "$2.01", "$2.01"),
        ("2.50", "USD", "en-US", "$2.50", "$2.50"),
        ("2900", "JPY", "en-US", "¥2,900", "¥2,900"),
        # Not the wide sign that Japanese letters have.
        ("2900", "JPY", "ja-JP", "¥2,900", "¥2,900"),
        ("29.125", "KWD", "en-US", "KWD\u00a029.125", "KWD\u00a029.125"),
        ("29", "KWD", "en-US", "KWD\u00a029.000", "KWD\u00a029"),
        ("1234", "EUR", "de-DE", "1.234,00\u00a0€", "1.234\u00a0€"),
        ("0", "USD", "en-US", "$0.00", "$0"),
    ],
)
def test_money_has_the_currencys_decimals(amount: str, currency: str, locale: str, full: str, trimmed: str) -> None:
    """Asked for: currencies without decimals."""
    formats = Formats(locale, "UTC", Labels())
    assert formats.money(Decimal(amount), currency) == full
    assert formats.money(Decimal(amount), currency, trim=True) == trimmed


@pytest.mark.parametrize("amount", ["29", "0.5", "0.002"])
def test_where_one_reads_from_the_right_a_sign_stays_after_its_letters(amount: str) -> None:
    """A mark of the direction ends the letters and the sign together; browsers show "$US" without it."""
    arabic = Formats("ar-KW", "UTC", Labels())
    for currency, sign in {"USD": "US$\u200e", "JPY": "JP\xa5\u200e", "EUR": "€", "KWD": "د.ك.\u200f"}.items():
        written = (arabic.unit_price(Decimal(amount), currency), arabic.money(Decimal(amount), currency))
        assert [text.rpartition("\xa0")[2].rstrip("\u2069") for text in written] == [sign, sign]


def test_among_japanese_words_the_yen_sign_is_a_wide_one() -> None:
    assert Formats("ja-JP", "UTC", Labels(language="ja")).money(Decimal(2900), "JPY") == "\uffe52,900"


def test_what_is_written_from_the_right_stands_apart_among_words_from_the_left() -> None:
    """Else "29 a month, 20 less than Pro" would begin at the right, its words in another order than its amounts."""
    first = datetime(2026, 12, 1, tzinfo=UTC)
    written = {}
    for language in ("en", "ar"):
        labels = Labels(language=language, date_format="", time_format="")
        formats = Formats("ar-KW", "UTC", labels)
        money = formats.money(Decimal(29), "KWD"), formats.unit_price(Decimal("0.0002"), "KWD")
        written[language] = (*money, formats.date(first, NOW), formats.time(first))
    assert len(written["en"]) == len(written["ar"]) == 4
    for apart, plain in zip(written["en"], written["ar"], strict=True):
        assert apart == f"\u2068{plain}\u2069"
        assert not {"\u2068", "\u2069"} & set(plain)


def test_short_dates_name_the_year_when_it_is_another() -> None:
    assert EN.date(datetime(2026, 12, 1, tzinfo=UTC), NOW) == "1 Dec"
    assert EN.date(datetime(2027, 1, 1, tzinfo=UTC), NOW) == "1 Jan 2027"
    assert DE.date(datetime(2026, 12, 1, tzinfo=UTC), NOW) == "1. Dez."
    assert DE.date(datetime(2026, 12, 31, 23, tzinfo=UTC), NOW) == "1. Jan. 2027"


def test_dates_follow_the_locale_where_the_labels_do_not_speak_it() -> None:
    assert Formats("ja-JP", "UTC", Labels()).date(datetime(2026, 12, 1, tzinfo=UTC), NOW) == "12月1日"
    assert Formats("ja-JP", "UTC", Labels()).date(datetime(2027, 1, 1, tzinfo=UTC), NOW) == "2027年1月1日"


def test_a_host_chooses_the_date_format() -> None:
    american = Formats("en-US", "UTC", Labels(date_format="MMM d"))
    assert american.date(datetime(2026, 12, 1, tzinfo=UTC), NOW) == "Dec 1"
    cldr = Formats("en-US", "UTC", Labels(date_format="", time_format="", percent_format=""))
    assert (cldr.date(NOW, NOW), cldr.time(NOW), cldr.percent(Decimal(86))) == ("Nov 24", "2:02\u202fPM", "86%")


def test_times_are_those_of_the_customers_zone() -> None:
    assert (EN.time(NOW), EN.time(NOW, seconds=True)) == ("14:02", "14:02:07")
    assert (DE.time(NOW), DE.time(NOW, seconds=True)) == ("15:02", "15:02:07")


def test_a_moment_of_another_day_names_the_day_of_the_customers_zone() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert EN.moment(late, NOW) == "23 Nov, 23:30"
    assert DE.moment(late, NOW) == "00:30"


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(seconds=1), "1 min"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(minutes=59, seconds=1), "60 min"),
        (timedelta(minutes=60), "60 min"),
        (timedelta(minutes=61), "1 h"),
        (timedelta(minutes=90), "2 h"),
        (timedelta(hours=3, minutes=29), "3 h"),
        (timedelta(hours=23, minutes=59), "24 h"),
        (timedelta(hours=24), "1 day"),
        (timedelta(days=7), "7 days"),
        (timedelta(days=1234), "1,234 days"),
    ],
)
def test_durations_use_the_unit_that_one_would_say(left: timedelta, text: str) -> None:
    assert EN.duration(NOW + left, NOW) == text


def test_daylight_saving_does_not_stretch_hours_or_days() -> None:
    """Days in the customer's own time zone, right across daylight saving."""
    berlin = ZoneInfo("Europe/Berlin")
    formats = Formats("en-US", "Europe/Berlin", Labels())
    before, after = datetime(2026, 3, 29, 1, 30, tzinfo=berlin), datetime(2026, 3, 29, 3, 15, tzinfo=berlin)
    assert formats.duration(after, before) == "45 min"
    eve, monday = datetime(2026, 3, 28, 0, 0, tzinfo=berlin), datetime(2026, 3, 30, 0, 0, tzinfo=berlin)
    assert monday.astimezone(UTC) - eve.astimezone(UTC) == timedelta(hours=47)
    assert formats.days_until(monday, eve) == 2


def test_a_day_of_25_hours_still_ends_in_hours_or_tomorrow() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    formats = Formats("en-US", "Europe/Berlin", Labels())
    start, end = datetime(2026, 10, 25, tzinfo=berlin), datetime(2026, 10, 26, tzinfo=berlin)
    assert formats.duration(end, start) == "1 day"
    assert formats.duration(datetime(2026, 10, 25, 23, 59, tzinfo=berlin), start) == "25 h"


@pytest.mark.parametrize(
    ("count", "unit", "text"),
    [
        ("1", "call", "1 call"),
        ("1.0", "call", "1 call"),
        ("0", "call", "0 calls"),
        ("1.5", "call", "1.5 calls"),
        ("2", "query", "2 queries"),
        ("2", "key", "2 keys"),
        ("2", "batch", "2 batches"),
        ("2", "GB-hour", "2 GB-hours"),
        ("2", "GB", "2 GB"),
        ("2", "MiB", "2 MiB"),
        ("2", "s", "2 s"),
        ("2", "kWh", "2 kWh"),
        ("2", "", "2"),
    ],
)
def test_words_take_a_plural_and_symbols_do_not(count: str, unit: str, text: str) -> None:
    assert EN.quantity(Decimal(count), unit, 6) == text


def test_a_host_overrides_a_plural() -> None:
    formats = Formats("en-US", "UTC", Labels(unit_plurals={"person": "people"}))
    assert [formats.unit(Decimal(count), "person") for count in (1, 2)] == ["person", "people"]


def test_units_are_translated_with_their_forms() -> None:
    assert [DE.unit(Decimal(count), "call") for count in (1, 2)] == ["Aufruf", "Aufrufe"]
    assert DE.quantity(Decimal(2), "call", 0, of=True) == "2 Aufrufen"
    assert DE.quantity(Decimal(1), "call", 0, of=True) == "1 Aufruf"
    assert DE.quantity(Decimal(2), "widget", 0) == "2 widget"


def test_plurals_are_those_of_the_labels_language() -> None:
    """French calls 0 singular; English words beside a French number do not."""
    assert Formats("fr-FR", "UTC", Labels()).quantity(Decimal(0), "call", 0) == "0 calls"


def test_a_language_with_more_plural_forms_adds_them() -> None:
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Polish(Labels):
        language: str = "pl"
        day_one: str = "{count} dzień"
        day_other: str = "{count} dnia"
        day_many: str = "{count} dni"

    formats = Formats("pl-PL", "UTC", Polish())
    assert [formats.duration(NOW + timedelta(days=days), NOW) for days in (1, 3, 5)] == ["1 dzień", "3 dnia", "5 dni"]


@pytest.mark.parametrize("tag", ["", "xx", "en-XX", "en_US", "english", "es-FR", "en-US-u-nu-latn", "../en"])
def test_an_unknown_locale_is_refused_by_name(tag: str) -> None:
    with pytest.raises(ValueError, match="unknown locale"):
        Formats(tag, "UTC", Labels())


@pytest.mark.parametrize("tag", ["und", "und-US", "root"])
def test_a_locale_without_a_language_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="names no language"):
        Formats(tag, "UTC", Labels())


@pytest.mark.parametrize(
    ("tag", "locale"), [("zh-Hant-TW", "zh_Hant_TW"), ("EN-us", "en_US"), ("de", "de"), ("es-419", "es_419")]
)
def test_tags_of_every_shape_are_understood(tag: str, locale: str) -> None:
    assert str(parse_locale(tag)) == locale


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "Europe", "/etc/localtime", "../UTC", "UTC\0"])
def test_an_unknown_zone_is_refused_by_name(zone: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        Formats("en-US", zone, Labels())


def test_labels_in_an_unknown_language_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown locale 'xx'"):
        Formats("en-US", "UTC", Labels(language="xx"))

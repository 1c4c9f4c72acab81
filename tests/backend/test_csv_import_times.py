"""Times in imported files: what is read, and what is refused."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_ui_backend import InvalidRequest, InvalidTimestamp
from billing_ui_backend.csv_times import parse_time, parse_zone

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2023-11-16T18:17:03Z", datetime(2023, 11, 16, 18, 17, 3, tzinfo=UTC)),
        ("2023-11-16t18:17:03z", datetime(2023, 11, 16, 18, 17, 3, tzinfo=UTC)),
        ("2023-11-16 18:17:03 UTC", datetime(2023, 11, 16, 18, 17, 3, tzinfo=UTC)),
        ("2023-11-16T18:17:03+05:30", datetime(2023, 11, 16, 12, 47, 3, tzinfo=UTC)),
        ("2023-11-16 18:17:03 -0800", datetime(2023, 11, 17, 2, 17, 3, tzinfo=UTC)),
        ("2023-11-16 18:17:03+01", datetime(2023, 11, 16, 17, 17, 3, tzinfo=UTC)),
        ("2023-11-16 18:17:03.97", datetime(2023, 11, 16, 17, 17, 3, 970_000, tzinfo=UTC)),
        ("2023-11-16 18:17:03,970", datetime(2023, 11, 16, 17, 17, 3, 970_000, tzinfo=UTC)),
        ("2023-11-16 18:17", datetime(2023, 11, 16, 17, 17, tzinfo=UTC)),
        ("2023-11-16", datetime(2023, 11, 15, 23, tzinfo=UTC)),
        ("1700158623", datetime(2023, 11, 16, 18, 17, 3, tzinfo=UTC)),
        ("1700158623.25", datetime(2023, 11, 16, 18, 17, 3, 250_000, tzinfo=UTC)),
        ("1700158623250", datetime(2023, 11, 16, 18, 17, 3, 250_000, tzinfo=UTC)),
        ("1700158623250001", datetime(2023, 11, 16, 18, 17, 3, 250_001, tzinfo=UTC)),
    ],
)
def test_a_time_without_an_offset_is_in_the_zone_of_the_import(text: str, instant: datetime) -> None:
    assert parse_time(text, BERLIN) == instant


def test_what_is_finer_than_a_microsecond_is_cut_off_and_not_rounded() -> None:
    assert parse_time("2023-11-16 18:17:03.9999999", UTC) == datetime(2023, 11, 16, 18, 17, 3, 999_999, tzinfo=UTC)
    assert parse_time("1700158623.9999999", UTC) == datetime(2023, 11, 16, 18, 17, 3, 999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "16.11.2023",
        "11/16/2023 18:17",
        "2023-02-29",
        "2023-11-16 24:00",
        "2023-11-16 18:17:60",
        "2023-11-16 18:17:03+25:00",
        "2023-11-16 18:17:03+01:60",
        "2023-11-16Z",
        "2023-11-16 18:17:03\n",
        "٢٠٢٣-١١-١٦",
        "0001-01-01 00:00+14:00",
        "9999-12-31 23:59-11:00",
        "20231116",
        "20231116181703",
        "170015862",
        "1700158623250.5",
        "45246.76",
    ],
)
def test_another_time_is_refused_with_the_text_in_the_message(text: str) -> None:
    with pytest.raises(InvalidTimestamp, match="time '"):
        parse_time(text, UTC)


def test_a_time_that_the_clocks_skipped_is_refused() -> None:
    with pytest.raises(InvalidTimestamp, match="does not exist in Europe/Berlin"):
        parse_time("2024-03-31 02:30:00", BERLIN)
    assert parse_time("2024-03-31 02:30:00+01:00", BERLIN) == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)


def test_a_time_that_happened_twice_is_the_first() -> None:
    assert parse_time("2024-10-27 02:30:00", BERLIN) == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


def test_a_day_whose_midnight_the_clocks_skipped_begins_at_one() -> None:
    sao_paulo = ZoneInfo("America/Sao_Paulo")
    assert parse_time("2018-11-04", sao_paulo) == datetime(2018, 11, 4, 3, tzinfo=UTC)
    assert parse_time("2018-11-04", sao_paulo).astimezone(sao_paulo).hour == 1


def test_an_unknown_zone_is_refused_by_name() -> None:
    for name in ("Europe/Atlantis", "", "../etc/passwd", "/etc/passwd"):
        with pytest.raises(InvalidRequest, match="zone"):
            parse_zone(name)


@given(
    instant=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    minutes=st.integers(-14 * 60, 14 * 60),
)
def test_any_instant_written_in_iso_8601_is_read_as_it_is(instant: datetime, minutes: int) -> None:
    offset = timedelta(minutes=minutes)
    sign, size = ("-" if minutes < 0 else "+"), abs(minutes)
    written = (instant + offset).replace(tzinfo=None).isoformat() + f"{sign}{size // 60:02}:{size % 60:02}"
    assert parse_time(written, BERLIN) == instant
    assert parse_time((instant + offset).replace(tzinfo=None).isoformat(" "), UTC) == instant + offset

"""Windows of time: they tile the time line without gap or overlap, in every zone, and follow the wall clock."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from billing_ui_backend.clock import from_us, to_us
from billing_ui_backend.periods import DEFAULT_ALIGN, HOUR_US, LONGEST_US, Window, window_at
from billing_ui_backend.results import WindowKind

KINDS: tuple[WindowKind, ...] = get_args(WindowKind)
ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("posix/", "right/")))


def local(*parts: int) -> datetime:
    """What a clock on the wall shows."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[arg-type, misc]


INSTANTS = st.datetimes(local(1970, 1, 2), local(2099, 12, 30)).map(lambda at: to_us(at.replace(tzinfo=UTC)))
ALIGNS = st.sampled_from(["calendar", "anniversary"])

# Places and moments where the wall clock does something unusual; each is looked at from two days before to two days after.
ODD = {
    "Pacific/Apia": local(2011, 12, 30),  # a whole day skipped
    "Pacific/Kwajalein": local(1993, 8, 21),  # another one
    "America/St_Johns": local(2010, 11, 7),  # back by an hour at 00:01: midnight twice
    "Australia/Lord_Howe": local(2026, 4, 5),  # half an hour
    "America/Sao_Paulo": local(2018, 11, 4),  # no midnight
    "Africa/Cairo": local(2023, 4, 28),  # no midnight
    "America/Havana": local(2023, 11, 5),  # 00:00 to 01:00 twice
    "America/New_York": local(2026, 3, 8),
    "Europe/Dublin": local(2026, 10, 25),
    "Africa/Casablanca": local(2026, 2, 15),
    "Asia/Kathmandu": local(1986, 1, 1),  # a quarter of an hour, at midnight
    "Africa/Monrovia": local(1972, 1, 7),  # 44 min 30 s
    "Antarctica/Troll": local(2026, 3, 29),  # two hours
}


@st.composite
def odd_moments(draw: st.DrawFn) -> tuple[str, int]:
    zone = draw(st.sampled_from(sorted(ODD)))
    around = draw(st.integers(-2 * 86_400_000_000, 2 * 86_400_000_000))
    return zone, to_us(ODD[zone].replace(tzinfo=ZoneInfo(zone))) + around


PLACES = st.one_of(st.tuples(st.sampled_from(ZONES), INSTANTS), odd_moments())


def wall(us: int, zone: str) -> datetime:
    return from_us(us).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def us(year: int, month: int, day: int, hour: int = 0, minute: int = 0, *, zone: str = "UTC") -> int:
    return to_us(datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)))


def exists(shown: datetime, zone: str) -> bool:
    """Whether the wall clock ever shows this time."""
    return wall(to_us(shown.replace(tzinfo=ZoneInfo(zone))), zone) == shown


@settings(max_examples=300)
@given(PLACES, INSTANTS, st.sampled_from(KINDS), ALIGNS)
@example(("Pacific/Apia", us(2011, 12, 31, zone="Pacific/Apia")), us(2011, 1, 30), "day", "calendar")
@example(("America/St_Johns", us(2010, 11, 7, 4)), us(2010, 1, 1), "day", "calendar")
@example(("UTC", us(2024, 2, 29)), us(2024, 2, 29), "year", "anniversary")
def test_windows_tile_the_time_line(place: tuple[str, int], anchor: int, kind: WindowKind, align: Any) -> None:
    zone, at = place

    def window(moment: int) -> Window:
        return window_at(kind, align, moment, anchor_us=anchor, zone=zone)

    here = window(at)
    assert here.start_us <= at < here.end_us
    assert window(here.start_us) == here == window(here.end_us - 1)
    if kind != "never":
        assert here.end_us - here.start_us <= LONGEST_US[kind]
        assert window(here.end_us).start_us == here.end_us
        assert window(here.start_us - 1).end_us == here.start_us


@settings(max_examples=300)
@given(PLACES, st.sampled_from(["day", "week", "month", "year"]))
def test_a_calendar_window_begins_when_the_wall_clock_first_reaches_its_boundary(
    place: tuple[str, int], kind: WindowKind
) -> None:
    zone, at = place
    found = window_at(kind, "calendar", at, anchor_us=0, zone=zone)

    def name(moment: int) -> tuple[int, ...]:
        day = wall(moment, zone).date()
        return {
            "day": (day.toordinal(),),
            "week": ((day - timedelta(days=day.weekday())).toordinal(),),
            "month": (day.year, day.month),
            "year": (day.year,),
        }[kind]

    # It may show the day before once more, where the clock goes back over midnight, but never one that follows.
    assert name(found.start_us - 1) < name(found.start_us) < name(found.end_us)
    assert name(at) <= name(found.start_us)
    assert name(found.end_us - 1) <= name(found.start_us)


@settings(max_examples=300)
@given(PLACES, INSTANTS, st.sampled_from(["month", "year"]))
@example(("UTC", us(2026, 2, 28, 5)), us(2026, 1, 31), "month")
@example(("Europe/Berlin", us(2025, 2, 28, 23)), us(2024, 2, 29, 12), "year")
def test_an_anniversary_keeps_the_anchors_wall_clock_and_clamps_the_day(
    place: tuple[str, int], anchor: int, kind: WindowKind
) -> None:
    zone, at = place
    start = wall(window_at(kind, "anniversary", at, anchor_us=anchor, zone=zone).start_us, zone)
    origin = wall(anchor, zone)
    month = start.month if kind == "month" else origin.month
    day = min(origin.day, calendar.monthrange(start.year, month)[1])
    meant = datetime.combine(date(start.year, month, day), origin.time())
    if exists(meant, zone):
        assert start == meant
    else:
        assert timedelta(0) < start - meant <= timedelta(days=1)


@pytest.mark.parametrize("kind", ["day", "week", "month", "year"])
def test_midnight_monday_the_first_and_new_year(kind: WindowKind) -> None:
    at = us(2026, 11, 18, 17, 30, zone="Asia/Tokyo")
    starts = {"day": (11, 18), "week": (11, 16), "month": (11, 1), "year": (1, 1)}
    ends = {"day": us(2026, 11, 19, zone="Asia/Tokyo"), "week": us(2026, 11, 23, zone="Asia/Tokyo")}
    ends |= {"month": us(2026, 12, 1, zone="Asia/Tokyo"), "year": us(2027, 1, 1, zone="Asia/Tokyo")}
    found = window_at(kind, "calendar", at, anchor_us=us(2026, 3, 5), zone="Asia/Tokyo")
    assert found == Window(kind, us(2026, *starts[kind], zone="Asia/Tokyo"), ends[kind])


def test_a_month_from_the_31st_ends_on_the_last_day_and_does_not_drift() -> None:
    anchor = us(2026, 1, 31, 9)
    at = anchor
    starts = []
    for _ in range(15):
        window = window_at("month", "anniversary", at, anchor_us=anchor, zone="UTC")
        starts.append(wall(window.start_us, "UTC"))
        at = window.end_us
    assert [(start.month, start.day) for start in starts] == [
        (1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30), (7, 31), (8, 31), (9, 30), (10, 31), (11, 30), (12, 31),
        (1, 31), (2, 28), (3, 31),
    ]  # fmt: skip
    assert {start.time() for start in starts} == {time(9)}


def test_a_year_from_a_leap_day_returns_to_it() -> None:
    anchor = us(2024, 2, 29)
    days = []
    for year in range(2024, 2030):
        window = window_at("year", "anniversary", us(year, 6, 1), anchor_us=anchor, zone="UTC")
        days.append(wall(window.start_us, "UTC").date())
    assert days == [
        date(2024, 2, 29),
        *(date(year, 2, 28) for year in (2025, 2026, 2027)),
        date(2028, 2, 29),
        date(2029, 2, 28),
    ]


def test_windows_before_the_anchor_count_backwards() -> None:
    window = window_at("month", "anniversary", us(2026, 1, 1), anchor_us=us(2026, 3, 31), zone="UTC")
    assert window == Window("month", us(2025, 12, 31), us(2026, 1, 31))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", (2026, 3, 8), 23),
        ("America/New_York", (2026, 11, 1), 25),
        ("Australia/Lord_Howe", (2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", (2026, 10, 4), 23.5),
        ("Antarctica/Troll", (2026, 3, 29), 22),
        ("Pacific/Apia", (2011, 12, 29), 24),
        ("Pacific/Apia", (2011, 12, 31), 24),
        ("America/Havana", (2023, 11, 5), 25),
        ("America/Sao_Paulo", (2018, 11, 4), 23),
        ("America/St_Johns", (2010, 11, 7), 25),
        ("UTC", (2026, 3, 8), 24),
    ],
)
def test_a_day_is_as_long_as_the_wall_clock_makes_it(zone: str, day: tuple[int, int, int], hours: float) -> None:
    window = window_at("day", "calendar", us(*day, 12, zone=zone), anchor_us=0, zone=zone)
    assert (window.end_us - window.start_us) / HOUR_US == hours


def test_the_day_that_samoa_skipped_has_no_window() -> None:
    eve = window_at("day", "calendar", us(2011, 12, 29, 20, zone="Pacific/Apia"), anchor_us=0, zone="Pacific/Apia")
    after = window_at("day", "calendar", eve.end_us, anchor_us=0, zone="Pacific/Apia")
    assert wall(eve.start_us, "Pacific/Apia") == local(2011, 12, 29)
    assert wall(after.start_us, "Pacific/Apia") == local(2011, 12, 31)


def test_a_month_anchored_in_the_skipped_day_begins_when_it_is_over() -> None:
    anchor = us(2011, 10, 30, 15, zone="Pacific/Apia")
    at = us(2012, 1, 5, zone="Pacific/Apia")
    window = window_at("month", "anniversary", at, anchor_us=anchor, zone="Pacific/Apia")
    assert wall(window.start_us, "Pacific/Apia") == local(2011, 12, 31)
    assert wall(window.end_us, "Pacific/Apia") == local(2012, 1, 30, 15)


def test_midnight_that_happens_twice_counts_the_first_time() -> None:
    zone = "America/St_Johns"
    first = to_us(datetime(2010, 11, 7, 0, 0, tzinfo=ZoneInfo(zone), fold=0))
    second = to_us(datetime(2010, 11, 7, 0, 0, tzinfo=ZoneInfo(zone), fold=1))
    assert second - first == HOUR_US
    window = window_at("day", "calendar", second - 1, anchor_us=0, zone=zone)
    assert window.start_us == first
    assert wall(second - 1, zone).date() == date(2010, 11, 6)


def test_a_skipped_midnight_begins_the_day_after_the_gap() -> None:
    window = window_at(
        "day", "calendar", us(2018, 11, 4, 12, zone="America/Sao_Paulo"), anchor_us=0, zone="America/Sao_Paulo"
    )
    assert wall(window.start_us, "America/Sao_Paulo") == local(2018, 11, 4, 1)


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_hours_are_real_hours_of_utc_in_every_zone(zone: str) -> None:
    window = window_at("hour", "calendar", us(2026, 4, 4, 15, 20), anchor_us=us(2026, 1, 1, 0, 7), zone=zone)
    assert window == Window("hour", us(2026, 4, 4, 15), us(2026, 4, 4, 16))


def test_an_hour_can_be_counted_from_the_anchor() -> None:
    window = window_at("hour", "anniversary", us(2026, 4, 4, 15, 5), anchor_us=us(2026, 1, 1, 0, 7), zone="UTC")
    assert window == Window("hour", us(2026, 4, 4, 14, 7), us(2026, 4, 4, 15, 7))


def test_never_has_no_ends() -> None:
    window = window_at("never", "calendar", us(2026, 1, 1), anchor_us=0, zone="UTC")
    assert (window.start, window.end) == (None, None)
    assert window == window_at("never", "calendar", us(1970, 1, 1), anchor_us=us(2030, 1, 1), zone="Asia/Tokyo")


def test_hour_day_and_week_follow_the_calendar_month_and_year_the_anniversary_unless_told_otherwise() -> None:
    calendar_kinds = {kind for kind, align in DEFAULT_ALIGN.items() if align == "calendar"}
    assert calendar_kinds == {"hour", "day", "week", "never"}


def test_times_travel_through_integers_exactly() -> None:
    at = datetime(2026, 3, 10, 12, 0, 0, 123_457, tzinfo=UTC)
    assert from_us(to_us(at)) == at
    assert to_us(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
    with pytest.raises(ValueError, match="no zone"):
        to_us(local(2026, 3, 10))

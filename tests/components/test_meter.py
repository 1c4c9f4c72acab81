"""The meter's view model, state by state."""

import json
from dataclasses import FrozenInstanceError, asdict, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing_ui_backend.results import MissingFeature, Subscription, UsageMetric
from billing_ui_components.labels import GERMAN, Labels
from billing_ui_components.meter import MeterView, Thresholds, WindowView, derive_meter
from tests.support.metrics import DECEMBER, NEXT_HOUR, NOVEMBER, NOW, THIS_HOUR, level, usage_metric, window_usage


def derive(metric: UsageMetric | None, now: datetime = NOW, **options: Any) -> MeterView:
    return derive_meter(metric, now, Labels(), "en-US", **options)


def subscription(status: Any, **rest: Any) -> Subscription:
    return Subscription("pro", "Pro", status, starts_at=NOVEMBER, anchor=NOVEMBER, **rest)


def words(view: MeterView) -> list[str]:
    """A card's texts, as one reads them."""
    figure = f"{view.consumed_text} {view.amount_text}".strip()
    return [view.status_text, figure, view.note_text, view.action_text or view.reset_text]


HOUR = {"window": "hour", "start": THIS_HOUR, "end": NOW + timedelta(minutes=12)}

PICTURED = {
    "API calls": (
        usage_metric("8604", "10000"),
        ["Near limit", "8,604 of 10,000 calls", "1,396 left", "Resets in 7 days, 1 Dec"],
        ("near", "near", "triangle", "86.04%"),
    ),
    "GPU time": (
        usage_metric("1200.5", "1000", title="GPU time", unit="s", enforcement="soft", overage_cost="2.01"),
        ["Over by 20\u00a0%", "1,200.5 of 1,000 s included", "200.5 s over, about $2.01", "Resets 1 Dec"],
        ("over_soft", "critical", "diamond", "83.29%"),
    ),
    "Storage": (
        level("3.42", "10", title="Storage", unit="GB"),
        ["Good", "3.42 of 10 GB", "6.58 GB left", "Does not reset"],
        ("normal", "good", "disc", "34.2%"),
    ),
    "Team members": (
        level("5", "5"),
        ["Limit reached", "5 of 5 members", "Remove one or upgrade", "Does not reset"],
        ("at_limit", "critical", "square", "100%"),
    ),
    "Emails sent": (
        usage_metric("48210", None, title="Emails sent", unit="email"),
        ["Unlimited", "48,210 emails this month", "No limit on your plan", "Resets 1 Dec"],
        ("unlimited", "neutral", "infinity", "0%"),
    ),
    "Builds": (
        usage_metric("17", "20", title="Builds", unit="build", others=[window_usage("220", "1000")], **HOUR),
        ["Near hour limit", "17 of 20 an hour", "220 of 1,000 this month", "Resets in 12 min"],
        ("near", "near", "triangle", "85%"),
    ),
}


@pytest.mark.parametrize("title", PICTURED)
def test_cards_say_what_the_pictures_say(title: str) -> None:
    metric, texts, look = PICTURED[title]
    view = derive(metric)
    assert words(view) == texts
    assert (view.state, view.tone, view.shape, view.width) == look


def test_a_metered_feature_that_the_plan_lacks_names_the_plan_that_has_it() -> None:
    view = derive(None, not_included=MissingFeature("files", "Files processed", "pro", "Pro"))
    assert words(view) == ["Not included", "Available from Pro", "", "Compare plans"]
    assert (view.feature_key, view.feature_title, view.state, view.shape) == (
        "files",
        "Files processed",
        "not_included",
        "ring",
    )
    assert (view.action, view.has_bar, view.has_meter, view.limit) == ("compare", False, False, 0.0)


def test_a_feature_that_no_plan_has_offers_no_comparison() -> None:
    view = derive(None, not_included=MissingFeature("files", "Files processed", None, None))
    assert (view.amount_text, view.action, view.action_text) == ("Not in any plan", "", "")


def test_a_stale_meter_keeps_the_last_number_grey_and_offers_another_try() -> None:
    """Asked for most: stale numbers that look current."""
    metric = usage_metric("812", "2000", title="Webhooks", unit="webhook")
    view = derive(metric, stale_since=datetime(2026, 11, 24, 13, 58, tzinfo=UTC))
    assert words(view) == ["Stale", "812 of 2,000", "Could not refresh since 13:58", "Try again"]
    assert (view.tone, view.shape, view.action, view.stale) == ("neutral", "dashed", "retry", True)
    assert (view.state, view.width, view.consumed, view.has_meter) == ("normal", "40.6%", 812.0, True)
    assert view.reset_text == ""
    assert "Could not refresh since 13:58" in view.value_text


def test_stale_since_another_day_says_which() -> None:
    view = derive(usage_metric("1", "2"), stale_since=datetime(2026, 11, 22, 13, 58, tzinfo=UTC))
    assert view.note_text == "Could not refresh since 22 Nov, 13:58"


@pytest.mark.parametrize(
    ("status", "state", "said"),
    [
        ("signed_out", "signed_out", ["Not signed in", "", "Sign in to see your usage", ""]),
        ("loading", "loading", ["Loading", "", "", ""]),
        ("error", "error", ["Unavailable", "", "Could not load usage", "Try again"]),
        ("ready", "empty", ["Nothing to show", "", "Your plan has no metered features", ""]),
    ],
)
def test_without_numbers_the_state_is_told_apart_and_no_zero_is_shown(status: Any, state: str, said: list[str]) -> None:
    """UsageDisplay: error and empty look different; 0 is not shown while loading."""
    view = derive(None, status=status, feature_key="bandwidth", feature_title="Bandwidth")
    assert words(view) == said
    assert (view.state, view.feature_key, view.feature_title) == (state, "bandwidth", "Bandwidth")
    assert (view.tone, view.has_bar, view.has_meter) == ("neutral", False, False)


@pytest.mark.parametrize("status", ["signed_out", "loading", "error"])
def test_a_status_other_than_ready_shows_no_number_of_a_metric(status: Any) -> None:
    view = derive(usage_metric("86", "100"), status=status)
    assert (view.consumed_text, view.consumed, view.state) == ("", 0.0, status)


@pytest.mark.parametrize(
    ("used", "limit", "state", "percent", "width"),
    [
        ("0", "1000", "normal", "0", "0%"),
        ("500", "1000", "normal", "50", "50%"),
        ("749.999999", "1000", "normal", "74", "74.99%"),
        ("750", "1000", "near", "75", "75%"),
        ("800", "1000", "near", "80", "80%"),
        ("899.999999", "1000", "near", "89", "89.99%"),
        ("900", "1000", "critical", "90", "90%"),
        ("999", "1000", "critical", "99", "99.9%"),
        ("999.999999", "1000", "critical", "99", "99.99%"),
        ("1000", "1000", "at_limit", "100", "100%"),
        ("0.000001", "1000", "normal", "0", "0%"),
        ("0.000001", "0.000001", "at_limit", "100", "100%"),
    ],
)
def test_states_follow_exact_thresholds(used: str, limit: str, state: str, percent: str, width: str) -> None:
    """999 of 1,000 never shows "100 % used"; green below 75 %, yellow from 75, red from 90."""
    view = derive(usage_metric(used, limit))
    assert (view.state, view.percentage_text, view.width) == (state, f"{percent}\u00a0%", width)
    assert (view.over_width, view.mark) == ("0%", "")


@pytest.mark.parametrize(
    ("used", "percent", "within", "over"), [("1200", "120", "83.33%", "16.67%"), ("3530", "353", "28.32%", "71.68%")]
)
@pytest.mark.parametrize("enforcement", ["hard", "soft"])
def test_over_either_limit_the_bar_is_to_scale_with_the_limit_in_it(
    used: str, percent: str, within: str, over: str, enforcement: str
) -> None:
    """Theirs clamps at 100 %; a hard limit is passed when it was lowered."""
    view = derive(usage_metric(used, "1000", enforcement=enforcement))
    assert (view.width, view.held_width, view.over_width, view.mark) == (within, "0%", over, within)
    assert (view.percentage_text, view.state, view.enforcement) == (
        f"{percent}\u00a0%",
        f"over_{enforcement}",
        enforcement,
    )


@pytest.mark.parametrize(("enforcement", "mark"), [("soft", "100%"), ("hard", "")])
def test_a_soft_limit_is_marked_before_it_is_passed(enforcement: str, mark: str) -> None:
    """Soft and hard told apart without colour: the one can be passed, the other is the end."""
    view = derive(usage_metric("600", "1000", enforcement=enforcement))
    assert (view.mark, view.over_width, view.enforcement) == (mark, "0%", enforcement)


def test_thresholds_are_settable_and_exact() -> None:
    thresholds = Thresholds(near=Decimal("33.3"), critical=50)
    assert derive(usage_metric("332", "1000"), thresholds=thresholds).state == "normal"
    assert derive(usage_metric("333", "1000"), thresholds=thresholds).state == "near"
    assert derive(usage_metric("500", "1000"), thresholds=thresholds).state == "critical"


@pytest.mark.parametrize(("near", "critical"), [("74.999", "90"), ("75", "90.001")])
def test_thresholds_finer_than_a_floored_percentage_are_refused(near: str, critical: str) -> None:
    with pytest.raises(ValueError, match="two decimals at most"):
        Thresholds(near=Decimal(near), critical=Decimal(critical))


@pytest.mark.parametrize(
    ("used", "words"),
    [
        ("100", ["Good", "Near limit", "Almost at limit"]),
        ("999", ["Good", "Near limit", "Almost at limit"]),
        ("1000", []),
        ("1200", []),
    ],
)
def test_the_words_of_all_bands_are_there_where_thresholds_decide(used: str, words: list[str]) -> None:
    view = derive(usage_metric(used, "1000"))
    assert view.band_texts == words
    if words:
        assert view.value_text == f"{used} of 1,000 calls. {view.status_text}. " + view.details_text.split(". ", 1)[1]
    assert derive(usage_metric(used, "1000"), stale_since=NOW).band_texts == []
    assert derive(usage_metric(used, "1000"), subscription=subscription("paused")).band_texts == []


@pytest.mark.parametrize(("near", "critical"), [(0, 90), (-1, 90), (91, 90), (75, 101)])
def test_thresholds_out_of_order_are_refused(near: int, critical: int) -> None:
    with pytest.raises(ValueError, match="0 < near <= critical <= 100"):
        Thresholds(near=near, critical=critical)


@pytest.mark.parametrize("used", ["0", "42"])
def test_unlimited_has_no_bar_and_no_made_up_limit(used: str) -> None:
    """Theirs: unlimited reads "42 of 0" or crashes."""
    view = derive(usage_metric(used, None, unit="call"))
    assert (view.consumed_text, view.amount_text) == (used, "calls this month")
    assert (view.limit, view.remaining, view.percentage_used, view.percentage_text) == (None, None, 0.0, "")
    assert (view.limit_text, view.remaining_text) == ("unlimited", "unlimited")
    assert (view.has_bar, view.has_meter, view.state) == (False, False, "unlimited")


def test_an_unlimited_level_speaks_of_no_period() -> None:
    assert words(derive(level("1", None)))[1:] == ["1 member", "No limit on your plan", "Does not reset"]


@pytest.mark.parametrize(
    ("used", "width", "over_width", "status", "percent"),
    [
        ("1200", "83.33%", "16.67%", "Over by 20\u00a0%", "120\u00a0%"),
        ("3530", "28.32%", "71.68%", "Over by 253\u00a0%", "353\u00a0%"),
        ("1000.000001", "99.99%", "0.01%", "Over limit", "100\u00a0%"),
        ("1010", "99%", "1%", "Over by 1\u00a0%", "101\u00a0%"),
        ("1009.999999", "99%", "1%", "Over limit", "100\u00a0%"),
        ("1000000000", "0%", "100%", "Over by 99,999,900\u00a0%", "100,000,000\u00a0%"),
    ],
)
def test_over_a_soft_limit_the_width_is_the_usage_and_the_limit_a_mark(
    used: str, width: str, over_width: str, status: str, percent: str
) -> None:
    """Theirs clamps at 100 %; asked for: over 100 % the true figure and its cost."""
    view = derive(usage_metric(used, "1000", enforcement="soft"))
    assert (view.width, view.over_width, view.mark) == (width, over_width, width)
    assert (view.status_text, view.percentage_text, view.state) == (status, percent, "over_soft")
    assert (view.meter_now, view.meter_max) == (float(used), float(used))


def test_a_cost_is_named_only_where_there_is_a_price() -> None:
    """Never "billed" without a price."""
    unpriced = derive(usage_metric("1200", "1000", enforcement="soft"))
    priced = derive(usage_metric("1200", "1000", enforcement="soft", overage_cost="0.40"))
    assert unpriced.note_text == "200 over"
    assert priced.note_text == "200 over, about $0.40"


def test_a_soft_limit_just_reached_says_that_use_can_go_on() -> None:
    view = derive(usage_metric("1000", "1000", enforcement="soft"))
    assert words(view)[:3] == ["Limit reached", "1,000 of 1,000 calls included", "0 left, use can go on"]


@pytest.mark.parametrize(
    ("metric", "note"),
    [
        (level("7", "5"), "Remove 2 or upgrade"),
        (level("12.5", "10", title="Storage", unit="GB"), "Remove 2.5 GB or upgrade"),
        (level("10", "10", title="Storage", unit="GB"), "Remove some or upgrade"),
        (usage_metric("1200", "1000"), "200 over"),
        (usage_metric("1000", "1000"), "0 left"),
    ],
)
def test_at_and_over_a_hard_limit_the_note_says_what_would_help(metric: UsageMetric, note: str) -> None:
    assert derive(metric).note_text == note


def test_a_hard_limit_of_zero_is_not_included_until_something_was_used() -> None:
    """Not included = absent = limit 0; usage above a lowered limit stays."""
    unused = derive(usage_metric("0", "0"))
    assert words(unused) == ["Not included", "Not in your plan", "", "Compare plans"]
    assert (unused.state, unused.limit, unused.has_meter) == ("not_included", 0.0, False)
    used = derive(level("3", "0"))
    assert words(used) == ["Over limit", "3 of 0 members", "Remove 3 or upgrade", "Does not reset"]
    assert (used.state, used.over_width, used.percentage_used, used.percentage_text) == ("over_hard", "100%", 100.0, "")


def test_a_soft_limit_of_zero_counts_everything_as_over() -> None:
    unused = derive(usage_metric("0", "0", enforcement="soft", overage_cost="0"))
    assert (unused.state, unused.width, unused.meter_now, unused.meter_max) == ("normal", "0%", 0.0, 1.0)
    used = derive(usage_metric("5", "0", enforcement="soft", overage_cost="0.01"))
    assert (used.width, used.over_width, used.mark) == ("0%", "100%", "0%")
    assert (used.status_text, used.note_text) == ("Over limit", "5 over, about $0.01")


def test_what_is_held_counts_towards_the_limit_and_is_named() -> None:
    view = derive(usage_metric("700", "1000", held="200"))
    assert (view.consumed_text, view.note_text, view.held_text) == ("700", "100 left, 200 held", "200")
    assert (view.state, view.width, view.held_width, view.meter_now) == ("critical", "70%", "20%", 900.0)


@pytest.mark.parametrize(
    ("used", "held", "parts"),
    [
        ("900", "300", ("75%", "8.33%", "16.67%", "83.33%")),
        ("1100", "100", ("83.33%", "0%", "16.67%", "83.33%")),
        ("0", "2000", ("0%", "50%", "50%", "50%")),
        ("500", "500", ("50%", "50%", "0%", "100%")),
    ],
)
def test_what_is_held_is_a_part_of_the_bar(used: str, held: str, parts: tuple[str, ...]) -> None:
    view = derive(usage_metric(used, "1000", held=held, enforcement="soft"))
    assert (view.width, view.held_width, view.over_width, view.mark) == parts


@pytest.mark.parametrize(
    ("used", "status"),
    [("2", "Good"), ("17", "Near hour limit"), ("19", "Almost at hour limit"), ("20", "Hour limit reached")],
)
def test_a_shorter_window_that_binds_is_named_when_it_matters(used: str, status: str) -> None:
    month = window_usage("220", "1000")
    view = derive(usage_metric(used, "20", unit="build", others=[month], **HOUR))
    assert view.status_text == status
    assert view.amount_text == "of 20 builds an hour"
    assert (view.note_text, view.window, view.window_binds) == ("220 of 1,000 this month", "hour", True)
    assert view.windows == [WindowView("month", "220 of 1,000 this month", "22%", "good", 22.0)]


@pytest.mark.parametrize(
    ("held", "month_held", "amount", "note"),
    [
        ("10", "10", "of 20 builds an hour, 10 held", "210 of 1,000 this month, 10 held"),
        ("0", "30", "of 20 builds an hour", "210 of 1,000 this month, 30 held"),
    ],
)
def test_what_is_held_is_told_of_each_window(held: str, month_held: str, amount: str, note: str) -> None:
    """A hold that was made an hour ago is in the month's window only."""
    month = window_usage("210", "1000", held=month_held)
    view = derive(usage_metric("10", "20", unit="build", held=held, others=[month], **HOUR))
    assert (view.amount_text, view.note_text) == (amount, note)
    assert view.value_text == f"10 {amount}. {view.status_text}. {note}. Resets in 12 min"


@pytest.mark.parametrize("labels", [Labels(), GERMAN], ids=["English", "German"])
@pytest.mark.parametrize("window", ["hour", "day", "week", "month", "year"])
def test_the_status_of_a_shorter_window_says_how_near_it_is(labels: Labels, window: Any) -> None:
    """In the dark, on paper or to a screen reader colour and shape say nothing."""
    longer = window_usage("85", "10000", window="never")

    def status(used: str, locale: str = "en-US") -> str:
        metric = usage_metric(used, "100", window=window, others=[longer])
        return derive_meter(metric, NOW, labels, locale).status_text

    texts = [status("50"), status("80"), status("98"), status("100")]
    assert len(set(texts)) == 4
    assert max(map(len, texts)) <= 22, "beside a name on a card of 320 px"
    for text, without_window in zip(texts[1:3], (labels.status_near, labels.status_critical), strict=True):
        assert text.startswith(without_window.rpartition(" ")[0])


def test_a_shorter_window_that_is_over_tells_what_is_held_once() -> None:
    month = window_usage("210", "1000", held="10")
    view = derive(usage_metric("15", "20", held="10", others=[month], **HOUR))
    assert (view.amount_text, view.note_text) == ("of 20 calls an hour, 10 held", "5 over")


def test_what_is_held_and_what_is_owed_of_another_window_are_both_told() -> None:
    month = window_usage("1200", "1000", held="10", enforcement="soft", overage_cost="0.40")
    view = derive(usage_metric("3", "20", others=[month], **HOUR))
    assert view.note_text == "1,200 of 1,000 this month, 10 held, about $0.40"


def test_when_the_longest_window_binds_the_shorter_one_is_drawn_beside_it() -> None:
    hour = window_usage("58", "60", window="hour", start=THIS_HOUR, end=NEXT_HOUR)
    view = derive(usage_metric("860", "1000", others=[hour]))
    assert (view.status_text, view.note_text, view.window_binds) == ("Near limit", "140 left", False)
    assert view.windows == [WindowView("hour", "58 of 60 this hour", "96.66%", "critical", 96.66)]
    assert "58 of 60 this hour" in view.value_text


def test_the_cost_of_a_soft_window_is_told_while_a_hard_one_binds() -> None:
    """Asked for: over 100 % the true figure and its cost."""
    month = window_usage("1200", "1000", enforcement="soft", overage_cost="0.40")
    view = derive(usage_metric("3", "20", others=[month], **HOUR))
    assert (view.state, view.note_text) == ("normal", "1,200 of 1,000 this month, about $0.40")
    assert view.windows == [WindowView("month", "1,200 of 1,000 this month, about $0.40", "100%", "critical", 120.0)]
    day = window_usage("3", "100", window="day")
    beside = derive(usage_metric("3", "20", others=[day, month], **HOUR))
    assert [window.text for window in beside.windows] == [
        "3 of 100 today",
        "1,200 of 1,000 this month, about $0.40",
    ]
    lowered = derive(usage_metric("25", "20", others=[month], **HOUR))
    assert (lowered.note_text, lowered.overage_text) == ("5 over", "5")


@pytest.mark.parametrize(
    ("hour_cost", "month_limit", "month_cost", "note", "other"),
    [
        (None, "50", "5.00", "", "60 of 50 this month, about $5.00"),
        ("0.50", "50", "5.00", "", "60 of 50 this month, about $5.00"),
        ("9.00", "50", "5.00", "50 over, about $9.00", "60 of 50 this month"),
        ("0.50", "50", None, "50 over, about $0.50", "60 of 50 this month"),
        (None, "500", "0.00", "50 over", "60 of 500 this month"),
        (None, "50", None, "50 over", "60 of 50 this month"),
    ],
)
def test_a_cost_stands_with_the_window_that_has_it(
    hour_cost: str | None, month_limit: str, month_cost: str | None, note: str, other: str
) -> None:
    """Of two windows with a price the one that costs most is what is owed: two amounts would read as a sum. A card has room for
    one note, and what is owed is not left out of it."""
    month = window_usage("60", month_limit, enforcement="soft", overage_cost=month_cost)
    hour: dict[str, Any] = {"enforcement": "soft", "overage_cost": hour_cost, **HOUR}
    view = derive(usage_metric("60", "10", others=[month], **hour))
    assert (view.note_text, [window.text for window in view.windows]) == (note or other, [other])
    said = ". ".join(filter(None, (note, other)))
    assert view.value_text == f"60 of 10 calls included an hour. Over by 500\u00a0%. {said}. Resets in 12 min"


def test_what_is_owed_for_a_feature_is_owed_for_its_only_window() -> None:
    metric = usage_metric("1200.5", "1000", enforcement="soft", overage_cost="2.01")
    without = replace(metric.windows[0], overage_cost=None, currency=None)
    assert derive(replace(metric, windows=(without,))).note_text == "200.5 over, about $2.01"


def test_the_highest_percentage_is_that_of_any_window() -> None:
    """useIsApproachingLimit: the same answer as the engine's, which looks at every window."""
    view = derive(usage_metric("3", "60", others=[window_usage("860", "1000")], **HOUR))
    assert (view.percentage_used, view.highest_percentage) == (5.0, 86.0)
    assert derive(usage_metric("3", None)).highest_percentage == 0.0


def test_an_unlimited_window_is_told_but_has_no_bar() -> None:
    view = derive(usage_metric("17", "20", others=[window_usage("220", None)], **HOUR))
    assert (view.note_text, view.windows) == ("220 this month", [])


def test_of_two_windows_of_a_kind_only_the_one_that_binds_is_left_out() -> None:
    soft = window_usage("850", "800", enforcement="soft")
    view = derive(usage_metric("850", "1000", others=[soft]))
    assert [window.text for window in view.windows] == ["850 of 800 this month"]
    assert view.windows[0].width == "100%"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("paused", ["Paused", "86 of 100 calls", "Subscription is paused", ""]),
        ("ended", ["Ended", "86 of 100 calls", "Subscription has ended", "Compare plans"]),
    ],
)
def test_without_access_the_numbers_stay_in_grey(status: Any, said: list[str]) -> None:
    view = derive(usage_metric("86", "100"), subscription=subscription(status))
    assert words(view) == said
    assert (view.state, view.tone, view.width) == (status, "neutral", "86%")
    assert derive(None, subscription=subscription(status)).state == status


def test_a_trial_has_access_and_is_flagged() -> None:
    """Theirs: trialing customers are denied."""
    trial = subscription("trialing", trial_ends_at=datetime(2026, 12, 5, tzinfo=UTC))
    view = derive(usage_metric("10", "100"), subscription=trial)
    assert (view.state, view.trial, view.trial_text) == ("normal", True, "Trial ends 5 Dec")
    active = derive(usage_metric("10", "100"), subscription=subscription("active"))
    assert (active.trial, active.trial_text) == (False, "")


@pytest.mark.parametrize(
    ("end", "zone", "text", "days"),
    [
        (DECEMBER, "UTC", "Resets in 7 days, 1 Dec", 7),
        (datetime(2026, 11, 30, 23, tzinfo=UTC), "Europe/Berlin", "Resets in 7 days, 1 Dec", 7),
        (DECEMBER, "America/New_York", "Resets in 6 days, 30 Nov", 6),
        (datetime(2027, 1, 1, tzinfo=UTC), "UTC", "Resets in 38 days, 1 Jan 2027", 38),
        (NOW + timedelta(hours=30), "UTC", "Resets in 1 day, 25 Nov", 1),
        (NOW + timedelta(hours=3), "UTC", "Resets in 3 h", 0),
        (NOW + timedelta(hours=20), "UTC", "Resets in 20 h", 1),
        (NOW + timedelta(minutes=11, seconds=1), "UTC", "Resets in 12 min", 0),
        (NOW + timedelta(microseconds=1), "UTC", "Resets in 1 min", 0),
        (NOW, "UTC", "Resets now", 0),
        (NOW - timedelta(days=3), "UTC", "Resets now", 0),
    ],
)
def test_the_reset_is_told_in_the_customers_zone(end: datetime, zone: str, text: str, days: int) -> None:
    """Days in the customer's own time zone; the exact reset time."""
    view = derive(usage_metric("1", "10", end=end), timezone=zone)
    assert (view.reset_text, view.resets_in_days, view.no_reset) == (text, days, False)


@pytest.mark.parametrize("status", ["trialing", "active"])
@pytest.mark.parametrize(
    ("ends", "text", "days"),
    [
        (datetime(2026, 11, 28, 12, tzinfo=UTC), "Ends 28 Nov", None),
        (DECEMBER, "Ends 1 Dec", None),
        (DECEMBER + timedelta(seconds=1), "Resets in 7 days, 1 Dec", 7),
        (NOW + timedelta(hours=3), "Ends 17:02", None),
    ],
)
def test_what_ends_before_the_reset_does_not_promise_one(
    status: Any, ends: datetime, text: str, days: int | None
) -> None:
    """Cancelled in a trial: it ends with the trial, and nothing is counted from zero after that."""
    leaving = subscription(status, next_plan_key="pro", next_status="ended", next_change_at=ends)
    view = derive(usage_metric("860", "1000", title="Builds", unit="build"), subscription=leaving)
    assert (view.reset_text, view.resets_in_days, view.no_reset) == (text, days, False)
    assert view.value_text == f"860 of 1,000 builds. Near limit. 140 left. {text}"
    unlimited = derive(usage_metric("860", None), subscription=leaving)
    assert unlimited.reset_text == (text if days is None else "Resets 1 Dec")
    assert derive(level("1", "5"), subscription=leaving).reset_text == "Does not reset"


def test_a_change_to_another_plan_ends_no_window() -> None:
    changes = subscription("active", next_plan_key="free", next_status="active", next_change_at=NOW + timedelta(days=1))
    assert derive(usage_metric("860", "1000"), subscription=changes).reset_text == "Resets in 7 days, 1 Dec"


def test_what_never_resets_says_so() -> None:
    view = derive(usage_metric("1", "10", window="never"))
    assert (view.reset_text, view.resets_in_days, view.no_reset) == ("Does not reset", None, True)
    assert (view.period_start, view.period_end) == ("", "")


def test_periods_travel_in_utc() -> None:
    view = derive(usage_metric("1", "10"), timezone="Asia/Tokyo")
    assert (view.period_start, view.period_end) == ("2026-11-01T00:00:00+00:00", "2026-12-01T00:00:00+00:00")


def test_the_spoken_value_has_unit_state_and_reset() -> None:
    builds = usage_metric("860", "1000", title="Builds", unit="build")
    assert derive(builds).value_text == "860 of 1,000 builds. Near limit. 140 left. Resets in 7 days, 1 Dec"


@pytest.mark.parametrize("scale", range(10))
def test_texts_stay_exact_where_a_float_would_not(scale: int) -> None:
    limit = Decimal(9_000_000_000_000_000_001).scaleb(-scale)
    used = Decimal(8_999_999_999_999_999_999).scaleb(-scale)
    view = derive(usage_metric(used, limit, scale=scale))
    assert view.consumed_text.replace(",", "") == f"{used:f}"
    assert view.limit_text.replace(",", "") == f"{limit:f}"
    assert view.remaining_text == f"{Decimal(2).scaleb(-scale):f}"
    assert (view.state, view.percentage_text, view.width) == ("critical", "99\u00a0%", "99.99%")


def test_the_same_meter_in_german() -> None:
    """Labels, numbers, money and dates: all in the customer's language, locale and zone."""
    near = derive_meter(usage_metric("8604", "10000"), NOW, GERMAN, "de-DE", timezone="Europe/Berlin")
    assert words(near) == ["Nahe am Limit", "8.604 von 10.000 Aufrufen", "1.396 übrig", "Neu in 7 Tagen, 1. Dez."]
    metric = usage_metric("1200.5", "1000", unit="s", enforcement="soft", overage_cost="2.01", currency="EUR")
    assert derive_meter(metric, NOW, GERMAN, "de-DE").note_text == "200,5 s darüber, etwa 2,01\u00a0€"


@pytest.mark.parametrize("options", [{"timezone": "Mars/Olympus"}, {"timezone": ""}])
def test_an_unknown_zone_is_an_error(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        derive(usage_metric("1", "10"), **options)


def test_an_unknown_locale_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown locale"):
        derive_meter(usage_metric("1", "10"), NOW, Labels(), "xx-YY")


@pytest.mark.parametrize("status", ["ready", "loading"])
def test_a_moment_without_a_zone_is_refused(status: Any) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        derive(level("1", "5"), NOW.replace(tzinfo=None), status=status)


def test_a_view_is_frozen_plain_and_has_no_properties() -> None:
    view = derive(PICTURED["Builds"][0])
    with pytest.raises(FrozenInstanceError):
        view.state = "normal"  # type: ignore[misc]
    assert json.loads(json.dumps(asdict(view), allow_nan=False)) == asdict(view)
    for cls in (MeterView, WindowView):
        assert not [name for name, member in vars(cls).items() if isinstance(member, property)]

"""What users were shown and did with nudges: once each, for the merchant, in pages."""

from __future__ import annotations

from typing import Any

import pytest

from billing_ui_backend import Billing, InvalidRequest, InvalidTimestamp, UnknownCustomer
from tests.support.engine import Clock


def use(billing: Billing, quantity: object, feature_key: str = "emails") -> str:
    billing.track_usage(customer_id="cus_1", feature_key=feature_key, quantity=quantity)
    nudge = billing.get_nudge("cus_1", user_id="ada")
    return nudge.nudge_id if nudge else ""


def done(billing: Billing, **filters: Any) -> list[tuple[str | None, str, str | None, int | None]]:
    events = billing.list_nudge_events("cus_1", **filters).events
    return [(event.user_id, event.action, event.feature_key, event.threshold) for event in events]


def test_each_action_is_kept_once_for_each_user_and_period(billing: Billing, clock: Clock) -> None:
    nudge_id = use(billing, 80)
    for _ in range(3):
        assert billing.record_nudge("cus_1", nudge_id, "shown", user_id="ada")
        clock.advance(minutes=1)
    for _ in range(2):
        assert billing.record_nudge("cus_1", nudge_id, "upgrade_clicked", user_id="ada")
        clock.advance(minutes=1)
    for _ in range(2):
        assert billing.dismiss_nudge("cus_1", nudge_id, user_id="ada")
    clock.advance(minutes=1)
    assert billing.record_nudge("cus_1", nudge_id, "shown", user_id="bob")
    assert done(billing, user_id="ada") == [
        ("ada", "dismissed", "emails", 80),
        ("ada", "upgrade_clicked", "emails", 80),
        ("ada", "shown", "emails", 80),
    ]
    assert done(billing)[0] == ("bob", "shown", "emails", 80)
    clock.advance(days=2)
    again = use(billing, 80)
    assert billing.record_nudge("cus_1", again, "shown", user_id="ada")
    assert [action for _, action, *_ in done(billing, user_id="ada")].count("shown") == 2


def test_an_event_says_all_about_its_nudge(billing: Billing, clock: Clock) -> None:
    nudge_id = use(billing, 80)
    nudge = billing.get_nudge("cus_1", user_id="ada")
    assert nudge is not None
    assert nudge.window is not None
    assert nudge.shown_at is None
    billing.record_nudge("cus_1", nudge_id, "shown", user_id="ada")
    (event,) = billing.list_nudge_events("cus_1").events
    assert (event.customer_id, event.nudge_id, event.trigger, event.window) == ("cus_1", nudge_id, "limit", "day")
    assert (event.period_start, event.occurred_at) == (nudge.window.period_start, clock.now)
    then = billing.get_nudge("cus_1", user_id="ada")
    assert then is not None
    assert then.shown_at == clock.now


def test_a_click_and_a_dismissal_say_that_it_was_shown(billing: Billing) -> None:
    nudge_id = use(billing, 80)
    billing.record_nudge("cus_1", nudge_id, "upgrade_clicked")
    assert sorted(done(billing)) == [(None, "shown", "emails", 80), (None, "upgrade_clicked", "emails", 80)]


def test_only_what_was_decided_for_this_user_can_be_shown(billing: Billing) -> None:
    """A browser names a nudge: what it was not shown is not recorded."""
    worst = use(billing, 96)
    low = worst.replace(":95", ":80")
    use(billing, "0.4", "storage_gb")
    for nudge_id in (low, worst.replace("emails", "team"), "storage_gb:never:80", "", "x" * 9999):
        assert billing.record_nudge("cus_1", nudge_id, "shown", user_id="ada") is False
    for nudge_id in ("trial_end:0", worst.replace(":95", ":100"), "\ud800"):
        assert billing.record_nudge("cus_1", nudge_id, "upgrade_clicked", user_id="ada") is False
    assert done(billing) == []
    billing.create_customer("cus_2")
    assert billing.record_nudge("cus_2", worst, "shown") is False


@pytest.mark.parametrize("action", ["dismissed", "seen", "", None, 7, ["shown"]], ids=repr)
def test_an_action_is_one_of_two(billing: Billing, action: Any) -> None:
    with pytest.raises(InvalidRequest, match="action"):
        billing.record_nudge("cus_1", use(billing, 80), action)


def test_a_change_of_zone_makes_no_second_showing(billing: Billing) -> None:
    nudge_id = use(billing, 80)
    billing.record_nudge("cus_1", nudge_id, "shown", user_id="ada")
    billing.update_customer("cus_1", timezone="Asia/Tokyo")
    nudge = billing.get_nudge("cus_1", user_id="ada")
    assert nudge is not None
    assert nudge.nudge_id != nudge_id
    assert billing.record_nudge("cus_1", nudge.nudge_id, "shown", user_id="ada")
    assert done(billing) == [("ada", "shown", "emails", 80)]


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_pages_hold_each_event_once_newest_first(billing: Billing, clock: Clock, limit: int) -> None:
    nudge_id = use(billing, 80)
    users = [None, "ada", "bob", "cyd"]
    for user in users:  # At one instant, so that the order is decided by more than time.
        billing.dismiss_nudge("cus_1", nudge_id, user_id=user)
    clock.advance(days=2)
    again = use(billing, 80)
    for user in users:
        billing.record_nudge("cus_1", again, "shown", user_id=user)
    found, cursor = [], None
    while True:
        page = billing.list_nudge_events("cus_1", limit=limit, cursor=cursor)
        found += page.events
        assert len(page.events) <= limit
        if (cursor := page.next_cursor) is None:
            break
    assert len(set(found)) == len(found) == 12
    assert [event.occurred_at for event in found] == sorted((event.occurred_at for event in found), reverse=True)
    assert tuple(found) == billing.list_nudge_events("cus_1").events
    assert len(billing.list_nudge_events("cus_1", start=clock.now).events) == 4
    assert len(billing.list_nudge_events("cus_1", end=clock.now).events) == 8


@pytest.mark.parametrize("cursor", ["", "x", "W10=", "bnVsbA==", "WzEsICJhIl0=", 7], ids=repr)
def test_a_cursor_is_the_page_befores(billing: Billing, cursor: Any) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        billing.list_nudge_events("cus_1", cursor=cursor)


def test_a_list_is_of_a_customer_in_a_span_of_time(billing: Billing, clock: Clock) -> None:
    with pytest.raises(UnknownCustomer):
        billing.list_nudge_events("nobody")
    with pytest.raises(InvalidTimestamp):
        billing.list_nudge_events("cus_1", start=clock.now.replace(tzinfo=None))
    for limit in (0, 1001, True, "7"):
        with pytest.raises(InvalidRequest, match="limit"):
            billing.list_nudge_events("cus_1", limit=limit)  # type: ignore[arg-type]


def test_the_overview_is_what_the_parts_are(billing: Billing) -> None:
    use(billing, 96)
    billing.dismiss_nudge("cus_1", use(billing, 1), user_id="ada")
    overview = billing.get_overview("cus_1", user_ids=["ada", "bob", None])
    assert overview.metrics == billing.get_usage_metrics("cus_1")
    assert overview.nudges == {user: billing.get_nudge("cus_1", user_id=user) for user in ("ada", "bob", None)}
    assert overview.nudges["ada"] is None
    assert overview.nudges["bob"] is not None


def test_prompts_suggest_a_plan_for_what_is_near_its_limit_or_lacking(billing: Billing) -> None:
    use(billing, 96)
    use(billing, "0.39", "storage_gb")
    prompts = billing.get_overview("cus_1").prompts
    assert {key: (prompt.trigger, prompt.threshold, prompt.suggested_plan_key) for key, prompt in prompts.items()} == {
        "emails": ("limit", 95, "trial"),
        "files": ("feature_access", None, "pro"),
        "sso": ("feature_access", None, "pro"),
    }
    # Whatever was shown or dismissed.
    billing.dismiss_nudge("cus_1", prompts["emails"].nudge_id)
    assert billing.get_overview("cus_1").prompts.keys() == prompts.keys()


def test_there_is_nothing_to_prompt_for_without_access_or_above(billing: Billing) -> None:
    use(billing, 96)
    billing.pause_subscription("cus_1")
    assert billing.get_overview("cus_1").prompts == {}
    billing.resume_subscription("cus_1")
    billing.change_plan("cus_1", "enterprise")
    assert billing.get_overview("cus_1").prompts == {}

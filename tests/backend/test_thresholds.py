"""A threshold of a window is written once, with the usage that reached it.

Parity, what users ask for: "4. Alerts at 50/80/90/100, once each."
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from billing_ui_backend import AsyncBilling, Billing, QuotaExceeded, UnknownCustomer, UnknownFeature
from tests.backend.conftest import OpenBilling
from tests.support.engine import NOON, Clock, one_quota


def track(billing: Billing, quantity: object = 1, feature_key: str = "emails", **more: Any) -> None:
    billing.track_usage(customer_id="cus_1", feature_key=feature_key, quantity=quantity, **more)


def reached(billing: Billing, feature_key: str | None = None) -> list[tuple[str, str, int]]:
    listed = billing.list_reached_thresholds("cus_1", feature_key)
    return sorted((item.feature_key, item.window, item.threshold) for item in listed)


def emails(*thresholds: int) -> list[tuple[str, str, int]]:
    return [("emails", "day", threshold) for threshold in thresholds]


def test_each_threshold_is_written_by_the_usage_that_reaches_it(billing: Billing, clock: Clock) -> None:
    for quantity, expected in [
        (49, ()),
        (1, (50,)),
        (29, (50,)),
        (1, (50, 80)),
        (10, (50, 80, 90)),
        (10, (50, 80, 90, 100)),
    ]:
        clock.advance(minutes=1)
        track(billing, quantity)
        assert reached(billing) == emails(*expected)
    at = {item.threshold: item.reached_at for item in billing.list_reached_thresholds("cus_1")}
    assert at == {50: NOON + timedelta(minutes=2), 80: NOON + timedelta(minutes=4)} | {
        90: NOON + timedelta(minutes=5),
        100: NOON + timedelta(minutes=6),
    }


def test_a_threshold_says_which_window_it_was(billing: Billing) -> None:
    track(billing, 50)
    (item,) = billing.list_reached_thresholds("cus_1")
    assert (item.customer_id, item.window, item.threshold, item.reached_at) == ("cus_1", "day", 50, NOON)
    assert (item.period_start, item.period_end) == (NOON - timedelta(hours=12), NOON + timedelta(hours=12))
    track(billing, 3, "team")
    level = billing.list_reached_thresholds("cus_1", "team")
    assert [(item.threshold, item.period_start, item.period_end) for item in level] == [
        (threshold, None, None) for threshold in (100, 90, 80, 50)
    ]


def test_one_event_may_reach_several_thresholds_in_several_windows(billing: Billing) -> None:
    track(billing, 60, "api_calls")
    assert reached(billing) == [("api_calls", "hour", threshold) for threshold in (50, 80, 90, 100)]
    assert reached(billing, "emails") == []


def test_a_fraction_below_a_threshold_has_not_reached_it(billing: Billing) -> None:
    track(billing, "0.249999", "storage_gb")
    assert reached(billing) == []
    track(billing, "0.000001", "storage_gb")
    assert reached(billing) == [("storage_gb", "never", 50)]


def test_a_new_period_begins_anew(billing: Billing, clock: Clock) -> None:
    track(billing, 50)
    clock.advance(days=1)
    track(billing, 80)
    assert reached(billing) == emails(50, 50, 80)
    assert [item.threshold for item in billing.list_reached_thresholds("cus_1")] == [80, 50, 50]


def test_a_replay_and_a_refusal_reach_nothing(billing: Billing, clock: Clock) -> None:
    track(billing, 85, idempotency_key="k")
    clock.advance(minutes=1)
    track(billing, 85, idempotency_key="k")
    with pytest.raises(QuotaExceeded):
        track(billing, 16)
    assert reached(billing) == emails(50, 80)
    assert {item.reached_at for item in billing.list_reached_thresholds("cus_1")} == {NOON}


def test_a_level_that_goes_down_and_up_again_reaches_nothing_twice(billing: Billing, clock: Clock) -> None:
    for quantity in (2, -2, 2, -1, 2):
        clock.advance(minutes=1)
        track(billing, quantity, "team")
    assert reached(billing) == [("team", "never", threshold) for threshold in (50, 80, 90, 100)]
    first = min(item.reached_at for item in billing.list_reached_thresholds("cus_1"))
    assert first == NOON + timedelta(minutes=1)


@pytest.mark.parametrize("enforcement", ["soft", "hard"])
def test_a_lowered_limit_is_reached_by_the_next_usage_once(
    open_billing: OpenBilling, clock: Clock, enforcement: str
) -> None:
    billing = open_billing(catalog=one_quota(100, enforcement=enforcement))
    billing.create_customer("cus_1")
    track(billing, 55, "api_calls")
    clock.advance(minutes=1)
    open_billing(catalog=one_quota(60, enforcement=enforcement)).catalog()
    track(billing, 1, "api_calls")
    track(billing, 1, "api_calls")
    assert [item[2] for item in reached(billing)] == [50, 80, 90]
    at = {item.threshold: item.reached_at for item in billing.list_reached_thresholds("cus_1")}
    assert (at[50], at[80], at[90]) == (NOON, clock.now, clock.now)


def test_a_raised_limit_does_not_reach_the_same_threshold_again(open_billing: OpenBilling, clock: Clock) -> None:
    billing = open_billing(catalog=one_quota(100))
    billing.create_customer("cus_1")
    track(billing, 80, "api_calls")
    clock.advance(minutes=1)
    open_billing(catalog=one_quota(1000)).catalog()
    track(billing, 800, "api_calls")
    assert [item[2] for item in reached(billing)] == [50, 80]
    assert {item.reached_at for item in billing.list_reached_thresholds("cus_1")} == {NOON}


def test_unlimited_reaches_nothing_and_soft_goes_on_past_100(billing: Billing) -> None:
    billing.change_plan("cus_1", "pro")
    track(billing, 60_000, "api_calls")
    assert [item[2] for item in reached(billing)] == [50, 80, 90, 100]
    billing.create_customer("cus_2", plan="enterprise")
    billing.track_usage(customer_id="cus_2", feature_key="api_calls", quantity=10**9)
    assert billing.list_reached_thresholds("cus_2") == ()


def test_a_correction_upwards_reaches_and_one_downwards_takes_nothing_back(billing: Billing) -> None:
    track(billing, 10, idempotency_key="k")
    billing.correct_usage(customer_id="cus_1", idempotency_key="k", quantity=80, reason="r")
    assert reached(billing) == emails(50, 80)
    billing.correct_usage(customer_id="cus_1", idempotency_key="k", quantity=0, reason="r")
    track(billing, 85)
    assert reached(billing) == emails(50, 80)


def test_thresholds_of_a_batch_are_written_in_its_commit(billing: Billing) -> None:
    event = {"customer_id": "cus_1", "feature_key": "emails", "quantity": 30}
    items = billing.track_usage_batch([event] * 4)
    assert [item.success for item in items] == [True, True, True, False]
    assert reached(billing) == emails(50, 80, 90)


def test_many_threads_reach_each_threshold_once(billing: Billing) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: track(billing, 1), range(100)))
    assert reached(billing) == emails(50, 80, 90, 100)


def test_two_processes_reach_each_threshold_once(database_url: str) -> None:
    code = (
        "import sys\n"
        "from billing_ui_backend import Billing\n"
        "from tests.support.engine import Clock, one_quota\n"
        "with Billing(sys.argv[1], catalog=one_quota(100), clock=Clock()) as billing:\n"
        "    billing.create_customer('cus_1')\n"
        "    for _ in range(50): billing.track_usage(customer_id='cus_1', feature_key='api_calls')\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, database_url]) for _ in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]
    with Billing(database_url, clock=Clock()) as billing:
        assert [item[2] for item in reached(billing)] == [50, 80, 90, 100]
        assert billing.verify()


def test_who_is_unknown_is_refused(billing: Billing) -> None:
    with pytest.raises(UnknownCustomer):
        billing.list_reached_thresholds("nobody")
    with pytest.raises(UnknownFeature):
        billing.list_reached_thresholds("cus_1", "nothing")


def test_the_asynchronous_engine_lists_the_same(billing: Billing) -> None:
    async def run() -> Any:
        async with AsyncBilling(billing=billing) as engine:
            return await engine.list_reached_thresholds("cus_1")

    track(billing, 50)
    assert asyncio.run(run()) == billing.list_reached_thresholds("cus_1")

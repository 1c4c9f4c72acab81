"""What can be broken in the demo: it stays with one customer, and a slow database is slow."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from billing_ui.demo import faults
from billing_ui.demo.faults import FaultyBilling, break_for, fault_of
from billing_ui_backend.errors import ServiceUnavailable

CATALOG = {
    "default_plan": "free",
    "features": {"calls": {"title": "Calls", "type": "usage_quota", "unit": "call"}},
    "plans": {"free": {"title": "Free", "rank": 1, "features": {"calls": {"limit": 10, "period": "month"}}}},
}


@pytest.fixture(autouse=True)
def mended() -> Iterator[None]:
    yield
    break_for("a", "")


def test_only_the_customer_is_broken_and_only_by_what_there_is() -> None:
    assert break_for("a", "slow") == "slow"
    assert (fault_of("a"), fault_of("b")) == ("slow", "")
    for nonsense in (None, 1, ["slow"], "explode"):
        assert break_for("a", nonsense) == ""


def test_reads_are_late_or_fail_and_counting_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def look() -> None:
        async with FaultyBilling("sqlite://", catalog=CATALOG) as billing:
            for customer_id in ("a", "b"):
                await billing.create_customer(customer_id)
            break_for("a", "slow")
            monkeypatch.setattr(faults.asyncio, "sleep", sleep)
            await billing.get_overview("a")
            await billing.get_overview("b")
            monkeypatch.undo()
            assert waited == [faults.SLOW_SECONDS]
            break_for("a", "stale")
            with pytest.raises(ServiceUnavailable):
                await billing.get_overview("a")
            assert (await billing.get_overview("b")).metrics.metrics
            assert (await billing.track_usage(customer_id="a", feature_key="calls")).success

    asyncio.run(look())

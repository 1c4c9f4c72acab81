"""What the demo's customers have used, hold and go on using."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from billing_ui.demo import seed as seeding
from billing_ui.demo.api import create_demo_api
from billing_ui.demo.catalog import CATALOG_PATH
from billing_ui.demo.customers import CUSTOMERS, chosen_customer
from billing_ui.demo.holdings import MEMBER, UPLOAD, giving_back, holdings
from billing_ui.demo.seed import machine_zone, seed
from billing_ui.demo.traffic import SECONDS_WATCHED, STOPS_AT, Traffic
from billing_ui_backend import AsyncBilling, UsageEvent
from tests.support.engine import Clock

THE_23RD = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)
NEAR, OVER, FRESH = (customer.customer_id for customer in CUSTOMERS)

Scenario = Callable[[AsyncBilling, Clock], Awaitable[None]]


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "machine_zone", lambda: "UTC")


def seeded(scenario: Scenario, now: datetime = THE_23RD, url: str = "sqlite://") -> None:
    """Run a scenario on a seeded engine; afterwards ledger and counters agree."""

    async def run() -> None:
        clock = Clock(now)
        async with AsyncBilling(url, catalog=CATALOG_PATH, clock=clock) as billing:
            await seed(billing)
            await scenario(billing, clock)
            assert await billing.verify()

    asyncio.run(run())


async def ledger(billing: AsyncBilling) -> list[UsageEvent]:
    pages = [await billing.list_usage_events(customer.customer_id, limit=1000) for customer in CUSTOMERS]
    return [event for page in pages for event in page.events]


@pytest.mark.parametrize(
    "now",
    [
        THE_23RD,
        datetime(2026, 12, 1, tzinfo=UTC),
        datetime(2026, 12, 1, 0, 20, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)
def test_each_customer_is_what_the_switcher_says_whenever_the_demo_starts(now: datetime) -> None:
    async def scenario(billing: AsyncBilling, clock: Clock) -> None:
        near = await billing.get_usage_metrics(NEAR)
        assert (near["api_calls"].consumed, near["api_calls"].percentage_used) == (8604, Decimal("86.04"))
        assert near["storage_gb"].consumed == Decimal("3.42")
        nudge = await billing.get_nudge(NEAR)
        assert nudge is not None
        assert (nudge.feature_key, nudge.suggested_plan_key) == ("api_calls", "pro")

        over = await billing.get_usage_metrics(OVER)
        assert (over["gpu_seconds"].overage, over["gpu_seconds"].overage_cost) == (Decimal("200.5"), Decimal("2.01"))
        assert over["emails"].limit is None

        fresh = await billing.get_usage_metrics(FRESH)
        assert {metric.feature_key: metric.consumed for metric in fresh.metrics if metric.consumed} == {
            "team_members": 1
        }
        assert [near.customer.plan_key, over.customer.plan_key, fresh.customer.plan_key] == ["starter", "pro", "free"]
        assert all(event.timestamp <= clock.now for event in await ledger(billing))

    seeded(scenario, now)


def test_the_parity_rows_five_features_are_in_the_catalog() -> None:
    """Seed row: "features: API calls, storage GB, team members, emails, files: all five in the demo catalog"."""

    async def scenario(billing: AsyncBilling, _clock: Clock) -> None:
        kinds = {feature.key: feature.type for feature in (await billing.catalog()).features.values()}
        assert kinds == {
            "api_calls": "usage_quota",
            "gpu_seconds": "usage_quota",
            "storage_gb": "numeric_limit",
            "team_members": "numeric_limit",
            "emails": "usage_quota",
            "files": "usage_quota",
        }

    seeded(scenario)


def test_a_month_of_usage_is_spread_over_the_time_that_has_passed() -> None:
    async def scenario(billing: AsyncBilling, clock: Clock) -> None:
        page = await billing.list_usage_events(NEAR, feature_key="api_calls")
        days = {event.timestamp.date() for event in page.events}
        assert len(days) > 20
        assert max(event.timestamp for event in page.events) <= clock.now

    seeded(scenario)


def test_starting_again_in_the_same_month_changes_nothing() -> None:
    async def scenario(billing: AsyncBilling, clock: Clock) -> None:
        before = await ledger(billing)
        clock.advance(days=5)
        await seed(billing)
        assert await ledger(billing) == before

    seeded(scenario)


def test_starting_again_in_another_process_keeps_what_was_done(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'demo.db'}"

    async def first(billing: AsyncBilling, _clock: Clock) -> None:
        await billing.change_plan(NEAR, "pro")
        await billing.track_usage(customer_id=NEAR, feature_key="api_calls", quantity=100)
        await give_back_newest(billing, NEAR, "storage_gb", UPLOAD)

    async def second(billing: AsyncBilling, _clock: Clock) -> None:
        near = await billing.get_usage_metrics(NEAR)
        assert near.customer.plan_key == "pro"
        assert near["api_calls"].consumed == 8704
        assert near["storage_gb"].consumed == Decimal("3.3")
        assert len(await holdings(billing, NEAR, "storage_gb", UPLOAD)) == 2

    seeded(first, url=url)
    seeded(second, THE_23RD + timedelta(hours=1), url)


def test_a_new_month_begins_as_the_demo_says_and_levels_stay() -> None:
    async def scenario(billing: AsyncBilling, clock: Clock) -> None:
        clock.advance(days=20)
        assert (await billing.get_usage_metrics(NEAR))["api_calls"].consumed == 0
        await seed(billing)
        near = await billing.get_usage_metrics(NEAR)
        assert (near["api_calls"].consumed, near["storage_gb"].consumed) == (8604, Decimal("3.42"))

    seeded(scenario)


async def give_back_newest(billing: AsyncBilling, customer_id: str, feature_key: str, kind: str) -> Decimal:
    holding = (await holdings(billing, customer_id, feature_key, kind))[0]
    arguments = giving_back(holding)
    receipt = await billing.track_usage(customer_id=customer_id, feature_key=feature_key, **arguments)
    return receipt.quantity


def test_a_file_is_given_back_exactly_and_once() -> None:
    """A fault of theirs: "cannot track members or storage going down"."""

    async def scenario(billing: AsyncBilling, _clock: Clock) -> None:
        before = (await billing.get_usage_metrics(NEAR))["storage_gb"].consumed
        receipt = await billing.track_usage(
            customer_id=NEAR, feature_key="storage_gb", quantity=1_234_567 / 1024**3, metadata={UPLOAD: "photo.jpg"}
        )
        (holding,) = [one for one in await holdings(billing, NEAR, "storage_gb", UPLOAD) if one.name == "photo.jpg"]
        assert holding.quantity == receipt.quantity
        for replayed in (False, True):
            back = await billing.track_usage(customer_id=NEAR, feature_key="storage_gb", **giving_back(holding))
            assert (back.quantity, back.replayed) == (-receipt.quantity, replayed)
        assert (await billing.get_usage_metrics(NEAR))["storage_gb"].consumed == before
        assert "photo.jpg" not in {one.name for one in await holdings(billing, NEAR, "storage_gb", UPLOAD)}

    seeded(scenario)


def test_holdings_are_those_of_one_customer_and_of_one_kind() -> None:
    async def scenario(billing: AsyncBilling, _clock: Clock) -> None:
        assert [one.name for one in await holdings(billing, FRESH, "team_members", MEMBER)] == ["Mia Holm"]
        assert await holdings(billing, FRESH, "storage_gb", UPLOAD) == []
        assert len(await holdings(billing, OVER, "team_members", MEMBER)) == 9

    seeded(scenario)


@pytest.mark.parametrize("sent", ["acme", "", None, 7, ["demo_over"], "demo_over\n", "DEMO_OVER"])
def test_whatever_is_sent_as_a_customer_only_the_demos_own_are_accepted(sent: object) -> None:
    assert chosen_customer(sent).customer_id == NEAR


def test_the_demos_zone_is_one_that_the_engine_knows() -> None:
    async def scenario(billing: AsyncBilling, _clock: Clock) -> None:
        await billing.update_customer(NEAR, timezone=machine_zone())

    seeded(scenario)


class Watch:
    """Seconds that go up when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_live_traffic_calls_the_metered_api_for_those_who_are_looked_at() -> None:
    async def scenario(billing: AsyncBilling, _clock: Clock) -> None:
        watch = Watch()
        traffic = Traffic(create_demo_api(billing), billing, watch)
        await traffic.call_once()
        assert await consumed(billing) == [8604, 21480, 0]
        traffic.seen(NEAR)
        traffic.seen(FRESH)
        await traffic.call_once()
        assert await consumed(billing) == [8605, 21480, 0]
        watch.now += SECONDS_WATCHED
        traffic.seen(OVER)
        await traffic.call_once()
        assert await consumed(billing) == [8605, 21481, 0]

    seeded(scenario)


def test_live_traffic_stops_before_the_demo_is_no_longer_what_it_says() -> None:
    async def scenario(billing: AsyncBilling, _clock: Clock) -> None:
        traffic = Traffic(create_demo_api(billing), billing, Watch())
        traffic.seen(NEAR)
        stop = STOPS_AT[NEAR] * 100
        await billing.track_usage(customer_id=NEAR, feature_key="api_calls", quantity=stop - 8604 - 1)
        for _ in range(3):
            await traffic.call_once()
        assert (await consumed(billing))[0] == stop

    seeded(scenario)


async def consumed(billing: AsyncBilling) -> list[Decimal]:
    return [
        (await billing.get_usage_metrics(customer.customer_id))["api_calls"].windows[0].used for customer in CUSTOMERS
    ]

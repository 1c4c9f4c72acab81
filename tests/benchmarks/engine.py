"""Our side: the engine as it is shipped, nothing switched off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import create_engine, text

from billing_ui_backend import AsyncBilling, Billing
from billing_ui_backend.clock import Clock
from tests.benchmarks.load import AsyncCall, Call, Tasks, Threads, alone
from tests.benchmarks.measure import Sample, Side
from tests.benchmarks.workload import CATALOG, FEATURE, SPREAD, fresh_key, turns

BATCH = 1000


def prepare(url: str, clock: Clock | None = None) -> None:
    """Make a database with all customers and a counter for each, so that no measured call is anybody's first."""
    with Billing(url, catalog=CATALOG, clock=clock) as billing:
        for customer_id in SPREAD:
            billing.create_customer(customer_id)
        billing.track_usage_batch([_event(customer_id) for customer_id in SPREAD])


def events_in(url: str) -> int:
    """How many events the ledger of a database holds."""
    engine = create_engine(url)
    with engine.connect() as connection:
        count = connection.scalar(text("select count(*) from billing_event"))
    engine.dispose()
    assert isinstance(count, int)
    return count


class Shared(Threads):
    """`Billing`, shared by one or more threads."""

    def __init__(self, url: str, *, threads: int = 1, customers: Sequence[str] = SPREAD) -> None:
        self._url = url
        self._billing = Billing(url, catalog=CATALOG)
        _serve_once(self._billing, customers)
        super().__init__(lambda number: self._caller(turns(customers, number, threads)), threads)

    def counted(self) -> int:
        return events_in(self._url)

    def close(self) -> None:
        self._billing.close()

    def _caller(self, whose: Iterator[str]) -> Call:
        track = self._billing.track_usage

        def call() -> int:
            track(customer_id=next(whose), feature_key=FEATURE, idempotency_key=fresh_key())
            return 1

        return call


class Batches(Side):
    """`Billing.track_usage_batch` with 1,000 events, from one caller."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._billing = Billing(url, catalog=CATALOG)
        _serve_once(self._billing, SPREAD)
        self._whose = turns(SPREAD)

    def run(self, seconds: float) -> Sample:
        return alone(self._call, seconds)

    def counted(self) -> int:
        return events_in(self._url)

    def close(self) -> None:
        self._billing.close()

    def _call(self) -> int:
        items = self._billing.track_usage_batch([_event(next(self._whose)) for _ in range(BATCH)])
        return sum(item.receipt is not None for item in items)


class Callers(Tasks):
    """`AsyncBilling`, awaited by many callers at once in one event loop."""

    def __init__(self, url: str, *, callers: int, customers: Sequence[str] = SPREAD) -> None:
        self._url = url
        self._shared = Billing(url, catalog=CATALOG)
        _serve_once(self._shared, customers)
        self._billing = AsyncBilling(billing=self._shared)
        super().__init__(lambda number: self._caller(turns(customers, number, callers)), callers)

    def counted(self) -> int:
        return events_in(self._url)

    async def shut(self) -> None:
        await self._billing.close()
        self._shared.close()

    def _caller(self, whose: Iterator[str]) -> AsyncCall:
        track = self._billing.track_usage

        async def call() -> int:
            await track(customer_id=next(whose), feature_key=FEATURE, idempotency_key=fresh_key())
            return 1

        return call


def _serve_once(billing: Billing, customers: Sequence[str]) -> None:
    """What is measured is a process that has served its customers before, as one that runs for a while has."""
    billing.track_usage_batch([_event(customer_id) for customer_id in customers])


def _event(customer_id: str) -> dict[str, str]:
    return {"customer_id": customer_id, "feature_key": FEATURE, "idempotency_key": fresh_key()}

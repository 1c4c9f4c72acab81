"""The embedded engine, asynchronous: the same calls as Billing, and the event loop never waits for a disk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, ParamSpec, Self, TypeVar

from billing_ui_backend.billing import Billing
from billing_ui_backend.catalog import Catalog
from billing_ui_backend.clock import Clock
from billing_ui_backend.corrections import correction_write
from billing_ui_backend.customers import When
from billing_ui_backend.history import Granularity
from billing_ui_backend.hold import AsyncHold
from billing_ui_backend.holds import commit_write, release_write, reserve_write
from billing_ui_backend.ledger import UsageWrite
from billing_ui_backend.plan_results import PlanPreview
from billing_ui_backend.results import (
    ApiKey,
    BatchItem,
    Customer,
    CustomerPage,
    Entitlement,
    EventPage,
    Nudge,
    NudgeEventPage,
    ReachedThreshold,
    Refusal,
    SessionToken,
    UsageBucket,
    UsageMetrics,
    UsageOverview,
    UsageReceipt,
    Verification,
)
from billing_ui_backend.write import Outcome, Write, only_result
from billing_ui_backend.writes import (
    backfill_write,
    browser_write,
    event_write,
    import_write,
    merge_batch,
    prepare_batch,
    set_write,
    track_write,
)

P = ParamSpec("P")
R = TypeVar("R")


class AsyncBilling:
    """Billing for asyncio: the same arguments, results and errors, as coroutines; see Billing.

    Writes are handed to the writer's thread, where calls that arrive together are committed together; reads run in a small
    pool of threads.

    Args:
        url, catalog, clock: as for Billing.
        billing: an engine to share instead of a new one; it is not closed with this one.

    Example:
        >>> async def main() -> None:
        ...     async with AsyncBilling("sqlite://", catalog="billing.toml") as billing:
        ...         await billing.create_customer("cus_123")
        ...         await billing.track_usage(customer_id="cus_123", feature_key="api_calls")
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        catalog: Catalog | Mapping[str, Any] | str | Path | None = None,
        clock: Clock | None = None,
        billing: Billing | None = None,
    ) -> None:
        self._owned = billing is None
        self._billing = billing or Billing(url, catalog=catalog, clock=clock)
        self._threads: ThreadPoolExecutor | None = None
        self._process = os.getpid()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Commits what is queued and gives everything back; a shared engine stays open."""
        if self._owned:
            # What was called in this turn of the loop is handed over at its end.
            await asyncio.sleep(0)
            await asyncio.to_thread(self._billing.close)
        if self._threads is not None:
            self._threads.shutdown(wait=False)
            self._threads = None

    @property
    def given_catalog(self) -> Catalog | None:
        """As `Billing.given_catalog`."""
        return self._billing.given_catalog

    def now(self) -> datetime:
        """The engine's time, UTC."""
        return self._billing.now()

    def on_commit(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """As `Billing.on_commit`; the callback runs in the writer's thread, not in the event loop."""
        return self._billing.on_commit(callback)

    async def catalog(self) -> Catalog:
        """As `Billing.catalog`."""
        return await self._read(self._billing.catalog)

    async def create_customer(
        self,
        customer_id: str,
        *,
        plan: str | None = None,
        name: str | None = None,
        email: str | None = None,
        timezone: str | None = None,
        locale: str | None = None,
    ) -> Customer:
        """As `Billing.create_customer`."""
        return await self._read(
            self._billing.create_customer,
            customer_id,
            plan=plan,
            name=name,
            email=email,
            timezone=timezone,
            locale=locale,
        )

    async def import_customer(self, customer_id: str, *, plan: str, used_since: datetime) -> Customer:
        """As `Billing.import_customer`."""
        return await self._read(self._billing.import_customer, customer_id, plan=plan, used_since=used_since)

    async def get_customer(self, customer_id: str) -> Customer:
        """As `Billing.get_customer`."""
        return await self._read(self._billing.get_customer, customer_id)

    async def list_customers(self, *, cursor: str | None = None, limit: int = 100) -> CustomerPage:
        """As `Billing.list_customers`."""
        return await self._read(self._billing.list_customers, cursor=cursor, limit=limit)

    async def update_customer(
        self,
        customer_id: str,
        *,
        name: str | None = None,
        email: str | None = None,
        timezone: str | None = None,
        locale: str | None = None,
    ) -> Customer:
        """As `Billing.update_customer`."""
        return await self._read(
            self._billing.update_customer, customer_id, name=name, email=email, timezone=timezone, locale=locale
        )

    async def change_plan(
        self, customer_id: str, plan_key: str, *, at: When = "now", confirmation: str | None = None
    ) -> Customer:
        """As `Billing.change_plan`."""
        return await self._read(self._billing.change_plan, customer_id, plan_key, at=at, confirmation=confirmation)

    async def preview_plan_change(self, customer_id: str, plan_key: str, *, at: When | None = None) -> PlanPreview:
        """As `Billing.preview_plan_change`."""
        return await self._read(self._billing.preview_plan_change, customer_id, plan_key, at=at)

    async def cancel_subscription(self, customer_id: str, *, at: When = "period_end") -> Customer:
        """As `Billing.cancel_subscription`."""
        return await self._read(self._billing.cancel_subscription, customer_id, at=at)

    async def pause_subscription(self, customer_id: str) -> Customer:
        """As `Billing.pause_subscription`."""
        return await self._read(self._billing.pause_subscription, customer_id)

    async def resume_subscription(self, customer_id: str) -> Customer:
        """As `Billing.resume_subscription`."""
        return await self._read(self._billing.resume_subscription, customer_id)

    async def track_usage(
        self,
        *,
        customer_id: str,
        feature_key: str,
        quantity: object = 1,
        idempotency_key: str | None = None,
        timestamp: datetime | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> UsageReceipt:
        """As `Billing.track_usage`."""
        write = track_write(customer_id, feature_key, quantity, idempotency_key, timestamp, metadata)
        return only_result(await self._write([write]))

    async def track_usage_batch(self, events: Sequence[Mapping[str, Any]]) -> list[BatchItem]:
        """As `Billing.track_usage_batch`."""
        return await self._write_batch(events, event_write)

    async def backfill_usage_batch(self, events: Sequence[Mapping[str, Any]]) -> list[BatchItem]:
        """As `Billing.backfill_usage_batch`."""
        return await self._write_batch(events, backfill_write)

    async def import_usage_batch(self, events: Sequence[Mapping[str, Any]]) -> list[BatchItem]:
        """As `Billing.import_usage_batch`."""
        return await self._write_batch(events, import_write)

    async def set_usage(
        self, *, customer_id: str, feature_key: str, quantity: object, idempotency_key: str | None = None
    ) -> UsageReceipt:
        """As `Billing.set_usage`."""
        return only_result(await self._write([set_write(customer_id, feature_key, quantity, idempotency_key)]))

    async def correct_usage(
        self,
        *,
        customer_id: str,
        idempotency_key: str,
        quantity: object,
        reason: str,
        correction_key: str | None = None,
    ) -> UsageReceipt:
        """As `Billing.correct_usage`."""
        return only_result(
            await self._write([correction_write(customer_id, idempotency_key, quantity, reason, correction_key)])
        )

    async def reserve_usage(
        self,
        *,
        customer_id: str,
        feature_key: str,
        quantity: object,
        ttl: float = 300,
        idempotency_key: str | None = None,
    ) -> AsyncHold:
        """As `Billing.reserve_usage`."""
        write = reserve_write(customer_id, feature_key, quantity, ttl, idempotency_key)
        return AsyncHold.of(only_result(await self._write([write])), self)

    async def commit_hold(self, customer_id: str, hold_id: str, quantity: object) -> UsageReceipt:
        """As `Billing.commit_hold`."""
        return only_result(await self._write([commit_write(customer_id, hold_id, quantity)]))

    async def release_hold(self, customer_id: str, hold_id: str) -> bool:
        """As `Billing.release_hold`."""
        return only_result(await self._write([release_write(customer_id, hold_id)]))

    async def browser_track(self, customer_id: str, feature_key: str, quantity: object = 1) -> UsageReceipt:
        """As `Billing.browser_track`."""
        return only_result(await self._write([browser_write(customer_id, feature_key, quantity)]))

    async def get_usage_metrics(self, customer_id: str, feature_key: str | None = None) -> UsageMetrics:
        """As `Billing.get_usage_metrics`."""
        return await self._read(self._billing.get_usage_metrics, customer_id, feature_key)

    async def check_entitlement(self, customer_id: str, feature_key: str, quantity: object = 1) -> Entitlement:
        """As `Billing.check_entitlement`."""
        return await self._read(self._billing.check_entitlement, customer_id, feature_key, quantity)

    async def is_approaching_limit(self, customer_id: str, feature_key: str, threshold: float = 80) -> bool:
        """As `Billing.is_approaching_limit`."""
        return await self._read(self._billing.is_approaching_limit, customer_id, feature_key, threshold)

    async def list_usage_events(
        self,
        customer_id: str,
        *,
        feature_key: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> EventPage:
        """As `Billing.list_usage_events`."""
        return await self._read(
            self._billing.list_usage_events,
            customer_id,
            feature_key=feature_key,
            start=start,
            end=end,
            cursor=cursor,
            limit=limit,
        )

    async def get_usage_history(
        self,
        customer_id: str,
        feature_key: str,
        *,
        start: datetime,
        end: datetime,
        granularity: Granularity = "day",
    ) -> list[UsageBucket]:
        """As `Billing.get_usage_history`."""
        return await self._read(
            self._billing.get_usage_history, customer_id, feature_key, start=start, end=end, granularity=granularity
        )

    async def list_reached_thresholds(
        self, customer_id: str, feature_key: str | None = None
    ) -> tuple[ReachedThreshold, ...]:
        """As `Billing.list_reached_thresholds`."""
        return await self._read(self._billing.list_reached_thresholds, customer_id, feature_key)

    async def list_refusals(
        self, customer_id: str, *, start: datetime | None = None, end: datetime | None = None
    ) -> tuple[Refusal, ...]:
        """As `Billing.list_refusals`."""
        return await self._read(self._billing.list_refusals, customer_id, start=start, end=end)

    async def verify(self) -> Verification:
        """As `Billing.verify`."""
        return await self._read(self._billing.verify)

    async def get_overview(self, customer_id: str, *, user_ids: Iterable[str | None] = (None,)) -> UsageOverview:
        """As `Billing.get_overview`."""
        return await self._read(self._billing.get_overview, customer_id, user_ids=user_ids)

    async def get_nudge(self, customer_id: str, *, user_id: str | None = None) -> Nudge | None:
        """As `Billing.get_nudge`."""
        return await self._read(self._billing.get_nudge, customer_id, user_id=user_id)

    async def dismiss_nudge(self, customer_id: str, nudge_id: str, *, user_id: str | None = None) -> bool:
        """As `Billing.dismiss_nudge`."""
        return await self._read(self._billing.dismiss_nudge, customer_id, nudge_id, user_id=user_id)

    async def record_nudge(
        self,
        customer_id: str,
        nudge_id: str,
        action: Literal["shown", "upgrade_clicked"],
        *,
        user_id: str | None = None,
    ) -> bool:
        """As `Billing.record_nudge`."""
        return await self._read(self._billing.record_nudge, customer_id, nudge_id, action, user_id=user_id)

    async def list_nudge_events(
        self,
        customer_id: str,
        *,
        user_id: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> NudgeEventPage:
        """As `Billing.list_nudge_events`."""
        return await self._read(
            self._billing.list_nudge_events,
            customer_id,
            user_id=user_id,
            start=start,
            end=end,
            cursor=cursor,
            limit=limit,
        )

    async def create_api_key(self, *, name: str = "default", live: bool = False) -> str:
        """As `Billing.create_api_key`."""
        return await self._read(self._billing.create_api_key, name=name, live=live)

    async def list_api_keys(self) -> tuple[ApiKey, ...]:
        """As `Billing.list_api_keys`."""
        return await self._read(self._billing.list_api_keys)

    async def revoke_api_key(self, key_id: str) -> ApiKey:
        """As `Billing.revoke_api_key`."""
        return await self._read(self._billing.revoke_api_key, key_id)

    async def authenticate(self, secret_key: object) -> str:
        """As `Billing.authenticate`."""
        return await self._read(self._billing.authenticate, secret_key)

    async def create_session_token(
        self, customer_id: str, *, user_id: str | None = None, ttl: float = 3600
    ) -> SessionToken:
        """As `Billing.create_session_token`."""
        return await self._read(self._billing.create_session_token, customer_id, user_id=user_id, ttl=ttl)

    async def authenticate_session_token(self, token: object) -> SessionToken:
        """As `Billing.authenticate_session_token`."""
        return await self._read(self._billing.authenticate_session_token, token)

    async def _write(self, writes: Sequence[Write[R]]) -> list[Outcome[R]]:
        if not self._billing.is_open:
            await self._read(self._billing.open_writer)
        return await self._billing.open_writer().submit(writes)

    async def _write_batch(
        self, given: Sequence[Mapping[str, Any]], make: Callable[[Mapping[str, Any]], UsageWrite]
    ) -> list[BatchItem]:
        prepared = prepare_batch(given, make)
        writes = [entry for entry in prepared if isinstance(entry, UsageWrite)]
        return merge_batch(prepared, await self._write(writes) if writes else [])

    async def _read(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        # A forked child inherits the pool but none of its threads.
        if self._threads is None or self._process != os.getpid():
            self._process = os.getpid()
            self._threads = ThreadPoolExecutor(4, thread_name_prefix="billing-reader")
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: call(*args, **kwargs))

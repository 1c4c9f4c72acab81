"""The billing API over HTTP, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

import httpx

from billing_ui_backend import calls
from billing_ui_backend.answers import result_of
from billing_ui_backend.calls import Call
from billing_ui_backend.connection import Connection, attempt_timeout, trusted, whole
from billing_ui_backend.embedded_only import EmbeddedOnly
from billing_ui_backend.hold import AsyncHold
from billing_ui_backend.plan_results import PlanPreview
from billing_ui_backend.results import (
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
    UsageReceipt,
)
from billing_ui_backend.retry import Answered, RetryPolicy, Send, Wait

if TYPE_CHECKING:
    from billing_ui_backend.customers import When
    from billing_ui_backend.history import Granularity

T = TypeVar("T")


class AsyncBillingClient(EmbeddedOnly):
    """BillingClient for asyncio: the same arguments, results and errors, as coroutines; see BillingClient.

    Example:
        >>> async def main() -> None:
        ...     async with AsyncBillingClient("sk_test_...", "http://127.0.0.1:3000/billing-api") as billing:
        ...         await billing.track_usage(customer_id="cus_123", feature_key="api_calls")
    """

    def __init__(
        self,
        secret_key: str,
        base_url: str,
        *,
        timeout: float = 10.0,
        max_retries: int = 4,
        deadline: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._connection = Connection(base_url, secret_key, RetryPolicy(timeout, max_retries, deadline))
        self._http = httpx.AsyncClient(transport=transport, verify=trusted(), follow_redirects=False)
        self._sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._connection.base_url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

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
        """As `BillingClient.create_customer`."""
        profile = {"name": name, "email": email, "timezone": timezone, "locale": locale}
        return await self._call(calls.create_customer(customer_id, plan=plan, **profile))

    async def get_customer(self, customer_id: str) -> Customer:
        """As `BillingClient.get_customer`."""
        return await self._call(calls.get_customer(customer_id))

    async def list_customers(self, *, cursor: str | None = None, limit: int = 100) -> CustomerPage:
        """As `BillingClient.list_customers`."""
        return await self._call(calls.list_customers(cursor, limit))

    async def update_customer(
        self,
        customer_id: str,
        *,
        name: str | None = None,
        email: str | None = None,
        timezone: str | None = None,
        locale: str | None = None,
    ) -> Customer:
        """As `BillingClient.update_customer`."""
        return await self._call(
            calls.update_customer(customer_id, name=name, email=email, timezone=timezone, locale=locale)
        )

    async def change_plan(
        self, customer_id: str, plan_key: str, *, at: When = "now", confirmation: str | None = None
    ) -> Customer:
        """As `BillingClient.change_plan`."""
        return await self._call(
            calls.change_subscription(customer_id, "plan", plan_key=plan_key, at=at, confirmation=confirmation)
        )

    async def preview_plan_change(self, customer_id: str, plan_key: str, *, at: When | None = None) -> PlanPreview:
        """As `BillingClient.preview_plan_change`."""
        return await self._call(calls.preview_plan_change(customer_id, plan_key, at))

    async def cancel_subscription(self, customer_id: str, *, at: When = "period_end") -> Customer:
        """As `BillingClient.cancel_subscription`."""
        return await self._call(calls.change_subscription(customer_id, "cancel", at=at))

    async def pause_subscription(self, customer_id: str) -> Customer:
        """As `BillingClient.pause_subscription`."""
        return await self._call(calls.change_subscription(customer_id, "pause"))

    async def resume_subscription(self, customer_id: str) -> Customer:
        """As `BillingClient.resume_subscription`."""
        return await self._call(calls.change_subscription(customer_id, "resume"))

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
        """As `BillingClient.track_usage`."""
        return await self._call(
            calls.track_usage(customer_id, feature_key, quantity, idempotency_key, timestamp, metadata)
        )

    async def track_usage_batch(self, events: Sequence[Mapping[str, Any]]) -> list[BatchItem]:
        """As `BillingClient.track_usage_batch`."""
        return await self._call(calls.track_usage_batch(events))

    async def set_usage(
        self, *, customer_id: str, feature_key: str, quantity: object, idempotency_key: str | None = None
    ) -> UsageReceipt:
        """As `BillingClient.set_usage`."""
        return await self._call(calls.set_usage(customer_id, feature_key, quantity, idempotency_key))

    async def correct_usage(
        self,
        *,
        customer_id: str,
        idempotency_key: str,
        quantity: object,
        reason: str,
        correction_key: str | None = None,
    ) -> UsageReceipt:
        """As `BillingClient.correct_usage`."""
        return await self._call(calls.correct_usage(customer_id, idempotency_key, quantity, reason, correction_key))

    async def reserve_usage(
        self,
        *,
        customer_id: str,
        feature_key: str,
        quantity: object,
        ttl: float = 300,
        idempotency_key: str | None = None,
    ) -> AsyncHold:
        """As `BillingClient.reserve_usage`."""
        held = await self._call(calls.reserve_usage(customer_id, feature_key, quantity, ttl, idempotency_key))
        return AsyncHold.of(held, self)

    async def commit_hold(self, customer_id: str, hold_id: str, quantity: object) -> UsageReceipt:
        """As `BillingClient.commit_hold`."""
        return await self._call(calls.commit_hold(customer_id, hold_id, quantity))

    async def release_hold(self, customer_id: str, hold_id: str) -> bool:
        """As `BillingClient.release_hold`."""
        return await self._call(calls.release_hold(customer_id, hold_id))

    async def get_usage_metrics(self, customer_id: str, feature_key: str | None = None) -> UsageMetrics:
        """As `BillingClient.get_usage_metrics`."""
        return await self._call(calls.get_usage_metrics(customer_id, feature_key))

    async def check_entitlement(self, customer_id: str, feature_key: str, quantity: object = 1) -> Entitlement:
        """As `BillingClient.check_entitlement`."""
        return await self._call(calls.check_entitlement(customer_id, feature_key, quantity))

    async def is_approaching_limit(self, customer_id: str, feature_key: str, threshold: float = 80) -> bool:
        """As `BillingClient.is_approaching_limit`."""
        return await self._call(calls.is_approaching_limit(customer_id, feature_key, threshold))

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
        """As `BillingClient.list_usage_events`."""
        return await self._call(calls.list_usage_events(customer_id, feature_key, start, end, cursor, limit))

    async def get_usage_history(
        self,
        customer_id: str,
        feature_key: str,
        *,
        start: datetime,
        end: datetime,
        granularity: Granularity = "day",
    ) -> list[UsageBucket]:
        """As `BillingClient.get_usage_history`."""
        return await self._call(calls.get_usage_history(customer_id, feature_key, start, end, granularity))

    async def list_reached_thresholds(
        self, customer_id: str, feature_key: str | None = None
    ) -> tuple[ReachedThreshold, ...]:
        """As `BillingClient.list_reached_thresholds`."""
        return await self._call(calls.list_reached_thresholds(customer_id, feature_key))

    async def list_refusals(
        self, customer_id: str, *, start: datetime | None = None, end: datetime | None = None
    ) -> tuple[Refusal, ...]:
        """As `BillingClient.list_refusals`."""
        return await self._call(calls.list_refusals(customer_id, start, end))

    async def get_nudge(self, customer_id: str, *, user_id: str | None = None) -> Nudge | None:
        """As `BillingClient.get_nudge`."""
        return await self._call(calls.get_nudge(customer_id, user_id))

    async def dismiss_nudge(self, customer_id: str, nudge_id: str, *, user_id: str | None = None) -> bool:
        """As `BillingClient.dismiss_nudge`."""
        return await self._call(calls.dismiss_nudge(customer_id, nudge_id, user_id))

    async def record_nudge(
        self,
        customer_id: str,
        nudge_id: str,
        action: Literal["shown", "upgrade_clicked"],
        *,
        user_id: str | None = None,
    ) -> bool:
        """As `BillingClient.record_nudge`."""
        return await self._call(calls.record_nudge(customer_id, nudge_id, action, user_id))

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
        """As `BillingClient.list_nudge_events`."""
        return await self._call(calls.list_nudge_events(customer_id, user_id, start, end, cursor, limit))

    async def create_session_token(
        self, customer_id: str, *, user_id: str | None = None, ttl: float = 3600
    ) -> SessionToken:
        """As `BillingClient.create_session_token`."""
        return await self._call(calls.create_session_token(customer_id, user_id, ttl))

    async def _call(self, call: Call[T]) -> T:
        request = self._connection.request(self._http, call)
        return result_of(call, await self._drive(request, call))

    async def _drive(self, request: httpx.Request, call: Call[Any]) -> Answered:
        steps = self._connection.attempts(request, call)
        step = next(steps)
        while not isinstance(step, Answered):
            if isinstance(step, Wait):
                await self._sleep(step.seconds)
                step = next(steps)
            else:
                step = steps.send(await self._send(request, step))
        return step

    async def _send(self, request: httpx.Request, step: Send) -> httpx.Response | httpx.RequestError:
        request.extensions = {**request.extensions, **attempt_timeout(step)}
        try:
            response = await self._http.send(request, stream=True)
            try:
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    # The timeout is for one wait: an answer that trickles in would never meet it.
                    if self._connection.timing.clock() > step.ends:
                        raise httpx.ReadTimeout("the answer did not end before the deadline", request=request)
            finally:
                await response.aclose()
            return whole(response, bytes(body))
        except httpx.RequestError as error:
            return error

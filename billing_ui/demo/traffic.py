"""Live traffic: while somebody looks at a customer, that customer's programs call the demo's API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from decimal import Decimal

import httpx
from starlette.types import ASGIApp

from billing_ui.demo.customers import BY_ID
from billing_ui_backend import AsyncBilling, BillingError

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_CALLS = 3.0
SECONDS_WATCHED = 15.0
# Near enough to see the bar move, and far enough from the next threshold for the demo to stay what it says it is.
STOPS_AT = {"demo_near": Decimal(88), "demo_over": Decimal(75)}


class Traffic:
    """Calls the demo's API for the customers that somebody looks at, until they come near a limit.

    Args:
        api: the demo's API, called as over HTTP but without a socket.
        billing: the engine, asked how much is left.
        clock: seconds that only go up.
    """

    def __init__(self, api: ASGIApp, billing: AsyncBilling, clock: Callable[[], float]) -> None:
        self._api = api
        self._billing = billing
        self._clock = clock
        self._watched: dict[str, float] = {}

    def seen(self, customer_id: str) -> None:
        """Note that a tab shows this customer."""
        self._watched[customer_id] = self._clock()

    async def run(self) -> None:
        """Call every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_CALLS)
            try:
                await self.call_once()
            except (BillingError, httpx.HTTPError):
                logger.exception("the demo's live traffic missed a call")

    async def call_once(self) -> None:
        """Send one API call for each customer that is watched and has room."""
        transport = httpx.ASGITransport(app=self._api)
        async with httpx.AsyncClient(transport=transport, base_url="http://demo") as client:
            for customer_id, stop in STOPS_AT.items():
                if self._is_watched(customer_id) and not await self._is_near(customer_id, stop):
                    headers = {"Authorization": f"Bearer {BY_ID[customer_id].api_key}"}
                    await client.post("/v1/echo", content="live traffic", headers=headers)

    def _is_watched(self, customer_id: str) -> bool:
        at = self._watched.get(customer_id)
        return at is not None and self._clock() - at < SECONDS_WATCHED

    async def _is_near(self, customer_id: str, stop: Decimal) -> bool:
        metrics = await self._billing.get_usage_metrics(customer_id, "api_calls")
        used = [window.percentage_used for metric in metrics.metrics for window in metric.windows]
        return any(percentage is not None and percentage >= stop for percentage in used)

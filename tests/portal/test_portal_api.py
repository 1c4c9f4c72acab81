"""The demo's own API: metered, counted while it is read, and deaf to whom it is told to act for."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from billing_ui.demo.api import MAX_UPLOAD_BYTES, create_demo_api
from billing_ui.demo.catalog import CATALOG_PATH
from billing_ui.demo.customers import CUSTOMERS
from billing_ui.demo.seed import seed
from billing_ui_backend import AsyncBilling
from tests.support.engine import Clock

NEAR, OVER, FRESH = CUSTOMERS
CHUNK = 65_536
ROUTES = ("/v1/echo", "/v1/uploads", "/v1/files")

Scenario = Callable[[AsyncBilling, httpx.AsyncClient], Awaitable[None]]


def with_api(scenario: Scenario) -> None:
    """Run a scenario with the API of a seeded engine; afterwards ledger and counters agree."""

    async def run() -> None:
        async with AsyncBilling("sqlite://", catalog=CATALOG_PATH, clock=Clock()) as billing:
            await seed(billing)
            transport = httpx.ASGITransport(app=create_demo_api(billing))
            async with httpx.AsyncClient(transport=transport, base_url="http://demo") as client:
                await scenario(billing, client)
            assert await billing.verify()

    asyncio.run(run())


def key(customer: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {customer.api_key}"}


async def everything(billing: AsyncBilling) -> dict[tuple[str, str], Decimal]:
    """All that all customers use now."""
    return {
        (customer.customer_id, metric.feature_key): metric.windows[0].used
        for customer in CUSTOMERS
        for metric in (await billing.get_usage_metrics(customer.customer_id)).metrics
    }


async def consumed(billing: AsyncBilling, customer: Any, feature_key: str) -> Decimal:
    return (await everything(billing))[customer.customer_id, feature_key]


def test_an_api_call_is_counted_once_and_answers_with_its_receipt() -> None:
    async def scenario(billing: AsyncBilling, client: httpx.AsyncClient) -> None:
        response = await client.post("/v1/echo", content="hello", headers=key(NEAR))
        assert response.status_code == 200
        assert "hello" in response.json()["said"]
        assert response.json()["receipt"]["usage"]["consumed_units"] == "8605"
        assert await consumed(billing, NEAR, "api_calls") == 8605

    with_api(scenario)


def test_beyond_the_limit_it_is_refused_with_the_numbers_and_the_plan_that_would_fit() -> None:
    """Seed row: "enforces limits automatically"; their fault: HTTP 400, no numbers."""

    async def scenario(billing: AsyncBilling, client: httpx.AsyncClient) -> None:
        responses = [await client.post("/v1/echo", headers=key(FRESH)) for _ in range(62)]
        assert [response.status_code for response in responses] == [200] * 60 + [402] * 2
        problem = responses[-1].json()
        assert responses[-1].headers["content-type"] == "application/problem+json"
        facts = ("code", "requested", "consumed", "limit", "remaining", "window", "suggested_plan")
        assert [problem[name] for name in facts] == ["quota_exceeded", "1", "60", "60", "0", "hour", "starter"]
        assert problem["resets_at"] == "2026-03-10T13:00:00Z"
        assert await consumed(billing, FRESH, "api_calls") == 60

    with_api(scenario)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer demo_key_acme"},
        {"Authorization": f"Basic {NEAR.api_key}"},
        {"Authorization": NEAR.api_key},
        {"Authorization": f"Bearer {NEAR.customer_id}"},
        {"Cookie": f"Authorization=Bearer {NEAR.api_key}; billing_demo_customer={NEAR.customer_id}"},
        {"X-Customer": NEAR.customer_id},
    ],
)
def test_a_request_without_a_key_of_the_demo_changes_nothing(headers: dict[str, str]) -> None:
    async def scenario(billing: AsyncBilling, client: httpx.AsyncClient) -> None:
        before = await everything(billing)
        for path in ROUTES:
            response = await client.post(path, content="hello", headers=headers)
            assert response.status_code == 401
            assert response.json()["code"] == "authentication_error"
        assert await everything(billing) == before

    with_api(scenario)


def test_another_customers_id_in_a_request_is_not_heard() -> None:
    async def scenario(billing: AsyncBilling, client: httpx.AsyncClient) -> None:
        before = await everything(billing)
        names = {"customer": FRESH.customer_id, "customer_id": FRESH.customer_id}
        headers = {**key(NEAR), "X-Customer-Id": FRESH.customer_id, "Cookie": f"customer_id={FRESH.customer_id}"}
        for path in ROUTES:
            assert (await client.post(path, json=names, params=names, headers=headers)).is_success
        changed = {whose for whose, used in (await everything(billing)).items() if before[whose] != used}
        assert {customer_id for customer_id, _ in changed} == {NEAR.customer_id}

    with_api(scenario)


@pytest.mark.parametrize("size", [1, 1_000, 3 * 1024**2 + 7])
def test_an_upload_is_counted_by_the_bytes_that_arrived(size: int) -> None:
    """Seed row: "file upload tracks `storage_gb` as `size / 1024**3`"."""

    async def scenario(billing: AsyncBilling, client: httpx.AsyncClient) -> None:
        before = await consumed(billing, NEAR, "storage_gb")
        response = await client.post("/v1/uploads", params={"name": "x.bin"}, content=b"x" * size, headers=key(NEAR))
        assert response.status_code == 201
        counted = Decimal(response.json()["receipt"]["quantity"])
        assert counted == Decimal(size / 1024**3).quantize(Decimal("1e-9"))
        assert await consumed(billing, NEAR, "storage_gb") == before + counted

    with_api(scenario)


def test_an_empty_file_is_answered_plainly_and_nothing_is_counted() -> None:
    async def scenario(billing: AsyncBilling, client: httpx.AsyncClient) -> None:
        before = await everything(billing)
        response = await client.post("/v1/uploads", content=b"", headers=key(NEAR))
        assert response.status_code == 200
        assert response.json() == {
            "said": "An empty file takes no storage: nothing was counted.",
            "receipt": None,
        }
        assert await everything(billing) == before

    with_api(scenario)


def test_an_upload_beyond_what_storage_has_left_is_refused() -> None:
    async def scenario(billing: AsyncBilling, client: httpx.AsyncClient) -> None:
        await billing.set_usage(customer_id=FRESH.customer_id, feature_key="storage_gb", quantity="0.5")
        response = await client.post("/v1/uploads", content=b"x" * 1024, headers=key(FRESH))
        problem = response.json()
        assert response.status_code == 402
        assert (problem["limit"], problem["remaining"], problem["suggested_plan"]) == ("0.5", "0", "starter")
        assert problem["resets_at"] is None

    with_api(scenario)


@pytest.mark.parametrize("path", ["/v1/uploads", "/v1/files"])
@pytest.mark.parametrize("announced", [{}, {"content-length": "10"}])
def test_a_body_that_is_too_large_is_refused_while_it_is_read(path: str, announced: dict[str, str]) -> None:
    asked = 0

    async def larger() -> AsyncIterator[bytes]:
        nonlocal asked
        for asked in range(1, 2 * MAX_UPLOAD_BYTES // CHUNK):  # noqa: B007
            yield b"x" * CHUNK

    async def scenario(billing: AsyncBilling, client: httpx.AsyncClient) -> None:
        before = await everything(billing)
        response = await client.post(path, content=larger(), headers={**key(NEAR), **announced})
        assert (response.status_code, response.json()["code"]) == (413, "request_too_large")
        assert asked == MAX_UPLOAD_BYTES // CHUNK + 1
        assert await everything(billing) == before

    with_api(scenario)


@pytest.mark.parametrize("path", ["/v1/uploads", "/v1/files"])
def test_an_upload_that_breaks_off_counts_nothing(path: str) -> None:
    async def scenario(billing: AsyncBilling, client: httpx.AsyncClient) -> None:  # noqa: ARG001
        before = await everything(billing)
        messages = [{"type": "http.request", "body": b"x" * 1000, "more_body": True}, {"type": "http.disconnect"}]

        async def receive() -> dict[str, Any]:
            return messages.pop(0)

        async def send(_message: Any) -> None:
            """Nobody listens."""

        headers = [(name.lower().encode(), value.encode()) for name, value in key(NEAR).items()]
        scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
        await create_demo_api(billing)(scope, receive, send)
        assert await everything(billing) == before

    with_api(scenario)


def test_a_processed_file_is_answered_with_its_digest_and_counted_once() -> None:
    async def scenario(billing: AsyncBilling, client: httpx.AsyncClient) -> None:
        before = await consumed(billing, NEAR, "files")
        response = await client.post("/v1/files", content=b"hello", headers=key(NEAR))
        assert hashlib.sha256(b"hello").hexdigest() in response.json()["said"]
        assert await consumed(billing, NEAR, "files") == before + 1

    with_api(scenario)


def test_a_file_is_not_processed_when_the_plan_does_not_include_it() -> None:
    async def scenario(_billing: AsyncBilling, client: httpx.AsyncClient) -> None:
        response = await client.post("/v1/files", content=b"hello", headers=key(FRESH))
        assert (response.status_code, response.json()["code"]) == (403, "feature_not_in_plan")

    with_api(scenario)

"""The client against a real API over a network that fails: one effect per call, whatever happens."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from billing_ui_backend import (
    BillingClient,
    BillingError,
    NetworkError,
    NotSupported,
    QuotaExceeded,
    RateLimited,
    ServiceUnavailable,
)
from tests.support.billing_api import RunningApi, running_api
from tests.support.clients import Kind, VirtualTime, call
from tests.support.faults import Fault, FaultyTransport, after, answered, before


@pytest.fixture
def customer_id(api: RunningApi) -> str:
    return api.billing.create_customer(f"cus_{uuid.uuid4().hex}").customer_id


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


def consumed(api: RunningApi, customer_id: str, feature_key: str = "api_calls") -> Decimal:
    return api.billing.get_usage_metrics(customer_id)[feature_key].consumed


RETRIED = [
    before(httpx.ConnectError),
    before(httpx.ConnectTimeout),
    before(httpx.WriteError),
    after(httpx.ReadTimeout),
    after(httpx.ReadError),
    after(httpx.RemoteProtocolError),
    answered(408),
    answered(425),
    answered(429, {"Retry-After": "1"}),
    answered(500),
    answered(502, reaches=True),
    answered(503),
    answered(504, reaches=True),
]


@pytest.mark.parametrize("fault", RETRIED, ids=str)
def test_a_call_that_meets_a_fault_counts_once(api: RunningApi, customer_id: str, kind: Kind, fault: Fault) -> None:
    """Parity, the seed: "handles retries automatically" and "prevents duplicates on retries"; theirs retries 5xx only and
    without a key."""
    transport = FaultyTransport(fault, fault)
    receipt = call(kind, api, "track_usage", customer_id=customer_id, feature_key="api_calls", transport=transport)

    assert len(transport.sent) == 3
    assert {body["idempotency_key"] for body in transport.bodies()} == {receipt.idempotency_key}
    assert receipt.quantity == 1
    assert receipt.replayed is fault.reaches
    assert consumed(api, customer_id) == 1
    assert len(api.billing.list_usage_events(customer_id).events) == 1


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 410, 413, 422, 501])
def test_other_refusals_are_not_sent_again(api: RunningApi, customer_id: str, kind: Kind, status: int) -> None:
    transport = FaultyTransport(answered(status))
    with pytest.raises(BillingError) as refused:
        call(kind, api, "track_usage", customer_id=customer_id, feature_key="api_calls", transport=transport)
    assert len(transport.sent) == 1
    assert refused.value.status == status
    assert consumed(api, customer_id) == 0


def test_a_key_of_the_caller_is_sent_as_it_is(api: RunningApi, customer_id: str, kind: Kind) -> None:
    """Parity, the seed: `billing.trackUsage({..., idempotencyKey, metadata})`."""
    transport = FaultyTransport(after(httpx.ReadTimeout))
    receipt = call(
        kind,
        api,
        "track_usage",
        customer_id=customer_id,
        feature_key="api_calls",
        quantity=2,
        idempotency_key="req_42",
        metadata={"model": "small"},
        transport=transport,
    )
    assert receipt.idempotency_key == "req_42"
    (event,) = api.billing.list_usage_events(customer_id).events
    assert (event.quantity, event.metadata) == (2, {"model": "small"})


def test_a_batch_whose_answer_is_lost_is_sent_again_whole_and_counts_once(
    api: RunningApi, customer_id: str, kind: Kind
) -> None:
    """Parity, the seed: "prevents duplicates on retries", for each event of a batch."""
    transport = FaultyTransport(after(httpx.ReadError), answered(503, reaches=True))
    events = [{"customer_id": customer_id, "feature_key": "api_calls"} for _ in range(3)]
    items = call(kind, api, "track_usage_batch", events, transport=transport)

    first, second, third = transport.bodies()
    assert first == second == third
    assert len({event["idempotency_key"] for event in first["events"]}) == 3
    assert [item.receipt.replayed for item in items] == [True, True, True]
    assert consumed(api, customer_id) == 3
    assert all("idempotency_key" not in event for event in events), "the caller's events are left alone"


def test_set_usage_is_safe_to_send_again(api: RunningApi, customer_id: str, kind: Kind) -> None:
    transport = FaultyTransport(after(httpx.ReadTimeout))
    receipt = call(
        kind, api, "set_usage", customer_id=customer_id, feature_key="storage_gb", quantity="0.25", transport=transport
    )
    assert (receipt.quantity, receipt.replayed) == (Decimal("0.25"), True)
    assert len(api.billing.list_usage_events(customer_id).events) == 1


def test_what_is_reserved_committed_and_corrected_over_a_failing_network_happens_once(
    api: RunningApi, customer_id: str, kind: Kind
) -> None:
    transport = FaultyTransport(after(httpx.ReadTimeout), answered(502, reaches=True))
    asked = {"customer_id": customer_id, "feature_key": "api_calls", "quantity": 4}
    hold = call(kind, api, "reserve_usage", **asked, transport=transport)
    assert {body["idempotency_key"] for body in transport.bodies()} == {hold.hold_id}
    assert (len(transport.sent), hold.replayed) == (3, True)
    assert api.billing.get_usage_metrics(customer_id)["api_calls"].held == 4

    transport = FaultyTransport(after(httpx.ReadError))
    receipt = call(kind, api, "commit_hold", customer_id, hold.hold_id, 3, transport=transport)
    assert (receipt.quantity, receipt.replayed) == (3, True)

    transport = FaultyTransport(after(httpx.ReadError))
    correction = {"customer_id": customer_id, "idempotency_key": receipt.idempotency_key, "quantity": 1, "reason": "r"}
    corrected = call(kind, api, "correct_usage", **correction, transport=transport)
    assert (corrected.quantity, corrected.replayed) == (-2, True)
    assert len({body["correction_key"] for body in transport.bodies()}) == 1
    assert consumed(api, customer_id) == 1
    assert len(api.billing.list_usage_events(customer_id).events) == 2


def test_a_release_whose_answer_is_lost_gave_back_once(api: RunningApi, customer_id: str, kind: Kind) -> None:
    asked = {"customer_id": customer_id, "feature_key": "api_calls", "quantity": 2}
    first, second = (api.billing.reserve_usage(**asked) for _ in range(2))
    transport = FaultyTransport(after(httpx.ReadTimeout))
    assert call(kind, api, "release_hold", customer_id, first.hold_id, transport=transport) is False
    assert api.billing.get_usage_metrics(customer_id)["api_calls"].held == second.quantity


def test_a_lost_answer_to_the_last_call_that_fits_is_no_refusal(api: RunningApi, customer_id: str, kind: Kind) -> None:
    transport = FaultyTransport(after(httpx.ReadTimeout))
    receipt = call(
        kind, api, "track_usage", customer_id=customer_id, feature_key="api_calls", quantity=4, transport=transport
    )
    assert receipt.usage.remaining_units == 0
    with pytest.raises(QuotaExceeded):
        call(kind, api, "track_usage", customer_id=customer_id, feature_key="api_calls")


def test_threads_that_share_a_client_and_a_key_count_once(api: RunningApi, customer_id: str) -> None:
    """Parity, the seed: exactly once, also for concurrent calls with the same key."""
    with BillingClient(api.secret_key, api.base_url) as client, ThreadPoolExecutor(8) as threads:
        track = client.track_usage
        tasks = [
            threads.submit(track, customer_id=customer_id, feature_key="api_calls", idempotency_key="one")
            for _ in range(16)
        ]
        receipts = [task.result() for task in tasks]
    assert [receipt.replayed for receipt in receipts].count(False) == 1
    assert consumed(api, customer_id) == 1


def test_waits_grow_with_full_jitter_up_to_a_cap(api: RunningApi, customer_id: str, kind: Kind) -> None:
    time = VirtualTime()
    transport = FaultyTransport(*[before(httpx.ConnectError)] * 7)
    call(
        kind,
        api,
        "track_usage",
        customer_id=customer_id,
        feature_key="api_calls",
        transport=transport,
        time=time,
        settings={"max_retries": 7},
    )
    assert time.drawn == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0], "each wait is drawn from 0 to this"
    assert time.waits == time.drawn


@pytest.mark.parametrize(
    ("header", "least"),
    [
        ("7", 7),
        ("Thu, 01 Jan 2026 00:00:09 GMT", 9),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0),
        ("soon", 0),
        ("", 0),
        ("Thu, 01 Jan 99999999999 00:00:00 GMT", 0),
    ],
)
def test_retry_after_is_honoured_as_seconds_and_as_a_date(
    api: RunningApi, customer_id: str, kind: Kind, header: str, least: float
) -> None:
    """Parity, the seed: 429 with Retry-After; theirs does not retry a 429 at all."""
    time = VirtualTime()
    transport = FaultyTransport(answered(429, {"Retry-After": header}))
    call(kind, api, "track_usage", customer_id=customer_id, feature_key="api_calls", transport=transport, time=time)
    assert time.waits == [least + 0.25], "the jitter comes on top, so that not all come back at once"


def test_a_longer_wait_than_the_deadline_is_not_begun(api: RunningApi, customer_id: str, kind: Kind) -> None:
    time = VirtualTime()
    transport = FaultyTransport(answered(503, {"Retry-After": "3600"}))
    with pytest.raises(NetworkError, match=r"1 attempt, last 503 .*pass the deadline of 60 s"):
        call(kind, api, "track_usage", customer_id=customer_id, feature_key="api_calls", transport=transport, time=time)
    assert time.waits == []


@pytest.mark.parametrize("fault", [before(httpx.ConnectError), answered(503)], ids=str)
def test_a_read_without_an_answer_has_no_key_to_send_again(
    api: RunningApi, customer_id: str, kind: Kind, fault: Fault
) -> None:
    transport = FaultyTransport(fault)
    with pytest.raises(NetworkError) as failed:
        call(kind, api, "get_usage_metrics", customer_id, transport=transport, settings={"max_retries": 0})
    assert failed.value.message.endswith("then send it again")


def test_max_retries_bounds_the_attempts_and_the_error_says_what_was_tried(
    api: RunningApi, customer_id: str, kind: Kind
) -> None:
    transport = FaultyTransport(*[before(httpx.ConnectError)] * 9)
    with pytest.raises(NetworkError) as failed:
        call(
            kind,
            api,
            "track_usage",
            customer_id=customer_id,
            feature_key="api_calls",
            transport=transport,
            settings={"max_retries": 2},
        )
    assert len(transport.sent) == 3
    assert f"POST {api.base_url}/v1/usage/track: no answer after 3 attempts" in failed.value.message
    assert "ConnectError" in failed.value.message
    assert failed.value.message.endswith("then send it again with the same idempotency key")
    assert api.secret_key not in failed.value.message
    assert isinstance(failed.value.__cause__, httpx.ConnectError)


def test_the_deadline_bounds_all_attempts_together(api: RunningApi, customer_id: str) -> None:
    time = VirtualTime()
    timeouts: list[float] = []

    class SlowTransport(FaultyTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            timeout = request.extensions["timeout"]["read"]
            timeouts.append(timeout)
            time.seconds += timeout
            raise httpx.ReadTimeout("too slow", request=request)

    with pytest.raises(NetworkError, match="deadline of 25 s"):
        call(
            "sync",
            api,
            "track_usage",
            customer_id=customer_id,
            feature_key="api_calls",
            transport=SlowTransport(),
            time=time,
            settings={"timeout": 10, "max_retries": 100, "deadline": 25},
        )
    assert timeouts == [10, 10, 25 - (10 + 0.25) - (10 + 0.5)], "the last attempt gets what is left"
    assert time.seconds <= 25


@pytest.mark.parametrize("size", [1, 1000])
def test_an_answer_that_trickles_in_ends_at_the_deadline(
    api: RunningApi, customer_id: str, kind: Kind, size: int
) -> None:
    time = VirtualTime()

    class Trickle(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            for _ in range(100):
                time.seconds += 4
                yield b" " * size

        async def __aiter__(self):
            for chunk in self:
                yield chunk

    class TricklingTransport(FaultyTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, stream=Trickle(), request=request)

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return self.handle_request(request)

    with pytest.raises(NetworkError, match="did not end before the deadline"):
        call(kind, api, "get_customer", customer_id, transport=TricklingTransport(), time=time)
    assert time.seconds <= 64


def test_a_typed_refusal_that_lasts_is_raised_as_itself_and_says_how_often_it_was_tried(
    api: RunningApi, customer_id: str, kind: Kind
) -> None:
    class Limited(FaultyTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            self.sent.append(request)
            problem = {
                "type": "urn:billing-ui:problem:rate_limited",
                "title": "Rate limited",
                "status": 429,
                "detail": "too many requests: slow down",
                "code": "rate_limited",
                "retry_after": 3,
            }
            headers = {"content-type": "application/problem+json", "retry-after": "3"}
            return httpx.Response(429, headers=headers, json=problem)

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return self.handle_request(request)

    transport = Limited()
    with pytest.raises(RateLimited) as limited:
        call(kind, api, "get_customer", customer_id, transport=transport, settings={"max_retries": 2})
    assert len(transport.sent) == 3
    assert limited.value.details["retry_after"] == 3
    assert limited.value.__notes__ == ["after 3 attempts: max_retries is 2"]


def test_a_redirect_is_not_followed(api: RunningApi, customer_id: str, kind: Kind) -> None:
    transport = FaultyTransport(answered(307, {"Location": "https://elsewhere.example/v1/usage/track"}))
    with pytest.raises(NetworkError, match=r"redirected to 'https://elsewhere.example"):
        call(kind, api, "track_usage", customer_id=customer_id, feature_key="api_calls", transport=transport)
    assert len(transport.sent) == 1, "the key goes nowhere else"


@pytest.mark.parametrize("path", ["/hello", "/nowhere"])
def test_a_wrong_base_url_is_named(api: RunningApi, kind: Kind, path: str) -> None:
    wrong = api.base_url.replace("/billing-api", path)
    with pytest.raises(BillingError, match="base_url"):
        call(kind, api, "get_customer", "cus_123", settings={"base_url": wrong})


def test_a_service_that_is_not_there_is_a_network_error(api: RunningApi, kind: Kind) -> None:
    with pytest.raises(NetworkError, match="no answer after 2 attempts"):
        call(kind, api, "get_customer", "cus_123", settings={"base_url": "http://127.0.0.1:9", "max_retries": 1})


def test_the_api_that_lost_its_database_answers_when_to_come_back(tmp_path: Path, kind: Kind) -> None:
    with running_api(tmp_path) as api:
        api.billing.create_customer("cus_123")
        call(kind, api, "track_usage", customer_id="cus_123", feature_key="api_calls")
        (tmp_path / "billing.db").rename(tmp_path / "gone.db")
        with pytest.raises(ServiceUnavailable) as failed:
            call(kind, api, "track_usage", customer_id="cus_123", feature_key="api_calls", settings={"max_retries": 1})
        (tmp_path / "gone.db").rename(tmp_path / "billing.db")
        assert failed.value.details["retry_after"] == 5
        assert str(tmp_path) not in failed.value.message, "where the database lies is the operator's"
        receipt = call(kind, api, "track_usage", customer_id="cus_123", feature_key="api_calls")
        assert receipt.usage.consumed_units == 2


def test_what_has_no_route_says_so(api: RunningApi) -> None:
    with (
        BillingClient(api.secret_key, api.base_url) as client,
        pytest.raises(NotSupported, match=r"verify has no route"),
    ):
        client.verify()

"""The clients are the engine from afar: the same signatures, results and errors, over a real server."""

from __future__ import annotations

import dataclasses
import inspect
import json
import pickle
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from billing_ui_backend import (
    AsyncBilling,
    AsyncBillingClient,
    AuthenticationError,
    Billing,
    BillingClient,
    BillingError,
    InvalidQuantity,
    InvalidRequest,
    NetworkError,
    NotSupported,
    PreviewOutdated,
    QuotaExceeded,
    RequestTooLarge,
)
from billing_ui_backend.embedded_only import EmbeddedOnly
from billing_ui_backend.results import HeldUsage
from tests.support.billing_api import RunningApi
from tests.support.clients import Kind, call, with_client
from tests.support.faults import FaultyTransport


@pytest.fixture
def customer_id(api: RunningApi) -> str:
    return api.billing.create_customer(f"cus_{uuid.uuid4().hex}").customer_id


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


NOT_FOR_CLIENTS = {"is_open", "open_writer"}
CALLS = sorted(name for name, value in vars(Billing).items() if callable(value) and not name.startswith("_"))


@pytest.mark.parametrize("name", [name for name in CALLS if name not in NOT_FOR_CLIENTS])
def test_engine_and_clients_share_each_signature(name: str) -> None:
    """Parity, the seed: `new BillingOS({secretKey})` has the engine's methods."""
    engine = inspect.signature(getattr(Billing, name)).parameters
    for twin in (AsyncBilling, BillingClient, AsyncBillingClient):
        parameters = inspect.signature(getattr(twin, name)).parameters
        assert [(p.name, p.kind, p.default, p.annotation) for p in parameters.values()] == [
            (p.name, p.kind, p.default, p.annotation) for p in engine.values()
        ], twin


def test_what_needs_the_database_itself_is_refused_by_name(api: RunningApi) -> None:
    with BillingClient(api.secret_key, api.base_url) as client:
        for name, function in vars(EmbeddedOnly).items():
            if name.startswith("_"):
                continue
            needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty][1:]
            arguments = {p.name: "x" for p in needed}
            with pytest.raises(NotSupported, match=f"{name} has no route"):
                getattr(client, name)(**arguments)


def test_the_clients_import_neither_the_database_nor_the_server() -> None:
    program = (
        "import sys, billing_ui_backend as b; b.BillingClient, b.AsyncBillingClient;"
        "print([m for m in ('sqlalchemy', 'fastapi', 'pydantic', 'starlette') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_customer_is_the_same_from_afar(api: RunningApi, kind: Kind) -> None:
    customer_id = f"cus_{uuid.uuid4().hex}"
    created = call(kind, api, "create_customer", customer_id, plan="pro", name="Ada", timezone="Europe/Berlin")
    assert created == api.billing.get_customer(customer_id)
    assert call(kind, api, "create_customer", customer_id, plan="free", locale="de-DE").plan_key == "pro"
    assert call(kind, api, "update_customer", customer_id, name="Ada L.").name == "Ada L."
    assert call(kind, api, "get_customer", customer_id) == api.billing.get_customer(customer_id)
    paused = call(kind, api, "pause_subscription", customer_id)
    assert paused.subscription.status == "paused"
    assert call(kind, api, "resume_subscription", customer_id).subscription.status == "active"
    ending = call(kind, api, "cancel_subscription", customer_id)
    assert ending.subscription.next_status == "ended"
    assert ending == api.billing.get_customer(customer_id)
    changed = call(kind, api, "change_plan", customer_id, "free", at="now")
    assert changed == api.billing.get_customer(customer_id)


def test_customers_are_listed_page_by_page(api: RunningApi, kind: Kind) -> None:
    for number in range(3):
        api.billing.create_customer(f"page_{number}")
    page = call(kind, api, "list_customers", cursor="page_", limit=2)
    assert page == api.billing.list_customers(cursor="page_", limit=2)
    rest = call(kind, api, "list_customers", cursor=page.next_cursor, limit=1)
    assert [customer.customer_id for customer in rest.customers] == ["page_2"]


@pytest.mark.parametrize(
    "customer_id",
    ["a/b", "..", ".", "a b?c=d&e#f", "ünïcødé/名前", "100%", "%2F", "x/plan", "/", "a//b/", "a+b", ";v=1"],
)
def test_any_id_that_the_engine_takes_has_a_route(api: RunningApi, kind: Kind, customer_id: str) -> None:
    call(kind, api, "create_customer", customer_id)
    assert call(kind, api, "resume_subscription", customer_id).customer_id == customer_id
    assert call(kind, api, "get_customer", customer_id).customer_id == customer_id
    assert call(kind, api, "update_customer", customer_id, name="n").customer_id == customer_id
    assert call(kind, api, "change_plan", customer_id, "pro").customer_id == customer_id
    assert call(kind, api, "pause_subscription", customer_id).customer_id == customer_id
    assert call(kind, api, "get_usage_metrics", customer_id).customer.customer_id == customer_id
    assert api.billing.get_customer(customer_id).subscription.status == "paused"  # type: ignore[union-attr]


def test_receipts_metrics_events_and_entitlements_are_the_same_from_afar(
    api: RunningApi, customer_id: str, kind: Kind
) -> None:
    """Parity, shapes to keep: UsageMetric, the receipt, the entitlement; field by field, with exact Decimals."""
    receipt = call(
        kind,
        api,
        "track_usage",
        customer_id=customer_id,
        feature_key="api_calls",
        quantity=2,
        idempotency_key="req_1",
        timestamp=datetime.now(UTC) - timedelta(seconds=1),
        metadata={"who": "Ada", "nested": {"n": [1, 2.5, None, True]}},
    )
    again = api.billing.track_usage(
        customer_id=customer_id,
        feature_key="api_calls",
        quantity=2,
        idempotency_key="req_1",
        timestamp=receipt.timestamp,
    )
    assert dataclasses.replace(receipt, replayed=True) == again
    assert receipt.timestamp.tzinfo is UTC

    call(kind, api, "set_usage", customer_id=customer_id, feature_key="storage_gb", quantity=Decimal("0.125"))
    engine = api.billing.get_usage_metrics(customer_id)
    metrics = call(kind, api, "get_usage_metrics", customer_id)
    assert dataclasses.replace(metrics, as_of=engine.as_of) == engine
    assert isinstance(metrics["api_calls"].consumed, Decimal)
    assert [window.window for window in metrics["api_calls"].windows] == ["month", "hour"]
    one = call(kind, api, "get_usage_metrics", customer_id, "api_calls")
    assert [metric.feature_key for metric in one.metrics] == ["api_calls"]

    for feature_key, quantity in [
        ("api_calls", 2),
        ("api_calls", 3),
        ("storage_gb", 0.375),
        ("sso", 1),
        ("seconds", "1.5"),
    ]:
        entitlement = call(kind, api, "check_entitlement", customer_id, feature_key, quantity)
        assert entitlement == api.billing.check_entitlement(customer_id, feature_key, quantity)
    for threshold in (50, 49.9, 80):
        near = call(kind, api, "is_approaching_limit", customer_id, "api_calls", threshold)
        assert near is api.billing.is_approaching_limit(customer_id, "api_calls", threshold)

    page = call(kind, api, "list_usage_events", customer_id, limit=1, start=datetime(2020, 1, 1, tzinfo=UTC))
    assert page == api.billing.list_usage_events(customer_id, limit=1)
    rest = call(kind, api, "list_usage_events", customer_id, cursor=page.next_cursor, feature_key="api_calls")
    assert rest == api.billing.list_usage_events(customer_id, feature_key="api_calls")


def test_holds_are_the_same_from_afar(api: RunningApi, customer_id: str, kind: Kind) -> None:
    api.billing.change_plan(customer_id, "pro")
    strange = "a/b ünïcødé?#%2F.."
    asked = {"customer_id": customer_id, "feature_key": "seconds", "quantity": 0.125, "idempotency_key": strange}
    first, ended = with_client(
        kind, api, lambda client: client.reserve_usage(**asked, ttl=1800), lambda hold: hold.commit("0.1")
    )
    again = api.billing.reserve_usage(**asked)
    assert {**as_dict(first), "replayed": True, "status": "committed"} == as_dict(again)
    assert (first.quantity, first.expires_at - first.created_at) == (Decimal("0.125"), timedelta(minutes=30))
    assert dataclasses.replace(ended, replayed=True) == api.billing.commit_hold(customer_id, strange, "0.1")
    assert call(kind, api, "commit_hold", customer_id, strange, Decimal("0.10")).replayed
    assert call(kind, api, "release_hold", customer_id, strange) is False

    made, released = with_client(
        kind,
        api,
        lambda client: client.reserve_usage(customer_id=customer_id, feature_key="seconds", quantity=3000),
        lambda hold: hold.release(),
    )
    assert (made.hold_id != strange, released) == (True, True)
    assert api.billing.get_usage_metrics(customer_id)["seconds"].held == 0


def test_a_correction_is_the_same_from_afar(api: RunningApi, customer_id: str, kind: Kind) -> None:
    api.billing.track_usage(customer_id=customer_id, feature_key="api_calls", quantity=4, idempotency_key="job_7")
    correction = {
        "customer_id": customer_id,
        "idempotency_key": "job_7",
        "quantity": 1,
        "reason": "three of them failed",
    }
    receipt = call(kind, api, "correct_usage", **correction)
    assert (receipt.quantity, receipt.usage.consumed_units) == (-3, 1)
    assert dataclasses.replace(receipt, replayed=True) == api.billing.correct_usage(**correction)
    assert call(kind, api, "list_usage_events", customer_id).events[0].metadata == {"reason": "three of them failed"}


def test_history_thresholds_refusals_and_nudges_are_the_same_from_afar(
    api: RunningApi, customer_id: str, kind: Kind
) -> None:
    api.billing.update_customer(customer_id, timezone="Asia/Kathmandu")
    api.billing.track_usage(customer_id=customer_id, feature_key="api_calls", quantity=4)
    with pytest.raises(QuotaExceeded):
        api.billing.track_usage(customer_id=customer_id, feature_key="api_calls")
    now = datetime.now(UTC)
    span: dict[str, Any] = {"start": now - timedelta(days=2), "end": now + timedelta(minutes=1)}
    granularities: list[dict[str, Any]] = [{}, {"granularity": "hour"}, {"granularity": "month"}]
    for options in granularities:
        buckets = call(kind, api, "get_usage_history", customer_id, "api_calls", **span, **options)
        assert buckets == api.billing.get_usage_history(customer_id, "api_calls", **span, **options)
        assert sum(bucket.quantity for bucket in buckets) == 4
    for feature_key in ((), ("api_calls",), ("storage_gb",)):
        reached = call(kind, api, "list_reached_thresholds", customer_id, *feature_key)
        assert reached == api.billing.list_reached_thresholds(customer_id, *feature_key)
    assert len(call(kind, api, "list_reached_thresholds", customer_id)) == 6
    (refusal,) = call(kind, api, "list_refusals", customer_id, **span)
    assert (refusal,) == api.billing.list_refusals(customer_id)
    assert call(kind, api, "list_refusals", customer_id, end=now - timedelta(days=2)) == ()

    nudge = call(kind, api, "get_nudge", customer_id, user_id="ada")
    assert nudge == api.billing.get_nudge(customer_id, user_id="ada")
    assert call(kind, api, "record_nudge", customer_id, nudge.nudge_id, "shown", user_id="ada") is True
    assert call(kind, api, "record_nudge", customer_id, nudge.nudge_id, "upgrade_clicked", user_id="ada") is True
    assert call(kind, api, "record_nudge", customer_id, "another", "shown", user_id="ada") is False
    assert call(kind, api, "dismiss_nudge", customer_id, nudge.nudge_id, user_id="ada") is True
    page = call(kind, api, "list_nudge_events", customer_id, user_id="ada", limit=2)
    assert page == api.billing.list_nudge_events(customer_id, user_id="ada", limit=2)
    rest = call(kind, api, "list_nudge_events", customer_id, cursor=page.next_cursor)
    assert {event.action for event in (*page.events, *rest.events)} == {"shown", "upgrade_clicked", "dismissed"}
    assert call(kind, api, "dismiss_nudge", customer_id, "another", user_id="ada") is False
    assert call(kind, api, "get_nudge", customer_id) == nudge
    assert call(kind, api, "get_nudge", customer_id, user_id="ada") != nudge


def test_a_session_token_made_from_afar_is_the_customers(api: RunningApi, customer_id: str, kind: Kind) -> None:
    before = datetime.now(UTC)
    made = call(kind, api, "create_session_token", customer_id, user_id="ada", ttl=60)
    assert before <= made.expires_at - timedelta(seconds=60) <= datetime.now(UTC)
    assert api.billing.authenticate_session_token(made.token) == made
    metrics = httpx.get(f"{api.base_url}/v1/usage/metrics", headers={"authorization": f"Bearer {made.token}"})
    assert metrics.json()["customer"]["customer_id"] == customer_id
    with pytest.raises(AuthenticationError, match="sk_test_"):
        call(kind, api, "get_customer", customer_id, settings={"secret_key": made.token})


def as_dict(hold: Any) -> dict[str, Any]:
    return {name.name: getattr(hold, name.name) for name in dataclasses.fields(HeldUsage)}


def test_is_approaching_limit_becomes_true_at_the_threshold(api: RunningApi, customer_id: str, kind: Kind) -> None:
    """Parity, the seed: `useIsApproachingLimit("cus_123", "api_calls", 80)`; theirs never returns true."""
    api.billing.change_plan(customer_id, "free")
    for used, expected in ((3, False), (1, True)):
        call(kind, api, "track_usage", customer_id=customer_id, feature_key="api_calls", quantity=used)
        assert call(kind, api, "is_approaching_limit", customer_id, "api_calls", 80) is expected


def test_a_full_quota_is_raised_with_its_numbers(api: RunningApi, customer_id: str, kind: Kind) -> None:
    """Parity, the seed: "enforces limits automatically", a typed QuotaExceeded with the numbers, the reset time and the
    plan that would fit; theirs: HTTP 400, no numbers."""
    call(kind, api, "track_usage", customer_id=customer_id, feature_key="api_calls", quantity=3)
    with pytest.raises(QuotaExceeded) as refused:
        call(kind, api, "track_usage", customer_id=customer_id, feature_key="api_calls", quantity="2")
    error = refused.value
    assert (error.customer_id, error.feature_key, error.window) == (customer_id, "api_calls", "hour")
    assert (error.requested, error.consumed, error.limit, error.remaining) == (2, 3, 4, 1)
    assert isinstance(error.remaining, Decimal)
    assert error.resets_at == api.billing.get_usage_metrics(customer_id)["api_calls"].period_end
    assert error.resets_at is not None
    assert error.resets_at.tzinfo is UTC
    assert error.suggested_plan == "pro"
    with pytest.raises(QuotaExceeded) as local:
        api.billing.track_usage(customer_id=customer_id, feature_key="api_calls", quantity="2")
    assert (error.message, error.details) == (local.value.message, local.value.details)


NOW = datetime.now(UTC)
REFUSED: list[tuple[str, str, tuple[Any, ...], dict[str, Any]]] = [
    ("unknown customer", "get_customer", ("nobody",), {}),
    ("unknown plan", "change_plan", ("CUSTOMER", "gold"), {}),
    ("bad zone", "update_customer", ("CUSTOMER",), {"timezone": "Mars/Olympus"}),
    ("unknown feature", "check_entitlement", ("CUSTOMER", "teleport"), {}),
    ("bad quantity", "check_entitlement", ("CUSTOMER", "api_calls", float("nan")), {}),
    ("bad limit", "list_usage_events", ("CUSTOMER",), {"limit": 0}),
    ("bad cursor", "list_usage_events", ("CUSTOMER",), {"cursor": "x"}),
    ("naive start", "list_usage_events", ("CUSTOMER",), {"start": datetime(2026, 1, 1)}),  # noqa: DTZ001
    ("no such event", "correct_usage", (), {"idempotency_key": "x", "quantity": 1, "reason": "y"}),
    ("no reason", "correct_usage", (), {"idempotency_key": "x", "quantity": 1, "reason": ""}),
    ("no such hold", "commit_hold", ("CUSTOMER", "x", 1), {}),
    ("not a hold id", "release_hold", ("CUSTOMER", 7), {}),
    ("more than the limit", "reserve_usage", (), {"feature_key": "api_calls", "quantity": 5}),
    ("a negative hold", "reserve_usage", (), {"feature_key": "storage_gb", "quantity": -1}),
    ("nan ttl", "reserve_usage", (), {"feature_key": "api_calls", "quantity": 1, "ttl": float("nan")}),
    ("text ttl", "reserve_usage", (), {"feature_key": "api_calls", "quantity": 1, "ttl": "60"}),
    ("long ttl", "reserve_usage", (), {"feature_key": "api_calls", "quantity": 1, "ttl": 10**9}),
    ("a reserved hold id", "reserve_usage", (), {"feature_key": "sso", "quantity": 1, "idempotency_key": "hold:x"}),
    ("naive history", "get_usage_history", ("CUSTOMER", "api_calls"), {"start": datetime(2026, 1, 1), "end": NOW}),  # noqa: DTZ001
    ("no time", "get_usage_history", ("CUSTOMER", "api_calls"), {"start": "2026-01-01", "end": NOW}),
    ("an empty span", "get_usage_history", ("CUSTOMER", "api_calls"), {"start": NOW, "end": NOW}),
    ("a week", "get_usage_history", ("CUSTOMER", "api_calls"), {"start": NOW, "end": NOW, "granularity": "week"}),
    (
        "history of a flag",
        "get_usage_history",
        ("CUSTOMER", "sso"),
        {"start": datetime(2026, 1, 1, tzinfo=UTC), "end": NOW},
    ),
    ("unknown feature's thresholds", "list_reached_thresholds", ("CUSTOMER", "teleport"), {}),
    ("naive refusals", "list_refusals", ("CUSTOMER",), {"start": datetime(2026, 1, 1)}),  # noqa: DTZ001
    ("nobody's nudge", "get_nudge", ("nobody",), {}),
    ("no nudge id", "dismiss_nudge", ("CUSTOMER", None), {}),
    ("nobody's token", "create_session_token", ("nobody",), {}),
    ("a token for ever", "create_session_token", ("CUSTOMER",), {"ttl": float("inf")}),
    ("a token for a week", "create_session_token", ("CUSTOMER",), {"ttl": 7 * 86_400}),
    ("a token for no user", "create_session_token", ("CUSTOMER",), {"user_id": ""}),
    ("nan threshold", "is_approaching_limit", ("CUSTOMER", "api_calls", float("nan")), {}),
    ("bool threshold", "is_approaching_limit", ("CUSTOMER", "api_calls", True), {}),
    ("not a batch", "track_usage_batch", ({"customer_id": "x"},), {}),
    ("empty batch", "track_usage_batch", ([],), {}),
]


@pytest.mark.parametrize(("name", "method", "args", "kwargs"), REFUSED, ids=[entry[0] for entry in REFUSED])
def test_refusals_are_raised_again_as_themselves(
    api: RunningApi, customer_id: str, kind: Kind, name: str, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    del name
    args = tuple(customer_id if value == "CUSTOMER" else value for value in args)
    if method in ("correct_usage", "reserve_usage"):
        kwargs = {"customer_id": customer_id, **kwargs}
    transport = FaultyTransport()
    with pytest.raises(BillingError) as local:
        getattr(api.billing, method)(*args, **kwargs)
    with pytest.raises(BillingError) as remote:
        call(kind, api, method, *args, transport=transport, **kwargs)
    assert type(remote.value) is type(local.value)
    assert remote.value.details.keys() == local.value.details.keys()
    assert len(transport.sent) <= 1


EVENTS: list[dict[str, Any]] = [
    {"feature_key": "api_calls", "quantity": 0},
    {"feature_key": "api_calls", "quantity": -1},
    {"feature_key": "api_calls", "quantity": True},
    {"feature_key": "api_calls", "quantity": None},
    {"feature_key": "api_calls", "quantity": float("nan")},
    {"feature_key": "api_calls", "quantity": float("inf")},
    {"feature_key": "api_calls", "quantity": Decimal("NaN")},
    {"feature_key": "api_calls", "quantity": Decimal("1e999999999")},
    {"feature_key": "api_calls", "quantity": 10**30},
    {"feature_key": "api_calls", "quantity": "1.1234567"},
    {"feature_key": "api_calls", "quantity": " 1"},
    {"feature_key": "api_calls", "quantity": [1]},
    {"feature_key": "api_calls", "quantity": 6},
    {"feature_key": "teleport"},
    {"feature_key": "seconds"},
    {"feature_key": "sso"},
    {"feature_key": ""},
    {"feature_key": "api_calls", "idempotency_key": "ui:mine"},
    {"feature_key": "api_calls", "idempotency_key": "two\nlines"},
    {"feature_key": "api_calls", "timestamp": datetime(2026, 1, 1)},  # noqa: DTZ001
    {"feature_key": "api_calls", "timestamp": datetime(2001, 1, 1, tzinfo=UTC)},
    {"feature_key": "api_calls", "timestamp": datetime.max.replace(tzinfo=UTC)},
    {"feature_key": "api_calls", "timestamp": "2026-01-01"},
    {"feature_key": "api_calls", "metadata": {"text": "x" * 20_000}},
    {"feature_key": "storage_gb", "quantity": "0.1234567"},
]


@pytest.mark.parametrize("event", EVENTS, ids=str)
def test_an_event_is_refused_from_afar_as_it_is_here(
    api: RunningApi, customer_id: str, kind: Kind, event: dict[str, Any]
) -> None:
    with pytest.raises(BillingError) as local:
        api.billing.track_usage(customer_id=customer_id, **event)
    with pytest.raises(BillingError) as remote:
        call(kind, api, "track_usage", customer_id=customer_id, **event)
    assert type(remote.value) is type(local.value)
    (item,) = call(kind, api, "track_usage_batch", [{"customer_id": customer_id, **event}])
    assert type(item.error) is type(local.value)
    assert api.billing.list_usage_events(customer_id).events == ()


def test_a_batch_answers_each_event_in_its_place(api: RunningApi, customer_id: str, kind: Kind) -> None:
    good = {"customer_id": customer_id, "feature_key": "api_calls"}
    events = [
        good,
        {**good, "quantity": 9},
        "no event",
        {**good, "colour": "red"},
        {"feature_key": "api_calls"},
        {**good, "customer_id": "nobody"},
        good,
    ]
    items = call(kind, api, "track_usage_batch", events)
    expected = api.billing.track_usage_batch(
        [{**event, "customer_id": "nobody"} if event == good else event for event in events]
    )  # type: ignore[dict-item, list-item]
    assert [item.success for item in items] == [True, False, False, False, False, False, True]
    assert [type(item.error) for item in items[1:6]] == [QuotaExceeded, *(type(item.error) for item in expected[2:6])]
    assert items[1].error.remaining == 3
    assert items[6].receipt.usage.consumed_units == 2


@pytest.mark.parametrize("quantity", [0.1, 1 / 3, 1e-7 + 1e-6, 3.5e-6, 0.30000000000000004, 2**-20, 123456 / 1024**3])
def test_a_float_is_rounded_to_the_scale_as_in_the_engine(
    api: RunningApi, customer_id: str, kind: Kind, quantity: float
) -> None:
    """Parity, the seed: file upload tracks `storage_gb` as `size / 1024**3`; exact decimals, and the receipt says what
    was counted."""
    api.billing.change_plan(customer_id, "pro")
    sent = call(kind, api, "track_usage", customer_id=customer_id, feature_key="storage_gb", quantity=quantity)
    local = api.billing.track_usage(customer_id=customer_id, feature_key="storage_gb", quantity=quantity)
    assert sent.quantity == local.quantity
    there = call(kind, api, "check_entitlement", customer_id, "storage_gb", quantity)
    assert there == api.billing.check_entitlement(customer_id, "storage_gb", quantity)


@pytest.mark.parametrize("quantity", ["9007199254740.993000", Decimal("9007199254740.993"), 9007199254740])
def test_exact_quantities_stay_exact(api: RunningApi, customer_id: str, kind: Kind, quantity: object) -> None:
    api.billing.change_plan(customer_id, "pro")
    receipt = call(kind, api, "track_usage", customer_id=customer_id, feature_key="storage_gb", quantity=quantity)
    assert receipt.quantity == Decimal(str(quantity))
    back = call(kind, api, "track_usage", customer_id=customer_id, feature_key="storage_gb", quantity=-receipt.quantity)
    assert back.usage.consumed_units == 0


def test_an_error_that_this_version_does_not_know_keeps_code_and_status(api: RunningApi, kind: Kind) -> None:
    class Newer(FaultyTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            del request
            problem = {"status": 418, "code": "teapot", "title": "Teapot", "detail": "no coffee here", "tea": "green"}
            return httpx.Response(418, headers={"content-type": "application/problem+json"}, json=problem)

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return self.handle_request(request)

    with pytest.raises(BillingError, match="no coffee here") as refused:
        call(kind, api, "get_customer", "cus_123", transport=Newer())
    error = refused.value
    assert (error.code, error.status, error.title, error.details) == ("teapot", 418, "Teapot", {"tea": "green"})
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.code, copy.status, copy.details, str(copy)) == ("teapot", 418, {"tea": "green"}, "no coffee here")
    assert BillingError.code == "billing_error"


def test_metadata_that_is_no_json_is_refused_before_it_is_sent(api: RunningApi, customer_id: str, kind: Kind) -> None:
    transport = FaultyTransport()
    with pytest.raises(InvalidRequest, match="JSON"):
        call(
            kind,
            api,
            "track_usage",
            customer_id=customer_id,
            feature_key="api_calls",
            metadata={"when": datetime.now(UTC)},
            transport=transport,
        )
    assert transport.sent == []


@pytest.mark.parametrize("client", [BillingClient, AsyncBillingClient])
@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "example.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "http://",
        "https://e.com/?a=b",
        "https://e.com/#x",
        7,
    ],
)
def test_an_address_that_can_not_be_one_is_refused(client: Any, base_url: Any) -> None:
    with pytest.raises(InvalidRequest, match="base_url"):
        client("sk_test_x", base_url)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidRequest) as refused:
        BillingClient("sk_test_x", "https://user:hunter2@example.com/billing-api")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("client", [BillingClient, AsyncBillingClient])
@pytest.mark.parametrize("secret_key", ["", "pk_test_x", "sk_test_x\r\nX-Evil: 1", "sk_test_ü", None])
def test_a_key_that_can_not_be_one_is_refused(client: Any, secret_key: Any) -> None:
    with pytest.raises(AuthenticationError):
        client(secret_key, "http://127.0.0.1:9")


@pytest.mark.parametrize(
    "settings", [{"timeout": 0}, {"timeout": float("inf")}, {"max_retries": -1}, {"deadline": "60"}]
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match=next(iter(settings))):
        BillingClient("sk_test_x", "http://127.0.0.1:9", **settings)


def test_a_key_that_was_never_made_is_refused_by_the_service(api: RunningApi, kind: Kind) -> None:
    with pytest.raises(AuthenticationError, match="not valid"):
        call(kind, api, "get_customer", "cus_123", settings={"secret_key": "sk_test_never_made"})


@pytest.mark.parametrize("client", [BillingClient, AsyncBillingClient])
def test_the_key_is_not_in_what_a_log_would_show(client: Any) -> None:
    made = client("sk_test_hush", "https://example.com/billing-api/")
    assert repr(made) == f"{client.__name__}(base_url='https://example.com/billing-api')"
    assert "hush" not in repr(vars(made))


def test_the_transport_of_httpx_for_tests_can_be_passed() -> None:
    """A host tests its code with httpx.MockTransport, whose answers are read already."""
    problem = {"status": 400, "code": "invalid_quantity", "title": "", "detail": "too small"}
    headers = {"content-type": "application/problem+json"}
    transport = httpx.MockTransport(lambda _: httpx.Response(400, headers=headers, json=problem))
    with BillingClient("sk_test_x", "http://billing", transport=transport) as client, pytest.raises(InvalidQuantity):
        client.track_usage(customer_id="cus_123", feature_key="api_calls")


def test_a_batch_that_is_too_large_is_refused_and_not_sent_again(api: RunningApi, customer_id: str, kind: Kind) -> None:
    transport = FaultyTransport()
    event = {"customer_id": customer_id, "feature_key": "api_calls", "metadata": {"text": "x" * 12_000}}
    with pytest.raises(RequestTooLarge, match="smaller batches"):
        call(kind, api, "track_usage_batch", [event] * 200, transport=transport)
    assert len(transport.sent) == 1
    assert api.billing.list_usage_events(customer_id).events == ()


CUSTOMER = {
    "customer_id": "cus_123",
    "name": None,
    "email": None,
    "timezone": "UTC",
    "locale": "en-US",
    "created_at": "2026-01-01T00:00:00Z",
    "subscription": None,
}


def customer_from(answer: Any, content_type: str = "application/json") -> Any:
    """What the client makes of a service's answer to get_customer."""
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    headers = {"content-type": content_type}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, content=content))
    with BillingClient("sk_test_x", "http://billing", transport=transport) as client:
        return client.get_customer("cus_123")


def test_a_newer_service_may_say_more() -> None:
    assert customer_from({**CUSTOMER, "colour": "red"}).customer_id == "cus_123"
    subscription = {
        "plan_key": "pro",
        "plan_title": "Pro",
        "status": "dunning",
        "starts_at": "2026-01-01T00:00:00+01:00",
        "anchor": "2026-01-01T00:00:00Z",
    }
    found = customer_from({**CUSTOMER, "subscription": subscription}).subscription
    assert (found.status, found.next_plan_key) == ("dunning", None)
    assert found.starts_at == datetime(2025, 12, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({name: value for name, value in CUSTOMER.items() if name != "locale"}, "locale is missing"),
        ({**CUSTOMER, "timezone": 7}, "timezone: expected str, got int"),
        ({**CUSTOMER, "created_at": "2026-01-01T00:00:00"}, "has no zone"),
        ({**CUSTOMER, "created_at": "soon"}, "created_at"),
        ([CUSTOMER], "expected an object"),
        (b"<html>Log in to the hotel's network</html>", "not JSON"),
        (b"[" * 100_000, "not JSON"),
    ],
    ids=["missing", "kind", "no zone", "no instant", "list", "html", "deep"],
)
def test_an_answer_that_is_none_of_the_apis_says_what_is_wrong(answer: Any, says: str) -> None:
    with pytest.raises(NetworkError, match=says):
        customer_from(answer)


def test_a_change_of_plan_is_previewed_and_confirmed_from_afar(api: RunningApi, customer_id: str, kind: Kind) -> None:
    preview = call(kind, api, "preview_plan_change", customer_id, "pro")
    assert preview == dataclasses.replace(
        api.billing.preview_plan_change(customer_id, "pro"),
        as_of=preview.as_of,
        takes_effect_at=preview.takes_effect_at,
    )
    confirmed = {"at": preview.at, "confirmation": preview.confirmation}
    assert call(kind, api, "change_plan", customer_id, "pro", **confirmed).plan_key == "pro"
    with pytest.raises(PreviewOutdated):
        call(kind, api, "change_plan", customer_id, "pro", **confirmed)

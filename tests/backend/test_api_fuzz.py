"""Whatever is sent to the API, it answers with a result or a problem, never with a failure of its own."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing_ui_backend import AsyncBilling, Billing, create_api
from tests.support.asgi import Asker, asking
from tests.support.billing_api import CATALOG

FUZZ = settings(
    max_examples=int(os.environ.get("BILLING_FUZZ_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

POSTS = [
    "/v1/customers",
    "/v1/customers/cus_123/plan",
    "/v1/customers/cus_123/cancel",
    "/v1/customers/cus_123/pause",
    "/v1/customers/cus_123/resume",
    "/v1/usage/track",
    "/v1/usage/track/batch",
    "/v1/usage/set",
    "/v1/usage/correct",
    "/v1/usage/holds",
    "/v1/usage/holds/commit",
    "/v1/usage/holds/release",
    "/v1/nudges/dismiss",
    "/v1/session-tokens",
]
GETS = [
    "/v1/customers",
    "/v1/usage/metrics",
    "/v1/usage/check",
    "/v1/usage/approaching",
    "/v1/usage/events",
    "/v1/usage/history",
    "/v1/usage/thresholds",
    "/v1/usage/refusals",
    "/v1/nudges",
]

text = st.one_of(
    st.sampled_from(["cus_123", "api_calls", "storage_gb", "sso", "pro", "free", "now", "Europe/Berlin", "de-DE", "1"]),
    st.text(max_size=30),
    st.text(alphabet=st.characters(), max_size=5),
)
instants = st.one_of(
    st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
    st.datetimes().map(lambda at: at.isoformat()),
    text,
)
numbers = st.one_of(
    st.integers(),
    st.floats(),
    st.from_regex(r"-?(0|[1-9][0-9]{0,50})(\.[0-9]{1,50})?([eE][+-]?[0-9]{1,20})?", fullmatch=True),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
event = st.fixed_dictionaries(
    {},
    optional={
        "customer_id": text,
        "feature_key": text,
        "quantity": numbers | anything,
        "idempotency_key": text,
        "timestamp": instants | anything,
        "metadata": st.dictionaries(text, anything, max_size=3) | anything,
        "extra": anything,
    },
)
fields = st.dictionaries(
    st.sampled_from(
        [
            "customer_id",
            "plan",
            "plan_key",
            "at",
            "name",
            "email",
            "timezone",
            "locale",
            "events",
            "feature_key",
            "quantity",
            "hold_id",
            "idempotency_key",
            "nudge_id",
            "reason",
            "ttl",
            "user_id",
        ]
    ),
    text | anything,
    max_size=6,
)
query = st.dictionaries(
    st.sampled_from(
        [
            "customer_id",
            "feature_key",
            "quantity",
            "threshold",
            "start",
            "end",
            "cursor",
            "limit",
            "granularity",
            "user_id",
            "other",
        ]
    ),
    text | instants | numbers.map(str),
    max_size=6,
)


@pytest.fixture(scope="module")
def billing() -> Iterator[Billing]:
    catalog = copy.deepcopy(CATALOG)
    catalog["features"]["api_calls"]["client_trackable"] = {"max_quantity": "2", "per_minute": 1000}
    with Billing("sqlite://", catalog=catalog) as engine:
        engine.create_customer("cus_123", plan="pro")
        engine.create_customer("browser")
        yield engine


@pytest.fixture(scope="module")
def ask(billing: Billing) -> Iterator[Asker]:
    key = billing.create_api_key(name="tests")
    with asking(create_api(AsyncBilling(billing=billing)), headers={"authorization": f"Bearer {key}"}) as asker:
        yield asker


@pytest.fixture(autouse=True)
def books_agree(billing: Billing) -> Iterator[None]:
    yield
    assert billing.verify().problems == ()


def check(ask: Asker, method: str, path: str, **options: Any) -> None:
    response = ask(method, path, **options)
    if response.status_code != 200:
        assert 400 <= response.status_code < 500, (method, path, options, response.text)
        assert response.json()["code"] != "internal_error"
        assert response.headers["content-type"] == "application/problem+json"


def send(ask: Asker, path: str, body: bytes, method: str = "POST") -> None:
    check(ask, method, path, content=body, headers={"content-type": "application/json"})


def dump(value: Any) -> bytes:
    """JSON as a careless program writes it: NaN, lone surrogates and all."""
    return json.dumps(value).encode()


@FUZZ
@given(path=st.sampled_from(POSTS), body=st.binary(max_size=200))
def test_random_bytes(ask: Asker, path: str, body: bytes) -> None:
    send(ask, path, body)


@FUZZ
@given(path=st.sampled_from(POSTS), value=anything | event | fields)
def test_random_json(ask: Asker, path: str, value: Any) -> None:
    send(ask, path, dump(value))


@FUZZ
@given(value=event)
def test_random_events(ask: Asker, value: Any) -> None:
    whole = {"customer_id": "cus_123", "feature_key": "storage_gb", **value}
    for body in (value, whole):
        send(ask, "/v1/usage/track", dump(body))
        send(ask, "/v1/usage/set", dump(body))
        send(ask, "/v1/usage/track/batch", dump({"events": [body, value]}))


@FUZZ
@given(
    key=st.sampled_from(["one", "two"]) | text,
    held=st.integers(1, 3).map(str) | numbers,
    used=st.integers(0, 4).map(str) | numbers,
    ttl=st.floats(0.001, 60) | numbers,
    value=fields,
)
def test_random_holds_and_corrections(ask: Asker, key: str, held: Any, used: Any, ttl: Any, value: Any) -> None:
    hold = {"customer_id": "cus_123", "feature_key": "storage_gb", "quantity": held, "idempotency_key": key}
    end = {"customer_id": "cus_123", "hold_id": key}
    event = {"customer_id": "cus_123", "idempotency_key": f"hold:{key}", "reason": "r"}
    for path, body in (
        ("holds", {**hold, "ttl": ttl}),
        ("holds", hold),
        ("holds", {**hold, **value}),
        ("holds/commit", {**end, "quantity": used}),
        ("correct", {**event, "quantity": used}),
        ("correct", {**event, "quantity": held, **value}),
        ("holds/release", {**end, **value}),
        ("holds/release", end),
    ):
        send(ask, f"/v1/usage/{path}", dump(body))


@FUZZ
@given(token=numbers.map(str))
def test_random_number_tokens(ask: Asker, token: str) -> None:
    for feature_key in ("api_calls", "storage_gb", "seconds"):
        body = f'{{"customer_id": "cus_123", "feature_key": "{feature_key}", "quantity": {token}}}'
        send(ask, "/v1/usage/track", body.encode())


@FUZZ
@given(customer_id=text, value=fields)
def test_random_customers(ask: Asker, customer_id: str, value: Any) -> None:
    path = "/v1/customers/" + quote(customer_id.encode(errors="replace"), safe="").replace(".", "%2E")
    send(ask, "/v1/customers", dump({**value, "customer_id": customer_id}))
    send(ask, path, dump(value), "PATCH")
    check(ask, "GET", path)
    for action in ("pause", "plan", "resume", "cancel"):
        send(ask, f"{path}/{action}", dump({"plan_key": "free"} if action == "plan" else None))


@FUZZ
@given(path=st.sampled_from(GETS), parameters=query)
def test_random_queries(ask: Asker, path: str, parameters: dict[str, str]) -> None:
    clean = {name: value.encode(errors="replace").decode() for name, value in parameters.items()}
    check(ask, "GET", path, params=clean)
    check(ask, "GET", path, params={"customer_id": "cus_123", "feature_key": "api_calls", **clean})


@FUZZ
@given(path=st.sampled_from([*POSTS, *GETS, "/v1/customers/cus_123"]), value=event | fields, parameters=query)
def test_a_random_browser_never_meets_another_customer(
    ask: Asker, billing: Billing, path: str, value: dict[str, Any], parameters: dict[str, str]
) -> None:
    token = billing.create_session_token("browser").token
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    clean = {name: value.encode(errors="replace").decode() for name, value in parameters.items()}
    before = billing.get_customer("cus_123"), billing.list_usage_events("cus_123", limit=1)
    for whose in ({}, {"customer_id": "cus_123"}):
        for response in (
            ask("POST", path, content=dump({**value, **whose}), headers=headers),
            ask("POST", "/v1/usage/track", content=dump({"feature_key": "api_calls", **whose}), headers=headers),
            ask("GET", path, params={**clean, **whose}, headers=headers),
            ask("GET", path, params={"feature_key": "api_calls", **whose}, headers=headers),
        ):
            assert response.status_code in (200, 400, 402, 403, 404, 405, 429), response.text
            assert response.status_code != 200 or "cus_123" not in response.text
    assert (billing.get_customer("cus_123"), billing.list_usage_events("cus_123", limit=1)) == before


@FUZZ
@given(header=st.binary(max_size=60).map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")))
def test_random_authorization(ask: Asker, header: bytes) -> None:
    for value in (header, b"Bearer " + header, b"Bearer sk_test_" + header, b"Bearer session_" + header):
        response = ask("GET", "/v1/customers", headers={b"authorization": value})
        assert response.status_code == 401

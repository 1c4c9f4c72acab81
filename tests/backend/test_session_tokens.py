"""A customer's session token: what a browser may do with it over the API, and all that it may not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import Session, select

from billing_ui_backend import (
    AsyncBilling,
    AuthenticationError,
    Billing,
    Catalog,
    InvalidRequest,
    UnknownCustomer,
    create_api,
)
from billing_ui_backend.models import ApiKeyRow, SessionTokenRow
from tests.backend.conftest import sqlite_only
from tests.support.asgi import Asker, asking
from tests.support.engine import NOON, Clock

STRANGE_IDS = ["cus/1", "a.b", "ünïcødé 名前", "=", "session_x.y", "x" * 255, "\U0001f600" * 255]


@pytest.fixture
def api(billing: Billing) -> FastAPI:
    billing.create_customer("cus_2")
    return create_api(AsyncBilling(billing=billing))


@pytest.fixture
def ask(api: FastAPI, billing: Billing) -> Iterator[Asker]:
    """Asks with a token of cus_1."""
    token = billing.create_session_token("cus_1").token
    with asking(api, headers={"authorization": f"Bearer {token}"}) as asker:
        yield asker


def refused(response: Any, status: int = 403, code: str = "permission_denied") -> str:
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    return response.json()["detail"]


def track(ask: Asker, **body: Any) -> Any:
    return ask("POST", "/v1/usage/track", json={"feature_key": "api_calls", **body})


@pytest.mark.parametrize("customer_id", STRANGE_IDS, ids=lambda text: text[:12])
def test_a_token_is_known_again_whatever_its_customers_id(billing: Billing, customer_id: str) -> None:
    billing.create_customer(customer_id)
    made = billing.create_session_token(customer_id, user_id="ada")
    assert billing.authenticate_session_token(made.token) == made
    assert (made.customer_id, made.user_id) == (customer_id, "ada")
    assert made.token not in repr(made)


def test_it_is_over_after_an_hour_or_when_it_was_told(billing: Billing, clock: Clock) -> None:
    hour = billing.create_session_token("cus_1")
    short = billing.create_session_token("cus_1", ttl=0.5)
    day = billing.create_session_token("cus_1", ttl=86_400)
    assert [token.expires_at - NOON for token in (hour, short, day)] == [
        timedelta(hours=1),
        timedelta(seconds=0.5),
        timedelta(days=1),
    ]
    clock.advance(microseconds=499_999)
    assert billing.authenticate_session_token(short.token)
    for token, instant in ((short, 0.5), (hour, 3600), (day, 86_400)):
        clock.now = NOON + timedelta(seconds=instant)
        with pytest.raises(AuthenticationError, match="create_session_token"):
            billing.authenticate_session_token(token.token)


@sqlite_only
@pytest.mark.parametrize("ttl", [0, -1, 86_401, float("nan"), float("inf"), True, None, "60"])
def test_a_ttl_beyond_a_day_or_without_sense_is_refused(billing: Billing, ttl: Any) -> None:
    with pytest.raises(InvalidRequest, match="ttl"):
        billing.create_session_token("cus_1", ttl=ttl)


@sqlite_only
@pytest.mark.parametrize("user_id", ["", "x" * 256, "a\nb", 7])
def test_a_user_id_is_a_plain_text(billing: Billing, user_id: Any) -> None:
    with pytest.raises(InvalidRequest, match="user_id"):
        billing.create_session_token("cus_1", user_id=user_id)


def test_only_a_customer_that_exists_has_tokens(billing: Billing) -> None:
    with pytest.raises(UnknownCustomer):
        billing.create_session_token("nobody")


def test_only_the_hash_is_stored_and_what_expired_is_forgotten(billing: Billing, clock: Clock) -> None:
    billing.create_session_token("cus_1", ttl=60)
    clock.advance(seconds=60)
    made = billing.create_session_token("cus_1")
    with billing._opening.read() as (session, _):
        (row,) = session.exec(select(SessionTokenRow)).all()
        stored = row.model_dump()
    assert (stored["customer_id"], stored["user_id"]) == ("cus_1", None)
    assert made.token.rpartition(".")[2] not in str(stored)


@pytest.mark.parametrize(
    "tampered",
    [
        "session_{whose}.{other_secret}",
        "session_{other}.{secret}",
        "session_{whose}=.{secret}",
        "session_{whose}.{secret}x",
        "session_{whose}.{secret} ",
        "session_{whose}.",
        "session_{whose}",
        "session_.{secret}",
        "session_",
        "session_!!!.{secret}",
        "session_A.{secret}",
        "session_AA.{secret}",
        "session_gA.{secret}",
        "session_ü.{secret}",
        "SESSION_{whose}.{secret}",
        "sk_test_{whose}.{secret}",
        "session_" + "Y" * 5000 + ".{secret}",
        None,
        7,
    ],
    ids=lambda text: str(text)[:40],
)
def test_what_was_tampered_with_opens_nothing(billing: Billing, tampered: Any) -> None:
    billing.create_customer("cus_2")
    whose, secret = billing.create_session_token("cus_1").token.removeprefix("session_").split(".")
    other, other_secret = billing.create_session_token("cus_2").token.removeprefix("session_").split(".")
    if isinstance(tampered, str):
        tampered = tampered.format(whose=whose, secret=secret, other=other, other_secret=other_secret)
    with pytest.raises(AuthenticationError):
        billing.authenticate_session_token(tampered)


def test_a_browser_reads_its_own_customer_named_or_not(ask: Asker, billing: Billing) -> None:
    billing.track_usage(customer_id="cus_1", feature_key="api_calls", quantity=3)
    billing.track_usage(customer_id="cus_2", feature_key="api_calls", quantity=50)
    span = {"start": "2026-03-10T00:00:00Z", "end": "2026-03-11T00:00:00Z"}
    for own in ({}, {"customer_id": "cus_1"}):
        metrics = ask("GET", "/v1/usage/metrics", params=own).json()
        assert (metrics["customer"]["customer_id"], metrics["metrics"][0]["consumed"]) == ("cus_1", "3")
        check = ask("GET", "/v1/usage/check", params={"feature_key": "api_calls", "quantity": "58", **own}).json()
        assert (check["has_access"], check["usage"]) == (False, "3")
        events = ask("GET", "/v1/usage/events", params=own).json()["events"]
        assert [event["quantity"] for event in events] == ["3"]
        history = ask("GET", "/v1/usage/history", params={"feature_key": "api_calls", **span, **own}).json()
        assert [bucket["quantity"] for bucket in history["buckets"]] == ["3"]


@sqlite_only
@pytest.mark.parametrize("path", ["metrics", "check", "events", "history"])
@pytest.mark.parametrize(
    "query",
    [
        "customer_id=cus_2",
        "customer_id=cus_1&customer_id=cus_2",
        "customer_id=cus_2&customer_id=cus_1",
        "customer_id=",
        "customer%5Fid=cus_2",
        "customer_id=CUS_1",
    ],
)
def test_a_browser_reads_no_other_customer(ask: Asker, path: str, query: str) -> None:
    span = "&feature_key=api_calls&start=2026-03-10T00:00:00Z&end=2026-03-11T00:00:00Z" if path == "history" else ""
    assert "own customer" in refused(ask("GET", f"/v1/usage/{path}?{query}{span}"))


def test_a_browser_tracks_what_is_marked_for_it_within_its_bounds(ask: Asker, billing: Billing) -> None:
    """Parity, "useTrackUsage()": only features marked client_trackable, bounded, customer taken from the session."""
    receipt = track(ask, quantity="1.5").json()
    assert (receipt["customer_id"], receipt["quantity"]) == ("cus_1", "1.5")
    assert receipt["idempotency_key"].startswith("ui:")
    assert track(ask, customer_id="cus_1").json()["idempotency_key"] != receipt["idempotency_key"]
    refused(track(ask, feature_key="emails"))
    for quantity in (-1, "0", 3, True, None):
        refused(track(ask, quantity=quantity), 400, "invalid_quantity")
    for _ in range(3):
        assert track(ask).status_code == 200
    limited = track(ask)
    refused(limited, 429, "rate_limited")
    assert limited.headers["retry-after"] == "60"
    assert billing.get_usage_metrics("cus_1")["api_calls"].consumed == pytest.approx(5.5)
    assert billing.verify()


@sqlite_only
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"idempotency_key": "mine"}, "idempotency_key"),
        ({"timestamp": "2026-03-10T11:00:00Z"}, "timestamp"),
        ({"metadata": {"a": 1}}, "metadata"),
        ({"metadata": {}, "idempotency_key": "ui:x"}, "idempotency_key, metadata"),
        ({"customer_id": "cus_2"}, "own customer"),
        ({"customer_id": None}, "own customer"),
        ({"customer_id": ["cus_1"]}, "own customer"),
    ],
    ids=str,
)
def test_a_browser_chooses_neither_key_nor_time_nor_customer(
    ask: Asker, billing: Billing, body: dict[str, Any], says: str
) -> None:
    assert says in refused(track(ask, **body))
    assert billing.list_usage_events("cus_1").events == billing.list_usage_events("cus_2").events == ()


@sqlite_only
def test_a_customer_in_the_query_of_a_track_is_looked_at_too(ask: Asker) -> None:
    refused(ask("POST", "/v1/usage/track?customer_id=cus_2", json={"feature_key": "api_calls"}))


@sqlite_only
@pytest.mark.parametrize("body", [b"", b"[]", b'"cus_1"', b"null", b"{}", b"{broken"])
def test_a_browsers_body_without_sense_is_a_bad_request(ask: Asker, body: bytes) -> None:
    response = ask("POST", "/v1/usage/track", content=body, headers={"content-type": "application/json"})
    refused(response, 400, "invalid_request")


FOR_BROWSERS = {
    ("POST", "/v1/usage/track"),
    ("GET", "/v1/usage/metrics"),
    ("GET", "/v1/usage/check"),
    ("GET", "/v1/usage/events"),
    ("GET", "/v1/usage/history"),
}


@sqlite_only
def test_everything_else_is_denied_before_it_reads_anything(ask: Asker, api: FastAPI) -> None:
    denied = 0
    for path, operations in api.openapi()["paths"].items():
        for method, operation in operations.items():
            schemes = [name for scheme in operation["security"] for name in scheme]
            open_to_browsers = (method.upper(), path) in FOR_BROWSERS
            assert schemes == ["secret_key", "session_token"] if open_to_browsers else ["secret_key"], path
            if not open_to_browsers:
                response = ask(method.upper(), path.replace("{customer_id}", "cus_1"), content=b"{broken")
                assert "a server does this" in refused(response)
                denied += 1
    assert denied >= 20


def test_a_token_that_is_over_is_a_401(ask: Asker, clock: Clock) -> None:
    assert ask("GET", "/v1/usage/metrics").status_code == 200
    clock.advance(hours=1)
    response = ask("GET", "/v1/usage/metrics")
    assert "create_session_token" in refused(response, 401, "authentication_error")
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_server_makes_a_token_over_http(api: FastAPI, billing: Billing) -> None:
    """Parity, shapes to keep: `POST /v1/session-tokens` for a customer's short-lived browser token."""
    with asking(api, headers={"authorization": f"Bearer {billing.create_api_key()}"}) as server:
        made = server("POST", "/v1/session-tokens", json={"customer_id": "cus_1", "user_id": "ada", "ttl": 60}).json()
        assert made | {"token": ""} == {
            "token": "",
            "customer_id": "cus_1",
            "user_id": "ada",
            "expires_at": "2026-03-10T12:01:00Z",
        }
        for body in ({"customer_id": "cus_1", "ttl": 86_401}, {"customer_id": "cus_1", "ttl": "60"}, {}):
            refused(server("POST", "/v1/session-tokens", json=body), 400, "invalid_request")
        refused(server("POST", "/v1/session-tokens", json={"customer_id": "x"}), 404, "unknown_customer")
        with asking(api, headers={"authorization": f"bearer {made['token']}"}) as browser:
            assert browser("GET", "/v1/usage/metrics").json()["customer"]["customer_id"] == "cus_1"


@sqlite_only
def test_a_server_still_names_its_customer(api: FastAPI, billing: Billing) -> None:
    with asking(api, headers={"authorization": f"Bearer {billing.create_api_key()}"}) as server:
        refused(server("GET", "/v1/usage/metrics"), 400, "invalid_request")
        refused(track(server), 400, "invalid_request")


def revoke(billing: Billing, revoked_us: int | None) -> None:
    def work(session: Session, _: Catalog) -> None:
        for row in session.exec(select(ApiKeyRow)):
            row.revoked_us = revoked_us
            session.add(row)

    billing._opening.change(work)


def test_a_key_that_is_revoked_opens_for_ten_more_seconds_at_most(billing: Billing) -> None:
    """A key that was valid is not looked up for each request; one that never was opens at no time."""
    api = create_api(AsyncBilling(billing=billing))
    seconds = 0.0
    api.state.gatekeeper._clock = lambda: seconds
    with asking(api, headers={"authorization": f"Bearer {billing.create_api_key()}"}) as server:
        assert server("GET", "/v1/customers").status_code == 200
        revoke(billing, 1)
        seconds = 9.9
        assert server("GET", "/v1/customers").status_code == 200
        seconds = 10.0
        refused(server("GET", "/v1/customers"), 401, "authentication_error")
        refused(server("GET", "/v1/customers"), 401, "authentication_error")
        revoke(billing, None)
        assert server("GET", "/v1/customers").status_code == 200, "a refusal is not remembered"

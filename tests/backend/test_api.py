"""The billing API as a caller with curl meets it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI
from fastapi.openapi.models import OpenAPI

from billing_ui_backend import AsyncBilling, Billing, ServiceUnavailable, create_api
from tests.support.asgi import Asker, asking
from tests.support.billing_api import CATALOG


@pytest.fixture
def billing(tmp_path: Path) -> Iterator[Billing]:
    with Billing(f"sqlite:///{tmp_path / 'billing.db'}", catalog=CATALOG) as engine:
        engine.create_customer("cus_123")
        yield engine


@pytest.fixture
def secret_key(billing: Billing) -> str:
    return billing.create_api_key(name="tests")


@pytest.fixture
def ask(billing: Billing, secret_key: str) -> Iterator[Asker]:
    """Asks the API with the key."""
    with asking(create_api(AsyncBilling(billing=billing)), headers={"authorization": f"Bearer {secret_key}"}) as asker:
        yield asker


@pytest.fixture
def stranger(billing: Billing) -> Iterator[Asker]:
    """Asks without a key."""
    with asking(create_api(billing)) as asker:
        yield asker


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json"), (
        response.text
    )
    members = response.json()
    assert (members["status"], members["code"]) == (status, code), members
    assert members["type"] == f"urn:billing-ui:problem:{code}"
    assert members["title"]
    assert members["detail"]
    return members


def track(ask: Asker, **event: Any) -> Any:
    return ask("POST", "/v1/usage/track", json={"customer_id": "cus_123", "feature_key": "api_calls", **event})


def raw_quantity(ask: Asker, text: str, feature_key: str = "storage_gb") -> Any:
    body = f'{{"customer_id": "cus_123", "feature_key": "{feature_key}", "quantity": {text}}}'
    return ask("POST", "/v1/usage/track", content=body, headers={"content-type": "application/json"})


def test_a_receipt_has_its_shape_and_quantities_are_strings(ask: Asker) -> None:
    """Parity, shapes to keep: track's receipt."""
    receipt = track(ask, quantity=2, idempotency_key="req_42").json()
    assert receipt | {"timestamp": 0, "recorded_at": 0, "usage": 0} == {
        "success": True,
        "customer_id": "cus_123",
        "feature_key": "api_calls",
        "quantity": "2",
        "idempotency_key": "req_42",
        "timestamp": 0,
        "recorded_at": 0,
        "usage": 0,
        "replayed": False,
    }
    usage = receipt["usage"]
    assert (usage["consumed_units"], usage["limit_units"], usage["remaining_units"]) == ("2", "4", "2")
    assert usage["period_end"].endswith("Z")
    assert track(ask, quantity="2", idempotency_key="req_42").json() == receipt | {"replayed": True}


def test_metrics_have_their_fields_for_used_and_unused_features(ask: Asker) -> None:
    """Parity, shapes to keep: UsageMetric; and "theirs shows only features that already have a row this period"."""
    metrics = ask("GET", "/v1/usage/metrics", params={"customer_id": "cus_123"}).json()
    assert [metric["feature_key"] for metric in metrics["metrics"]] == ["api_calls", "storage_gb"]
    wanted = (
        "feature_key feature_title product_name consumed limit remaining percentage_used period_start period_end "
        "resets_in_days"
    )
    for metric in metrics["metrics"]:
        assert set(wanted.split()) <= metric.keys()
    assert metrics["as_of"].endswith("Z")
    one = ask("GET", "/v1/usage/metrics", params={"customer_id": "cus_123", "feature_key": "storage_gb"}).json()
    assert [metric["limit"] for metric in one["metrics"]] == ["0.5"]


def test_check_answers_with_the_entitlement(ask: Asker) -> None:
    """Parity, shapes to keep: entitlement and its reasons."""
    track(ask, quantity=4)
    full = ask("GET", "/v1/usage/check", params={"customer_id": "cus_123", "feature_key": "api_calls"}).json()
    assert (full["has_access"], full["reason"], full["limit"], full["usage"]) == (False, "quota_exceeded", "4", "4")
    assert full["metadata"]["remaining"] == "0"
    assert full["metadata"]["type"] == "usage_quota"
    assert full["metadata"]["resets_at"].endswith("Z")
    absent = ask("GET", "/v1/usage/check", params={"customer_id": "cus_123", "feature_key": "sso"}).json()
    assert (absent["has_access"], absent["reason"]) == (False, "feature_not_in_plan")


def test_a_full_quota_is_a_402_with_the_numbers(ask: Asker, billing: Billing) -> None:
    """Parity, the seed: "enforces limits automatically"; theirs: HTTP 400, no numbers."""
    track(ask, quantity=3)
    refused = track(ask, quantity=2)
    members = problem(refused, 402, "quota_exceeded")
    numbers = {
        name: members[name] for name in ("requested", "consumed", "limit", "remaining", "window", "suggested_plan")
    }
    assert numbers == {
        "requested": "2",
        "consumed": "3",
        "limit": "4",
        "remaining": "1",
        "window": "hour",
        "suggested_plan": "pro",
    }
    ends = billing.get_usage_metrics("cus_123")["api_calls"].period_end
    assert ends is not None
    assert members["resets_at"] == ends.isoformat().replace("+00:00", "Z")
    assert refused.headers["retry-after"] == ends.strftime("%a, %d %b %Y %H:%M:%S GMT")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "KEY"},
        {"authorization": "Basic KEY"},
        {"authorization": "Bearer sk_test_wrong"},
        {"authorization": "Bearer KEYx"},
        {"cookie": "secret_key=KEY; authorization=Bearer KEY"},
        {"x-api-key": "KEY"},
        [("authorization", "Bearer KEY"), ("authorization", "Bearer sk_test_other")],
    ],
    ids=str,
)
def test_only_a_bearer_key_opens(stranger: Asker, secret_key: str, headers: Any) -> None:
    pairs = headers.items() if isinstance(headers, dict) else headers
    filled = [(name, value.replace("KEY", secret_key)) for name, value in pairs]
    refused = stranger("GET", "/v1/customers", headers=filled)
    problem(refused, 401, "authentication_error")
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert secret_key not in refused.text


@pytest.mark.parametrize("name", ["secret_key", "api_key", "access_token", "authorization", "token"])
def test_a_key_in_the_query_does_not_open(stranger: Asker, secret_key: str, name: str) -> None:
    problem(stranger("GET", "/v1/customers", params={name: secret_key}), 401, "authentication_error")


def test_the_scheme_is_read_in_any_case(stranger: Asker, secret_key: str) -> None:
    assert stranger("GET", "/v1/customers", headers={"authorization": f"bearer {secret_key}"}).status_code == 200


def test_every_route_needs_the_key_before_it_reads_anything(stranger: Asker) -> None:
    paths = stranger("GET", "/openapi.json").json()["paths"]
    assert len(paths) >= 22
    for path, operations in paths.items():
        for method in operations:
            refused = stranger(method.upper(), path.replace("{customer_id}", "cus_123"), content=b"{broken")
            problem(refused, 401, "authentication_error")


def test_only_the_hash_of_a_key_is_stored(billing: Billing, secret_key: str, tmp_path: Path) -> None:
    billing.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert secret_key.encode() not in stored
    assert secret_key.removeprefix("sk_test_").encode() not in stored


@pytest.mark.parametrize("text", ["0.1", '"0.1"', "1e-1", "1E-1", "0.10"])
def test_numbers_and_strings_are_counted_exactly(ask: Asker, text: str) -> None:
    assert raw_quantity(ask, text).json()["quantity"] == "0.1"


def test_a_number_is_rounded_to_the_scale_and_a_string_must_fit_it(ask: Asker) -> None:
    assert raw_quantity(ask, "0.12345678").json()["quantity"] == "0.123457"
    problem(raw_quantity(ask, '"0.12345678"'), 400, "invalid_quantity")


def test_a_number_with_more_digits_than_a_float_holds_stays_exact(ask: Asker, billing: Billing) -> None:
    billing.change_plan("cus_123", "pro")
    assert raw_quantity(ask, "9007199254740.993001").json()["quantity"] == "9007199254740.993001"
    problem(raw_quantity(ask, "0.12345678901234567890"), 400, "invalid_quantity")


def test_holds_and_corrections_take_their_quantities_exactly(ask: Asker, billing: Billing) -> None:
    billing.change_plan("cus_123", "pro")

    def post(path: str, quantity: str, **given: str) -> Any:
        members = "".join(f', "{name}": "{value}"' for name, value in given.items())
        body = f'{{"customer_id": "cus_123", "quantity": {quantity}{members}}}'
        return ask("POST", f"/v1/usage/{path}", content=body, headers={"content-type": "application/json"})

    many, few = "9007199254740.993001", "9007199254740.993"
    hold = {"feature_key": "storage_gb", "idempotency_key": "job_7"}
    assert post("holds", many, **hold).json()["quantity"] == many
    problem(post("holds", "0.12345678901234567890", **hold), 400, "invalid_quantity")
    assert post("holds/commit", few, hold_id="job_7").json()["quantity"] == few
    corrected = post("correct", many, idempotency_key="hold:job_7", reason="r")
    assert corrected.json()["quantity"] == "0.000001"
    problem(post("correct", "NaN", idempotency_key="hold:job_7", reason="r"), 400, "invalid_quantity")


def test_a_hold_over_the_limit_is_a_402_with_the_numbers(ask: Asker) -> None:
    hold = {"customer_id": "cus_123", "feature_key": "api_calls", "quantity": 5}
    members = problem(ask("POST", "/v1/usage/holds", json=hold), 402, "quota_exceeded")
    assert (members["requested"], members["remaining"], members["suggested_plan"]) == ("5", "4", "pro")


def test_a_hold_that_was_released_can_not_be_committed(ask: Asker) -> None:
    hold = {"customer_id": "cus_123", "feature_key": "api_calls", "quantity": 1, "idempotency_key": "job_7"}
    assert ask("POST", "/v1/usage/holds", json=hold).json()["status"] == "held"
    ended = {"customer_id": "cus_123", "hold_id": "job_7"}
    assert ask("POST", "/v1/usage/holds/release", json=ended).json() == {"released": True}
    assert ask("POST", "/v1/usage/holds/release", json=ended).json() == {"released": False}
    problem(ask("POST", "/v1/usage/holds/commit", json={**ended, "quantity": 1}), 409, "hold_expired")


NO_QUANTITY = [
    "true",
    "false",
    "null",
    "NaN",
    "Infinity",
    "-Infinity",
    "0",
    "-1",
    "1e400",
    "-1e400",
    "1e999999",
    "1e-999999",
    "[]",
    "[1]",
    "{}",
    "99999999999999999999999999",
] + [
    json.dumps(text)
    for text in ("NaN", "1e3", "", " 1", "Infinity", "0x10", "1_000", "\u0661", "1,5", "+1", ".5", "5.")
]


@pytest.mark.parametrize("text", NO_QUANTITY)
def test_what_is_no_quantity_is_refused_as_such(ask: Asker, billing: Billing, text: str) -> None:
    """Parity, the seed: the browser may send a negative quantity to theirs."""
    problem(raw_quantity(ask, text, "api_calls"), 400, "invalid_quantity")
    assert billing.list_usage_events("cus_123").events == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nul",
        b"[]",
        b"7",
        b'"text"',
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"a":' * 50_000,
        b'{"customer_id": "cus_123", "customer_id": "cus_456", "feature_key": "api_calls"}',
        b'{"customer_id": "cus_123", "feature_key": "api_calls", "colour": "red"}',
        b'{"customer_id": 7, "feature_key": "api_calls"}',
        b'{"customer_id": "cus_123"}',
        b'{"customer_id": "\\ud800", "feature_key": "api_calls"}',
        b'{"customer_id": "a\\u0000b", "feature_key": "api_calls"}',
        b'{"customer_id": "cus_123", "feature_key": "api_calls", "metadata": [1]}',
        b'{"customer_id": "cus_123", "feature_key": "api_calls", "metadata": {"a": "\\ud800"}}',
        b'{"customer_id": "cus_123", "feature_key": "api_calls", "metadata": {"a": 1e999}}',
        b'{"customer_id": "cus_123", "feature_key": "api_calls", "quantity": ' + b"9" * 5000 + b"}",
        b'{"customer_id": "cus_123", "feature_key": "api_calls", "quantity": 1e99999999999999999999999}',
    ],
    ids=lambda body: body[:60].decode(errors="replace"),
)
def test_a_malformed_body_is_refused_with_a_reason(ask: Asker, billing: Billing, body: bytes) -> None:
    refused = ask("POST", "/v1/usage/track", content=body, headers={"content-type": "application/json"})
    problem(refused, 400, "invalid_request")
    assert billing.list_usage_events("cus_123").events == ()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_body_that_is_not_declared_as_json_is_refused(ask: Asker, kind: str) -> None:
    """What a page of another origin can send without being asked first is never read."""
    body = b'{"customer_id": "cus_123", "feature_key": "api_calls"}'
    refused = ask("POST", "/v1/usage/track", content=body, headers={"content-type": kind})
    assert "send JSON as application/json" in problem(refused, 400, "invalid_request")["detail"]


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [
        ("2026-01-01T00:00:00", "invalid_timestamp"),
        ("yesterday", "invalid_timestamp"),
        (1767225600, "invalid_timestamp"),
        ("0001-01-01T00:00:00+14:00", "period_closed"),
        ("9999-12-31T23:59:59-14:00", "invalid_timestamp"),
    ],
)
def test_a_time_without_a_zone_or_out_of_range_is_refused(ask: Asker, timestamp: Any, code: str) -> None:
    problem(track(ask, timestamp=timestamp), 409 if code == "period_closed" else 400, code)
    (item,) = ask(
        "POST",
        "/v1/usage/track/batch",
        json={"events": [{"customer_id": "cus_123", "feature_key": "api_calls", "timestamp": timestamp}]},
    ).json()["items"]
    assert item["error"]["code"] == code


@pytest.mark.parametrize(
    "query",
    [
        "customer_id=cus_123&colour=red",
        "customer_id=cus_123&limit=0",
        "customer_id=cus_123&limit=1001",
        "customer_id=cus_123&limit=ten",
        "customer_id=cus_123&cursor=x",
        "limit=1",
        "customer_id=",
    ],
)
def test_a_malformed_query_is_refused(ask: Asker, query: str) -> None:
    problem(ask("GET", f"/v1/usage/events?{query}"), 400, "invalid_request")


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_beyond_the_limit_is_refused_and_nothing_counted(ask: Asker, billing: Billing, announced: bool) -> None:
    body = b'{"customer_id": "cus_123", "feature_key": "api_calls", "metadata": {"a": "' + b"x" * 1_100_000 + b'"}}'

    async def chunks():
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    refused = ask(
        "POST",
        "/v1/usage/track",
        content=body if announced else chunks(),
        headers={"content-type": "application/json"},
    )
    problem(refused, 413, "request_too_large")
    assert billing.list_usage_events("cus_123").events == ()


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_has_one_to_a_thousand_events(ask: Asker, count: int) -> None:
    problem(ask("POST", "/v1/usage/track/batch", json={"events": [{}] * count}), 400, "invalid_request")


def test_a_batch_is_decided_in_order_and_one_bad_event_refuses_no_other(ask: Asker, billing: Billing) -> None:
    good = {"customer_id": "cus_123", "feature_key": "api_calls"}
    events = [{**good, "quantity": 3}, {**good, "quantity": 2}, {**good, "quantity": True}, {**good, "x": 1}, good]
    items = ask("POST", "/v1/usage/track/batch", json={"events": events}).json()["items"]
    codes = [item["error"] and item["error"]["code"] for item in items]
    assert codes == [None, "quota_exceeded", "invalid_quantity", "invalid_request", None]
    assert items[1]["error"]["remaining"] == "1"
    assert [item["receipt"] is None for item in items] == [False, True, True, True, False]
    assert billing.get_usage_metrics("cus_123")["api_calls"].consumed == 4


def test_a_key_with_another_request_is_a_422(ask: Asker) -> None:
    track(ask, idempotency_key="req_42")
    problem(track(ask, idempotency_key="req_42", quantity=2), 422, "idempotency_key_reused")


def test_half_a_character_in_one_event_hides_no_answer(ask: Asker) -> None:
    good = '{"customer_id": "cus_123", "feature_key": "api_calls", "idempotency_key": "good"}'
    body = '{"events": [' + good + ', {"\\ud800": 1}]}'
    answered = ask("POST", "/v1/usage/track/batch", content=body, headers={"content-type": "application/json"})
    counted, refused = answered.json()["items"]
    assert counted["receipt"]["idempotency_key"] == "good"
    assert (refused["error"]["code"], "\ud800" in refused["error"]["detail"]) == ("invalid_request", True)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/v1/usage", 404, "not_found"),
        ("DELETE", "/v1/customers", 405, "method_not_allowed"),
        ("GET", "/v1/customers/nobody", 404, "unknown_customer"),
        ("GET", "/v1/usage/metrics?customer_id=nobody", 404, "unknown_customer"),
        ("GET", "/v1/usage/check?customer_id=cus_123&feature_key=teleport", 404, "unknown_feature"),
        (
            "GET",
            "/v1/usage/approaching?customer_id=cus_123&feature_key=api_calls&threshold=lots",
            400,
            "invalid_request",
        ),
    ],
)
def test_what_is_not_there_is_a_problem_too(ask: Asker, method: str, path: str, status: int, code: str) -> None:
    refused = ask(method, path)
    problem(refused, status, code)
    if status == 405:
        assert refused.headers["allow"]


class Broken(Billing):
    """An engine whose reads fail in a way that nobody expected."""

    failure: Exception = RuntimeError("secret of the inside: /srv/billing.db")

    def get_customer(self, customer_id: str) -> Any:
        del customer_id
        raise self.failure


def test_an_unexpected_failure_tells_nothing_and_is_logged(
    secret_key: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        Broken(f"sqlite:///{tmp_path / 'billing.db'}", catalog=CATALOG) as broken,
        asking(create_api(broken), headers={"authorization": f"Bearer {secret_key}"}) as ask,
        caplog.at_level(logging.ERROR),
    ):
        failed = ask("GET", "/v1/customers/cus_123")
    problem(failed, 500, "internal_error")
    assert "secret of the inside" not in failed.text
    assert "secret of the inside" in caplog.text
    assert secret_key not in caplog.text


def test_a_service_that_can_not_answer_says_when_to_come_back(secret_key: str, tmp_path: Path) -> None:
    with (
        Broken(f"sqlite:///{tmp_path / 'billing.db'}", catalog=CATALOG) as broken,
        asking(create_api(broken), headers={"authorization": f"Bearer {secret_key}"}) as ask,
    ):
        broken.failure = ServiceUnavailable("the database /srv/billing.db is gone", retry_after=4.2)
        failed = ask("GET", "/v1/customers/cus_123")
        broken.failure = ServiceUnavailable("the database /srv/billing.db is gone")
        unsure = ask("GET", "/v1/customers/cus_123")
    assert problem(failed, 503, "service_unavailable")["retry_after"] == 5
    assert (failed.headers["retry-after"], unsure.headers["retry-after"]) == ("5", "1")
    assert "/srv" not in failed.text


def test_below_a_path_it_leaves_the_host_alone(billing: Billing, secret_key: str) -> None:
    host = FastAPI()
    host.mount("/billing-api", create_api(AsyncBilling(billing=billing)))
    host.add_api_route("/v1/customers", lambda: "the host's own")
    with asking(host, headers={"authorization": f"Bearer {secret_key}"}) as ask:
        assert ask("GET", "/v1/customers").json() == "the host's own"
        assert ask("GET", "/billing-api/v1/customers").json()["customers"][0]["customer_id"] == "cus_123"
        assert "/billing-api/openapi.json" in ask("GET", "/billing-api/docs").text
        assert ask("GET", "/billing-api/openapi.json").json()["servers"] == [{"url": "/billing-api"}]
        assert "/v1/usage/track" not in ask("GET", "/openapi.json").text


# What is asked of each documented route, in an order in which each succeeds.
EVERY_ROUTE: list[tuple[str, str, Any]] = [
    ("POST", "/v1/customers", {"customer_id": "cus_123", "name": "Ada"}),
    ("GET", "/v1/customers", {"limit": 10}),
    ("GET", "/v1/customers/{customer_id}", None),
    ("PATCH", "/v1/customers/{customer_id}", {"locale": "de-DE"}),
    ("POST", "/v1/customers/{customer_id}/plan", {"plan_key": "pro"}),
    ("POST", "/v1/usage/track", {"customer_id": "cus_123", "feature_key": "api_calls", "metadata": {"a": [1, 0.5]}}),
    (
        "POST",
        "/v1/usage/track/batch",
        {"events": [{"customer_id": "cus_123", "feature_key": "seconds", "quantity": "0.25"}, {"customer_id": "x"}]},
    ),
    ("POST", "/v1/usage/set", {"customer_id": "cus_123", "feature_key": "storage_gb", "quantity": 1.5}),
    ("GET", "/v1/usage/metrics", {"customer_id": "cus_123"}),
    ("GET", "/v1/usage/check", {"customer_id": "cus_123", "feature_key": "sso"}),
    ("GET", "/v1/usage/approaching", {"customer_id": "cus_123", "feature_key": "api_calls", "threshold": 80}),
    ("GET", "/v1/usage/events", {"customer_id": "cus_123", "start": "2026-01-01T00:00:00Z", "limit": 1}),
    (
        "GET",
        "/v1/usage/history",
        {
            "customer_id": "cus_123",
            "feature_key": "storage_gb",
            "start": "2026-01-01T00:00:00Z",
            "end": "2026-03-01T00:00:00+02:00",
            "granularity": "month",
        },
    ),
    (
        "POST",
        "/v1/usage/holds",
        {"customer_id": "cus_123", "feature_key": "seconds", "quantity": "3000", "ttl": 0.5, "idempotency_key": "a/b"},
    ),
    ("POST", "/v1/usage/holds/commit", {"customer_id": "cus_123", "hold_id": "a/b", "quantity": 2999.5}),
    ("POST", "/v1/usage/holds/release", {"customer_id": "cus_123", "hold_id": "a/b"}),
    (
        "POST",
        "/v1/usage/correct",
        {"customer_id": "cus_123", "idempotency_key": "hold:a/b", "quantity": "2900", "reason": "as agreed"},
    ),
    ("GET", "/v1/usage/thresholds", {"customer_id": "cus_123"}),
    ("GET", "/v1/usage/refusals", {"customer_id": "cus_123", "start": "2026-01-01T00:00:00Z"}),
    ("GET", "/v1/nudges", {"customer_id": "cus_123", "user_id": "ada"}),
    ("POST", "/v1/nudges/dismiss", {"customer_id": "cus_123", "nudge_id": "none", "user_id": "ada"}),
    ("POST", "/v1/nudges/record", {"customer_id": "cus_123", "nudge_id": "none", "action": "shown", "user_id": "ada"}),
    ("GET", "/v1/nudges/events", {"customer_id": "cus_123", "user_id": "ada", "limit": 1}),
    ("POST", "/v1/session-tokens", {"customer_id": "cus_123", "user_id": "ada", "ttl": 60}),
    ("POST", "/v1/customers/{customer_id}/plan/preview", {"plan_key": "pro", "at": "period_end"}),
    ("POST", "/v1/customers/{customer_id}/pause", None),
    ("POST", "/v1/customers/{customer_id}/resume", None),
    ("POST", "/v1/customers/{customer_id}/cancel", {"at": "period_end"}),
]


@pytest.mark.parametrize(
    ("method", "path", "given"),
    [route for route in EVERY_ROUTE if route[2] is not None],
    ids=lambda part: str(part)[:40],
)
def test_no_route_takes_a_field_that_it_does_not_know(ask: Asker, method: str, path: str, given: Any) -> None:
    problem(answer_of(ask, method, path, {**given, "colour": "red"}), 400, "invalid_request")


FILLED = {"/v1/usage/history": "buckets", "/v1/usage/thresholds": "thresholds", "/v1/usage/refusals": "refusals"}


def answer_of(ask: Asker, method: str, path: str, given: Any) -> Any:
    options = {} if given is None else {"params": given} if method == "GET" else {"json": given}
    return ask(method, path.replace("{customer_id}", "cus_123"), **options)


@pytest.mark.parametrize("kind", [Billing, AsyncBilling])
def test_every_documented_route_answers_in_the_documented_shape(kind: type, billing: Billing, secret_key: str) -> None:
    engine = billing if kind is Billing else AsyncBilling(billing=billing)
    with asking(create_api(engine), headers={"authorization": f"Bearer {secret_key}"}) as ask:
        document = ask("GET", "/openapi.json").json()
        OpenAPI.model_validate(document)
        # So that a refusal, a threshold and a nudge are there to be shown.
        track(ask, quantity=4)
        track(ask)
        documented = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
        assert documented == {(method, path) for method, path, _ in EVERY_ROUTE}
        for method, path, given in EVERY_ROUTE:
            response = answer_of(ask, method, path, given)
            assert response.status_code == 200, (path, response.text)
            assert response.headers["cache-control"] == "no-store"
            shape = document["paths"][path][method.lower()]["responses"]["200"]["content"]["application/json"]["schema"]
            check_shape(document, shape, response.json())
            if path in FILLED:
                assert response.json()[FILLED[path]], path


def test_refusals_have_the_documented_shape(ask: Asker) -> None:
    document = ask("GET", "/openapi.json").json()
    responses = document["paths"]["/v1/usage/track"]["post"]["responses"]
    assert {"401", "402", "4XX", "429", "503"} <= responses.keys()
    for refused in (track(ask, quantity=9), track(ask, quantity=True), ask("GET", "/nowhere")):
        assert refused.status_code >= 400
        check_shape(document, responses["402"]["content"]["application/problem+json"]["schema"], refused.json())


def test_the_examples_of_the_document_are_answered(ask: Asker, billing: Billing) -> None:
    for customer_id in ("cus_123", "cus_456"):
        billing.create_customer(customer_id, plan="pro")
        billing.change_plan(customer_id, "pro")
    document = ask("GET", "/openapi.json").json()
    tried = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for example in content.get("examples", {}).values():
                check_shape(document, content["schema"], example["value"])
                response = ask(method.upper(), path.replace("{customer_id}", "cus_123"), json=example["value"])
                unknown_to_this_catalog = response.status_code == 404 and response.json()["code"] == "unknown_feature"
                assert response.status_code == 200 or unknown_to_this_catalog, response.text
                tried += 1
    assert tried >= 12


def test_the_document_is_a_valid_schema_and_names_each_operation_once(ask: Asker) -> None:
    document = ask("GET", "/openapi.json").json()
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(operation["security"] for operation in operations)
    text = json.dumps(document)
    for reference in set(text.split('"$ref": "')[1:]):
        name = reference.split('"')[0].removeprefix("#/components/schemas/")
        assert name in document["components"]["schemas"]


def check_shape(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    whole = {**schema, "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)

"""UsageMiddleware in front of real apps: limits before they run, usage once per request."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from billing_ui_backend import (
    AsyncBilling,
    AsyncBillingClient,
    Billing,
    BillingClient,
    InvalidRequest,
    UnknownFeature,
    UsageMiddleware,
    UsageRule,
)
from tests.support.asgi import asking
from tests.support.billing_api import CATALOG, RunningApi


@pytest.fixture
def billing() -> Iterator[Billing]:
    with Billing("sqlite://", catalog=CATALOG) as engine:
        engine.create_customer("cus_123")
        yield engine


class App:
    """An app that counts how often it ran, and can be told to fail."""

    def __init__(self) -> None:
        self.runs = 0
        self.status = 200
        self.failure: Exception | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.runs += 1
        if self.failure:
            raise self.failure
        await PlainTextResponse("done", status_code=self.status)(scope, receive, send)


def customer_of(scope: Any) -> str | None:
    """The customer named by a header, as a host reads it from its session."""
    return dict(scope["headers"]).get(b"x-customer", b"").decode() or None


def metered(app: Any, billing: Any, *rules: UsageRule, customer: Any = customer_of) -> UsageMiddleware:
    return UsageMiddleware(app, billing=billing, customer=customer, rules=list(rules))


def ask_as_customer(app: Any) -> Any:
    return asking(app, headers={"x-customer": "cus_123"})


def consumed(billing: Billing, feature_key: str = "api_calls") -> Decimal:
    return billing.get_usage_metrics("cus_123")[feature_key].consumed


def keys(billing: Billing) -> list[str]:
    return [event.idempotency_key for event in billing.list_usage_events("cus_123").events]


@pytest.mark.parametrize("charge", ["before", "unless_failed"])
def test_a_request_is_counted_once_and_the_limit_stops_the_app(billing: Billing, charge: Any) -> None:
    """Parity, the seed: "enforces limits automatically"; and "limits bypassed from the client or by concurrency"."""
    app = App()
    with ask_as_customer(metered(app, billing, UsageRule("/jobs", "api_calls", charge=charge))) as ask:
        answers = [ask("POST", "/jobs") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 402, 402]
    assert app.runs == 4
    assert consumed(billing) == 4
    refused = answers[-1]
    assert refused.headers["content-type"] == "application/problem+json"
    numbers = refused.json()
    assert (numbers["code"], numbers["limit"], numbers["remaining"]) == ("quota_exceeded", "4", "0")
    assert numbers["suggested_plan"] == "pro"
    ends = billing.get_usage_metrics("cus_123")["api_calls"].period_end
    assert ends is not None
    assert refused.headers["retry-after"] == ends.strftime("%a, %d %b %Y %H:%M:%S GMT")


@pytest.mark.parametrize("charge", ["before", "unless_failed"])
def test_no_more_answers_than_the_limit_leave_under_concurrency(billing: Billing, charge: Any) -> None:
    """Parity, users ask for: "limits bypassed ... by concurrency"."""
    together = asyncio.Barrier(12 if charge == "unless_failed" else 4)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await together.wait()
        await PlainTextResponse("done")(scope, receive, send)

    async def storm() -> list[int]:
        rule = UsageRule("/jobs", "api_calls", charge=charge)
        middleware = metered(app, AsyncBilling(billing=billing), rule)
        transport = httpx.ASGITransport(middleware)
        async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
            asked = [client.get("/jobs", headers={"x-customer": "cus_123"}) for _ in range(12)]
            return [answer.status_code for answer in await asyncio.gather(*asked)]

    assert sorted(asyncio.run(storm())) == [200] * 4 + [402] * 8
    assert consumed(billing) == 4


@pytest.mark.parametrize(("charge", "counted"), [("before", 1), ("unless_failed", 0)])
@pytest.mark.parametrize("failure", ["status", "exception"])
def test_a_request_that_fails(billing: Billing, charge: Any, counted: int, failure: str) -> None:
    app = App()
    app.status = 500
    app.failure = RuntimeError("broken") if failure == "exception" else None
    with ask_as_customer(metered(app, billing, UsageRule("/jobs", "api_calls", charge=charge))) as ask:
        if failure == "exception":
            with pytest.raises(RuntimeError, match="broken"):
                ask("GET", "/jobs")
        else:
            assert ask("GET", "/jobs").status_code == 500
    assert consumed(billing) == counted


@pytest.mark.parametrize("charge", ["before", "unless_failed"])
def test_a_request_that_the_app_refuses_is_counted(billing: Billing, charge: Any) -> None:
    app = App()
    app.status = 404
    with ask_as_customer(metered(app, billing, UsageRule("/jobs", "api_calls", charge=charge))) as ask:
        assert ask("GET", "/jobs").status_code == 404
    assert consumed(billing) == 1


def test_an_answer_that_no_longer_fits_is_replaced_whole(billing: Billing) -> None:
    """The limit is reached while the app works: its answer does not leave."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        billing.track_usage(customer_id="cus_123", feature_key="api_calls", quantity=4)
        headers = {"x-secret": "of the app"}
        await StreamingResponse(iter([b"secret", b"answer"]), headers=headers)(scope, receive, send)

    with ask_as_customer(metered(app, billing, UsageRule("/jobs", "api_calls", charge="unless_failed"))) as ask:
        answer = ask("GET", "/jobs")
    assert (answer.status_code, answer.json()["code"]) == (402, "quota_exceeded")
    assert "x-secret" not in answer.headers
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "kind", [Billing, AsyncBilling, BillingClient, AsyncBillingClient], ids=lambda kind: kind.__name__
)
def test_every_engine_and_client_can_meter(kind: type, api: RunningApi) -> None:
    if kind is Billing:
        billing: Any = api.billing
    elif kind is AsyncBilling:
        billing = AsyncBilling(billing=api.billing)
    else:
        billing = kind(api.secret_key, api.base_url)
    customer = api.billing.create_customer(f"meters-{kind.__name__}").customer_id
    rules = [UsageRule("/jobs", "api_calls"), UsageRule("/try", "api_calls", charge="unless_failed")]
    with asking(metered(App(), billing, *rules), headers={"x-customer": customer}) as ask:
        statuses = [ask("GET", path).status_code for path in ("/jobs", "/try", "/jobs", "/try", "/jobs", "/try")]
        if kind is AsyncBillingClient:
            ask.runner.run(billing.close())
    assert statuses == [200, 200, 200, 200, 402, 402]
    assert api.billing.get_usage_metrics(customer)["api_calls"].consumed == 4


@pytest.mark.parametrize(
    ("rules", "method", "path", "counted"),
    [
        ([UsageRule("/jobs", "api_calls")], "GET", "/jobs", 1),
        ([UsageRule("/jobs", "api_calls")], "DELETE", "/jobs", 1),
        ([UsageRule("/jobs", "api_calls")], "OPTIONS", "/jobs", 0),
        ([UsageRule("/jobs", "api_calls")], "GET", "/jobs/", 0),
        ([UsageRule("/jobs", "api_calls")], "GET", "/jobsshop", 0),
        ([UsageRule("/jobs", "api_calls")], "GET", "/pre/jobs", 0),
        ([UsageRule("/jobs", "api_calls", methods=["post"])], "POST", "/jobs", 1),
        ([UsageRule("/jobs", "api_calls", methods=["POST"])], "GET", "/jobs", 0),
        ([UsageRule("/jobs", "api_calls", methods=["GET"])], "HEAD", "/jobs", 1),
        ([UsageRule("/jobs/{name}", "api_calls")], "GET", "/jobs/a%20b", 1),
        ([UsageRule("/jobs/{name}", "api_calls")], "GET", "/jobs/a/b", 0),
        ([UsageRule("/jobs/{number:int}", "api_calls")], "GET", "/jobs/one", 0),
        ([UsageRule("/files/{name:path}", "api_calls")], "GET", "/files/a/b", 1),
        (
            [UsageRule("/jobs/free", "api_calls", quantity=0), UsageRule("/jobs/{x}", "api_calls")],
            "GET",
            "/jobs/free",
            0,
        ),
        ({"POST /jobs": "api_calls"}, "POST", "/jobs", 1),
        ({"POST /jobs": "api_calls"}, "GET", "/jobs", 0),
        ({"/jobs": "api_calls"}, "PUT", "/jobs", 1),
    ],
)
def test_which_requests_a_rule_meters(billing: Billing, rules: Any, method: str, path: str, counted: int) -> None:
    app = App()
    middleware = UsageMiddleware(app, billing=billing, customer=customer_of, rules=rules)
    with ask_as_customer(middleware) as ask:
        assert ask(method, path).status_code == 200
    assert (app.runs, consumed(billing)) == (1, counted)


@pytest.mark.parametrize(
    ("path", "options", "says"),
    [
        ("work", {}, "must begin with '/'"),
        ("GET /v1/x", {}, r"names a method: pass '/v1/x' and methods=\['GET'\]"),
        ("post /v1/x", {}, r"methods=\['POST'\]"),
        ("/jobs", {"charge": "later"}, "charge"),
        ("/jobs", {"methods": "POST"}, r"pass a list such as \['POST'\]"),
    ],
)
def test_a_rule_that_can_not_be_meant_is_refused_where_it_is_written(
    path: str, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidRequest, match=says):
        UsageRule(path, "api_calls", **options)


@pytest.mark.parametrize("path", ["/{a}/{a}", "/{a:colour}"])
def test_a_path_that_can_not_be_meant_is_refused(billing: Billing, path: str) -> None:
    with pytest.raises(InvalidRequest, match=re.escape(path)):
        metered(App(), billing, UsageRule(path, "api_calls"))


def test_the_quantity_can_depend_on_the_request(billing: Billing) -> None:
    async def by_length(scope: Any, response: Any) -> Decimal:
        assert response is None
        await asyncio.sleep(0)
        return Decimal(dict(scope["headers"])[b"content-length"].decode()).scaleb(-3)

    rule = UsageRule("/upload", "storage_gb", quantity=by_length)
    app = App()
    with ask_as_customer(metered(app, billing, rule)) as ask:
        assert ask("POST", "/upload", content=b"x" * 400).status_code == 200
        refused = ask("POST", "/upload", content=b"x" * 200)
    assert (refused.status_code, refused.json()["remaining"]) == (402, "0.1")
    assert (app.runs, consumed(billing, "storage_gb")) == (1, Decimal("0.4"))


def test_the_quantity_can_depend_on_the_answer(billing: Billing) -> None:
    """Such as the tokens that a model used, which only its answer knows."""
    asked: list[Any] = []

    def by_answer(scope: Any, response: Any) -> int | None:
        del scope
        asked.append(response and response["status"])
        if response is None:
            return 1
        return int(dict(response["headers"])[b"x-tokens"]) or None

    tokens = iter(["3", "0", "2"])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await Response(headers={"x-tokens": next(tokens)})(scope, receive, send)

    rule = UsageRule("/ask", "api_calls", quantity=by_answer, charge="unless_failed")
    with ask_as_customer(metered(app, billing, rule)) as ask:
        assert [ask("GET", "/ask").status_code for _ in range(3)] == [200, 200, 402]
    assert consumed(billing) == 3
    assert asked == [None, 200] * 3


@pytest.mark.parametrize("asynchronous", [True, False])
def test_nobodys_request_passes_unmetered(billing: Billing, asynchronous: bool) -> None:
    async def nobody(scope: Any) -> None:
        del scope

    app = App()
    customer: Any = nobody if asynchronous else lambda scope: None  # noqa: ARG005
    with ask_as_customer(metered(app, billing, UsageRule("/jobs", "api_calls"), customer=customer)) as ask:
        assert ask("GET", "/jobs").status_code == 200
    assert (app.runs, consumed(billing)) == (1, 0)


@pytest.mark.parametrize("charge", ["before", "unless_failed"])
def test_a_feature_that_is_not_in_the_plan_and_a_paused_subscription_are_403(billing: Billing, charge: Any) -> None:
    app = App()
    rules = [UsageRule("/jobs", "api_calls", charge=charge), UsageRule("/compute", "seconds", charge=charge)]
    with ask_as_customer(metered(app, billing, *rules)) as ask:
        absent = ask("GET", "/compute")
        billing.pause_subscription("cus_123")
        paused = ask("GET", "/jobs")
    assert (absent.status_code, absent.json()["code"]) == (403, "feature_not_in_plan")
    assert (paused.status_code, paused.json()["code"]) == (403, "subscription_inactive")
    assert app.runs == 0


def test_nothing_is_served_for_free_when_usage_can_not_be_counted() -> None:
    app = App()
    gone = BillingClient("sk_test_x", "http://127.0.0.1:9", max_retries=0)
    with ask_as_customer(metered(app, gone, UsageRule("/jobs", "api_calls"))) as ask:
        refused = ask("GET", "/jobs")
    assert (refused.status_code, refused.headers["retry-after"], app.runs) == (503, "1", 0)
    assert "127.0.0.1" not in refused.text


def test_a_mistake_of_the_host_is_raised_and_not_told_to_the_caller(billing: Billing) -> None:
    app = App()
    with ask_as_customer(metered(app, billing, UsageRule("/jobs", "teleport"))) as ask, pytest.raises(UnknownFeature):
        ask("GET", "/jobs")
    assert app.runs == 0


@pytest.mark.parametrize("charge", ["before", "unless_failed"])
def test_a_customer_that_the_engine_does_not_know_is_refused_and_named_in_the_log(
    billing: Billing, caplog: pytest.LogCaptureFixture, charge: Any
) -> None:
    app = App()
    with ask_as_customer(metered(app, billing, UsageRule("/jobs", "api_calls", charge=charge))) as ask:
        refused = ask("GET", "/jobs", headers={"x-customer": "cus_new"})
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
    assert refused.json()["code"] == "unknown_customer"
    assert refused.json()["detail"] == "this account has no subscription"
    assert app.runs == 0
    assert "there is no customer 'cus_new': create it first" in caplog.text


def test_an_unknown_customer_is_refused_also_where_the_quantity_is_known_by_the_answer_only(billing: Billing) -> None:
    app = App()
    rule = UsageRule("/jobs", "api_calls", quantity=lambda _, response: response and 1, charge="unless_failed")
    with ask_as_customer(metered(app, billing, rule)) as ask:
        refused = ask("GET", "/jobs", headers={"x-customer": "cus_new"})
    assert (refused.status_code, refused.json()["code"], app.runs) == (403, "unknown_customer", 1)


def test_one_key_for_ever_does_not_pay_once(billing: Billing) -> None:
    """Parity, users ask for: "limits bypassed from the client". Only a host whose app repeats no work says otherwise."""
    app = App()
    with ask_as_customer(metered(app, billing, UsageRule("/jobs", "api_calls"))) as ask:
        answers = [ask("GET", "/jobs", headers={"idempotency-key": "one"}).status_code for _ in range(5)]
    assert answers == [200] * 4 + [402]
    assert len(set(keys(billing))) == 4


@pytest.mark.parametrize("charge", ["before", "unless_failed"])
def test_an_idempotent_app_is_charged_once_per_key_in_its_scope(billing: Billing, charge: Any) -> None:
    billing.create_customer("cus_456")
    rules = [UsageRule("/{name}", "api_calls", charge=charge, idempotent=True)]
    app = App()
    with ask_as_customer(metered(app, billing, *rules)) as ask:
        for _ in range(3):
            assert ask("POST", "/jobs", headers={"idempotency-key": "one"}).status_code == 200
        assert consumed(billing) == 1
        ask("POST", "/other", headers={"idempotency-key": "one"})
        assert consumed(billing) == 2, "on another route it is another request"
        ask("PUT", "/jobs", headers={"idempotency-key": "one"})
        assert consumed(billing) == 3, "and with another method too"
        ask("POST", "/jobs", headers={"idempotency-key": "one", "x-customer": "cus_456"})
        assert billing.get_usage_metrics("cus_456")["api_calls"].consumed == 1
        ask("POST", "/jobs")
        assert consumed(billing) == 4, "without a key it is always a new one"
        again = ask("POST", "/jobs", headers={"idempotency-key": "one"})
        assert again.status_code == 200, "what is paid for is answered again, also when the quota is full by now"
    assert all(key.startswith("http:") for key in keys(billing))


@pytest.mark.parametrize(
    "headers",
    [[("idempotency-key", "a"), ("idempotency-key", "b")], [("idempotency-key", "")], [("idempotency-key", "x" * 256)]],
    ids=["two", "empty", "long"],
)
def test_a_malformed_idempotency_key_is_a_400(billing: Billing, headers: Any) -> None:
    app = App()
    with asking(metered(app, billing, UsageRule("/jobs", "api_calls", idempotent=True))) as ask:
        refused = ask("POST", "/jobs", headers=[("x-customer", "cus_123"), *headers])
    assert (refused.status_code, refused.json()["code"], app.runs) == (400, "invalid_request", 0)


def test_the_receipt_is_in_the_requests_state(billing: Billing) -> None:
    host = FastAPI()

    @host.get("/jobs")
    def work(request: Request) -> str:
        return str(request.state.usage_receipt.usage.remaining_units)

    host.add_middleware(UsageMiddleware, billing=billing, customer=customer_of, rules={"/jobs": "api_calls"})  # type: ignore[arg-type]
    with ask_as_customer(host) as ask:
        assert [ask("GET", "/jobs").json() for _ in range(2)] == ["3", "2"]


def test_below_a_mount_the_rules_paths_are_the_inner_ones(billing: Billing) -> None:
    inner = metered(App(), billing, UsageRule("/jobs", "api_calls"))
    host = Starlette(routes=[Mount("/api", inner), Route("/jobs", lambda _: JSONResponse({}))])
    with ask_as_customer(host) as ask:
        ask("GET", "/jobs")
        assert consumed(billing) == 0
        ask("GET", "/api/jobs")
        assert consumed(billing) == 1


@pytest.mark.parametrize("charge", ["before", "unless_failed"])
def test_an_answer_streams_through_chunk_by_chunk(billing: Billing, charge: Any) -> None:
    """Nothing is kept back: each chunk leaves before the app makes the next one."""
    order: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3):
            order.append(f"made {number}")
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": number < 2})

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            order.append(f"left {message['body'].decode()}")

    async def receive() -> Any:
        raise AssertionError("the middleware reads no body")

    scope = {"type": "http", "method": "GET", "path": "/jobs", "headers": [(b"x-customer", b"cus_123")]}
    middleware = metered(app, billing, UsageRule("/jobs", "api_calls", charge=charge))
    asyncio.run(middleware(scope, receive, send))
    assert order == ["made 0", "left 0", "made 1", "left 1", "made 2", "left 2"]
    assert consumed(billing) == 1


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
def test_websockets_and_lifespans_pass_untouched(billing: Billing, kind: str) -> None:
    passed: list[Any] = []

    async def app(*arguments: Any) -> None:
        passed.extend(arguments)

    given: list[Any] = [{"type": kind, "path": "/jobs", "headers": [(b"x-customer", b"cus_123")]}, object(), object()]
    asyncio.run(metered(app, billing, UsageRule("/jobs", "api_calls"))(*given))
    assert all(one is other for one, other in zip(passed, given, strict=True))
    assert consumed(billing) == 0


def test_each_request_has_a_key_of_its_own(billing: Billing) -> None:
    with ask_as_customer(metered(App(), billing, UsageRule("/jobs", "api_calls"))) as ask:
        for _ in range(3):
            ask("GET", "/jobs")
    assert len(set(keys(billing))) == 3
    assert all(uuid.UUID(key.removeprefix("http:")) for key in keys(billing))

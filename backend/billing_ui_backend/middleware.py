"""ASGI middleware that meters a host app's requests: limits before the app runs, usage once per request."""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from billing_ui_backend.asynchronous import call
from billing_ui_backend.errors import (
    BillingError,
    FeatureNotInPlan,
    IdempotencyKeyReused,
    InvalidRequest,
    NetworkError,
    QuotaExceeded,
    RateLimited,
    ServiceUnavailable,
    SubscriptionInactive,
    UnknownCustomer,
)
from billing_ui_backend.problems import problem_of
from billing_ui_backend.results import UsageReceipt
from billing_ui_backend.usage_rules import Rules, UsageRule, compile_rules

if TYPE_CHECKING:
    from billing_ui_backend.async_billing import AsyncBilling
    from billing_ui_backend.async_client import AsyncBillingClient
    from billing_ui_backend.billing import Billing
    from billing_ui_backend.client import BillingClient

log = logging.getLogger("billing_ui_backend.middleware")

CustomerOf: TypeAlias = Callable[[Scope], str | Awaitable[str | None] | None]

# What the caller is told. Any other error is a mistake of the host (an unknown feature) and is raised.
REFUSALS = (
    UnknownCustomer,
    QuotaExceeded,
    FeatureNotInPlan,
    SubscriptionInactive,
    IdempotencyKeyReused,
    RateLimited,
    ServiceUnavailable,
    NetworkError,
)


class UsageMiddleware:
    """Meters the requests that match a rule.

    A full hard limit answers 402 with the numbers, and `Retry-After` with the date of the reset; so do a feature that isn't
    in the plan, a paused subscription and a customer that the engine does not know (403; the log names the last, so that the
    host creates it). When usage can't be counted the answer is 503: nothing is served for free.
    What else a rule means, above all for requests that fail, is written at `UsageRule`. The first rule that matches is the
    one. The receipt is `scope["state"]["usage_receipt"]` (`request.state.usage_receipt`) once the request is counted.

    Bodies are neither read nor kept, answers stream through; websockets and other scopes pass untouched.

    Args:
        app: the ASGI app.
        billing: an engine or a client, sync or async.
        customer: whose request it is, from the ASGI scope; plain or async. None means nobody's: the request passes
            unmetered, and whether it is served is up to the app.
        rules: UsageRules, or a mapping such as `{"POST /v1/images": "images"}`.

    Raises:
        InvalidRequest: a rule that can't be meant.

    Example:
        >>> app.add_middleware(
        ...     UsageMiddleware, billing=billing, customer=customer_of, rules=[UsageRule("/v1/images", "images")]
        ... )
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        billing: Billing | AsyncBilling | BillingClient | AsyncBillingClient,
        customer: CustomerOf,
        rules: Rules,
    ) -> None:
        self.app = app
        self._billing = billing
        self._customer = customer
        self._rules = compile_rules(rules)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Meters one request."""
        rule = self._rule_for(scope)
        customer_id = None if rule is None else await _resolve(self._customer(scope))
        if rule is None or customer_id is None:
            await self.app(scope, receive, send)
            return
        try:
            metering = _Metering(self._billing, rule, customer_id, scope, _key(rule, scope))
            await metering.before()
        except (*REFUSALS, _MalformedKey) as error:
            await _refuse(error, scope, send)
            return
        await self.app(scope, receive, metering.around(send))

    def _rule_for(self, scope: Scope) -> UsageRule | None:
        if scope["type"] != "http":
            return None
        path = _route_path(scope)
        return next((compiled.rule for compiled in self._rules if compiled.matches(scope["method"], path)), None)


class _Metering:
    """One request on its way: counted at most once, before the app or when its answer begins."""

    def __init__(self, billing: Any, rule: UsageRule, customer_id: str, scope: Scope, key: str) -> None:
        self._billing = billing
        self._rule = rule
        self._customer_id = customer_id
        self._scope = scope
        self._key = key
        self._decided = False

    async def before(self) -> None:
        quantity = await self._quantity(None)
        if self._rule.charge == "unless_failed":
            if _is_nothing(quantity):
                return
            entitlement = await call(
                self._billing.check_entitlement, self._customer_id, self._rule.feature_key, quantity
            )
            if entitlement.has_access:
                return
            # The engine's own refusal has the numbers and the plan that would fit; should there be room by now, it counts.
        await self._count(quantity)

    def around(self, send: Send) -> Send:
        if self._decided:
            return send
        refused = False

        async def metered(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and not self._decided and message["status"] < 500:
                try:
                    await self._count(await self._quantity(message))
                except REFUSALS as error:
                    refused = self._decided = True
                    await _refuse(error, self._scope, send)
            if not refused:
                await send(message)

        return metered

    async def _count(self, quantity: object) -> None:
        self._decided = True
        if _is_nothing(quantity):
            return
        receipt: UsageReceipt = await call(
            self._billing.track_usage,
            customer_id=self._customer_id,
            feature_key=self._rule.feature_key,
            quantity=quantity,
            idempotency_key=self._key,
        )
        self._scope.setdefault("state", {})["usage_receipt"] = receipt

    async def _quantity(self, response: Message | None) -> object:
        quantity = self._rule.quantity
        return await _resolve(quantity(self._scope, response)) if callable(quantity) else quantity


class _MalformedKey(InvalidRequest):
    """The Idempotency-Key header can't be used. Not listed with the public errors: it travels as an invalid_request."""


class _NoCustomer(UnknownCustomer):
    """A caller without a subscription: the status of a 404 would be about the URL."""

    status = 403


def _key(rule: UsageRule, scope: Scope) -> str:
    given = [value for name, value in scope["headers"] if name.lower() == b"idempotency-key"] if rule.idempotent else []
    if not given:
        return f"http:{uuid.uuid4().hex}"
    if len(given) > 1 or not 1 <= len(given[0]) <= 255:
        raise _MalformedKey("Idempotency-Key: send it once, with 1 to 255 characters")
    # Hashed with what it was sent to: the same header on another route is another request.
    named = json.dumps([scope["method"], _route_path(scope), given[0].decode("latin-1")])
    return f"http:{hashlib.sha256(named.encode()).hexdigest()}"


def _route_path(scope: Scope) -> str:
    """The path below where the app is mounted."""
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return path.removeprefix(root) if root and path.startswith(root + "/") else path


def _is_nothing(quantity: object) -> bool:
    return quantity is None or (not isinstance(quantity, bool) and quantity == 0)


async def _resolve(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


async def _refuse(error: BillingError, scope: Scope, send: Send) -> None:
    if isinstance(error, UnknownCustomer):
        log.warning("%s %s was refused: %s", scope["method"], scope["path"], error.message)
        error = _NoCustomer("this account has no subscription", **error.details)
    elif error.status >= 500:
        log.warning("%s %s was refused: %s", scope["method"], scope["path"], error.message)
    problem = problem_of(error)
    headers = [(name.encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": problem.body})

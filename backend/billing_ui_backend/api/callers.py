"""Who is asking: a server with a secret key, or a browser with a customer's session token."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request

from billing_ui_backend import session_tokens
from billing_ui_backend.api.body import JsonRequest
from billing_ui_backend.async_billing import AsyncBilling
from billing_ui_backend.asynchronous import call
from billing_ui_backend.billing import Billing
from billing_ui_backend.errors import AuthenticationError, PermissionDenied
from billing_ui_backend.keys import hash_secret
from billing_ui_backend.results import SessionToken

KEY_SECONDS = 10.0
_MAX_KEYS = 1000


class Gatekeeper:
    """Finds out who is asking.

    A secret key that was valid is not looked up again for `KEY_SECONDS`: most requests then wait for no database before
    they begin, and a key that is revoked opens for so long at most. Kept are hashes, never a key.
    """

    def __init__(self, billing: Billing | AsyncBilling, clock: Callable[[], float] = time.monotonic) -> None:
        self._billing = billing
        self._clock = clock
        self._known_until: dict[str, float] = {}

    async def identify(self, request: Request) -> SessionToken | None:
        """The session token of a request, None for a secret key.

        Raises:
            AuthenticationError: there is neither, or it is not valid.
        """
        given = request.headers.getlist("authorization")
        scheme, _, secret = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret:
            raise AuthenticationError(
                "send the secret key as `Authorization: Bearer sk_...`: there is none in this request"
            )
        if secret.startswith(session_tokens.PREFIX):
            token: SessionToken = await call(self._billing.authenticate_session_token, secret)
            return token
        await self._check_key(secret)
        return None

    async def _check_key(self, secret: str) -> None:
        key_hash = hash_secret(secret)
        now = self._clock()
        if self._known_until.get(key_hash, now) > now:
            return
        self._known_until.pop(key_hash, None)
        await call(self._billing.authenticate, secret)
        if len(self._known_until) >= _MAX_KEYS:
            self._known_until.clear()
        self._known_until[key_hash] = now + KEY_SECONDS


def confine(request: JsonRequest, token: SessionToken) -> JsonRequest:
    """The request of a session token, which speaks of its own customer: it may say so, or leave it out.

    Raises:
        PermissionDenied: it names another customer, in its query or its body.
    """
    named = QueryParams(request.scope["query_string"]).getlist("customer_id")
    if request.method == "GET":
        if not named:
            own = urlencode({"customer_id": token.customer_id}).encode()
            request.scope["query_string"] = b"&".join(filter(None, [request.scope["query_string"], own]))
    elif isinstance(request.content, dict):
        named.append(request.content.setdefault("customer_id", token.customer_id))
    if any(customer_id != token.customer_id for customer_id in named):
        raise PermissionDenied("a session token is for its own customer: leave customer_id out")
    request.session_token = token
    return request

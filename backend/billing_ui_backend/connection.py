"""What both clients know of the service they talk to: its address, the secret key, and how a call becomes a request."""

from __future__ import annotations

import functools
import json
import random
import ssl
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from billing_ui_backend.calls import Call
from billing_ui_backend.errors import AuthenticationError, InvalidRequest
from billing_ui_backend.retry import RetryPolicy, Send, Steps, Timing, attempts

_OF_THE_TRANSFER = (b"content-encoding", b"content-length", b"transfer-encoding")
KEY_PREFIXES = ("sk_test_", "sk_live_")


@functools.cache
def trusted() -> ssl.SSLContext:
    """Whose certificates this machine believes. Reading them takes 50 ms, and an app may make a client for each request."""
    return httpx.create_ssl_context()


def _system_timing() -> Timing:
    return Timing(clock=time.monotonic, now=lambda: datetime.now(UTC), draw=lambda high: random.uniform(0, high))


@dataclass(frozen=True)
class Connection:
    """The address of a billing API and the secret key for it.

    Raises:
        InvalidRequest: base_url is no http or https address.
        AuthenticationError: secret_key can't be one.
    """

    base_url: str
    secret_key: str = field(repr=False)
    policy: RetryPolicy
    timing: Timing = field(default_factory=_system_timing, repr=False)

    def __post_init__(self) -> None:
        try:
            url = httpx.URL(self.base_url)
        except (httpx.InvalidURL, TypeError) as error:
            raise InvalidRequest(f"base_url {self.base_url!r} is no address: {error}") from error
        if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment or url.userinfo:
            raise InvalidRequest(
                f"base_url {_without_userinfo(url)!r}: write the address of the billing API with http or https and "
                "without a query, such as 'https://example.com/billing-api'"
            )
        key = self.secret_key
        if not isinstance(key, str) or not key.startswith(KEY_PREFIXES) or not (key.isascii() and key.isprintable()):
            raise AuthenticationError(
                "secret_key begins with sk_test_ or sk_live_: make one with `billing-ui keys create`"
            )
        object.__setattr__(self, "base_url", str(url).rstrip("/"))

    def request(self, http: httpx.Client | httpx.AsyncClient, call: Call[Any]) -> httpx.Request:
        """The request of a call; built once, since every attempt sends the same."""
        headers = {
            "authorization": f"Bearer {self.secret_key}",
            "accept": "application/json",
            "user-agent": "billing-ui-python",
        }
        content = None
        if call.body is not None:
            headers["content-type"] = "application/json"
            content = _dump(call.body)
        return http.build_request(
            call.method, self.base_url + call.path, params=call.query or None, headers=headers, content=content
        )

    def attempts(self, request: httpx.Request, call: Call[Any]) -> Steps:
        """The steps of one call, for the client to take."""
        what = f"{request.method} {request.url.copy_with(query=None)}"
        return attempts(self.policy, what, call.again, self.timing)


def attempt_timeout(step: Send) -> dict[str, dict[str, float]]:
    """The step's timeout as the request extension that httpx reads."""
    return {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), step.timeout)}


def whole(response: httpx.Response, body: bytes) -> httpx.Response:
    """The response with its body read; the body is decoded already, so the headers no longer say how."""
    headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _OF_THE_TRANSFER]
    return httpx.Response(response.status_code, headers=headers, content=body, request=response.request)


def _dump(body: Any) -> bytes:
    try:
        return json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRequest(f"the request can't be written as JSON: {error}") from error


def _without_userinfo(url: httpx.URL) -> str:
    return str(url.copy_with(username=None, password=None)) if url.userinfo else str(url)

"""Who is looking: the host's answer, and the fingerprint that binds what a tab shows to one connection."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

# Fresh for every connection or request, whoever is behind it. Every other header counts, since a host may read any of them.
_PASSING_HEADERS = frozenset({"connection", "upgrade", "content-length", "traceparent", "tracestate", "cf-ray"})
_PASSING_PREFIXES = ("sec-websocket-", "x-request-", "x-b3-", "x-amzn-trace-", "x-cloud-trace-")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a browser tab belongs to, as the host's login says.

    Attributes:
        customer_id: the customer whose usage the tab shows and counts.
        user_id: the person within the customer; dismissed nudges are remembered per person. None when there is only one.
        roles: the person's roles, for the host's own policies.

    Example:
        ```python
        async def identify(state: rx.State) -> bui.Identity | None:
            login = await state.get_state(Login)
            return bui.Identity("acme", user_id=login.email) if login.email else None
        ```
    """

    customer_id: str
    user_id: str | None = None
    roles: tuple[str, ...] = ()


Identify = Callable[[Any], Awaitable["Identity | str | None"]]
"""The host's function: given a state it answers an Identity, a customer id, or None when nobody is signed in."""


def as_identity(answer: Identity | str | None) -> Identity | None:
    """Turn the answer of the host's identify into an Identity.

    Args:
        answer: what identify returned.

    Returns:
        The identity, or None when nobody is signed in.

    Raises:
        TypeError: the answer is something else, a customer id is empty, or the roles are no tuple of strings.
    """
    identity = Identity(answer) if isinstance(answer, str) else answer
    if identity is None:
        return None
    if not (
        isinstance(identity, Identity)
        and isinstance(identity.customer_id, str)
        and identity.customer_id
        and isinstance(identity.user_id, str | None)
        # A host asks `"owner" in roles`, which a string would answer by its letters.
        and isinstance(identity.roles, tuple)
        and all(isinstance(role, str) for role in identity.roles)
    ):
        msg = (
            "identify must return an Identity, a customer id or None, with ids that are strings and roles that are a tuple "
            f"of strings, not {type(answer).__name__}: {answer!r:.80}"
        )
        raise TypeError(msg)
    return identity


def person_digest(identity: Identity) -> str:
    """Tell the customers and users of one browser tab from each other, without naming any.

    Args:
        identity: who looks.

    Returns:
        A digest, the same in every process.
    """
    return hashlib.blake2b(repr((identity.customer_id, identity.user_id)).encode(), digest_size=9).hexdigest()


def fingerprint(headers: Mapping[str, str]) -> str:
    """Digest everything that a connection says about who it is, without keeping any of it.

    Cookie, authorization, address and every other header count, so a connection that differs in any of them sees
    nothing until identify was asked for it; those that change with each connection by themselves do not.

    Args:
        headers: the connection's headers as the server received them.

    Returns:
        A digest, the same for the same inputs in every process.
    """
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(headers):
        lowered = name.lower()
        if lowered in _PASSING_HEADERS or lowered.startswith(_PASSING_PREFIXES):
            continue
        for part in (lowered, headers[name]):
            encoded = part.encode()
            digest.update(len(encoded).to_bytes(8, "big"))
            digest.update(encoded)
    return digest.hexdigest()

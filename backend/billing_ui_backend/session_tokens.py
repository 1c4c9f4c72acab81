"""Session tokens: what a browser shows the HTTP API to act for one customer, for a short time."""

from __future__ import annotations

import math
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from sqlmodel import Session, col, delete

from billing_ui_backend.clock import from_us
from billing_ui_backend.errors import AuthenticationError, InvalidRequest
from billing_ui_backend.keys import hash_secret
from billing_ui_backend.models import SessionTokenRow
from billing_ui_backend.results import SessionToken
from billing_ui_backend.validation import check_text

PREFIX = "session_"
MAX_TTL = 86_400
# Four bytes a character of the longest id, in base64, and the secret.
_MAX_LENGTH = 2_000
_NOT_VALID = "the session token is not valid, or no longer: have the server make a new one with create_session_token"


def create(session: Session, now_us: int, customer_id: str, *, user_id: str | None, ttl: object) -> SessionToken:
    """Makes a token of a customer that exists, and forgets those of this customer that have expired.

    Raises:
        InvalidRequest: ttl is not more than 0 and up to 24 h, or user_id is malformed.
    """
    if isinstance(ttl, bool) or not isinstance(ttl, (int, float)) or not 0 < ttl <= MAX_TTL:
        raise InvalidRequest(f"ttl is {ttl!r}: it takes seconds, more than 0 and up to {MAX_TTL:,} (24 hours)")
    user = None if user_id is None else check_text(user_id, "user_id")
    expired = (col(SessionTokenRow.customer_id) == customer_id, col(SessionTokenRow.expires_us) <= now_us)
    session.exec(delete(SessionTokenRow).where(*expired))
    # It carries the customer's id, for the lookup to lead with, and 256 random bits.
    whose = urlsafe_b64encode(customer_id.encode()).decode().rstrip("=")
    token = f"{PREFIX}{whose}.{secrets.token_urlsafe(32)}"
    expires_us = now_us + math.ceil(ttl * 1_000_000)
    session.add(
        SessionTokenRow(
            customer_id=customer_id,
            token_hash=hash_secret(token),
            user_id=user,
            created_us=now_us,
            expires_us=expires_us,
        )
    )
    return SessionToken(token, customer_id, user, from_us(expires_us))


def authenticate(session: Session, now_us: int, token: object) -> SessionToken:
    """Whose token it is. The lookup is by hash, so that its time tells nothing of the token.

    Raises:
        AuthenticationError: malformed, unknown or expired.
    """
    if not isinstance(token, str) or not token.startswith(PREFIX) or len(token) > _MAX_LENGTH:
        raise AuthenticationError(_NOT_VALID)
    row = session.get(SessionTokenRow, (_customer_of(token), hash_secret(token)))
    if row is None or row.expires_us <= now_us:
        raise AuthenticationError(_NOT_VALID)
    return SessionToken(token, row.customer_id, row.user_id, from_us(row.expires_us))


def _customer_of(token: str) -> str:
    whose = token.removeprefix(PREFIX).partition(".")[0]
    try:
        return check_text(urlsafe_b64decode(whose + "=" * (-len(whose) % 4)).decode(), "customer_id")
    except (ValueError, InvalidRequest) as error:
        raise AuthenticationError(_NOT_VALID) from error

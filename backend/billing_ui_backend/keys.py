"""Secret keys of the HTTP API: shown once, stored as a hash, one environment (test or live) per database."""

from __future__ import annotations

import hashlib
import secrets

from sqlmodel import Session

from billing_ui_backend.errors import AuthenticationError, InvalidRequest
from billing_ui_backend.models import ApiKeyRow, MetaRow
from billing_ui_backend.validation import check_text


def create(session: Session, now_us: int, *, name: str, live: bool) -> str:
    """Makes a key and answers with the secret, which can't be read again.

    Raises:
        InvalidRequest: the database belongs to the other environment.
    """
    environment = "live" if live else "test"
    kept = session.get(MetaRow, "environment")
    if kept is None:
        session.add(MetaRow(key="environment", value=environment))
    elif kept.value != environment:
        raise InvalidRequest(
            f"this database is for the {kept.value} environment: use another database for {environment} keys"
        )
    secret = f"sk_{environment}_{secrets.token_urlsafe(32)}"
    session.add(
        ApiKeyRow(
            key_hash=hash_secret(secret),
            hint=f"{secret[:12]}…",
            name=check_text(name, "name"),
            environment=environment,
            created_us=now_us,
        )
    )
    return secret


def authenticate(session: Session, secret: object) -> str:
    """The environment of a valid secret.

    The lookup is by hash, so that its time tells nothing of the secret (it has 256 random bits, no salt is needed).

    Raises:
        AuthenticationError: malformed, unknown or revoked.
    """
    if isinstance(secret, str) and secret.startswith(("sk_test_", "sk_live_")) and len(secret) < 200:
        row = session.get(ApiKeyRow, hash_secret(secret))
        if row is not None and row.revoked_us is None:
            return row.environment
    raise AuthenticationError("the secret key is not valid: make one with `billing-ui keys create`")


def hash_secret(secret: str) -> str:
    """What is kept of a secret, and looked up by."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()

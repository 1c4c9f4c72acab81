"""Secret keys of the HTTP API: shown once, stored as a hash, one environment (test or live) per database."""

from __future__ import annotations

import hashlib
import secrets

from sqlmodel import Session, col, select

from billing_ui_backend.clock import from_us
from billing_ui_backend.errors import AuthenticationError, InvalidRequest
from billing_ui_backend.models import ApiKeyRow, MetaRow
from billing_ui_backend.results import ApiKey
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


def list_keys(session: Session) -> tuple[ApiKey, ...]:
    """All keys ever made, the latest first."""
    rows = session.exec(select(ApiKeyRow).order_by(col(ApiKeyRow.created_us).desc(), col(ApiKeyRow.key_hash)))
    return tuple(map(_described, rows))


def revoke(session: Session, now_us: int, key_id: object) -> ApiKey:
    """Withdraws a key for good; one that is withdrawn already stays as it is.

    Raises:
        InvalidRequest: no key has that id.
    """
    rows = session.exec(select(ApiKeyRow)).all()
    row = next((row for row in rows if _id(row) == key_id), None)
    if row is None:
        raise InvalidRequest("no key has that id: `billing-ui keys list` shows them")
    if row.revoked_us is None:
        row.revoked_us = now_us
        session.add(row)
    return _described(row)


def _id(row: ApiKeyRow) -> str:
    return row.key_hash[:12]


def _described(row: ApiKeyRow) -> ApiKey:
    revoked_at = None if row.revoked_us is None else from_us(row.revoked_us)
    return ApiKey(_id(row), row.name, row.hint, row.environment, from_us(row.created_us), revoked_at)


def hash_secret(secret: str) -> str:
    """What is kept of a secret, and looked up by."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()

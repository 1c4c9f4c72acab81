"""What has no route: on a client these say so, instead of being absent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from billing_ui_backend.errors import NotSupported


class EmbeddedOnly:
    """The methods of `Billing` that need the database itself. Each raises NotSupported."""

    def catalog(self) -> NoReturn:
        """NotSupported: the catalog is the engine's."""
        _refuse("catalog")

    def now(self) -> NoReturn:
        """NotSupported: answers carry the engine's time, such as `UsageMetrics.as_of`."""
        _refuse("now")

    def verify(self) -> NoReturn:
        """NotSupported: run `billing-ui verify` where the database is."""
        _refuse("verify")

    def on_commit(self, callback: Callable[[str], None]) -> NoReturn:
        """NotSupported: commits happen in another process."""
        del callback
        _refuse("on_commit")

    def get_overview(self, customer_id: str, *, user_ids: Iterable[str | None] = (None,)) -> NoReturn:
        """NotSupported: call `get_usage_metrics` and `get_nudge`."""
        del customer_id, user_ids
        _refuse("get_overview")

    def browser_track(self, customer_id: str, feature_key: str, quantity: object = 1) -> NoReturn:
        """NotSupported: a server uses `track_usage`."""
        del customer_id, feature_key, quantity
        _refuse("browser_track")

    def backfill_usage_batch(self, events: Sequence[Mapping[str, Any]]) -> NoReturn:
        """NotSupported: an import runs where the database is."""
        del events
        _refuse("backfill_usage_batch")

    def import_usage_batch(self, events: Sequence[Mapping[str, Any]]) -> NoReturn:
        """NotSupported: an import runs where the database is."""
        del events
        _refuse("import_usage_batch")

    def import_customer(self, customer_id: str, *, plan: str, used_since: datetime) -> NoReturn:
        """NotSupported: an import runs where the database is."""
        del customer_id, plan, used_since
        _refuse("import_customer")

    def create_api_key(self, *, name: str = "default", live: bool = False) -> NoReturn:
        """NotSupported: run `billing-ui keys create` where the database is."""
        del name, live
        _refuse("create_api_key")

    def list_api_keys(self) -> NoReturn:
        """NotSupported: run `billing-ui keys list` where the database is."""
        _refuse("list_api_keys")

    def revoke_api_key(self, key_id: str) -> NoReturn:
        """NotSupported: run `billing-ui keys revoke` where the database is."""
        del key_id
        _refuse("revoke_api_key")

    def authenticate(self, secret_key: object) -> NoReturn:
        """NotSupported: the service authenticates each request."""
        del secret_key
        _refuse("authenticate")

    def authenticate_session_token(self, token: object) -> NoReturn:
        """NotSupported: the service authenticates each request."""
        del token
        _refuse("authenticate_session_token")


def _refuse(method: str) -> NoReturn:
    raise NotSupported(
        f"{method} has no route: call it on Billing or AsyncBilling, in a process that opens the database itself"
    )

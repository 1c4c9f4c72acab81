"""What has no route: on a client these say so, instead of being absent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from billing_ui_backend.errors import NotSupported

if TYPE_CHECKING:
    from billing_ui_backend.history import Granularity


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

    def get_nudge(self, customer_id: str, *, user_id: str | None = None) -> NoReturn:
        """NotSupported: nudges are shown by the host app that embeds the engine."""
        del customer_id, user_id
        _refuse("get_nudge")

    def dismiss_nudge(self, customer_id: str, nudge_id: str, *, user_id: str | None = None) -> NoReturn:
        """NotSupported: nudges are shown by the host app that embeds the engine."""
        del customer_id, nudge_id, user_id
        _refuse("dismiss_nudge")

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

    def correct_usage(self, *, customer_id: str, idempotency_key: str, quantity: object, reason: str) -> NoReturn:
        """NotSupported: corrections are made where the database is."""
        del customer_id, idempotency_key, quantity, reason
        _refuse("correct_usage")

    def get_usage_history(
        self,
        customer_id: str,
        feature_key: str,
        *,
        start: datetime,
        end: datetime,
        granularity: Granularity = "day",
    ) -> NoReturn:
        """NotSupported: history is read where the database is."""
        del customer_id, feature_key, start, end, granularity
        _refuse("get_usage_history")

    def list_reached_thresholds(self, customer_id: str, feature_key: str | None = None) -> NoReturn:
        """NotSupported: thresholds are listed where the database is."""
        del customer_id, feature_key
        _refuse("list_reached_thresholds")

    def list_refusals(
        self, customer_id: str, *, start: datetime | None = None, end: datetime | None = None
    ) -> NoReturn:
        """NotSupported: refusals are listed where the database is."""
        del customer_id, start, end
        _refuse("list_refusals")

    def reserve_usage(
        self,
        *,
        customer_id: str,
        feature_key: str,
        quantity: object,
        ttl: float = 300,
        idempotency_key: str | None = None,
    ) -> NoReturn:
        """NotSupported: holds are made where the database is."""
        del customer_id, feature_key, quantity, ttl, idempotency_key
        _refuse("reserve_usage")

    def commit_hold(self, customer_id: str, hold_id: str, quantity: object) -> NoReturn:
        """NotSupported: holds are made where the database is."""
        del customer_id, hold_id, quantity
        _refuse("commit_hold")

    def release_hold(self, customer_id: str, hold_id: str) -> NoReturn:
        """NotSupported: holds are made where the database is."""
        del customer_id, hold_id
        _refuse("release_hold")

    def create_api_key(self, *, name: str = "default", live: bool = False) -> NoReturn:
        """NotSupported: run `billing-ui keys create` where the database is."""
        del name, live
        _refuse("create_api_key")

    def authenticate(self, secret_key: object) -> NoReturn:
        """NotSupported: the service authenticates each request."""
        del secret_key
        _refuse("authenticate")


def _refuse(method: str) -> NoReturn:
    raise NotSupported(
        f"{method} has no route: call it on Billing or AsyncBilling, in a process that opens the database itself"
    )

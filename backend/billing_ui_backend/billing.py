"""The embedded engine, synchronous. Its asynchronous twin is AsyncBilling."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

from sqlmodel import Session

from billing_ui_backend import (
    customers,
    events,
    history,
    keys,
    metrics,
    nudge_events,
    nudges,
    plan_preview,
    refusals,
    session_tokens,
    thresholds,
    verification,
)
from billing_ui_backend.catalog import Catalog
from billing_ui_backend.clock import Clock, from_us, to_us
from billing_ui_backend.corrections import correction_write
from billing_ui_backend.customers import When
from billing_ui_backend.driver import driver_of
from billing_ui_backend.errors import InvalidRequest, PreviewOutdated
from billing_ui_backend.history import Granularity
from billing_ui_backend.hold import Hold
from billing_ui_backend.holds import commit_write, release_write, reserve_write
from billing_ui_backend.ledger import UsageWrite
from billing_ui_backend.opening import Opening
from billing_ui_backend.plan_results import PlanPreview
from billing_ui_backend.results import (
    ApiKey,
    BatchItem,
    Customer,
    CustomerPage,
    Entitlement,
    EventPage,
    Nudge,
    NudgeAction,
    NudgeEventPage,
    ReachedThreshold,
    Refusal,
    SessionToken,
    UsageBucket,
    UsageMetrics,
    UsageOverview,
    UsageReceipt,
    Verification,
)
from billing_ui_backend.write import only_result
from billing_ui_backend.writer import Writer
from billing_ui_backend.writes import (
    backfill_write,
    browser_write,
    event_write,
    import_write,
    merge_batch,
    prepare_batch,
    set_write,
    track_write,
)

logger = logging.getLogger("billing_ui")


class Billing:
    """Meters usage and enforces limits, embedded in this process; safe to share between threads.

    Constructing opens nothing. The first call opens the database, in the process that makes it.

    Args:
        url: `sqlite:///path/to/file.db`; `sqlite://` is a private temporary database, for tests. Without it
            `BILLING_DATABASE_URL`, else `.billing/billing.db` in the working directory.
        catalog: features and plans: a TOML path, a mapping of the same shape, or a Catalog. None uses the stored one.
        clock: what time it is, as an aware datetime; for tests.

    Raises:
        CatalogError: on the first call, when the catalog has a mistake or there is none.
        ServiceUnavailable: on any call, when the database does not answer. Nothing was done.

    Example:
        >>> catalog = {
        ...     "default_plan": "free",
        ...     "features": {"api_calls": {"title": "API calls", "type": "usage_quota", "unit": "call"}},
        ...     "plans": {"free": {"rank": 1, "features": {"api_calls": {"limit": 1000, "period": "month"}}}},
        ... }
        >>> with Billing("sqlite://", catalog=catalog) as billing:
        ...     customer = billing.create_customer("cus_123")
        ...     receipt = billing.track_usage(customer_id="cus_123", feature_key="api_calls")
        ...     print(receipt.usage.remaining_units)
        999
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        catalog: Catalog | Mapping[str, Any] | str | Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._watchers: list[Callable[[str], None]] = []
        self._opening = Opening(url, catalog, clock, self._tell)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Commits what is queued and gives everything back; a temporary database is deleted."""
        self._opening.close()

    @property
    def is_open(self) -> bool:
        """Whether the database is open in this process."""
        return self._opening.is_open

    @property
    def given_catalog(self) -> Catalog | None:
        """The catalog that the engine was made with, without opening the database; None where it uses the stored one.

        Raises:
            CatalogError: there is a mistake in it.
        """
        return self._opening.given

    def open_writer(self) -> Writer:
        """The writer of this process, opened on the first call; AsyncBilling hands it its events."""
        return self._opening.writer

    def catalog(self) -> Catalog:
        """The catalog in force."""
        with self._opening.read() as (_, catalog):
            return catalog

    def now(self) -> datetime:
        """The engine's time, UTC."""
        return from_us(self._opening.now_us())

    def create_customer(
        self,
        customer_id: str,
        *,
        plan: str | None = None,
        name: str | None = None,
        email: str | None = None,
        timezone: str | None = None,
        locale: str | None = None,
    ) -> Customer:
        """Makes a customer, once: for one that exists the given fields are updated and the plan is left alone.

        Args:
            plan: a plan's key; without it the catalog's `default_plan`. Its trial, if it has one, begins.
            timezone: an IANA zone, in which days and months are counted (default UTC).
            locale: a BCP 47 tag such as `de-DE`, for numbers and dates (default en-US).

        Raises:
            UnknownPlan, InvalidRequest.
        """
        profile = {"name": name, "email": email, "timezone": timezone, "locale": locale}
        return self._opening.change(
            lambda session, catalog: customers.create(
                session, catalog, self._opening.now_us(), customer_id, plan, profile
            ),
            customer_id,
        )

    def import_customer(self, customer_id: str, *, plan: str, used_since: datetime) -> Customer:
        """As `create_customer`, for one who comes with usage: its months are calendar months (UTC), its years begin with the
        month of `used_since`. So the usage of this month is in this month's window, in whatever order it is imported.

        Raises:
            UnknownPlan, InvalidRequest.
        """
        return self._opening.change(
            lambda session, catalog: customers.create(
                session, catalog, self._opening.now_us(), customer_id, plan, {}, to_us(used_since)
            ),
            customer_id,
        )

    def get_customer(self, customer_id: str) -> Customer:
        """The customer with the subscription in force now. Raises UnknownCustomer."""
        with self._opening.read() as (session, catalog):
            return customers.get(session, catalog, self._opening.now_us(), customer_id)

    def list_customers(self, *, cursor: str | None = None, limit: int = 100) -> CustomerPage:
        """Customers by id, up to 1,000 a page."""
        with self._opening.read() as (session, catalog):
            return customers.page(session, catalog, self._opening.now_us(), cursor, limit)

    def update_customer(
        self,
        customer_id: str,
        *,
        name: str | None = None,
        email: str | None = None,
        timezone: str | None = None,
        locale: str | None = None,
    ) -> Customer:
        """Changes the given fields. Raises UnknownCustomer, InvalidRequest."""
        profile = {"name": name, "email": email, "timezone": timezone, "locale": locale}
        return self._opening.change(
            lambda session, catalog: customers.update(session, catalog, self._opening.now_us(), customer_id, profile),
            customer_id,
        )

    def change_plan(
        self, customer_id: str, plan_key: str, *, at: When = "now", confirmation: str | None = None
    ) -> Customer:
        """Puts a plan in force now, or at the end of the billing period (of a trial: when it ends). Usage stays: a window
        that does not move keeps its counter, one that moves opens with what the ledger holds in it. The same plan again
        changes nothing but takes back what was scheduled.

        Args:
            confirmation: a preview's, of the same plan and `at`: the change is made only if it still is what was shown.

        Raises:
            PreviewOutdated: it is not; nothing was changed, and a new preview says what would happen now.
            UnknownCustomer, UnknownPlan, SubscriptionInactive (paused), InvalidRequest.
        """

        def change(session: Session, catalog: Catalog) -> Customer:
            reader = self._reader(session, catalog, customer_id)
            if confirmation is not None:
                present = plan_preview.preview(session, reader, plan_key, at)
                if present.confirmation != confirmation:
                    raise PreviewOutdated(
                        f"customer {customer_id!r}: the change to plan {plan_key!r} is no longer what was shown: preview it "
                        "again with preview_plan_change",
                        customer_id=customer_id,
                        plan_key=plan_key,
                    )
            return customers.change_plan(session, catalog, reader.now_us, customer_id, plan_key, at)

        return self._opening.change(change, customer_id)

    def preview_plan_change(self, customer_id: str, plan_key: str, *, at: When | None = None) -> PlanPreview:
        """What a change of plan would do: prices, each feature's limits before and after, which of them present usage would
        pass, and when. It changes nothing.

        Args:
            at: "now" or "period_end"; without it an upgrade is for now and a downgrade for the period's end.

        Returns:
            A preview whose `at` and `confirmation` are for `change_plan`.

        Raises:
            UnknownCustomer, UnknownPlan, SubscriptionInactive (paused), InvalidRequest.

        Example:
            >>> preview = billing.preview_plan_change("cus_123", "starter")
            >>> [(change.feature_title, change.over[0].used) for change in preview.over_limits]
            [('Team members', Decimal('7'))]
            >>> billing.change_plan("cus_123", "starter", at=preview.at, confirmation=preview.confirmation)
        """
        with self._opening.read() as (session, catalog):
            return plan_preview.preview(session, self._reader(session, catalog, customer_id), plan_key, at)

    def cancel_subscription(self, customer_id: str, *, at: When = "period_end") -> Customer:
        """Ends the subscription at the end of the billing period (of a trial: when it ends), or now.

        Raises:
            UnknownCustomer, InvalidRequest.
        """
        return self._opening.change(
            lambda session, catalog: customers.cancel(session, catalog, self._opening.now_us(), customer_id, at),
            customer_id,
        )

    def pause_subscription(self, customer_id: str) -> Customer:
        """Takes access away until resumed. Raises UnknownCustomer, SubscriptionInactive (ended)."""
        return self._opening.change(
            lambda session, catalog: customers.pause(session, catalog, self._opening.now_us(), customer_id), customer_id
        )

    def resume_subscription(self, customer_id: str) -> Customer:
        """Gives access back after a pause. A scheduled end stays: `change_plan` to the plan in force takes it back.

        Raises:
            UnknownCustomer, SubscriptionInactive (ended).
        """
        return self._opening.change(
            lambda session, catalog: customers.resume(session, catalog, self._opening.now_us(), customer_id),
            customer_id,
        )

    def track_usage(
        self,
        *,
        customer_id: str,
        feature_key: str,
        quantity: object = 1,
        idempotency_key: str | None = None,
        timestamp: datetime | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> UsageReceipt:
        """Counts one event, exactly once per key; committed when this returns.

        Args:
            quantity: in the feature's unit: int, Decimal or string, exact; a float is rounded half-even to the scale and
                the receipt says what was counted. Negative only for a numeric_limit.
            idempotency_key: names the event for this customer; the same call again gives the first receipt. Without it one
                is made.
            timestamp: when it happened, aware; up to 35 days back and 5 minutes ahead. Default now.
            metadata: JSON values kept with the event, up to 16 KiB.

        Raises:
            QuotaExceeded: a hard limit would be passed; nothing was counted, and the key can be used again.
            UnknownCustomer, UnknownFeature, FeatureNotInPlan, SubscriptionInactive, InvalidQuantity, InvalidTimestamp,
            PeriodClosed, IdempotencyKeyReused, InvalidRequest.

        Example:
            >>> receipt = billing.track_usage(customer_id="cus_123", feature_key="api_calls", idempotency_key="job-7")
            >>> receipt.usage.remaining_units
            Decimal('999')
        """
        write = track_write(customer_id, feature_key, quantity, idempotency_key, timestamp, metadata)
        return only_result(self._opening.writer.write([write]))

    def track_usage_batch(self, events: Sequence[Mapping[str, Any]]) -> list[BatchItem]:
        """Counts 1 to 1,000 events in order; each is decided by itself and answered in its place. They share one commit, but one that
        can't be written, whatever the reason, keeps no other from being counted.

        Args:
            events: mappings with the names of `track_usage`'s arguments. With keys, safe to send again whole.

        Returns:
            An item for each event, with its `receipt` or its `error`: of a ServiceUnavailable the same key tells later.

        Raises:
            InvalidRequest: no list of 1 to 1,000 mappings. Nothing was counted.
            ServiceUnavailable: no event could be decided.

        Example:
            >>> jobs = [("job-8", 3), ("job-9", 5)]
            >>> items = billing.track_usage_batch([
            ...     {"customer_id": "cus_123", "feature_key": "api_calls", "quantity": quantity, "idempotency_key": key}
            ...     for key, quantity in jobs
            ... ])
            >>> [item.error for item in items if item.error]
            []
        """
        return self._write_batch(events, event_write)

    def backfill_usage_batch(self, events: Sequence[Mapping[str, Any]]) -> list[BatchItem]:
        """As `track_usage_batch`, for events that have already happened, however long ago: recorded past any limit and
        marked as backfilled. For the merchant's own imports.

        Args:
            events: as there, each with its `timestamp`.
        """
        return self._write_batch(events, backfill_write)

    def import_usage_batch(self, events: Sequence[Mapping[str, Any]]) -> list[BatchItem]:
        """As `track_usage_batch`, with the importer's own keys (`import:`)."""
        return self._write_batch(events, import_write)

    def set_usage(
        self, *, customer_id: str, feature_key: str, quantity: object, idempotency_key: str | None = None
    ) -> UsageReceipt:
        """Sets a numeric_limit's level, 0 or more; the receipt's quantity is the difference made.

        Args:
            quantity: the level, in the feature's unit.

        Raises:
            As `track_usage`.

        Example:
            >>> billing.set_usage(customer_id="cus_123", feature_key="team", quantity=7)
        """
        return only_result(self._opening.writer.write([set_write(customer_id, feature_key, quantity, idempotency_key)]))

    def correct_usage(
        self,
        *,
        customer_id: str,
        idempotency_key: str,
        quantity: object,
        reason: str,
        correction_key: str | None = None,
    ) -> UsageReceipt:
        """Corrects one event of the ledger, however old; stored beside it as a difference, in the original's windows.

        Args:
            idempotency_key: names the event.
            quantity: what it should have been, in the feature's unit; 0 voids it. For `set_usage`, the level it should have
                set: the difference also moves today's level.
            reason: why, for the ledger's reader; up to 1,000 characters.
            correction_key: names this correction of the event: sent again under it, however late, it gives its first receipt and
                takes no newer correction back.

        Returns:
            A receipt whose quantity is the difference made. The same correction again changes nothing (`replayed`); under a new
            correction_key it is kept as a difference of 0.

        Raises:
            InvalidQuantity: usage would fall below 0. A correction may pass a limit.
            InvalidRequest: no event has that key.
            IdempotencyKeyReused: the event was corrected to another quantity under this correction_key.
            UnknownCustomer.

        Example:
            >>> billing.correct_usage(customer_id="cus_123", idempotency_key="job-7", quantity=0, reason="the job failed")
        """
        return only_result(
            self._opening.writer.write(
                [correction_write(customer_id, idempotency_key, quantity, reason, correction_key)]
            )
        )

    def reserve_usage(
        self,
        *,
        customer_id: str,
        feature_key: str,
        quantity: object,
        ttl: float = 300,
        idempotency_key: str | None = None,
    ) -> Hold:
        """Holds usage before it happens, against every limit, so that what was begun can be finished.

        Args:
            quantity: in the feature's unit, more than 0; of a quota or a level.
            ttl: seconds until the hold is over by itself and gives everything back, up to 35 days.
            idempotency_key: becomes the `hold_id`; the same call again gives the same hold. Without it one is made.

        Raises:
            QuotaExceeded: a hard limit would be passed by what is used and held. Nothing was held.
            UnknownCustomer, UnknownFeature, FeatureNotInPlan, SubscriptionInactive, InvalidQuantity,
            IdempotencyKeyReused, InvalidRequest.

        Example:
            >>> hold = billing.reserve_usage(customer_id="cus_123", feature_key="api_calls", quantity=10)
            >>> hold.commit(7)
        """
        write = reserve_write(customer_id, feature_key, quantity, ttl, idempotency_key)
        return Hold.of(only_result(self._opening.writer.write([write])), self)

    def commit_hold(self, customer_id: str, hold_id: str, quantity: object) -> UsageReceipt:
        """Counts what was really used of a hold, under the key `hold:<hold_id>`, and gives the rest back.

        Up to what is held it never fails for a limit, and counts at the instant at which it was reserved. What goes beyond is
        guarded: when it has no room, nothing is counted and the hold stays. 0 releases. After the hold has expired this
        counts as new usage, now and guarded. The same commit again gives the first receipt.

        Raises:
            HoldExpired: the hold was released.
            QuotaExceeded: more than the hold, and no room for it.
            IdempotencyKeyReused: the hold was committed with another quantity.
            UnknownCustomer, InvalidQuantity, InvalidRequest (no such hold).
        """
        return only_result(self._opening.writer.write([commit_write(customer_id, hold_id, quantity)]))

    def release_hold(self, customer_id: str, hold_id: str) -> bool:
        """Gives all of a hold back. False when it had ended before: committed, released or expired.

        Raises:
            UnknownCustomer, InvalidRequest (no such hold).
        """
        return only_result(self._opening.writer.write([release_write(customer_id, hold_id)]))

    def browser_track(self, customer_id: str, feature_key: str, quantity: object = 1) -> UsageReceipt:
        """Counts what a browser asked for: only `client_trackable` features, within their bounds, under a key made here.

        Raises:
            PermissionDenied, RateLimited, and as `track_usage`.
        """
        return only_result(self._opening.writer.write([browser_write(customer_id, feature_key, quantity)]))

    def get_usage_metrics(self, customer_id: str, feature_key: str | None = None) -> UsageMetrics:
        """The usage of every metered feature of the customer's plan, used or not, or of one; read in one snapshot.

        Raises:
            UnknownCustomer, UnknownFeature.
        """
        with self._opening.read() as (session, catalog):
            return metrics.usage_metrics(self._reader(session, catalog, customer_id), feature_key)

    def check_entitlement(self, customer_id: str, feature_key: str, quantity: object = 1) -> Entitlement:
        """Whether the customer may use `quantity` more of a feature now. It promises nothing: `track_usage` decides.

        Raises:
            UnknownCustomer, UnknownFeature, InvalidQuantity.
        """
        with self._opening.read() as (session, catalog):
            return metrics.entitlement(self._reader(session, catalog, customer_id), feature_key, quantity)

    def is_approaching_limit(self, customer_id: str, feature_key: str, threshold: float = 80) -> bool:
        """Whether usage has reached `threshold` percent of a limit, exactly. False when unlimited or not included.

        Args:
            threshold: percent of the limit.

        Raises:
            UnknownCustomer, UnknownFeature, InvalidRequest.
        """
        with self._opening.read() as (session, catalog):
            return metrics.approaching(self._reader(session, catalog, customer_id), feature_key, threshold)

    def list_usage_events(
        self,
        customer_id: str,
        *,
        feature_key: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> EventPage:
        """The ledger of a customer in [start, end), newest first by (timestamp, key), up to 1,000 a page.

        Raises:
            UnknownCustomer, UnknownFeature, InvalidTimestamp, InvalidRequest.
        """
        with self._opening.read() as (session, catalog):
            customers.get(session, catalog, self._opening.now_us(), customer_id)
            return events.page(
                session,
                catalog,
                customer_id,
                feature_key=feature_key,
                start=start,
                end=end,
                cursor=cursor,
                limit=limit,
            )

    def get_usage_history(
        self,
        customer_id: str,
        feature_key: str,
        *,
        start: datetime,
        end: datetime,
        granularity: Granularity = "day",
    ) -> list[UsageBucket]:
        """Usage over time in the customer's zone, corrections included: one bucket after another, those without usage too.

        The first bucket contains `start`, the last one `end` (exclusive); both are whole. For a numeric_limit a bucket's
        quantity is the level at its end.

        Args:
            start, end: aware, start before end.
            granularity: "hour" (real hours), "day" or "month" (by the customer's wall clock); up to 10,000 buckets.

        Raises:
            UnknownCustomer, UnknownFeature, InvalidTimestamp, InvalidRequest.

        Example:
            >>> days = billing.get_usage_history("cus_123", "api_calls", start=now - timedelta(days=30), end=now)
            >>> sum(day.quantity for day in days)
        """
        with self._opening.read() as (session, catalog):
            reader = self._reader(session, catalog, customer_id)
            return history.usage_history(reader, feature_key, start, end, granularity)

    def list_reached_thresholds(self, customer_id: str, feature_key: str | None = None) -> tuple[ReachedThreshold, ...]:
        """The thresholds (50, 80, 90 and 100 percent of a limit) that a customer's usage has reached, the latest first: once
        per window and threshold, written with the usage that reached it.

        Args:
            feature_key: only this feature's.

        Raises:
            UnknownCustomer, UnknownFeature.

        Example:
            >>> [(reached.feature_key, reached.threshold) for reached in billing.list_reached_thresholds("cus_123")]
            [('api_calls', 50)]
        """
        with self._opening.read() as (session, catalog):
            customers.get(session, catalog, self._opening.now_us(), customer_id)
            key = None if feature_key is None else catalog.feature(feature_key).key
            return thresholds.list_thresholds(session, customer_id, key)

    def list_refusals(
        self, customer_id: str, *, start: datetime | None = None, end: datetime | None = None
    ) -> tuple[Refusal, ...]:
        """How often usage was refused to a customer, by UTC day, feature and reason, the latest day first.

        Args:
            start, end: aware; the days that overlap [start, end).

        Raises:
            UnknownCustomer, InvalidTimestamp.
        """
        with self._opening.read() as (session, catalog):
            customers.get(session, catalog, self._opening.now_us(), customer_id)
            return refusals.list_refusals(session, customer_id, start, end)

    def verify(self) -> Verification:
        """Whether ledger, counters, rollups and keys agree; names what does not."""
        with self._opening.read() as (session, catalog):
            return verification.verify(driver_of(session), catalog)

    def get_overview(self, customer_id: str, *, user_ids: Iterable[str | None] = (None,)) -> UsageOverview:
        """The catalog, metrics, the nudge of each of these users and what to suggest for each feature, read in one snapshot.

        Args:
            user_ids: whose nudges; None for a customer without users.

        Raises:
            UnknownCustomer, InvalidRequest.
        """
        with self._opening.read() as (session, catalog):
            return nudges.overview(session, self._reader(session, catalog, customer_id), user_ids)

    def get_nudge(self, customer_id: str, *, user_id: str | None = None) -> Nudge | None:
        """The upgrade nudge to show this user now: the most urgent of a limit that is reached from 80 % on, a trial's end within 3
        days and a feature that was refused, None when there is none. The user's dismissals and the catalog's `[nudges]` decide.

        Raises:
            UnknownCustomer.
        """
        with self._opening.read() as (session, catalog):
            reader = self._reader(session, catalog, customer_id)
            return nudges.decide(session, reader, metrics.usage_metrics(reader, None), [user_id])[user_id]

    def dismiss_nudge(self, customer_id: str, nudge_id: str, *, user_id: str | None = None) -> bool:
        """Keeps a nudge away from this user, on every device, until a higher threshold or a new period, and for 24 h at
        least except at 100 %. False when the nudge no longer applies.

        Raises:
            UnknownCustomer.
        """
        return self._record_nudge(customer_id, nudge_id, "dismissed", user_id)

    def record_nudge(
        self,
        customer_id: str,
        nudge_id: str,
        action: Literal["shown", "upgrade_clicked"],
        *,
        user_id: str | None = None,
    ) -> bool:
        """Remembers that this user was shown a nudge, or chose to upgrade from it: once per user, trigger and period, however
        often it is called. Caps count what was shown.

        Args:
            nudge_id: the nudge's, as decided for this user.
            action: "shown" or "upgrade_clicked"; `dismiss_nudge` is for the third.

        Returns:
            Whether it is remembered, now or before. False when the nudge is not this user's, or no longer.

        Raises:
            UnknownCustomer, InvalidRequest.

        Example:
            >>> nudge = billing.get_nudge("cus_123", user_id="ada")
            >>> billing.record_nudge("cus_123", nudge.nudge_id, "shown", user_id="ada")
            True
        """
        if action not in ("shown", "upgrade_clicked"):
            raise InvalidRequest(f'action is {action!r}: pass "shown" or "upgrade_clicked", or call dismiss_nudge')
        return self._record_nudge(customer_id, nudge_id, action, user_id)

    def list_nudge_events(
        self,
        customer_id: str,
        *,
        user_id: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> NudgeEventPage:
        """What a customer's users were shown of nudges and did with them in [start, end), newest first, up to 1,000 a page.

        Args:
            user_id: only this user's.

        Raises:
            UnknownCustomer, InvalidTimestamp, InvalidRequest.

        Example:
            >>> [event.action for event in billing.list_nudge_events("cus_123").events]
            ['upgrade_clicked', 'shown']
        """
        with self._opening.read() as (session, catalog):
            customers.get(session, catalog, self._opening.now_us(), customer_id)
            return nudge_events.page(
                session, customer_id, user_id=user_id, start=start, end=end, cursor=cursor, limit=limit
            )

    def _record_nudge(self, customer_id: str, nudge_id: str, action: NudgeAction, user_id: str | None) -> bool:
        nudges.check_nudge_id(nudge_id)
        with self._opening.read() as (session, catalog):
            found = nudges.find(session, self._reader(session, catalog, customer_id), user_id, nudge_id, action)
        # A browser may ask as often as it likes: only what is new takes the customer's lock.
        if found.step is None or not found.missing:
            return found.step is not None
        return self._opening.change(
            lambda session, catalog: nudges.record(
                session, self._reader(session, catalog, customer_id), user_id, nudge_id, action
            ),
            customer_id,
        )

    def create_api_key(self, *, name: str = "default", live: bool = False) -> str:
        """Makes a secret key for the HTTP API and answers with it, once: only its hash is stored.

        Args:
            live: for the live environment; a database is either live or test.

        Raises:
            InvalidRequest: the database belongs to the other environment.
        """
        return self._opening.change(
            lambda session, _: keys.create(session, self._opening.now_us(), name=name, live=live)
        )

    def list_api_keys(self) -> tuple[ApiKey, ...]:
        """The secret keys that were made, the latest first, by what is kept of them: id, name, beginning, and since when one
        no longer opens."""
        with self._opening.read() as (session, _):
            return keys.list_keys(session)

    def revoke_api_key(self, key_id: str) -> ApiKey:
        """Withdraws a secret key for good. An API that has just let it in does so for up to 10 seconds more.

        Args:
            key_id: as `list_api_keys` has it.

        Raises:
            InvalidRequest: no key has that id.

        Example:
            >>> secret = billing.create_api_key(name="worker")
            >>> leaked = next(key for key in billing.list_api_keys() if secret.startswith(key.hint.rstrip("…")))
            >>> billing.revoke_api_key(leaked.key_id)
        """
        return self._opening.change(lambda session, _: keys.revoke(session, self._opening.now_us(), key_id))

    def authenticate(self, secret_key: object) -> str:
        """The environment of a valid secret key, "test" or "live". Raises AuthenticationError."""
        with self._opening.read() as (session, _):
            return keys.authenticate(session, secret_key)

    def create_session_token(self, customer_id: str, *, user_id: str | None = None, ttl: float = 3600) -> SessionToken:
        """Makes a customer's short-lived token for a browser, and answers with it once: only its hash is stored.

        Over the HTTP API it reads this customer's metrics, entitlements, events (with their metadata) and history, and
        tracks `client_trackable` features within their bounds; nothing else. It can't be taken back: keep it short.

        Args:
            user_id: who of the customer's users it is for.
            ttl: seconds until it is over, up to 24 hours.

        Raises:
            UnknownCustomer, InvalidRequest.

        Example:
            >>> billing.create_session_token("cus_123", user_id="ada", ttl=600).token
        """

        def create(session: Session, catalog: Catalog) -> SessionToken:
            now_us = self._opening.now_us()
            customers.get(session, catalog, now_us, customer_id)
            return session_tokens.create(session, now_us, customer_id, user_id=user_id, ttl=ttl)

        return self._opening.change(create)

    def authenticate_session_token(self, token: object) -> SessionToken:
        """Whose session token it is. Raises AuthenticationError."""
        with self._opening.read() as (session, _):
            return session_tokens.authenticate(session, self._opening.now_us(), token)

    def on_commit(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Calls back with a customer's id after each commit of this process that changed them; answers with the remover.

        Args:
            callback: runs in the writer's thread: it must be quick and must not raise.
        """
        self._watchers.append(callback)
        return lambda: self._watchers.remove(callback)

    def _tell(self, customer_ids: set[str]) -> None:
        for watcher in list(self._watchers):
            for customer_id in customer_ids:
                try:
                    watcher(customer_id)
                except Exception:
                    logger.exception("billing_ui: a callback of on_commit failed for customer %r", customer_id)

    def _reader(self, session: Any, catalog: Catalog, customer_id: str) -> metrics.Reader:
        return metrics.open_reader(session, driver_of(session), catalog, self._opening.now_us(), customer_id)

    def _write_batch(
        self, given: Sequence[Mapping[str, Any]], make: Callable[[Mapping[str, Any]], UsageWrite]
    ) -> list[BatchItem]:
        prepared = prepare_batch(given, make)
        writes = [entry for entry in prepared if isinstance(entry, UsageWrite)]
        return merge_batch(prepared, self._opening.writer.write(writes) if writes else [])

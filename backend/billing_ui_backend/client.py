"""The billing API over HTTP, synchronous."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

import httpx

from billing_ui_backend import calls
from billing_ui_backend.answers import result_of
from billing_ui_backend.calls import Call
from billing_ui_backend.connection import Connection, attempt_timeout, trusted, whole
from billing_ui_backend.embedded_only import EmbeddedOnly
from billing_ui_backend.hold import Hold
from billing_ui_backend.plan_results import PlanPreview
from billing_ui_backend.results import (
    BatchItem,
    Customer,
    CustomerPage,
    Entitlement,
    EventPage,
    Nudge,
    NudgeEventPage,
    ReachedThreshold,
    Refusal,
    SessionToken,
    UsageBucket,
    UsageMetrics,
    UsageReceipt,
)
from billing_ui_backend.retry import Answered, RetryPolicy, Send, Wait

if TYPE_CHECKING:
    from billing_ui_backend.customers import When
    from billing_ui_backend.history import Granularity

T = TypeVar("T")


class BillingClient(EmbeddedOnly):
    """Talks to a billing API; the methods, results and errors are those of `Billing`.

    A call that gets no answer, or a 408, 425, 429 or 5xx, is sent again with growing, random waits; `Retry-After` is
    honoured. What counts usage carries one idempotency key on every attempt, so it counts once. Safe to share between
    threads; redirects are not followed, so the key goes nowhere else.

    Args:
        secret_key: `sk_test_...` or `sk_live_...`, made by `billing-ui keys create`. For servers only.
        base_url: where the API is mounted, such as `https://example.com/billing-api`.
        timeout: seconds one attempt may take to connect, and to wait for the next bytes.
        max_retries: attempts after the first one.
        deadline: seconds for a whole call with all its attempts and waits.
        transport: an httpx transport, for tests and proxies.

    Raises:
        InvalidRequest: base_url or a number makes no sense.
        AuthenticationError: secret_key can't be one.

    Example:
        >>> with BillingClient(secret_key="sk_test_...", base_url="http://127.0.0.1:3000/billing-api") as billing:
        ...     billing.track_usage(customer_id="cus_123", feature_key="api_calls")
    """

    def __init__(
        self,
        secret_key: str,
        base_url: str,
        *,
        timeout: float = 10.0,
        max_retries: int = 4,
        deadline: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._connection = Connection(base_url, secret_key, RetryPolicy(timeout, max_retries, deadline))
        self._http = httpx.Client(transport=transport, verify=trusted(), follow_redirects=False)
        self._sleep: Callable[[float], None] = time.sleep

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._connection.base_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

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
        """Creates a customer, or updates the given fields of one that exists (never its plan).

        Args:
            customer_id: the host's own id for the customer.
            plan: key of the first plan; the catalog's default plan when None.
            name: for display.
            email: for display.
            timezone: an IANA name such as `Europe/Berlin`; days and months follow it.
            locale: a BCP 47 tag such as `de-DE`.

        Raises:
            InvalidRequest, UnknownPlan, NetworkError.

        Example:
            >>> billing.create_customer("cus_123", plan="pro", timezone="Europe/Berlin")
        """
        profile = {"name": name, "email": email, "timezone": timezone, "locale": locale}
        return self._call(calls.create_customer(customer_id, plan=plan, **profile))

    def get_customer(self, customer_id: str) -> Customer:
        """The customer with the subscription in force now.

        Raises:
            UnknownCustomer, NetworkError.

        Example:
            >>> billing.get_customer("cus_123").plan_key
        """
        return self._call(calls.get_customer(customer_id))

    def list_customers(self, *, cursor: str | None = None, limit: int = 100) -> CustomerPage:
        """A page of customers by id; pass its `next_cursor` for the next one.

        Raises:
            InvalidRequest: limit is not 1 to 1,000.

        Example:
            >>> page = billing.list_customers(limit=50)
        """
        return self._call(calls.list_customers(cursor, limit))

    def update_customer(
        self,
        customer_id: str,
        *,
        name: str | None = None,
        email: str | None = None,
        timezone: str | None = None,
        locale: str | None = None,
    ) -> Customer:
        """Changes the given fields of a customer.

        Raises:
            UnknownCustomer, InvalidRequest, NetworkError.

        Example:
            >>> billing.update_customer("cus_123", locale="de-DE")
        """
        return self._call(calls.update_customer(customer_id, name=name, email=email, timezone=timezone, locale=locale))

    def change_plan(
        self, customer_id: str, plan_key: str, *, at: When = "now", confirmation: str | None = None
    ) -> Customer:
        """Puts a plan in force, now or at the end of the billing period. Usage is kept.

        Args:
            confirmation: a preview's, of the same plan and `at`: the change is made only if it still is what was shown.

        Raises:
            PreviewOutdated: it is not; nothing was changed. Also after an answer got lost on the way: the call that is then
                sent again finds the change made.
            UnknownCustomer, UnknownPlan, SubscriptionInactive, NetworkError.

        Example:
            >>> billing.change_plan("cus_123", "pro")
        """
        return self._call(
            calls.change_subscription(customer_id, "plan", plan_key=plan_key, at=at, confirmation=confirmation)
        )

    def preview_plan_change(self, customer_id: str, plan_key: str, *, at: When | None = None) -> PlanPreview:
        """What a change of plan would do: prices, limits before and after, those that present usage would pass, and when.

        Args:
            at: "now" or "period_end"; without it an upgrade is for now and a downgrade for the period's end.

        Raises:
            UnknownCustomer, UnknownPlan, SubscriptionInactive (paused), InvalidRequest, NetworkError.

        Example:
            >>> preview = billing.preview_plan_change("cus_123", "starter")
            >>> billing.change_plan("cus_123", "starter", at=preview.at, confirmation=preview.confirmation)
        """
        return self._call(calls.preview_plan_change(customer_id, plan_key, at))

    def cancel_subscription(self, customer_id: str, *, at: When = "period_end") -> Customer:
        """Ends the subscription, now or at the end of the billing period.

        Raises:
            UnknownCustomer, NetworkError.

        Example:
            >>> billing.cancel_subscription("cus_123", at="period_end")
        """
        return self._call(calls.change_subscription(customer_id, "cancel", at=at))

    def pause_subscription(self, customer_id: str) -> Customer:
        """Takes access away until it is resumed.

        Raises:
            UnknownCustomer, SubscriptionInactive, NetworkError.

        Example:
            >>> billing.pause_subscription("cus_123")
        """
        return self._call(calls.change_subscription(customer_id, "pause"))

    def resume_subscription(self, customer_id: str) -> Customer:
        """Gives access back after a pause.

        Raises:
            UnknownCustomer, SubscriptionInactive, NetworkError.

        Example:
            >>> billing.resume_subscription("cus_123")
        """
        return self._call(calls.change_subscription(customer_id, "resume"))

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
        """Counts one event; the limit is checked and the usage counted in one step.

        Args:
            customer_id: whose usage.
            feature_key: of what.
            quantity: in the feature's unit. A float is rounded half-even to the feature's scale and the receipt says what
                was counted; a finer int, Decimal or string is refused.
            idempotency_key: the same key counts once, for ever. One is made when None, for all attempts of this call.
            timestamp: when it happened, aware; up to 35 days back. Now when None.
            metadata: kept with the event; up to 16 KiB of JSON.

        Raises:
            QuotaExceeded: a hard limit would be passed; it has the numbers, the reset time and the plan that would fit.
            InvalidQuantity, InvalidTimestamp, UnknownCustomer, UnknownFeature, FeatureNotInPlan, SubscriptionInactive,
            IdempotencyKeyReused, RateLimited, ServiceUnavailable, NetworkError.

        Example:
            >>> receipt = billing.track_usage(customer_id="cus_123", feature_key="api_calls", idempotency_key="req_42")
            >>> receipt.usage.remaining_units
        """
        return self._call(calls.track_usage(customer_id, feature_key, quantity, idempotency_key, timestamp, metadata))

    def track_usage_batch(self, events: Sequence[Mapping[str, Any]]) -> list[BatchItem]:
        """Counts 1 to 1,000 events in order; each answers with its receipt or its error.

        An event without a key gets one before the first attempt, so all attempts of this call count once. To be able to
        send the batch again yourself, give every event its own key.

        Args:
            events: dicts with the arguments of `track_usage`.

        Raises:
            InvalidRequest: the list is empty, too long or malformed. Nothing was counted.
            ServiceUnavailable, NetworkError.

        Example:
            >>> event = {"customer_id": "cus_123", "feature_key": "emails", "quantity": 2, "idempotency_key": "job_7"}
            >>> refused = [item.error for item in billing.track_usage_batch([event]) if not item.success]
        """
        return self._call(calls.track_usage_batch(events))

    def set_usage(
        self, *, customer_id: str, feature_key: str, quantity: object, idempotency_key: str | None = None
    ) -> UsageReceipt:
        """Sets the level of a numeric_limit; the receipt's quantity is the difference to the level before.

        Raises:
            As `track_usage`.

        Example:
            >>> billing.set_usage(customer_id="cus_123", feature_key="storage_gb", quantity="1.5")
        """
        return self._call(calls.set_usage(customer_id, feature_key, quantity, idempotency_key))

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
            quantity: what it should have been, in the feature's unit; 0 voids it.
            reason: why, for the ledger's reader; up to 1,000 characters.
            correction_key: names this correction of the event: sent again under it, however late, it gives its first receipt and
                takes no newer correction back. Without it one is made for each call and sent with every attempt.

        Returns:
            A receipt whose quantity is the difference made. The same correction again changes nothing (`replayed`).

        Raises:
            InvalidQuantity: usage would fall below 0. A correction may pass a limit.
            InvalidRequest: no event has that key.
            IdempotencyKeyReused: the event was corrected to another quantity under this correction_key.
            UnknownCustomer, NetworkError.

        Example:
            >>> billing.correct_usage(customer_id="cus_123", idempotency_key="job-7", quantity=0, reason="the job failed")
        """
        return self._call(calls.correct_usage(customer_id, idempotency_key, quantity, reason, correction_key))

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
            ttl: seconds until the hold is over by itself, up to 35 days.
            idempotency_key: becomes the `hold_id`; the same call again gives the same hold. One is made when None, for all
                attempts of this call.

        Raises:
            QuotaExceeded: a hard limit would be passed by what is used and held. Nothing was held.
            UnknownCustomer, UnknownFeature, FeatureNotInPlan, SubscriptionInactive, InvalidQuantity,
            IdempotencyKeyReused, InvalidRequest, NetworkError.

        Example:
            >>> hold = billing.reserve_usage(customer_id="cus_123", feature_key="api_calls", quantity=10)
            >>> hold.commit(7)
        """
        return Hold.of(self._call(calls.reserve_usage(customer_id, feature_key, quantity, ttl, idempotency_key)), self)

    def commit_hold(self, customer_id: str, hold_id: str, quantity: object) -> UsageReceipt:
        """Counts what was really used of a hold, under the key `hold:<hold_id>`, and gives the rest back; 0 releases.

        The same commit again gives the first receipt. What goes beyond the hold is guarded by the limits.

        Raises:
            HoldExpired: the hold was released.
            QuotaExceeded: more than the hold, and no room for it.
            IdempotencyKeyReused: the hold was committed with another quantity.
            UnknownCustomer, InvalidQuantity, InvalidRequest (no such hold), NetworkError.

        Example:
            >>> billing.commit_hold("cus_123", "job_7", 7)
        """
        return self._call(calls.commit_hold(customer_id, hold_id, quantity))

    def release_hold(self, customer_id: str, hold_id: str) -> bool:
        """Gives all of a hold back. False when it had ended before; also when an attempt of this call ended it and its answer
        was lost.

        Raises:
            UnknownCustomer, InvalidRequest (no such hold), NetworkError.

        Example:
            >>> billing.release_hold("cus_123", "job_7")
        """
        return self._call(calls.release_hold(customer_id, hold_id))

    def get_usage_metrics(self, customer_id: str, feature_key: str | None = None) -> UsageMetrics:
        """The usage of all metered features of the customer's plan, or of one; exact Decimals, read at `as_of`.

        Raises:
            UnknownCustomer, UnknownFeature, NetworkError.

        Example:
            >>> billing.get_usage_metrics("cus_123")["api_calls"].remaining
        """
        return self._call(calls.get_usage_metrics(customer_id, feature_key))

    def check_entitlement(self, customer_id: str, feature_key: str, quantity: object = 1) -> Entitlement:
        """Whether the customer may use `quantity` of a feature now. It reserves nothing.

        Raises:
            UnknownCustomer, UnknownFeature, InvalidQuantity, NetworkError.

        Example:
            >>> billing.check_entitlement("cus_123", "sso").has_access
        """
        return self._call(calls.check_entitlement(customer_id, feature_key, quantity))

    def is_approaching_limit(self, customer_id: str, feature_key: str, threshold: float = 80) -> bool:
        """Whether the usage has reached `threshold` percent of a limit; False when unlimited or not included.

        Raises:
            UnknownCustomer, UnknownFeature, InvalidRequest, NetworkError.

        Example:
            >>> billing.is_approaching_limit("cus_123", "api_calls", 80)
        """
        return self._call(calls.is_approaching_limit(customer_id, feature_key, threshold))

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
        """A page of the customer's events in [start, end), newest first; pass its `next_cursor` for the next one.

        Raises:
            UnknownCustomer, UnknownFeature, InvalidTimestamp, InvalidRequest, NetworkError.

        Example:
            >>> billing.list_usage_events("cus_123", feature_key="api_calls", limit=50).events
        """
        return self._call(calls.list_usage_events(customer_id, feature_key, start, end, cursor, limit))

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

        Args:
            start, end: aware, start before end; the first bucket contains `start`, the last one `end` (exclusive).
            granularity: "hour" (real hours), "day" or "month" (by the customer's wall clock); up to 10,000 buckets.

        Raises:
            UnknownCustomer, UnknownFeature, InvalidTimestamp, InvalidRequest, NetworkError.

        Example:
            >>> days = billing.get_usage_history("cus_123", "api_calls", start=now - timedelta(days=30), end=now)
        """
        return self._call(calls.get_usage_history(customer_id, feature_key, start, end, granularity))

    def list_reached_thresholds(self, customer_id: str, feature_key: str | None = None) -> tuple[ReachedThreshold, ...]:
        """The thresholds (50, 80, 90 and 100 percent of a limit) that a customer's usage has reached, the latest first.

        Raises:
            UnknownCustomer, UnknownFeature, NetworkError.

        Example:
            >>> [reached.threshold for reached in billing.list_reached_thresholds("cus_123", "api_calls")]
        """
        return self._call(calls.list_reached_thresholds(customer_id, feature_key))

    def list_refusals(
        self, customer_id: str, *, start: datetime | None = None, end: datetime | None = None
    ) -> tuple[Refusal, ...]:
        """How often usage was refused to a customer, by UTC day, feature and reason, the latest day first.

        Args:
            start, end: aware; the days that overlap [start, end).

        Raises:
            UnknownCustomer, InvalidTimestamp, NetworkError.

        Example:
            >>> sum(refusal.count for refusal in billing.list_refusals("cus_123"))
        """
        return self._call(calls.list_refusals(customer_id, start, end))

    def get_nudge(self, customer_id: str, *, user_id: str | None = None) -> Nudge | None:
        """The upgrade nudge to show this user now: the worst case from 80 % on, None when there is none or it was dismissed.

        Raises:
            UnknownCustomer, NetworkError.

        Example:
            >>> nudge = billing.get_nudge("cus_123", user_id="ada")
        """
        return self._call(calls.get_nudge(customer_id, user_id))

    def dismiss_nudge(self, customer_id: str, nudge_id: str, *, user_id: str | None = None) -> bool:
        """Keeps a nudge away from this user; see `Billing.dismiss_nudge`. False when the nudge no longer applies.

        Raises:
            UnknownCustomer, NetworkError.

        Example:
            >>> billing.dismiss_nudge("cus_123", nudge.nudge_id, user_id="ada")
        """
        return self._call(calls.dismiss_nudge(customer_id, nudge_id, user_id))

    def record_nudge(
        self,
        customer_id: str,
        nudge_id: str,
        action: Literal["shown", "upgrade_clicked"],
        *,
        user_id: str | None = None,
    ) -> bool:
        """Remembers that this user was shown a nudge or chose to upgrade from it, once per user, trigger and period; see
        `Billing.record_nudge`. False when the nudge is not this user's, or no longer.

        Raises:
            UnknownCustomer, InvalidRequest, NetworkError.

        Example:
            >>> billing.record_nudge("cus_123", nudge.nudge_id, "shown", user_id="ada")
        """
        return self._call(calls.record_nudge(customer_id, nudge_id, action, user_id))

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

        Raises:
            UnknownCustomer, InvalidRequest, NetworkError.

        Example:
            >>> [event.action for event in billing.list_nudge_events("cus_123").events]
            ['upgrade_clicked', 'shown']
        """
        return self._call(calls.list_nudge_events(customer_id, user_id, start, end, cursor, limit))

    def create_session_token(self, customer_id: str, *, user_id: str | None = None, ttl: float = 3600) -> SessionToken:
        """Makes a customer's short-lived token for a browser; see `Billing.create_session_token`.

        Args:
            user_id: who of the customer's users it is for.
            ttl: seconds until it is over, up to 24 hours.

        Raises:
            UnknownCustomer, InvalidRequest, NetworkError.

        Example:
            >>> billing.create_session_token("cus_123", user_id="ada", ttl=600).token
        """
        return self._call(calls.create_session_token(customer_id, user_id, ttl))

    def _call(self, call: Call[T]) -> T:
        request = self._connection.request(self._http, call)
        return result_of(call, self._drive(request, call))

    def _drive(self, request: httpx.Request, call: Call[Any]) -> Answered:
        steps = self._connection.attempts(request, call)
        step = next(steps)
        while not isinstance(step, Answered):
            if isinstance(step, Wait):
                self._sleep(step.seconds)
                step = next(steps)
            else:
                step = steps.send(self._send(request, step))
        return step

    def _send(self, request: httpx.Request, step: Send) -> httpx.Response | httpx.RequestError:
        request.extensions = {**request.extensions, **attempt_timeout(step)}
        try:
            response = self._http.send(request, stream=True)
            try:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    # The timeout is for one wait: an answer that trickles in would never meet it.
                    if self._connection.timing.clock() > step.ends:
                        raise httpx.ReadTimeout("the answer did not end before the deadline", request=request)
            finally:
                response.close()
            return whole(response, bytes(body))
        except httpx.RequestError as error:
            return error

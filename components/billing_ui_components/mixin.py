"""The server's path: metering from a host's own event handlers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import reflex as rx
from reflex.istate.proxy import StateProxy

from billing_ui_backend.errors import (
    AuthenticationError,
    BillingError,
    FeatureNotInPlan,
    QuotaExceeded,
    RateLimited,
    SubscriptionInactive,
)
from billing_ui_backend.results import Customer, Entitlement, UsageReceipt
from billing_ui_components.identity import Identity, as_identity
from billing_ui_components.runtime import get_runtime

logger = logging.getLogger(__name__)

# What a customer may do something about; everything else is the developer's.
_REFUSALS = (QuotaExceeded, FeatureNotInPlan, SubscriptionInactive, RateLimited)


class UsageMixin(rx.State, mixin=True):
    """Adds metering to a host's state: no vars and no event handlers, four methods that only the server can call.

    The customer is the one identify names. Errors of the engine are raised as they are; either way the customer's tabs
    show the new numbers as soon as the handler has ended.

    In an `on_load` catch AuthenticationError: all its handlers run, also those after one that redirects to the login page.

    Example:
        ```python
        class Chat(bui.UsageMixin, rx.State):
            answer: str = ""

            @rx.event
            async def ask(self, question: str):
                try:
                    await self._track_usage("api_calls", metadata={"kind": "chat"})
                except bui.QuotaExceeded as error:
                    self.answer = f"Limit of {error.limit} reached, resets {error.resets_at:%d %b}."
                    return
                except bui.BillingError as error:
                    self.answer = await self._refusal_text(error, "api_calls")
                    return
                self.answer = await model(question)
        ```
    """

    async def _track_usage(
        self,
        feature_key: str,
        quantity: object = 1,
        *,
        idempotency_key: str | None = None,
        timestamp: datetime | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> UsageReceipt:
        """Count usage of the customer who is signed in.

        Args:
            feature_key: any metered feature, client_trackable or not.
            quantity: how much, in the feature's unit.
            idempotency_key: counts once per key; give one wherever the handler may run twice.
            timestamp: when it happened, with a zone; now without one.
            metadata: kept with the event.

        Returns:
            The receipt, after the commit.

        Raises:
            AuthenticationError: nobody is signed in.
            BillingError: as `track_usage` of the engine, QuotaExceeded above all.
        """
        runtime = get_runtime()
        customer_id = (await _identity(self)).customer_id
        try:
            return await runtime.customers.call(
                customer_id,
                lambda: runtime.billing.track_usage(
                    customer_id=customer_id,
                    feature_key=feature_key,
                    quantity=quantity,
                    idempotency_key=idempotency_key,
                    timestamp=timestamp,
                    metadata=metadata,
                ),
            )
        finally:
            runtime.hub.changed(customer_id, first=self.router.session.client_token)

    async def _check_entitlement(self, feature_key: str, quantity: object = 1) -> Entitlement:
        """Whether the customer who is signed in may use `quantity` of a feature now:
        `if not await self._check_entitlement("sso"): return rx.toast("Not in your plan")`.

        Args:
            feature_key: any feature of the catalog.
            quantity: how much, in the feature's unit; a flag takes no notice of it.

        Returns:
            The answer: an Entitlement, true where there is access (`has_access`), else false with its `reason`.

        Raises:
            AuthenticationError: nobody is signed in.
            BillingError: as `check_entitlement` of the engine.
        """
        runtime = get_runtime()
        customer_id = (await _identity(self)).customer_id
        return await runtime.customers.call(
            customer_id, lambda: runtime.billing.check_entitlement(customer_id, feature_key, quantity)
        )

    async def _customer(self) -> Customer:
        """The customer who is signed in, with the subscription in force.

        Raises:
            AuthenticationError: nobody is signed in.
        """
        runtime = get_runtime()
        customer_id = (await _identity(self)).customer_id
        return await runtime.customers.call(customer_id, lambda: runtime.billing.get_customer(customer_id))

    async def _refusal_text(self, error: Exception, feature_key: str) -> str:
        """What to tell the customer of an error: "API calls: limit reached. Nothing was counted.", in the installed labels.

        The error's own message is for you, and may name a file of the server: what is no plain refusal goes to the log with it.

        Args:
            error: what `_track_usage` or another of these methods raised; any other exception is told as one that is no plain
                refusal.
            feature_key: of the feature that was to be used.

        Returns:
            One of the labels that begin with `refused_`.
        """
        runtime = get_runtime()
        if isinstance(error, AuthenticationError):
            return runtime.labels.refusal("signed_out", feature_key)
        if not isinstance(error, _REFUSALS):
            logger.warning("billing_ui: %s could not be used: %s", feature_key, error)
            return runtime.labels.refusal(error.code if isinstance(error, BillingError) else "other", feature_key)
        try:
            feature = (await runtime.billing.catalog()).features.get(feature_key)
        except BillingError as unread:
            # The database went away since the refusal, which the customer is to be told all the same.
            logger.warning("billing_ui: the title of %s could not be read: %s", feature_key, unread)
            feature = None
        return runtime.labels.refusal(error.code, feature.title if feature else feature_key)


async def _identity(state: rx.State) -> Identity:
    runtime = get_runtime()
    if isinstance(state, StateProxy) and not state._is_mutable():
        # A background handler outside its lock: identify may look at other states only under it.
        async with state:
            answer = await runtime.identify(state)
    else:
        answer = await runtime.identify(state)
    identity = as_identity(answer)
    if identity is None:
        raise AuthenticationError("nobody is signed in: identify answered None for this tab")
    return identity

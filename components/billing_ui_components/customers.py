"""Customers that the host knows and the engine does not know yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from billing_ui_backend import AsyncBilling
from billing_ui_backend.errors import UnknownCustomer

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Customers:
    """Does calls of the engine for customers that identify named.

    Attributes:
        billing: the engine.
        create: whether a customer it does not know is created, on the catalog's default plan.
        locale: the locale of a customer that is created, None for the engine's default.
    """

    billing: AsyncBilling
    create: bool
    locale: str | None = None

    async def call(self, customer_id: str, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do a call; an unknown customer is created first, if that is wanted.

        Raises:
            BillingError: as the call does.
        """
        try:
            return await call()
        except UnknownCustomer:
            if not self.create:
                raise
            await self.billing.create_customer(customer_id, locale=self.locale)
            return await call()

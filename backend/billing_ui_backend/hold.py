"""A hold in the caller's hands: what is reserved, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Protocol, Self

from billing_ui_backend.results import HeldUsage, UsageReceipt


class _Engine(Protocol):
    def commit_hold(self, customer_id: str, hold_id: str, quantity: object) -> UsageReceipt: ...

    def release_hold(self, customer_id: str, hold_id: str) -> bool: ...


class _AsyncEngine(Protocol):
    async def commit_hold(self, customer_id: str, hold_id: str, quantity: object) -> UsageReceipt: ...

    async def release_hold(self, customer_id: str, hold_id: str) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Hold(HeldUsage):
    """A hold that `Billing.reserve_usage` made; of `AsyncBilling` an `AsyncHold`, the same with coroutines.

    It ends when it is committed, released, or over by itself at `expires_at`. `status` is as of the call that made it;
    `replayed` is True when its key was seen before.

    Example:
        >>> hold = billing.reserve_usage(customer_id="cus_123", feature_key="api_calls", quantity=10)
        >>> hold.commit(7)
    """

    engine: _Engine = field(repr=False, compare=False)

    @classmethod
    def of(cls, held: HeldUsage, engine: _Engine) -> Self:
        """A hold of an engine."""
        return cls(**_values(held), engine=engine)

    def commit(self, quantity: object) -> UsageReceipt:
        """Counts what was really used and gives the rest back; see `Billing.commit_hold`.

        Args:
            quantity: what was used, in the feature's unit: there is no default. 0 releases.
        """
        return self.engine.commit_hold(self.customer_id, self.hold_id, quantity)

    def release(self) -> bool:
        """Gives everything back; see `Billing.release_hold`."""
        return self.engine.release_hold(self.customer_id, self.hold_id)


@dataclass(frozen=True, kw_only=True)
class AsyncHold(HeldUsage):
    """A hold that `AsyncBilling.reserve_usage` made; as Hold, with coroutines."""

    engine: _AsyncEngine = field(repr=False, compare=False)

    @classmethod
    def of(cls, held: HeldUsage, engine: _AsyncEngine) -> Self:
        """A hold of an engine."""
        return cls(**_values(held), engine=engine)

    async def commit(self, quantity: object) -> UsageReceipt:
        """As `Hold.commit`."""
        return await self.engine.commit_hold(self.customer_id, self.hold_id, quantity)

    async def release(self) -> bool:
        """As `Hold.release`."""
        return await self.engine.release_hold(self.customer_id, self.hold_id)


def held_usage(hold: HeldUsage) -> HeldUsage:
    """A hold without the engine that made it: what travels."""
    return HeldUsage(**_values(hold))


def _values(held: HeldUsage) -> dict[str, Any]:
    return {item.name: getattr(held, item.name) for item in fields(HeldUsage)}

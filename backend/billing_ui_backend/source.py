"""Reading customers' books one statement at a time, on either database."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from billing_ui_backend import statements
from billing_ui_backend.accounts import Account, Holder
from billing_ui_backend.driver import Driver
from billing_ui_backend.errors import UnknownCustomer
from billing_ui_backend.periods import LONGEST_US, Window
from billing_ui_backend.results import WindowKind
from billing_ui_backend.subscriptions import Phase, Timeline
from billing_ui_backend.windows import summed


class DirectSource:
    """What a batch reads, from a connection inside its transaction."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def account(self, customer_id: str) -> Account:
        """A customer as the database has it. Raises UnknownCustomer."""
        holder, version = load_holder(self.driver, customer_id)
        return Account(customer_id, holder, version)

    def event(self, customer_id: str, idempotency_key: str, *, made: bool) -> Any:
        """The ledger's first line under a key, looked up whether it was made or not."""
        del made
        return self.driver.execute(statements.EVENT_BY_KEY, (customer_id, idempotency_key)).fetchone()

    def counters(
        self, customer_id: str, feature_key: str, kinds: Collection[WindowKind], from_us: int, to_us: int
    ) -> Iterable[Any]:
        """(kind, start, end, used, held) of the counters that overlap [from_us, to_us)."""
        found: list[Any] = []
        for kind in kinds:
            after = max(from_us - LONGEST_US[kind], -(2**63))
            who = (customer_id, feature_key, kind, after, to_us, from_us)
            found += self.driver.execute(statements.COUNTERS, who).fetchall()
        return found

    def sums(self, customer_id: str, feature_key: str, window: Window) -> tuple[int, int]:
        """(used, held) of a window that has no counter."""
        return summed(self.driver, customer_id, feature_key, window)

    def rollup(self, customer_id: str, feature_key: str, bucket_us: int) -> int:
        """A quarter hour's sum, 0 when there is none."""
        row = self.driver.execute(statements.ROLLUP, (customer_id, feature_key, bucket_us)).fetchone()
        return 0 if row is None else int(row[0])


def load_holder(driver: Driver, customer_id: str) -> tuple[Holder, int]:
    """A customer's zone and timeline, and the version of its row.

    Raises:
        UnknownCustomer: there is none with that id.
    """
    row = driver.execute(statements.CUSTOMER, (customer_id,)).fetchone()
    if row is None:
        raise UnknownCustomer(f"there is no customer {customer_id!r}: create it first", customer_id=customer_id)
    phases = tuple(Phase(*phase) for phase in driver.execute(statements.TIMELINE, (customer_id,)).fetchall())
    return Holder(zone=row[0], timeline=Timeline(phases)), row[1]

"""Moving counters and rollups, so that each stays the sum of its ledger events and its live holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from billing_ui_backend import statements
from billing_ui_backend.periods import LONGEST_US
from billing_ui_backend.windows import QUARTER_US


@dataclass(frozen=True, slots=True)
class Moved:
    """A counter after it moved. Beyond 64 bits SQLite makes a float of a sum: `exact` tells."""

    kind: str
    start_us: int
    end_us: int
    used: int
    held: int

    @property
    def exact(self) -> bool:
        """Whether both sums still fit in 64 bits."""
        return isinstance(self.used, int) and isinstance(self.held, int)


def move_counters(
    driver: sqlite3.Connection,
    customer_id: str,
    feature_key: str,
    kinds: Iterable[str],
    event_us: int,
    *,
    quantity: int = 0,
    reserve: int = 0,
) -> list[Moved]:
    """Adds to every counter that contains an instant, past any limit; opens none.

    Args:
        kinds: the kinds of window the feature has or ever had.
        quantity: scaled units to add to what is used.
        reserve: scaled units to add to what is held.
    """
    moved: list[Moved] = []
    for kind in kinds:
        values = {
            "customer_id": customer_id,
            "feature_key": feature_key,
            "window_kind": kind,
            "quantity": quantity,
            "reserve": reserve,
            "event_us": event_us,
            "after": event_us - LONGEST_US[kind],
            "own_start": 0,
            "own_end": -1,
            "room": 0,
        }
        rows = driver.execute(statements.ADD_TO_COUNTERS, values).fetchall()
        moved.extend(Moved(kind, *row) for row in rows)
    return moved


def add_to_rollup(driver: sqlite3.Connection, customer_id: str, feature_key: str, event_us: int, quantity: int) -> bool:
    """Adds to the rollup of an event's quarter hour. False when the sum no longer fits in 64 bits."""
    bucket = event_us // QUARTER_US * QUARTER_US
    (total,) = driver.execute(statements.ADD_TO_ROLLUP, (customer_id, feature_key, bucket, quantity)).fetchone()
    return not isinstance(total, float)


def sweep_holds(
    driver: sqlite3.Connection, customer_id: str, feature_key: str, kinds: Iterable[str], now_us: int
) -> bool:
    """Takes the holds that have expired out of the counters. False when there were none."""
    expired = driver.execute(statements.EXPIRED_HOLDS, (customer_id, feature_key, now_us)).fetchall()
    for hold_id, quantity, event_us in expired:
        move_counters(driver, customer_id, feature_key, kinds, event_us, reserve=-quantity)
        driver.execute(statements.END_HOLD, ("expired", customer_id, hold_id))
    return bool(expired)

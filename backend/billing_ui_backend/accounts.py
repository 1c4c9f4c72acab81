"""What a process keeps in memory of the customers it writes for: zone, timeline, open counters. It equals what is
committed; whoever else writes to the database makes it stale, and it is read anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from billing_ui_backend.catalog import Grant
from billing_ui_backend.periods import Window
from billing_ui_backend.results import WindowKind
from billing_ui_backend.subscriptions import Phase, Timeline

# Kept in the order in which they came; the eldest go first.
MAX_ACCOUNTS = 20_000


@dataclass(frozen=True, slots=True)
class Holder:
    """What the write path needs to know of a customer."""

    zone: str
    timeline: Timeline


@dataclass(slots=True, eq=False)
class Counter:
    """A counter as the batch under way has it; the `kept_` values are those of the database, where `stored` tells whether
    there is a row. `marked` is the highest threshold that is known to be written."""

    customer_id: str
    feature_key: str
    kind: WindowKind
    start_us: int
    end_us: int
    used: int
    held: int
    stored: bool
    kept_used: int = 0
    kept_held: int = 0
    marked: int = 0
    kept_marked: int = 0

    def __post_init__(self) -> None:
        self.kept_used, self.kept_held = self.used, self.held

    def contains(self, us: int) -> bool:
        """Whether an event of that instant counts in it."""
        return self.start_us <= us < self.end_us


@dataclass(slots=True, eq=False)
class Rollup:
    """A quarter hour's sum of the batch under way."""

    customer_id: str
    feature_key: str
    bucket_us: int
    quantity: int
    kept_quantity: int


@dataclass(frozen=True, slots=True)
class Own:
    """One window of the entitlement, with its counter; then what a receipt says of it: the limit, when it begins and ends
    (None where it never resets)."""

    grant: Grant
    window: Window
    counter: Counter
    limit: Decimal | None
    start: datetime | None
    end: datetime | None

    @property
    def left(self) -> int | None:
        """Limit less used and held; negative when over, None when unlimited."""
        limit = self.grant.limit_units
        return None if limit is None else limit - self.counter.used - self.counter.held


@dataclass(frozen=True, slots=True)
class Cell:
    """A stretch of time [from_us, to_us) in which every event of one feature counts in the same counters. It serves until
    the timeline goes on (`until_us`)."""

    from_us: int
    to_us: int
    until_us: int
    phase: Phase
    has_access: bool
    own: tuple[Own, ...]
    counters: tuple[Counter, ...]

    def serves(self, event_us: int, now_us: int) -> bool:
        """Whether it decides an event of that instant."""
        return self.from_us <= event_us < self.to_us and now_us < self.until_us


CounterKey = tuple[str, WindowKind, int, int]


@dataclass(slots=True)
class Account:
    """One customer: the holder, the cell of each feature, the counters and quarter hours that are in memory, and when the
    first live hold of a feature expires (None: it has none). `version` is the one of the customer's row."""

    customer_id: str
    holder: Holder
    version: int
    cells: dict[str, Cell] = field(default_factory=dict)
    counters: dict[CounterKey, Counter] = field(default_factory=dict)
    rollups: dict[tuple[str, int], Rollup] = field(default_factory=dict)
    expiries: dict[str, int | None] = field(default_factory=dict)

    def prune(self) -> None:
        """Forgets the counters that no cell needs, and all but the latest quarter hours."""
        if len(self.counters) > 4 * len(self.cells) + 4:
            needed = {id(counter) for cell in self.cells.values() for counter in cell.counters}
            self.counters = {key: counter for key, counter in self.counters.items() if id(counter) in needed}
        while len(self.rollups) > len(self.cells) + 4:
            del self.rollups[next(iter(self.rollups))]


class Accounts:
    """The accounts in memory, by customer."""

    def __init__(self) -> None:
        self._known: dict[str, Account] = {}

    def get(self, customer_id: str) -> Account | None:
        """A customer's account, None when it is not in memory."""
        return self._known.get(customer_id)

    def put(self, account: Account) -> None:
        """Keeps an account; the eldest make room."""
        # In one step each: on PostgreSQL other threads forget customers meanwhile.
        while len(self._known) >= MAX_ACCOUNTS:
            for eldest in list(self._known)[: 1 + MAX_ACCOUNTS // 100]:
                self._known.pop(eldest, None)
        self._known[account.customer_id] = account

    def forget(self, customer_id: str) -> None:
        """Has a customer read anew."""
        self._known.pop(customer_id, None)

    def clear(self) -> None:
        """Has every customer read anew."""
        self._known.clear()

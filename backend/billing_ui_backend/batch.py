"""One write transaction: what it reads, what it decides in memory, and what it will write.

Whoever decides here has the customers of the batch to itself (SQLite: the lock of the file; PostgreSQL: the customers'
rows), so what is read stays true until the commit. Every change is checked first and made after: one that is refused
leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

from billing_ui_backend import statements
from billing_ui_backend.accounts import Account, Accounts, Cell, Counter, Own, Rollup
from billing_ui_backend.catalog_store import StoredCatalog
from billing_ui_backend.clock import from_us
from billing_ui_backend.driver import Driver
from billing_ui_backend.errors import BillingError, InvalidQuantity
from billing_ui_backend.periods import Window
from billing_ui_backend.quantities import MAX_UNITS, to_decimal
from billing_ui_backend.refusals import DAY_US, REFUSAL_REASONS
from billing_ui_backend.results import WindowKind
from billing_ui_backend.stretches import stretch_at
from billing_ui_backend.thresholds import PERCENTAGES
from billing_ui_backend.windows import QUARTER_US, booked, expired_sum, summed

EventKey = tuple[str, str]


class Source(Protocol):
    """Where a batch reads from."""

    @property
    def driver(self) -> Driver:
        """The connection, inside the transaction."""
        ...

    def account(self, customer_id: str) -> Account:
        """A customer as the database has it. Raises UnknownCustomer."""
        ...

    def event(self, customer_id: str, idempotency_key: str, *, made: bool) -> Any:
        """The ledger's first line under a key, None when there is none. A key that was `made` for this very write may be
        taken for a new one."""
        ...

    def counters(
        self, customer_id: str, feature_key: str, kinds: Collection[WindowKind], from_us: int, to_us: int
    ) -> Iterable[Any]:
        """(kind, start, end, used, held) of the counters that overlap [from_us, to_us)."""
        ...

    def sums(self, customer_id: str, feature_key: str, window: Window) -> tuple[int, int]:
        """(used, held) of a window that has no counter, as the transaction began."""
        ...

    def rollup(self, customer_id: str, feature_key: str, bucket_us: int) -> int:
        """A quarter hour's sum, 0 when there is none."""
        ...

    def write(self, batch: Batch) -> None:
        """Writes what a batch has noted. Each counter goes from the value that was read to the new one, or nothing is."""
        ...


class Batch:
    """The transaction under way.

    Args:
        known: what this process remembers; kept equal to what is committed.
        now_us: the instant of its beginning; `now` is the same as a datetime.
    """

    def __init__(
        self,
        source: Source,
        known: Accounts,
        stored: StoredCatalog,
        now_us: int,
    ) -> None:
        self.source = source
        self.catalog = stored.catalog
        self.periods = stored.periods
        self._versions = stored.versions
        self.now_us = now_us
        self.now = from_us(now_us)
        self.changed: set[str] = set()
        self.accounts: dict[str, Account] = {}
        self.events: list[tuple[Any, ...]] = []
        self.counters: dict[Counter, None] = {}
        self.rollups: dict[Rollup, None] = {}
        self.thresholds: list[tuple[Any, ...]] = []
        self.refusals: dict[tuple[str, str, int, str], int] = {}
        self.later: list[tuple[str, Sequence[Any]]] = []
        self._known = known
        self._keys: set[EventKey] = set()
        self.pending: set[str] = set()
        self._flushed: set[str] = set()

    def account(self, customer_id: str) -> Account:
        """The customer's account; read when it is not in memory. Raises UnknownCustomer."""
        account = self.accounts.get(customer_id)
        if account is not None:
            return account
        account = self._known.get(customer_id)
        if account is None:
            account = self.source.account(customer_id)
            self._known.put(account)
        self.accounts[customer_id] = account
        return account

    def event(self, customer_id: str, idempotency_key: str, *, made: bool = False) -> Any:
        """The ledger's first line under a key, None when there is none."""
        if (customer_id, idempotency_key) in self._keys:
            self.settle(customer_id)
            return self.source.driver.execute(statements.EVENT_BY_KEY, (customer_id, idempotency_key)).fetchone()
        return self.source.event(customer_id, idempotency_key, made=made)

    def cell(self, account: Account, feature_key: str, event_us: int, *, promised: bool = False) -> Cell:
        """The counters in which an event of that instant counts; read when they are not in memory, and the entitlement's
        own opened with what the ledger and the holds have in them.

        Args:
            promised: where the plan no longer has the feature, the windows are those of the last catalog in which it had.
        """
        cell = account.cells.get(feature_key)
        if cell is not None and cell.from_us <= event_us < cell.to_us and self.now_us < cell.until_us:
            return cell
        catalogs = self._versions if promised else (self.catalog,)
        stretch = stretch_at(account.holder, catalogs, feature_key, event_us, self.now_us)
        from_us, to_us = stretch.from_us, stretch.to_us
        if not stretch.own:
            return Cell(from_us, to_us, stretch.until_us, stretch.phase, stretch.phase.has_access, (), ())
        containing: list[Counter] = []
        for counter in self._overlapping(account, feature_key, from_us, to_us, stretch.kinds):
            if counter.contains(event_us):
                containing.append(counter)
                from_us, to_us = max(from_us, counter.start_us), min(to_us, counter.end_us)
            elif counter.start_us > event_us:
                to_us = min(to_us, counter.start_us)
            else:
                from_us = max(from_us, counter.end_us)
        own: list[Own] = []
        scale = self.catalog.feature(feature_key).scale
        for bound in stretch.own:
            counter = self._own_counter(account, feature_key, bound.window)
            if counter not in containing:
                containing.append(counter)
            limit = None if bound.grant.limit_units is None else to_decimal(bound.grant.limit_units, scale)
            own.append(Own(bound.grant, bound.window, counter, limit, bound.window.start, bound.window.end))
        phase = stretch.phase
        cell = Cell(from_us, to_us, stretch.until_us, phase, phase.has_access, tuple(own), tuple(containing))
        # A counter may have been opened: no other cell of the feature may go on without it.
        account.cells.pop(feature_key, None)
        if stretch.lasting and not promised:
            account.cells[feature_key] = cell
        return cell

    def counters_at(self, account: Account, feature_key: str, at_us: int) -> list[Counter]:
        """Every counter that contains an instant, whichever plan opened it."""
        return self._overlapping(account, feature_key, at_us, at_us + 1, ())

    def rollup(self, account: Account, feature_key: str, event_us: int) -> Rollup:
        """The quarter hour of an instant."""
        bucket = event_us // QUARTER_US * QUARTER_US
        found = account.rollups.get((feature_key, bucket))
        if found is None:
            quantity = self.source.rollup(account.customer_id, feature_key, bucket)
            found = Rollup(account.customer_id, feature_key, bucket, quantity, quantity)
            account.rollups[feature_key, bucket] = found
        return found

    def counted(self, account: Account, feature_key: str, window: Window) -> tuple[int, int]:
        """(used, held) in a window now: a hold that has expired holds nothing, whether swept or not."""
        customer_id = account.customer_id
        counter = account.counters.get((feature_key, window.kind, window.start_us, window.end_us))
        if counter is None:
            self.settle(customer_id)
            used, held = booked(self.source.driver, customer_id, feature_key, window)
        else:
            used, held = counter.used, counter.held
        if held:
            self.settle(customer_id)
            held -= expired_sum(self.source.driver, customer_id, feature_key, window, self.now_us)
        return used, held

    def sweep(self, account: Account, feature_key: str) -> None:
        """Takes the holds that have expired out of the counters."""
        if feature_key not in account.expiries:
            self.settle(account.customer_id)
            (first,) = self.source.driver.execute(
                statements.FIRST_EXPIRY, (account.customer_id, feature_key)
            ).fetchone()
            account.expiries[feature_key] = first
        first = account.expiries[feature_key]
        if first is None or first > self.now_us:
            return
        self.settle(account.customer_id)
        who = (account.customer_id, feature_key, self.now_us)
        for hold_id, quantity, event_us in self.source.driver.execute(statements.EXPIRED_HOLDS, who).fetchall():
            for counter in self.counters_at(account, feature_key, event_us):
                self.move(counter, 0, -quantity)
            self.write(account, statements.END_HOLD, ("expired", account.customer_id, hold_id))
        self.forget_expiry(account, feature_key)

    def forget_expiry(self, account: Account, feature_key: str) -> None:
        """Has the first expiry of a feature's holds looked up again: one was made or ended."""
        account.expiries.pop(feature_key, None)

    def move(self, counter: Counter, quantity: int, reserve: int) -> None:
        """Adds to a counter; the caller has checked that it may."""
        # Noted first, so that whatever interrupts this can be taken back.
        self.counters[counter] = None
        counter.used += quantity
        counter.held += reserve
        self.pending.add(counter.customer_id)
        self.changed.add(counter.customer_id)

    def record(self, account: Account, event: tuple[Any, ...], rollup: Rollup, quantity: int) -> None:
        """Adds a line to the ledger and to its quarter hour."""
        self.rollups[rollup] = None
        rollup.quantity += quantity
        self.events.append(event)
        self._keys.add((account.customer_id, event[1]))
        self.pending.add(account.customer_id)
        self.changed.add(account.customer_id)

    def mark_thresholds(self, counter: Counter, limit: int | None) -> None:
        """Notes the thresholds that usage has reached in a window and that are not written yet. What is only held does not
        count: it may be released."""
        if limit is None or counter.used * 100 < PERCENTAGES[0] * limit:
            return
        reached = max(percentage for percentage in PERCENTAGES if counter.used * 100 >= percentage * limit)
        # Whoever writes a threshold writes all below it too, so the highest one answers for all.
        if reached > counter.marked:
            counter.marked = reached
            window = (counter.customer_id, counter.feature_key, counter.kind, counter.start_us, counter.end_us)
            self.thresholds += [(*window, step, self.now_us) for step in PERCENTAGES if step <= reached]
            self.counters[counter] = None

    def write(self, account: Account, statement: str, row: Sequence[Any]) -> None:
        """Has a statement executed with the next flush."""
        self.later.append((statement, row))
        self.pending.add(account.customer_id)
        self.changed.add(account.customer_id)

    def refuse(self, error: BillingError) -> None:
        """Counts a refusal that says something about a customer's plan; a malformed request says nothing."""
        if error.code in REFUSAL_REASONS:
            day = self.now_us // DAY_US * DAY_US
            who = (error.details["customer_id"], error.details["feature_key"], day, error.code)
            self.refusals[who] = self.refusals.get(who, 0) + 1

    def settle(self, customer_id: str) -> None:
        """Makes the connection see all that this batch did to a customer."""
        if customer_id in self.pending:
            # Where there is no transaction nothing can be written by halves: asking for the connection says so.
            self.source.driver  # noqa: B018
            self.flush()

    def flush(self) -> None:
        """Writes what is noted so far, in the transaction."""
        # From here on only the database knows what is written, until the end is reached.
        self._flushed |= self.pending
        self.source.write(self)
        for counter in self.counters:
            counter.kept_used, counter.kept_held, counter.kept_marked = counter.used, counter.held, counter.marked
            counter.stored = True
        for rollup in self.rollups:
            rollup.kept_quantity = rollup.quantity
        self.pending = set()
        self.events, self.thresholds, self.later, self.refusals = [], [], [], {}
        self.counters, self.rollups = {}, {}

    def committed(self) -> None:
        """Everything was flushed and committed."""
        for account in self.accounts.values():
            account.prune()

    def abandon(self) -> None:
        """The transaction was taken back, or nobody knows: what is in memory is as committed again, or is read anew."""
        for counter in self.counters:
            counter.used, counter.held, counter.marked = counter.kept_used, counter.kept_held, counter.kept_marked
        for rollup in self.rollups:
            rollup.quantity = rollup.kept_quantity
        for customer_id in self._flushed:
            self._known.forget(customer_id)

    def _overlapping(
        self, account: Account, feature_key: str, from_us: int, to_us: int, kinds: Collection[WindowKind]
    ) -> list[Counter]:
        every = self.periods[feature_key].union(kinds)
        for kind, start, end, used, held in self.source.counters(
            account.customer_id, feature_key, every, from_us, to_us
        ):
            # What is in memory is newer than what is read.
            if (feature_key, kind, start, end) not in account.counters:
                self._remember(
                    account, Counter(account.customer_id, feature_key, kind, start, end, used, held, stored=True)
                )
        return [
            counter
            for counter in account.counters.values()
            if counter.feature_key == feature_key and counter.start_us < to_us and counter.end_us > from_us
        ]

    def _own_counter(self, account: Account, feature_key: str, window: Window) -> Counter:
        found = account.counters.get((feature_key, window.kind, window.start_us, window.end_us))
        if found is None:
            who = (account.customer_id, feature_key, window)
            if account.customer_id in self.pending or account.customer_id in self._flushed:
                self.settle(account.customer_id)
                used, held = summed(self.source.driver, *who)
            else:
                used, held = self.source.sums(*who)
            if max(abs(used), abs(held)) > MAX_UNITS:
                raise InvalidQuantity(
                    f"customer {account.customer_id!r}: what is used of {feature_key!r} in this {window.kind} can't be counted in "
                    "64 bits",
                    customer_id=account.customer_id,
                    feature_key=feature_key,
                )
            found = Counter(
                account.customer_id, feature_key, window.kind, window.start_us, window.end_us, used, held, stored=False
            )
            self._remember(account, found)
        return found

    def _remember(self, account: Account, counter: Counter) -> None:
        account.counters[counter.feature_key, counter.kind, counter.start_us, counter.end_us] = counter

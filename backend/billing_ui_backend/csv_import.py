"""Usage from a CSV file: row -> event -> batch -> what became of each row."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal
from typing import Any

from billing_ui_backend.billing import Billing
from billing_ui_backend.catalog import Catalog
from billing_ui_backend.csv_events import MADE_KEY, Columns, EventReader
from billing_ui_backend.csv_rows import BadRow, CsvFile, Row
from billing_ui_backend.csv_times import parse_zone
from billing_ui_backend.errors import BillingError, IdempotencyKeyReused, InvalidQuantity, UnknownCustomer
from billing_ui_backend.quantities import to_units
from billing_ui_backend.results import BatchItem
from billing_ui_backend.validation import check_text
from billing_ui_backend.writes import MAX_BATCH

_EXACT = Context(prec=100)

Event = dict[str, Any]


@dataclass(slots=True)
class FeatureSums:
    """What an import found of one feature, in its unit: counted by it, and counted before."""

    counted: Decimal = Decimal(0)
    replayed: Decimal = Decimal(0)


@dataclass(slots=True)
class ImportReport:
    """How many rows an import has decided so far; `read` is the sum of the four that follow. `created` are customers.

    `empty` are rows with a quantity of 0, as logs have them: there is nothing to count, and nothing wrong.
    """

    read: int = 0
    counted: int = 0
    replayed: int = 0
    rejected: int = 0
    empty: int = 0
    created: int = 0
    features: dict[str, FeatureSums] = field(default_factory=dict)


class CsvImport:
    """Counts the rows of a CSV file, in batches, each with one commit.

    Run again, also after an interruption or with a file that has grown, it counts only what is new, although identical
    rows exist. Memory does not grow with the file. Constructing opens and stores nothing.

    Args:
        billing: the engine to count in.
        file: the rows, opened with the columns' names.
        columns: where an event's fields come from.
        source: names the file: rows of another source are other rows. The file's name when None.
        zone: the IANA zone of times without an offset.
        create_customers: key of the plan with which unknown customers are created, their months being calendar months (UTC);
            None rejects their rows.
        backfill: count rows of any age, and past limits.

    Raises:
        InvalidRequest: it can't begin.

    Example:
        >>> columns = Columns(customer="client", feature="=requests", quantity="=1", time="timestamp")
        >>> with CsvFile(Path("requests.csv"), columns.names) as file:
        ...     report = CsvImport(billing, file, columns).run(on_rejected=print)
        >>> report.counted
        10000
    """

    def __init__(
        self,
        billing: Billing,
        file: CsvFile,
        columns: Columns,
        *,
        source: str | None = None,
        zone: str = "UTC",
        create_customers: str | None = None,
        backfill: bool = False,
    ) -> None:
        self.report = ImportReport()
        self.source = check_text(file.name if source is None else source, "source")
        self._billing = billing
        self._file = file
        self._reader = EventReader(file, columns, self.source, parse_zone(zone))
        self._count = billing.backfill_usage_batch if backfill else billing.import_usage_batch
        self._plan = create_customers

    def run(
        self,
        *,
        on_rejected: Callable[[int, str], object],
        on_progress: Callable[[ImportReport], object] | None = None,
    ) -> ImportReport:
        """Counts all rows. Whatever interrupts it, `report` says what was decided until then.

        Args:
            on_rejected: called with line and reason of each row that can't be counted, in the file's order, in a thread of the
                import's own.
            on_progress: called after each commit.

        Raises:
            UnknownPlan, CatalogError: it can't begin; nothing was counted.
            ServiceUnavailable: the database stopped answering.
            InvalidRequest: the file can't be read on.
        """
        catalog = self._billing.catalog()
        if self._plan is not None:
            catalog.plan(self._plan)
        batch: list[tuple[int, Event | BillingError]] = []
        # Ctrl+C stops the main thread wherever it is, but not between the commit of a batch and what is told of it.
        with ThreadPoolExecutor(1, "billing-import") as settling:
            for row in self._file:
                batch.append((row.line, self._event(row)))
                if len(batch) == MAX_BATCH:
                    settling.submit(self._settle, batch, on_rejected).result()
                    batch = []
                    if on_progress is not None:
                        on_progress(self.report)
            settling.submit(self._settle, batch, on_rejected).result()
        return self.report

    def _event(self, row: Row | BadRow) -> Event | BillingError:
        if isinstance(row, BadRow):
            return BillingError(row.reason)
        try:
            return self._reader.read(row)
        except BillingError as error:
            return error

    def _settle(self, batch: list[tuple[int, Event | BillingError]], on_rejected: Callable[[int, str], object]) -> None:
        items = [BatchItem(error=entry) if isinstance(entry, BillingError) else None for _, entry in batch]
        try:
            self._decide(batch, items)
        finally:
            # A database that goes away half way leaves some undecided; the others are counted.
            for (line, entry), item in zip(batch, items, strict=True):
                if item is not None and (reason := self._record(entry, item)) is not None:
                    on_rejected(line, reason)

    def _decide(self, batch: list[tuple[int, Event | BillingError]], items: list[BatchItem | None]) -> None:
        """Counts the events of a batch, and puts what became of each in its place of `items`."""
        events = {place: entry for place, (_, entry) in enumerate(batch) if not isinstance(entry, BillingError)}
        if not events:
            return
        unknown: list[int] = []
        for place, item in zip(events, self._count(list(events.values())), strict=True):
            if self._plan is not None and isinstance(item.error, UnknownCustomer):
                unknown.append(place)
            else:
                items[place] = item
        if self._plan is None or not unknown:
            return
        catalog = self._billing.catalog()
        again: list[int] = []
        for place in unknown:
            try:
                _check_worth(events[place], catalog)
            except BillingError as error:
                items[place] = BatchItem(error=error)
            else:
                again.append(place)
        since: dict[str, datetime] = {}
        for event in (events[place] for place in again):
            customer_id: str = event["customer_id"]
            at: datetime = event["timestamp"]
            since[customer_id] = min(at, since.get(customer_id, at))
        for customer_id, used_since in since.items():
            self._billing.import_customer(customer_id, plan=self._plan, used_since=used_since)
            self.report.created += 1
        if again:
            for place, item in zip(again, self._count([events[place] for place in again]), strict=True):
                items[place] = item

    def _record(self, entry: Event | BillingError, item: BatchItem) -> str | None:
        """Adds a row to the report; the reason if it was rejected."""
        self.report.read += 1
        if item.error is not None:
            # Its traceback leads to the frames that hold the batch: without this only the garbage collector frees them.
            error = item.error.with_traceback(None)
            if isinstance(error, InvalidQuantity) and _is_zero(entry):
                self.report.empty += 1
                return None
            self.report.rejected += 1
            return _reason(error)
        assert item.receipt is not None
        sums = self.report.features.setdefault(item.receipt.feature_key, FeatureSums())
        if item.receipt.replayed:
            self.report.replayed += 1
            sums.replayed = _EXACT.add(sums.replayed, item.receipt.quantity)
        else:
            self.report.counted += 1
            sums.counted = _EXACT.add(sums.counted, item.receipt.quantity)
        return None


def _is_zero(entry: Event | BillingError) -> bool:
    return not isinstance(entry, BillingError) and re.fullmatch(r"-?0+(\.0+)?", entry["quantity"]) is not None


def _check_worth(event: Event, catalog: Catalog) -> None:
    """Nobody becomes a customer by a line that can't be counted, such as a total at the end of a file."""
    feature = catalog.feature(event["feature_key"])
    if to_units(event["quantity"], feature.scale, what=f"quantity for {feature.key!r}") == 0:
        raise InvalidQuantity(f"quantity for {feature.key!r} is 0: there is nothing to count")


def _reason(error: BillingError) -> str:
    if isinstance(error, IdempotencyKeyReused) and str(error.details.get("idempotency_key")).startswith(MADE_KEY):
        return "was imported before with another time: import the file with the same zone again"
    return str(error)

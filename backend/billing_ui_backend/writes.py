"""A caller's arguments as writes for the ledger, checked as far as that is possible without the database."""

from __future__ import annotations

import itertools
import logging
import operator
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from numbers import Integral
from typing import Any

from billing_ui_backend.clock import to_us
from billing_ui_backend.errors import BillingError, InvalidRequest, InvalidTimestamp, ServiceUnavailable
from billing_ui_backend.ledger import Source, UsageWrite
from billing_ui_backend.results import BatchItem, UsageReceipt
from billing_ui_backend.validation import check_key, check_text, dump_metadata
from billing_ui_backend.write import Outcome

logger = logging.getLogger("billing_ui")

MAX_BATCH = 1000
_PLAIN: tuple[type, ...] = (bool, int, Decimal, str, float)
_EVENT_FIELDS = {"customer_id", "feature_key", "quantity", "idempotency_key", "timestamp", "metadata"}


def track_write(
    customer_id: object,
    feature_key: object,
    quantity: object = 1,
    idempotency_key: object = None,
    timestamp: datetime | None = None,
    metadata: Mapping[str, Any] | None = None,
    source: Source = "caller",
    backfill: bool = False,
) -> UsageWrite:
    """An event with the arguments of `track_usage`; only the importer may use reserved keys."""
    if idempotency_key is None:
        key = made_key()
    else:
        key = check_key(idempotency_key) if source == "caller" else check_text(idempotency_key, "idempotency_key")
    return UsageWrite(
        "track",
        check_text(customer_id, "customer_id"),
        check_text(feature_key, "feature_key"),
        quantity if type(quantity) is int else plain(quantity),
        key,
        None if timestamp is None else _instant(timestamp),
        None if metadata is None else dump_metadata(metadata),
        source,
        backfill,
        None,
        idempotency_key is None,
    )


def event_write(event: Mapping[str, Any], *, source: Source = "caller", backfill: bool = False) -> UsageWrite:
    """An event as a mapping with the names of `track_usage`'s arguments."""
    get = event.get
    return track_write(
        get("customer_id"),
        get("feature_key"),
        get("quantity", 1),
        get("idempotency_key"),
        get("timestamp"),
        get("metadata"),
        source,
        backfill,
    )


import_write = partial(event_write, source="import")
backfill_write = partial(event_write, source="import", backfill=True)


def made_key() -> str:
    """A key that nobody else makes. It begins with the time, so that a customer's new keys lie together in the index: keys in
    random order cost three times the bytes written. Then 80 random bits of this process, and a number of their own."""
    return f"{time.time_ns() // 1_000_000:012x}{_process_bits}{next(_numbers):x}"


def _draw_process_bits() -> None:
    global _process_bits
    _process_bits = os.urandom(10).hex()


# Asking the system for each key costs more than deciding the event: the call lets go of the interpreter.
_process_bits = ""
_numbers = itertools.count()
_draw_process_bits()
if hasattr(os, "register_at_fork"):  # Windows has no fork.
    os.register_at_fork(after_in_child=_draw_process_bits)


def plain(quantity: object) -> object:
    """A caller's number as one of Python's own, so that no foreign code runs in the writer."""
    if type(quantity) in _PLAIN:
        return quantity
    if isinstance(quantity, Integral):
        return operator.index(quantity)
    kind = next((kind for kind in _PLAIN if isinstance(quantity, kind)), None)
    return quantity if kind is None else kind(quantity)


def _instant(timestamp: object) -> int:
    if not isinstance(timestamp, datetime) or timestamp.utcoffset() is None:
        raise InvalidTimestamp(
            f"timestamp {timestamp!r} has no zone: pass an aware datetime, such as datetime.now(timezone.utc)"
        )
    return to_us(timestamp)


def set_write(customer_id: str, feature_key: str, quantity: object, idempotency_key: str | None) -> UsageWrite:
    """A level to set."""
    return UsageWrite(
        operation="set",
        customer_id=check_text(customer_id, "customer_id"),
        feature_key=check_text(feature_key, "feature_key"),
        quantity=plain(quantity),
        idempotency_key=made_key() if idempotency_key is None else check_key(idempotency_key),
        made_key=idempotency_key is None,
    )


def browser_write(customer_id: str, feature_key: object, quantity: object) -> UsageWrite:
    """What a browser asked for, under a key that it can't choose."""
    return UsageWrite(
        operation="track",
        customer_id=check_text(customer_id, "customer_id"),
        feature_key=check_text(feature_key, "feature_key"),
        quantity=plain(quantity),
        idempotency_key=f"ui:{made_key()}",
        source="browser",
        made_key=True,
    )


def prepare_batch(
    given: Sequence[Mapping[str, Any]], make: Callable[[Mapping[str, Any]], UsageWrite]
) -> list[UsageWrite | BillingError]:
    """Each event as a write, or as the error that it is by itself; InvalidRequest when there is no batch at all."""
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Sequence):
        raise InvalidRequest("events: pass a list of mappings, one an event")
    if not 1 <= len(given) <= MAX_BATCH:
        raise InvalidRequest(f"events: a batch takes 1 to 1,000 events, this one has {len(given)}")
    prepared: list[UsageWrite | BillingError] = []
    for event in given:
        try:
            if not isinstance(event, Mapping):
                raise InvalidRequest(f"an event is of type {type(event).__name__}: pass a mapping")
            if unknown := sorted(str(name) for name in event.keys() - _EVENT_FIELDS):
                raise InvalidRequest(f"an event has unknown fields: {', '.join(unknown)[:100]}")
            prepared.append(make(event))
        except BillingError as error:
            prepared.append(error.with_traceback(None))
    return prepared


def merge_batch(
    prepared: Sequence[UsageWrite | BillingError], decided: Sequence[Outcome[UsageReceipt]]
) -> list[BatchItem]:
    """Puts the writer's answers back among those refused before it, in the caller's order."""
    answers = iter(BatchItem(receipt=outcome.result, error=_as_told(outcome.error)) for outcome in decided)
    return [BatchItem(error=entry) if isinstance(entry, BillingError) else next(answers) for entry in prepared]


def _as_told(error: Exception | None) -> BillingError | None:
    if error is None or isinstance(error, BillingError):
        return error
    logger.error("billing_ui: an event could not be decided", exc_info=error)
    told = ServiceUnavailable(
        f"this event can't be decided ({type(error).__name__}: {error}): look at the log", retry_after=1
    )
    told.__cause__ = error
    return told

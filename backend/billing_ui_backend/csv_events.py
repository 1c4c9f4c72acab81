"""A row of a CSV file as the usage event that it stands for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import tzinfo
from typing import Any

from billing_ui_backend.csv_rows import CsvFile, Row
from billing_ui_backend.csv_times import parse_time
from billing_ui_backend.errors import InvalidRequest
from billing_ui_backend.validation import MAX_LENGTH, check_key

MADE_KEY = "import:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where an event's fields come from: each is a column's name, or `=` and a value that all rows share.

    Without `key` a row's key is made from the file's name, the row's line, the quantity's column and all values. With it
    the column holds keys as a caller of `track_usage` would give them: an event that was tracked under one counts once.

    Raises:
        InvalidRequest: one is empty, or `key` is a constant.

    Example:
        >>> Columns(customer="client", feature="=requests", quantity="=1", time="timestamp").names
        ['client', 'timestamp']
    """

    customer: str
    feature: str
    quantity: str
    time: str
    key: str | None = None

    def __post_init__(self) -> None:
        for field, origin in self.origins().items():
            if origin in ("", "="):
                raise InvalidRequest(f"{field} is {origin!r}: give a column's name, or = and a value")
        if self.key is not None and self.key.startswith("="):
            raise InvalidRequest(f"key is {self.key!r}: a key names one event only, so it must come from a column")

    def origins(self) -> dict[str, str]:
        """What was given, by field."""
        return {field: origin for field, origin in asdict(self).items() if origin is not None}

    @property
    def names(self) -> list[str]:
        """The columns that the file must have."""
        return [origin for origin in self.origins().values() if not origin.startswith("=")]


class EventReader:
    """Makes events of the rows of one file.

    Args:
        file: the file the rows are from.
        columns: where an event's fields come from.
        source: names the file, in made keys and in the events' metadata.
        zone: what times without an offset are in.
    """

    def __init__(self, file: CsvFile, columns: Columns, source: str, zone: tzinfo) -> None:
        self._source = source
        self._source_digest = _digest(source, size=8)
        self._zone = zone
        self._quantity_from = columns.quantity
        origins = columns.origins()
        self._constants = {field: origin[1:].strip() for field, origin in origins.items() if origin.startswith("=")}
        self._places = {field: file.index(origin) for field, origin in origins.items() if not origin.startswith("=")}

    def read(self, row: Row) -> dict[str, Any]:
        """The arguments of `track_usage` that a row stands for. Spaces around a value do not count.

        Raises:
            InvalidRequest: a value is empty or too long, or its key is reserved.
            InvalidTimestamp: its time can't be read.
        """
        given = dict(self._constants)
        for field, place in self._places.items():
            value = row.values[place].strip()
            if not 1 <= len(value) <= MAX_LENGTH:
                problem = f"has {len(value)} characters, it takes up to {MAX_LENGTH}" if value else "is empty"
                raise InvalidRequest(f"{field} {problem}")
            given[field] = value
        return {
            "customer_id": given["customer"],
            "feature_key": given["feature"],
            "quantity": given["quantity"],
            "timestamp": parse_time(given["time"], self._zone),
            "idempotency_key": check_key(given["key"]) if "key" in given else self._made_key(row.line, given),
            "metadata": {"source": self._source, "line": row.line},
        }

    def _made_key(self, line: int, given: dict[str, str]) -> str:
        # The zone is left out: rows that are imported again in another zone are refused, instead of counted twice.
        # The quantity's column is in: two columns of one row may feed one feature, with equal values.
        values = [given[field] for field in ("customer", "feature", "quantity", "time")]
        identity = _digest(self._quantity_from, *values, size=16)
        # Keys in the order of the lines are stored side by side: 200,000 rows took half the time of keys in no order.
        return f"{MADE_KEY}{self._source_digest}:{line:010}:{identity}"


def _digest(*values: str, size: int) -> str:
    return hashlib.blake2b(json.dumps(values).encode(), digest_size=size).hexdigest()

"""What callers may pass as ids, keys and metadata."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from billing_ui_backend.errors import InvalidRequest

RESERVED_PREFIXES = ("ui:", "import:", "hold:")
MAX_LENGTH = 255
# A key of the library's own may be longer than a caller's by its prefix.
MAX_EVENT_KEY = 300
MAX_METADATA_BYTES = 16_384
MAX_METADATA_DEPTH = 20
_UNKEPT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def check_text(value: object, what: str, *, max_length: int = MAX_LENGTH) -> str:
    """A non-empty string that any database keeps as it is.

    Raises:
        InvalidRequest: not a string, empty, too long, or with control characters or broken Unicode.
    """
    if type(value) is str and 0 < len(value) <= max_length and value.isprintable():
        return value
    if not isinstance(value, str):
        raise InvalidRequest(f"{what} is of type {type(value).__name__}: pass a string")
    if not 1 <= len(value) <= max_length:
        raise InvalidRequest(f"{what} has {len(value)} characters: it takes 1 to {max_length}")
    if _UNKEPT.search(value):
        raise InvalidRequest(f"{what} {value[:60]!r} has control characters or broken Unicode: remove them")
    # A string of another kind, an enum's for one, may say something else of itself than what it holds.
    return value if type(value) is str else str.__str__(value)


def check_key(value: object) -> str:
    """A caller's idempotency key.

    Raises:
        InvalidRequest: as `check_text`, or it begins with a prefix that is the library's own.
    """
    key = check_text(value, "idempotency_key")
    if key.startswith(RESERVED_PREFIXES):
        raise InvalidRequest(
            f"idempotency_key {key[:60]!r}: keys that begin with {', '.join(RESERVED_PREFIXES)} are the library's own"
        )
    return key


def dump_metadata(metadata: Mapping[str, Any] | None) -> str | None:
    """Metadata as JSON text, None when there is none.

    Raises:
        InvalidRequest: not a mapping that JSON can hold, longer than 16 KiB, or nested more than 20 deep.
    """
    if not metadata:
        return None
    if not isinstance(metadata, Mapping):
        raise InvalidRequest(f"metadata is of type {type(metadata).__name__}: pass a mapping of strings to values")
    # Whoever reads the ledger later has less stack left than whoever wrote it: what is kept is flat enough for both.
    if _deeper_than(metadata, MAX_METADATA_DEPTH):
        raise InvalidRequest(f"metadata is nested more than {MAX_METADATA_DEPTH} deep: flatten it")
    try:
        text = json.dumps(
            dict(metadata), ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_json_number
        )
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRequest(f"metadata can't be written as JSON: {error}") from error
    if size > MAX_METADATA_BYTES:
        raise InvalidRequest(f"metadata has {size} bytes: it takes up to {MAX_METADATA_BYTES}")
    return text


def _deeper_than(value: object, depth: int) -> bool:
    level: list[object] = [value]
    for _ in range(depth + 1):
        inner: list[object] = []
        for item in level:
            if isinstance(item, Mapping):
                inner.extend(item.values())
            elif isinstance(item, (list, tuple)):
                inner.extend(item)
        if not inner:
            return False
        level = inner
    return True


def _json_number(value: object) -> float:
    """A Decimal in metadata is written as JSON's number; quantities never come this way."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"a value of type {type(value).__name__} has no place in JSON")

"""Reading one field of a catalog: the right type, or a CatalogError that names the key and says what to write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from billing_ui_backend.errors import CatalogError, InvalidQuantity
from billing_ui_backend.quantities import to_units

_ADDRESS = re.compile(r"(https://[^\s/?#@]+|mailto:[^\s@?]+@[^\s@?]+)([/?#]\S*)?")
_KEY = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,99}")


def check_key(key: object, where: str) -> None:
    """Keys travel in URLs, events and databases: letters, digits, `_`, `-` and `.` only."""
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise CatalogError(f"{where}: a key has 1 to 100 letters, digits, '_', '-' or '.'")


def mapping(value: Any, where: str) -> Mapping[str, Any]:
    """`value` as a table."""
    if not isinstance(value, Mapping):
        raise CatalogError(f"{where}: expected a table, got {type(value).__name__}")
    return value


def table(data: Mapping[str, Any], key: str, where: str, *, required: bool = False) -> Mapping[str, Any]:
    """A table inside a table, empty when absent."""
    if required and key not in data:
        raise CatalogError(f"{where}: [{key}] is missing")
    return mapping(data.get(key, {}), key if where == "catalog" else f"{where}.{key}")


def array(data: Mapping[str, Any], key: str, where: str) -> list[Any]:
    """A list inside a table, empty when absent."""
    value = data.get(key, [])
    if not isinstance(value, (list, tuple)):
        raise CatalogError(f"{where}.{key}: expected a list, got {type(value).__name__}")
    return list(value)


def only(data: Mapping[str, Any], known: set[str], where: str) -> None:
    """Refuses keys that mean nothing: a typo in a limit must not pass in silence."""
    for key in data:
        if key not in known:
            raise CatalogError(f"{where}.{key}: unknown key; known are {', '.join(sorted(known))}")


def text(data: Mapping[str, Any], key: str, where: str, *, default: str | None) -> str | None:
    """A string."""
    value = data.get(key, default)
    if value is not None and not isinstance(value, str):
        raise CatalogError(f"{where}.{key}: expected a string, got {type(value).__name__}")
    return value


def choice(
    data: Mapping[str, Any], key: str, where: str, options: tuple[str, ...], *, default: str | None = None
) -> str:
    """One of several strings."""
    value = data.get(key, default)
    if value is None:
        raise CatalogError(f"{where}.{key}: missing: one of {', '.join(options)}")
    if value not in options:
        raise CatalogError(f"{where}.{key}: {value!r} is not one of {', '.join(options)}")
    return str(value)


def integer(data: Mapping[str, Any], key: str, where: str, *, low: int, high: int, default: int | None = None) -> int:
    """A whole number between two bounds, both included."""
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise CatalogError(f"{where}.{key}: expected a whole number, got {value!r}")
    if not low <= value <= high:
        raise CatalogError(f"{where}.{key}: {value} is not between {low} and {high}")
    return value


def boolean(data: Mapping[str, Any], key: str, where: str, *, default: bool) -> bool:
    """True or false."""
    value = data.get(key, default)
    if not isinstance(value, bool):
        raise CatalogError(f"{where}.{key}: expected true or false, got {value!r}")
    return value


def address(data: Mapping[str, Any], key: str, where: str) -> str | None:
    """An https: or mailto: address, which becomes a link on a page: nothing that a browser would run."""
    value = text(data, key, where, default=None)
    if value is not None and not _ADDRESS.fullmatch(value):
        raise CatalogError(f"{where}.{key}: {value!r} is neither an https:// nor a mailto: address")
    return value


def number(data: Mapping[str, Any], key: str, where: str, *, default: Decimal | None = None) -> Decimal:
    """An exact number: an int, a Decimal, a string or a TOML float (which is read as it is written)."""
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise CatalogError(f"{where}.{key}: expected a number, got {value!r}")
    try:
        result = Decimal(str(value))
    except InvalidOperation as error:
        raise CatalogError(f"{where}.{key}: {value!r} is not a number") from error
    if not result.is_finite() or abs(result.adjusted()) > 40:
        raise CatalogError(f"{where}.{key}: {value!r} is not a number that can be counted")
    return result


def units(value: Decimal, scale: int, where: str) -> int:
    """A number in scaled units, refused when finer than the feature's scale."""
    try:
        return to_units(value, scale, what="value")
    except InvalidQuantity as error:
        raise CatalogError(f"{where}: {error.message}") from error


def currency(data: Mapping[str, Any], where: str) -> str:
    """An ISO 4217 code."""
    value = data.get("currency")
    if not isinstance(value, str) or not re.fullmatch("[A-Z]{3}", value):
        raise CatalogError(f"{where}.currency: {value!r} is not an ISO 4217 code such as USD")
    return value


def plain(value: Any) -> Any:
    """The same data as JSON can hold it, numbers that are not whole as strings, so that nothing passes through a float."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, (Decimal, float)):
        return str(value)
    return value

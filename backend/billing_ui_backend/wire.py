"""The JSON shape of every result and error, in both directions.

Quantities are strings and instants ISO 8601 in UTC with `Z`. `to_json` and `from_json` follow the dataclasses of `results`,
so a field that is added there travels by itself. Fields that this version doesn't know are ignored, and one that has a
default may be missing: client and server may differ by a version.
"""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from billing_ui_backend.errors import ERRORS_BY_CODE, BillingError
from billing_ui_backend.results import Entitlement

T = TypeVar("T")
Read = Callable[[Any], Any]
Write = Callable[[Any], Any]

_PLAIN = frozenset({str, int, float, bool, types.NoneType})
_PROBLEM_MEMBERS = ("type", "title", "status", "detail", "code", "instance")


class WireError(ValueError):
    """The JSON does not have the shape of the result that was asked for."""


def to_json(value: Any) -> Any:
    """A result, or any value inside one, as what `json.dumps` takes.

    Example:
        >>> to_json(Decimal("0.50"))
        '0.50'
    """
    kind: Any = type(value)
    return value if kind in _PLAIN else _writer(kind)(value)


def from_json(kind: type[T], value: object) -> T:
    """The result that `to_json` wrote.

    Raises:
        WireError: a field is missing or of another kind; the message names it.

    Example:
        >>> from_json(Decimal, "0.5")
        Decimal('0.5')
    """
    hint: Any = kind
    return cast(T, _reader(hint)(value))


def error_to_json(error: BillingError) -> dict[str, Any]:
    """The members of an RFC 9457 problem; the error's details stand beside the standard ones."""
    details = {name: to_json(value) for name, value in error.details.items() if name not in _PROBLEM_MEMBERS}
    return {
        "type": f"urn:billing-ui:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
        **details,
    }


def error_from_json(problem: Mapping[str, Any]) -> BillingError:
    """The same error, with the same attributes; a code that this version doesn't know becomes a plain BillingError.

    Raises:
        WireError: these are not the members of a problem.
    """
    code, status, message = (problem.get(name) for name in ("code", "status", "detail"))
    if not isinstance(code, str) or type(status) is not int or not isinstance(message, str):
        raise WireError("a problem has code, status and detail")
    details = {name: value for name, value in problem.items() if name not in (*_PROBLEM_MEMBERS, "self", "message")}
    kind = ERRORS_BY_CODE.get(code)
    if kind is not None:
        return kind(message, **_typed(kind, details))
    error = BillingError(message, **details)
    error.code, error.status, error.title = code, status, str(problem.get("title", error.title))
    return error


def _typed(kind: type[BillingError], details: dict[str, Any]) -> dict[str, Any]:
    fields = _typed_details(kind)
    if not fields:
        return details
    missing = [name for name, optional in fields.items() if not optional and name not in details]
    if missing:
        raise WireError(f"a {kind.code} problem lacks {', '.join(missing)}")
    hints = get_type_hints(kind.__init__)
    return {name: _reader(hints[name])(details[name]) for name in fields if name in details}


def _typed_details(kind: type[BillingError]) -> dict[str, bool]:
    """The keyword-only arguments that the error's class declares, and whether each may be left out."""
    code = kind.__init__.__code__
    names = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    return {name: name in (kind.__init__.__kwdefaults__ or {}) for name in names}


# Found once for each type: an answer holds the same few types over and over.
@functools.cache
def _writer(kind: Any) -> Write:
    if issubclass(kind, int | float | str):
        return lambda value: value
    if issubclass(kind, Decimal):
        return lambda value: format(value, "f")
    if issubclass(kind, datetime):
        return _instant_to_json
    if issubclass(kind, BillingError):
        return error_to_json
    if dataclasses.is_dataclass(kind):
        return _dataclass_writer(kind)
    if issubclass(kind, Mapping):
        return lambda value: {str(key): to_json(item) for key, item in value.items()}
    if issubclass(kind, list | tuple):
        return lambda value: [to_json(item) for item in value]
    raise TypeError(f"{kind.__name__} has no JSON shape")


def _instant_to_json(instant: datetime) -> str:
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return utc.isoformat().removesuffix("+00:00") + "Z"


def _dataclass_writer(kind: Any) -> Write:
    names = [field.name for field in dataclasses.fields(kind)]

    def write(value: Any) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for name in names:
            member = getattr(value, name)
            # Most are plain: the shortest way for those, on the path of every answer.
            members[name] = member if type(member) in _PLAIN else to_json(member)
        return members

    return write


@functools.cache
def _reader(hint: Any) -> Read:
    if hint is Any:
        return lambda value: value
    if hint is Decimal:
        return _read_decimal
    if hint is datetime:
        return _read_datetime
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not types.NoneType)
        read = _reader(inner)
        return lambda value: None if value is None else read(value)
    if origin is tuple:
        return _tuple_reader(_reader(arguments[0]))
    if origin is Literal:
        # Any string: a newer server may know a window or a reason more.
        return _plain_reader(str)
    if hint is BillingError:
        return lambda value: error_from_json(_read_object(value))
    if dataclasses.is_dataclass(hint):
        return _dataclass_reader(cast(type, hint))
    return _plain_reader(cast(type, origin or hint))


def _plain_reader(kind: type) -> Read:
    kinds: tuple[type, ...] = (dict,) if kind is Mapping or issubclass(kind, Mapping) else (kind,)

    def read(value: Any) -> Any:
        if type(value) not in kinds:
            raise WireError(f"expected {kinds[0].__name__}, got {type(value).__name__}")
        return value

    return read


def _tuple_reader(read_item: Read) -> Read:
    def read(value: Any) -> Any:
        if not isinstance(value, list):
            raise WireError(f"expected a list, got {type(value).__name__}")
        return tuple(read_item(item) for item in value)

    return read


def _dataclass_reader(kind: type) -> Read:
    hints = get_type_hints(kind)
    fields = dataclasses.fields(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields}
    if kind is Entitlement:
        readers["metadata"] = _read_entitlement_metadata
    optional = {
        field.name
        for field in fields
        if field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
    }

    def read(value: Any) -> Any:
        members = _read_object(value)
        found: dict[str, Any] = {}
        for name, read_field in readers.items():
            if name in members:
                try:
                    found[name] = read_field(members[name])
                except WireError as error:
                    raise WireError(f"{kind.__name__}.{name}: {error}") from error
            elif name not in optional:
                raise WireError(f"{kind.__name__}.{name} is missing")
        return kind(**found)

    return read


def _read_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise WireError(f"expected an object, got {type(value).__name__}")
    return value


def _read_decimal(value: Any) -> Decimal:
    if not isinstance(value, str):
        raise WireError(f"expected a number as a string, got {type(value).__name__}")
    try:
        return Decimal(value)
    except InvalidOperation as error:
        raise WireError(f"{value[:60]!r} is not a number") from error


def _read_datetime(value: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise WireError(f"{value!r} is not an ISO 8601 instant") from error
    if instant.utcoffset() is None:
        raise WireError(f"{value!r} has no zone")
    return instant.astimezone(UTC)


def _read_entitlement_metadata(value: Any) -> dict[str, Any]:
    members = dict(_read_object(value))
    for name, hint in (("remaining", Decimal | None), ("resets_at", datetime | None)):
        if name in members:
            members[name] = _reader(hint)(members[name])
    return members

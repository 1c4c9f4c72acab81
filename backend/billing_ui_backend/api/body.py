"""Reading a request's body: bounded, strict JSON, and exact numbers."""

from __future__ import annotations

import json
import math
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from starlette.requests import Request

from billing_ui_backend.errors import InvalidQuantity, InvalidRequest, RequestTooLarge
from billing_ui_backend.results import SessionToken

MAX_BYTES = 1_048_576
MAX_DISCARDED_BYTES = 8 * MAX_BYTES
MAX_NUMBER_LENGTH = 400


class JsonRequest(Request):
    """A request whose JSON was read already. `session_token` is the browser's that sent it, None for a server's."""

    session_token: SessionToken | None = None

    def __init__(self, request: Request, raw: bytes, value: Any) -> None:
        super().__init__(request.scope, request.receive)
        self._body = raw
        self._json = value

    @property
    def content(self) -> Any:
        """The parsed body, None without one."""
        return self._json


async def read_json(request: Request) -> JsonRequest:
    """The request with its body read and parsed.

    Raises:
        RequestTooLarge: more than 1 MiB.
        InvalidRequest: not JSON, or JSON that means two things (a key twice, a number without an end).
        InvalidQuantity: NaN or Infinity.
    """
    raw = await _read(request)
    if not raw:
        return JsonRequest(request, b"", None)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise InvalidRequest(f"the body's Content-Type is {kind or 'missing'}: send JSON as application/json")
    return JsonRequest(request, raw, parse(raw))


def parse(raw: bytes) -> Any:
    """Strict JSON; an integer stays exact, and a number with a point or an exponent is what `number` makes of it."""
    try:
        return json.loads(
            raw.decode(),
            parse_int=_integer,
            parse_float=number,
            parse_constant=_not_finite,
            object_pairs_hook=_members,
        )
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"the body is not JSON: {str(error)[:200]}") from error


def number(text: str) -> float | Decimal:
    """A number with a point or an exponent: a float when it is the shortest text of one, else an exact Decimal.

    A float that a program wrote out, such as `size / 1024**3`, is known by that and rounded to the feature's scale, as the
    engine does with floats. A number with more digits than a float holds never goes through one.

    Example:
        >>> number("0.1"), number("9007199254740993.5")
        (0.1, Decimal('9007199254740993.5'))
    """
    if len(text) > MAX_NUMBER_LENGTH:
        raise InvalidQuantity(f"the number {text[:60]} has more than {MAX_NUMBER_LENGTH} characters: round it first")
    near = float(text)
    try:
        exact = Decimal(text)
    except InvalidOperation as error:
        raise InvalidRequest(f"the number {text[:60]} is out of range") from error
    return near if math.isfinite(near) and Decimal(repr(near)) == exact else exact


async def _read(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and (len(announced) > 19 or int(announced) > MAX_DISCARDED_BYTES):
        raise _too_large()
    body = bytearray()
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received <= MAX_BYTES:
            body += chunk
        elif received > MAX_DISCARDED_BYTES:
            raise _too_large()
    # Read to its end, and then refused: an answer to a body that is still being sent reaches many clients as a broken
    # connection, which they try again.
    if received > MAX_BYTES:
        raise _too_large()
    return bytes(body)


def _too_large() -> RequestTooLarge:
    return RequestTooLarge(f"the body has more than {MAX_BYTES} bytes: send smaller batches")


def _integer(text: str) -> int:
    if len(text) > 60:
        raise InvalidRequest(f"the number {text[:60]}... is out of range")
    return int(text)


def _not_finite(text: str) -> NoReturn:
    raise InvalidQuantity(f"{text} is no number in JSON: pass a finite number")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise InvalidRequest(f"the body has {name[:60]!r} twice in one object")
        members[name] = value
    return members

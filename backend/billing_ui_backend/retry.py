"""When a request is sent again, and how long to wait before: decided here, without doing either.

`attempts` is a generator that asks its driver for one step at a time (send, or wait) and is told how it went. The sync and the
async client are two drivers of a few lines; clock, randomness and waiting are theirs, so tests need no real time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from billing_ui_backend.errors import InvalidRequest, NetworkError

# Not sent again: the request can't be written, or its URL can't be reached by any attempt.
FINAL_FAILURES = (httpx.LocalProtocolError, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How persistent a client is.

    Attributes:
        timeout: seconds that one attempt may take to connect, and to wait for the next bytes.
        max_retries: attempts after the first one.
        deadline: seconds for the whole call, with all attempts and waits.
        base, cap: the wait before retry n is drawn evenly from 0 to min(cap, base * 2**n) seconds (full jitter).
    """

    timeout: float = 10.0
    max_retries: int = 4
    deadline: float = 60.0
    base: float = 0.25
    cap: float = 8.0

    def __post_init__(self) -> None:
        for name in ("timeout", "deadline"):
            seconds = getattr(self, name)
            if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
                raise InvalidRequest(f"{name} is {seconds!r}: pass a number of seconds above 0")
        if isinstance(self.max_retries, bool) or not isinstance(self.max_retries, int) or self.max_retries < 0:
            raise InvalidRequest(f"max_retries is {self.max_retries!r}: pass 0 or a whole number above")


@dataclass(frozen=True, slots=True)
class Timing:
    """Where time and randomness come from: `clock` in seconds, `now` aware, `draw(high)` a number from 0 to high."""

    clock: Callable[[], float]
    now: Callable[[], datetime]
    draw: Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Send:
    """The driver sends the request; it must be over at `ends` on the clock, each wait for bytes within `timeout` seconds."""

    timeout: float
    ends: float


@dataclass(frozen=True, slots=True)
class Wait:
    """The driver waits so many seconds."""

    seconds: float


Outcome = httpx.Response | httpx.RequestError


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to believe, and after how many attempts it came; `gave_up` says why there was no further one."""

    response: httpx.Response
    attempts: int
    gave_up: str | None


Steps = Generator[Send | Wait | Answered, Outcome, None]


def attempts(policy: RetryPolicy, what: str, again: str, timing: Timing) -> Steps:
    """Drives one call: yields what to do, takes the outcome of each sending, and ends by yielding the answer.

    Args:
        policy: how persistent.
        what: method and URL, for messages.
        again: the advice when no attempt got an answer.
        timing: clock and randomness.

    Raises:
        NetworkError: no attempt got an answer; the message says what was tried.
    """
    began = timing.clock()
    ends = began + policy.deadline
    tries = 0
    while True:
        outcome = yield Send(timeout=max(0.001, min(policy.timeout, ends - timing.clock())), ends=ends)
        tries += 1
        if isinstance(outcome, httpx.Response) and not retryable(outcome.status_code):
            yield Answered(outcome, tries, None)
            return
        wait = _wait(policy, tries, outcome, timing)
        gave_up = None
        if isinstance(outcome, FINAL_FAILURES):
            gave_up = "this can't succeed"
        elif tries > policy.max_retries:
            gave_up = f"max_retries is {policy.max_retries}"
        elif timing.clock() + wait >= ends:
            gave_up = f"another attempt after {wait:.1f} s would pass the deadline of {policy.deadline:g} s"
        if gave_up is None:
            yield Wait(wait)
            continue
        if isinstance(outcome, httpx.Response):
            yield Answered(outcome, tries, gave_up)
            return
        spent = timing.clock() - began
        raise NetworkError(
            f"{what}: no answer after {count(tries)} in {spent:.1f} s, last {_describe(outcome)} ({gave_up}): "
            f"check the address and the network, then {again}",
            attempts=tries,
        ) from outcome


def retryable(status: int) -> bool:
    """Whether an answer invites another attempt: 408, 425, 429 and 5xx, except 501 (it will never be there)."""
    return status in (408, 425, 429) or (status >= 500 and status != 501)


def count(tries: int) -> str:
    """The number of attempts in words."""
    return "1 attempt" if tries == 1 else f"{tries} attempts"


def retry_after(response: httpx.Response, now: datetime) -> float | None:
    """The seconds a server asks to wait, from `Retry-After` as seconds or as an HTTP date; None when it doesn't say."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())


def _wait(policy: RetryPolicy, tries: int, outcome: Outcome, timing: Timing) -> float:
    jitter = timing.draw(min(policy.cap, policy.base * 2.0 ** min(tries - 1, 60)))
    asked = retry_after(outcome, timing.now()) if isinstance(outcome, httpx.Response) else None
    # Asked to wait, all clients would come back in the same instant: the jitter comes on top.
    return jitter if asked is None else asked + jitter


def _describe(outcome: Outcome) -> str:
    text = str(outcome)
    return type(outcome).__name__ + (f": {text}" if text else "")

"""A gate that calls pass while it is open, and that is shut once everybody has left."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

# It is shut for a fork only: whoever waits looks again, for a condition variable can be left locked by an interrupt.
_LOOK_AGAIN = 0.001


class Gate:
    """Knows who is inside. Passing twice, one inside the other, is not possible: the second could wait for the first."""

    def __init__(self) -> None:
        # A plain lock: entering and leaving it are one step each, between which no interrupt comes.
        self._mutex = threading.Lock()
        # A mark of each who is inside: an interrupt at any point leaves it here or not, and nobody counts wrong.
        self._inside: set[object] = set()
        self._shut = False

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Waits while the gate is shut; whoever is inside keeps it from being shut."""
        mark = object()
        try:
            self._enter(mark)
            while mark not in self._inside:
                time.sleep(_LOOK_AGAIN)
                self._enter(mark)
            yield
        finally:
            self._inside.discard(mark)

    def shut(self, timeout: float) -> bool:
        """Lets nobody in any more and waits up to `timeout` seconds for the last one to leave. False: it is open as before."""
        deadline = time.monotonic() + timeout
        while not self._begin_to_shut():
            if time.monotonic() >= deadline:
                return False
            time.sleep(_LOOK_AGAIN)
        left = False
        try:
            deadline = time.monotonic() + timeout
            while self._inside and time.monotonic() < deadline:
                time.sleep(_LOOK_AGAIN)
            left = not self._inside
        finally:
            if not left:
                self._shut = False
        return left

    def open(self) -> None:
        """Lets everybody in again."""
        self._shut = False

    def _enter(self, mark: object) -> None:
        with self._mutex:
            if not self._shut:
                self._inside.add(mark)

    def _begin_to_shut(self) -> bool:
        with self._mutex:
            begun = not self._shut
            self._shut = True
            return begun

"""A gate that calls pass while it is open, and that is shut once everybody has left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Counts who is inside. Passing twice, one inside the other, is not possible: the second could wait for the first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        # A mark of each who is inside: an interrupt at any point leaves it here or not, and nobody counts wrong.
        self._inside: set[object] = set()
        self._shut = False

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Waits while the gate is shut; whoever is inside keeps it from being shut."""
        mark = object()
        try:
            with self._changed:
                while self._shut:
                    self._changed.wait()
                self._inside.add(mark)
            yield
        finally:
            # First of all and without the lock, whose taking may be interrupted: a mark left behind would keep the gate from being
            # shut for ever.
            self._inside.discard(mark)
            with self._changed:
                self._changed.notify_all()

    def shut(self, timeout: float) -> bool:
        """Lets nobody in any more and waits up to `timeout` seconds for the last one to leave. False: it is open as before."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._shut, timeout):
                return False
            self._shut = True
            if self._changed.wait_for(lambda: not self._inside, timeout):
                return True
            self._shut = False
            self._changed.notify_all()
            return False

    def open(self) -> None:
        """Lets everybody in again."""
        with self._changed:
            self._shut = False
            self._changed.notify_all()

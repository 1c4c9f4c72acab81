"""An event loop whose time passes only by waiting, and at once: five seconds of waiting take none."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Skips to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self._elapsed = 0.0
        select = self._selector.select  # pyright: ignore[reportAttributeAccessIssue]

        def skip(timeout: float | None = None) -> list:
            if timeout is None:
                # Nothing is due, ever: only another thread can wake the loop now.
                return select(5)
            events = select(0)
            if not events:
                self._elapsed += timeout
            return events

        self._selector.select = skip  # pyright: ignore[reportAttributeAccessIssue]

    def time(self) -> float:
        return self._elapsed


def run_in_virtual_time(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end, as `asyncio.run` does."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(coroutine)

"""Groups that wait for customers whom somebody else has locked, while the writer goes on with the others."""

from __future__ import annotations

import time
from typing import Any

from billing_ui_backend.group import Group, met_lock

# How long a caller waits for a locked customer, in seconds.
PATIENCE = 10.0
# How many writes may wait: a customer who stays locked must not fill the memory.
_ROOM = 1000
_PAUSE = 0.05
# To see that customers are still locked takes a moment, to be stopped by another lock of theirs takes longer: others get so many
# times that.
_SHARE = 4


class Parked:
    """The groups that wait, in the order in which they came. Only the writer's thread changes it.

    Attributes:
        customers: whom they wait for; new writes for these wait as well.
    """

    def __init__(self) -> None:
        self.customers: set[str] = set()
        self._groups: list[Group[Any]] = []
        self._writes = 0
        self._next_try = 0.0

    def __bool__(self) -> bool:
        return bool(self._groups)

    @property
    def pause(self) -> float:
        """The seconds until they are to be tried again."""
        return max(0.0, self._next_try - time.monotonic())

    def put(self, group: Group[Any]) -> bool:
        """Has a group wait for what it has not decided. False when all is decided, or it has waited for long enough."""
        waiting = [place for place, outcome in enumerate(group.outcomes) if met_lock(outcome)]
        if not waiting:
            return False
        now = time.monotonic()
        group.gives_up = group.gives_up or now + PATIENCE
        if now >= group.gives_up or self._writes + len(waiting) > _ROOM:
            return False
        if not self._groups:
            self._next_try = now + _PAUSE
        self._groups.append(group)
        self._writes += len(waiting)
        self.customers.update(group.writes[place].customer_id for place in waiting)
        return True

    def take(self) -> list[Group[Any]]:
        """All of them, to be tried again and put back."""
        groups, self._groups = self._groups, []
        self.customers, self._writes = set(), 0
        return [group for group in groups if group.wanted()]

    def rest(self, seconds: float) -> None:
        """They were tried, which took so long: the next try comes when others had their share."""
        self._next_try = time.monotonic() + max(_PAUSE, _SHARE * seconds)

"""The hub: reads each watched customer once, however many tabs show it, and pushes what changed to those tabs.

A tab holds a lease while it ticks. A customer with a lease is read every interval, at once when a tab comes and after a
commit in this process, and when one of its windows resets. A customer without a lease is not read.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import itertools
import logging
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace

from billing_ui_components.identity import Identity
from billing_ui_components.pusher import Pusher
from billing_ui_components.reading import Reading

logger = logging.getLogger(__name__)

TICK_SECONDS = 5.0
LEASE_INTERVALS = 2.5
# A visible page that has heard nothing for so many intervals does not know how old its numbers are.
SILENT_INTERVALS = 3.0
COALESCE_SECONDS = 0.25
# What a customer's last tab was shown is kept for the next one, in case the engine then fails.
REST_SECONDS = 600.0
MOST_RESTING = 1000


@dataclass(slots=True, eq=False)
class Lease:
    """A tab's claim to be kept fresh, since `began`. `seen` is the version of the reading that the tab shows."""

    token: str
    sid: str
    identity: Identity
    began: float
    expires_at: float = 0.0
    seen: int = 0
    urgent: bool = False


@dataclass(slots=True, eq=False)
class _Topic:
    """A watched customer: its tabs, the last reading, and when to read again.

    `users` are those the last read asked for. `current` says whether the reading was made for tabs that are still there;
    an older one is only kept to be marked stale.
    """

    customer_id: str
    leases: dict[str, Lease] = field(default_factory=dict)
    users: frozenset[str | None] = frozenset()
    reading: Reading | None = None
    current: bool = False
    version: int = 0
    started: float = -math.inf
    wanted: float = math.inf
    timer: asyncio.TimerHandle | None = None
    task: asyncio.Task[None] | None = None


class Hub:
    """Keeps the open tabs of one process fresh. All methods but `committed` belong to the event loop's thread.

    Args:
        read: reads one customer for these users (None: a customer without users) from the engine.
        failed: what to show after a read failed: the last good reading marked stale, or an error.
        push: shows the customer's newest reading in one tab, taking it with `newest` under the tab's lock.
        connected: whether a tab's token still belongs to that very connection.
        interval: seconds between two reads of a watched customer, and between two ticks of a tab.
    """

    def __init__(
        self,
        *,
        read: Callable[[str, frozenset[str | None]], Awaitable[Reading]],
        failed: Callable[[Reading | None, Exception], Reading],
        push: Callable[[Lease], Awaitable[None]],
        connected: Callable[[str, str], bool],
        interval: float = TICK_SECONDS,
    ) -> None:
        self._read = read
        self._failed = failed
        self._push = push
        self._connected = connected
        self._interval = interval
        self._versions = itertools.count(1)
        self._topics: dict[str, _Topic] = {}
        self._leases: dict[str, Lease] = {}
        self._resting: OrderedDict[str, None] = OrderedDict()
        self._pusher = Pusher(self._push_tab)
        self._flagged: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context = contextvars.copy_context()

    async def start(self) -> None:
        """Begin to push. Call it in the event loop that serves the app."""
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        self._pusher.start()

    async def stop(self) -> None:
        """End every lease, timer and task."""
        self._loop = None
        self._leases.clear()
        reads = [task for topic in self._topics.values() if (task := topic.task) is not None]
        for topic in list(self._topics.values()):
            topic.leases.clear()
            self._drop(topic)
        for task in reads:
            task.cancel()
        await asyncio.gather(self._pusher.stop(), *reads, return_exceptions=True)

    def renew(self, token: str, sid: str, identity: Identity) -> Reading | None:
        """Take or prolong a tab's lease; the answer counts as shown.

        Args:
            token: the tab's client token.
            sid: the connection that ticked.
            identity: who the tab belongs to, as identify said just now.

        Returns:
            The customer's newest reading, None when there is none yet (it will be pushed). A lease that begins has the customer
            read: who opens a page may come from a payment that another process was told of.
        """
        lease = self._leases.get(token)
        if lease is None or lease.sid != sid or lease.identity != identity:
            self.release(token)
            lease = self._leases[token] = Lease(token, sid, identity, began=self._now())
        lease.expires_at = self._now() + LEASE_INTERVALS * self._interval
        topic = self._topics.get(identity.customer_id)
        if topic is None:
            topic = self._topics[identity.customer_id] = _Topic(identity.customer_id)
        topic.leases[token] = lease
        self._resting.pop(identity.customer_id, None)
        if identity.user_id not in topic.users or topic.started < lease.began:
            self._schedule(topic, self._soonest(topic))
        return self.newest(lease)

    def answers(self, token: str, reading: Reading) -> bool:
        """Whether a reading knows what was so when a tab's page came."""
        lease = self._leases.get(token)
        return lease is not None and reading.began >= lease.began

    def missed(self, token: str, reading: Reading) -> bool:
        """Whether it was tried to read what is so since a tab's page came, and failed."""
        lease = self._leases.get(token)
        return lease is not None and reading.failed and reading.began < lease.began <= reading.tried

    def release(self, token: str) -> None:
        """End a tab's lease, if it has one."""
        lease = self._leases.pop(token, None)
        self._pusher.discard(token)
        if lease is None:
            return
        topic = self._topics.get(lease.identity.customer_id)
        if topic is not None:
            topic.leases.pop(token, None)
            if not topic.leases:
                self._rest(topic)

    def newest(self, lease: Lease) -> Reading | None:
        """The newest reading for a lease that still stands and whose connection is still there; it counts as shown."""
        topic = self._topics.get(lease.identity.customer_id)
        if self._leases.get(lease.token) is not lease or not self._connected(lease.token, lease.sid):
            return None
        if topic is None or not topic.current:
            return None
        lease.seen = topic.version
        lease.urgent = False
        self._pusher.discard(lease.token)
        return topic.reading

    def changed(self, customer_id: str, *, first: str | None = None) -> None:
        """Read a customer again as soon as its last read is a quarter of a second old.

        Args:
            customer_id: whose numbers changed, or may have.
            first: the tab that asked; it is served at once.
        """
        self._flagged.discard(customer_id)
        topic = self._topics.get(customer_id)
        if topic is None or not topic.leases:
            return
        if first is not None and (lease := topic.leases.get(first)) is not None:
            lease.urgent = True
        self._schedule(topic, self._soonest(topic))

    def committed(self, customer_id: str) -> None:
        """Note a commit of this process. Safe and quick in any thread."""
        loop = self._loop
        if loop is None or customer_id not in self._topics or customer_id in self._flagged:
            return
        self._flagged.add(customer_id)
        with contextlib.suppress(RuntimeError):  # the loop closed in between: nobody is left to be told
            loop.call_soon_threadsafe(self.changed, customer_id)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        # Not in the context of the event that happened to cause it: that belongs to one tab.
        return asyncio.create_task(work, name="billing_ui_hub", context=self._context.copy())

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _soonest(self, topic: _Topic) -> float:
        return max(self._now(), topic.started + COALESCE_SECONDS)

    def _schedule(self, topic: _Topic, when: float) -> None:
        if topic.task is not None:
            topic.wanted = min(topic.wanted, when)
            return
        if topic.timer is not None:
            if topic.timer.when() <= when:
                return
            topic.timer.cancel()
        topic.timer = asyncio.get_running_loop().call_at(when, self._due, topic, context=self._context.copy())

    def _rest(self, topic: _Topic) -> None:
        topic.current, topic.users = False, frozenset()
        if topic.timer is not None:
            topic.timer.cancel()
        loop = asyncio.get_running_loop()
        topic.timer = loop.call_later(REST_SECONDS, self._drop, topic, context=self._context.copy())
        self._resting[topic.customer_id] = None
        if len(self._resting) > MOST_RESTING:
            self._drop(self._topics[next(iter(self._resting))])

    def _drop(self, topic: _Topic) -> None:
        self._topics.pop(topic.customer_id, None)
        self._resting.pop(topic.customer_id, None)
        if topic.timer is not None:
            topic.timer.cancel()
            topic.timer = None

    def _due(self, topic: _Topic) -> None:
        topic.timer = None
        now = self._now()
        for lease in list(topic.leases.values()):
            if lease.expires_at <= now or not self._connected(lease.token, lease.sid):
                self.release(lease.token)
        if topic.leases:
            topic.task = self._spawn(self._refresh(topic))

    async def _refresh(self, topic: _Topic) -> None:
        topic.started = self._now()
        topic.wanted = math.inf
        topic.users = frozenset(lease.identity.user_id for lease in topic.leases.values())
        read = asyncio.ensure_future(self._read(topic.customer_id, topic.users))
        tried = topic.started
        try:
            # As often as a read that fails would be repeated: the longer it lasts, the less of the last reading is believed.
            while not (await asyncio.wait({read}, timeout=self._interval))[0]:
                self._fail(topic, TimeoutError(f"the engine has not answered for {self._interval:g} s"), tried)
                tried = self._now()
            try:
                reading = await read
            except Exception as error:  # noqa: BLE001 - logged there; the tabs keep their last good numbers
                self._fail(topic, error, tried)
            else:
                self._settle(topic, reading)
        finally:
            read.cancel()
            topic.task = None
            if topic.leases:
                self._schedule(topic, self._next(topic))

    def _next(self, topic: _Topic) -> float:
        when = min(topic.wanted, topic.started + self._interval)
        if topic.reading is not None and topic.reading.reset_in is not None:
            when = min(when, topic.started + topic.reading.reset_in)
        return max(when, self._soonest(topic))

    def _fail(self, topic: _Topic, error: Exception, tried: float) -> None:
        if topic.reading is None or not topic.reading.failed:
            logger.warning(
                "billing_ui could not read customer %s: its tabs keep the last numbers, marked stale",
                topic.customer_id,
                exc_info=error,
            )
        self._settle(topic, replace(self._failed(topic.reading, error), tried=tried))

    def _settle(self, topic: _Topic, reading: Reading) -> None:
        before = topic.reading if topic.current else None
        topic.reading = reading
        topic.current = bool(topic.leases)
        # Who came after the reading before waits for one of their own, also where nothing changed.
        told = before.began if before is not None and before.looks_like(reading) else -math.inf
        waiting = [lease for lease in topic.leases.values() if told < lease.began]
        if not waiting:
            return
        topic.version = next(self._versions)
        for lease in waiting:
            self._pusher.add(lease.token, urgent=lease.urgent)

    async def _push_tab(self, token: str) -> bool:
        lease = self._leases.get(token)
        if lease is None:
            return False
        if not self._connected(token, lease.sid):
            self.release(token)
            return False
        began = self._version(lease)
        try:
            await self._push(lease)
        except Exception:
            logger.exception("billing_ui could not push to a tab of customer %s", lease.identity.customer_id)
        # Only for a reading that came in between: a tab that declined this one is not asked again.
        return lease.seen < self._version(lease) > began

    def _version(self, lease: Lease) -> int:
        topic = self._topics.get(lease.identity.customer_id)
        return topic.version if topic is not None and self._leases.get(lease.token) is lease else 0

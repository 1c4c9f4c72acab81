"""Open tabs of one customer on an app that runs as in production: how soon the last one knows, and what all of them cost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from statistics import median
from time import perf_counter

from tests.benchmarks.bench import Bench
from tests.benchmarks.http_side import HttpServer
from tests.benchmarks.measure import BenchmarkError, Pace, ratio
from tests.benchmarks.process_tree import processor_seconds, resident_bytes
from tests.benchmarks.table import Figure, Row, duration, kilobytes
from tests.benchmarks.tabs import CUSTOMER, OpenTabs, PacedCallers
from tests.benchmarks.workload import FEATURE
from tests.support.live_app import LiveApp, running_live_app
from tests.support.ports import find_free_port

# Tabs, and the seconds in which the last of them should know.
_AIMS = {200: 0.5, 1000: 3.0}
_EVENTS_PER_SECOND = 500
# The app tells a thousand tabs in rounds of seconds, with pauses three times as long: what is measured holds several of both.
_TABS_IN_A_WINDOW = 200
# So long after a commit what it has set in motion is over, the pause that leaves the app to its host among it.
_APART_SECONDS_PER_TAB = 0.004


class _Watched:
    """An app with its tabs and what was tracked so far."""

    def __init__(self, app: LiveApp, pace: Pace) -> None:
        self._app = app
        self._pace = pace
        self._group = app.process.process.pid
        self._tracked = 0
        self.tabs = OpenTabs(app.url)
        self._server = HttpServer(f"sqlite:///{app.database}", int(app.url.rpartition(":")[2]))

    def memory(self) -> int:
        return resident_bytes(self._group)

    async def commit_to_last_tab(self) -> float:
        """Seconds from the call to the last tab, median."""
        waits = []
        for _ in range(self._pace.repetitions):
            await asyncio.sleep(_APART_SECONDS_PER_TAB * len(self.tabs))
            begin = perf_counter()
            await asyncio.to_thread(self._app.track, CUSTOMER, FEATURE)
            self._tracked += 1
            await self.tabs.all_show(self._tracked)
            waits.append(perf_counter() - begin)
        return median(waits)

    async def processor_time_per_event(self) -> float:
        """Processor seconds of the app for each event, while they arrive at the steady rate."""
        callers = PacedCallers(self._server, _EVENTS_PER_SECOND)
        begin = processor_seconds(self._group)
        sample = await callers.run_beside(4 * self._pace.seconds * (1 + len(self.tabs) / _TABS_IN_A_WINDOW))
        taken = processor_seconds(self._group) - begin
        self._tracked += sample.events
        await callers.shut()
        if sample.rate < 0.9 * _EVENTS_PER_SECOND:
            raise BenchmarkError(f"only {sample.rate:.0f} of {_EVENTS_PER_SECOND} events a second arrived")
        await self.tabs.all_show(self._tracked)
        return taken / sample.events


def tabs(bench: Bench) -> Sequence[Row | Figure]:
    with running_live_app(bench.folder, find_free_port()) as app:
        app.call("/control/customer", {"customer_id": CUSTOMER})
        with app.engine() as billing:
            billing.change_plan(CUSTOMER, "pro")
        return asyncio.run(_measure(app, bench.pace))


async def _measure(app: LiveApp, pace: Pace) -> Sequence[Row | Figure]:
    rows: list[Row | Figure] = []
    watched = _Watched(app, pace)
    try:
        # What the first tab and the first call load is not the price of a further one.
        await watched.tabs.open(1)
        alone = await watched.processor_time_per_event()
        empty = watched.memory()
        for count, aim in _AIMS.items():
            await watched.tabs.open(count)
            name = f"{count:,} open tabs of one customer"
            rows.append(Figure(f"{name}: commit to last tab", await watched.commit_to_last_tab(), duration, aim))
            with_tabs = await watched.processor_time_per_event()
            case = f"{name}: processor time per event at {_EVENTS_PER_SECOND} events a second, against 1 tab"
            rows.append(Row(case, duration(with_tabs), duration(alone), ratio(with_tabs, alone)))
            rows.append(Figure(f"{name}: the server's memory per tab", (watched.memory() - empty) / count, kilobytes))
    finally:
        await watched.tabs.close()
    return rows


CASES = {"tabs": tabs}

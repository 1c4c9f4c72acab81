"""How the engine bears its own books' growth: SQLite with 10^3 to 10^6 events, half of them one customer's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from billing_ui_backend import Billing
from tests.benchmarks.bench import Bench
from tests.benchmarks.load import Call, Threads
from tests.benchmarks.measure import median_wait, ratio
from tests.benchmarks.table import Aim, Row, duration, number
from tests.benchmarks.workload import HOT

LARGE, MIDDLE, SMALL = 10**6, 10**5, 10**3
# Ten times the events; the rest is for caches that no longer hold all of them.
_LINEAR = Aim("at most", 15)
_TENFOLD = "at 10^6 events against 10^5"


class _Repeated(Threads):
    """One thread that does the same again and again; its books are how often that succeeded."""

    def __init__(self, call: Call, close: Callable[[], None]) -> None:
        self._call = call
        self._close = close
        self._done = 0
        super().__init__(lambda _: self._counting, 1)

    def counted(self) -> int:
        return self._done

    def close(self) -> None:
        self._close()

    def _counting(self) -> int:
        done = self._call()
        self._done += done
        return done


def _metrics(url: str) -> _Repeated:
    billing = Billing(url)
    return _Repeated(lambda: len(billing.get_usage_metrics(HOT[0]).metrics), billing.close)


def _verify(url: str) -> _Repeated:
    billing = Billing(url)
    return _Repeated(lambda: int(billing.verify().ok), billing.close)


def _open(url: str) -> _Repeated:
    def call() -> int:
        with Billing(url) as billing:
            return len(billing.get_usage_metrics(HOT[0]).metrics)

    return _Repeated(call, lambda: None)


def metrics(bench: Bench) -> Sequence[Row]:
    row = _times(bench, _metrics, LARGE, SMALL, "`get_usage_metrics`, median, at 10^6 events against 10^3")
    return [Row(row.case, row.ours, row.peer, row.ratio, Aim("at most", 1.5))]


def opening(bench: Bench) -> Sequence[Row]:
    return [_times(bench, _open, LARGE, MIDDLE, f"opening and a first read {_TENFOLD}")]


def verify(bench: Bench) -> Sequence[Row]:
    return [_times(bench, _verify, LARGE, MIDDLE, f"`verify()` {_TENFOLD}")]


def file_size(bench: Bench) -> Sequence[Row]:
    files = [Path(bench.filled_url(events).removeprefix("sqlite:///")) for events in (LARGE, MIDDLE)]
    large, middle = (file.stat().st_size / 1e6 for file in files)
    return [Row(f"file size {_TENFOLD}", f"{number(large)} MB", f"{number(middle)} MB", ratio(large, middle), _LINEAR)]


def _times(bench: Bench, side: Callable[[str], _Repeated], many: int, few: int, case: str) -> Row:
    compared = bench.compare(side(bench.filled_url(many)), side(bench.filled_url(few)))
    ours, peer = compared.of(median_wait)
    return Row(case, duration(ours), duration(peer), ratio(ours, peer), _LINEAR)


CASES = {"metrics": metrics, "opening": opening, "verify": verify, "file_size": file_size}

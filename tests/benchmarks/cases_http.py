"""Over HTTP: a durable POST against one on the same stack that does nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.benchmarks.bench import Bench
from tests.benchmarks.http_side import HttpCallers, HttpServer, IdleCallers, batch_callers, http_server, single_callers
from tests.benchmarks.table import Aim, Row, rates


def http(ours: Callable[[HttpServer], HttpCallers], times: float, title: str) -> Callable[[Bench], Sequence[Row]]:
    def case(bench: Bench) -> Sequence[Row]:
        with http_server(bench.prepared_url(), bench.folder) as server:
            compared = bench.compare(ours(server), IdleCallers(server))
        return [rates(f"HTTP, {title}, against a POST that does nothing", compared, Aim("at least", times))]

    return case


CASES = {
    "http_single": http(single_callers, 0.5, "durable single POST, 16 callers"),
    "http_batch": http(batch_callers, 2, "durable POST of 100 events, in events, 16 callers"),
}

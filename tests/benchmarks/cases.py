"""All cases, in the table's order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.benchmarks import cases_http, cases_peers, cases_postgres, cases_size, cases_sqlite, cases_tabs
from tests.benchmarks.bench import Bench
from tests.benchmarks.table import Figure, Row

Case = Callable[[Bench], Sequence[Row | Figure]]

CASES: dict[str, Case] = {
    **cases_sqlite.CASES,
    **cases_peers.CASES,
    **cases_postgres.CASES,
    **cases_http.CASES,
    **cases_size.CASES,
    **cases_tabs.CASES,
}

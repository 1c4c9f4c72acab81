"""One key 64 times at once is one effect and 63 replays, whoever calls; over HTTP see test_http.py."""

from __future__ import annotations

import pytest

from tests.faults.conftest import CallersOf, Open
from tests.support.engine import one_quota
from tests.support.faults_one_key import check_one_key

WAYS = ("threads", "tasks", "processes")


@pytest.mark.parametrize("way", WAYS)
def test_one_key_64_times_at_once_is_one_effect_and_63_replays(
    url: str, open_billing: Open, callers: CallersOf, way: str
) -> None:
    """Parity, "prevents duplicates on retries": exactly once, also for concurrent calls with the same key."""
    billing = open_billing(url, one_quota(10**6))
    billing.create_customer("cus_1")
    check_one_key(billing, callers(way, billing, url))

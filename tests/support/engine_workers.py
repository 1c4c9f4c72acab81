"""What other processes do to a database in the engine's tests. Everything here can be imported by a spawned process."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Queue
from multiprocessing.synchronize import Barrier

from billing_ui_backend import Billing, QuotaExceeded


def track_until_full(url: str, start: Barrier, answers: Queue[tuple[int, int]], worker: int) -> None:
    """Tracks one call at a time, in two threads, until the limit refuses; answers with (worker, how many were counted)."""

    def run(thread: int) -> int:
        counted = 0
        while True:
            key = f"{worker}-{thread}-{counted}"
            try:
                billing.track_usage(customer_id="cus_1", feature_key="api_calls", idempotency_key=key)
            except QuotaExceeded:
                return counted
            counted += 1

    with Billing(url) as billing, ThreadPoolExecutor(2) as threads:
        billing.get_customer("cus_1")
        start.wait(60)
        answers.put((worker, sum(threads.map(run, range(2)))))


def track_for_ever(url: str) -> None:
    """Tracks under the keys 0, 1, 2, ... and prints each key once it is acknowledged, until somebody kills this process."""
    with Billing(url) as billing:
        number = 0
        while True:
            receipt = billing.track_usage(customer_id="cus_1", feature_key="api_calls", idempotency_key=str(number))
            print(json.dumps(receipt.idempotency_key), flush=True)
            number += 1


if __name__ == "__main__":
    track_for_ever(sys.argv[1])

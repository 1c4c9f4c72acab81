"""No connection is open at a fork: parent and child both open their own, and neither loses what it commits."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from billing_ui_backend import (
    AsyncBilling,
    Billing,
    QuotaExceeded,
    ServiceUnavailable,
)
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock, files_open_on, one_quota


def track(billing: Billing, number: int = 1) -> None:
    for _ in range(number):
        billing.track_usage(customer_id="cus_1", feature_key="api_calls")


def used(billing: Billing) -> object:
    return billing.get_usage_metrics("cus_1")["api_calls"].consumed


def in_a_fork(child: Callable[[], object]) -> None:
    """Runs a function in a forked process; fails as it failed."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        status = 0
        try:
            child()
        except BaseException:
            os.write(writer, traceback.format_exc().encode())
            status = 1
            raise
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        failure = pipe.read().decode()
    _, ended = os.waitpid(pid, 0)
    assert not failure, failure
    assert ended == 0


def test_an_engine_made_before_a_fork_works_in_parent_and_child(open_billing: OpenBilling) -> None:
    billing = open_billing()

    def child() -> None:
        assert not billing.is_open
        billing.create_customer("cus_1")
        track(billing, 3)
        billing.close()

    in_a_fork(child)
    billing.create_customer("cus_1")
    track(billing, 2)
    in_a_fork(lambda: track(billing, 4))
    assert used(billing) == 9
    assert billing.verify()


def test_a_child_opens_its_own_and_leaves_the_parents_alone(billing: Billing, database: Path) -> None:
    track(billing, 2)
    opened = billing.open_writer()

    def child() -> None:
        assert not billing.is_open
        assert files_open_on(database.parent) == []
        assert billing.open_writer() is not opened
        track(billing, 5)
        assert used(billing) == 7
        billing.close()
        with pytest.raises(ServiceUnavailable):
            track(billing)

    in_a_fork(child)
    assert billing.open_writer() is opened
    track(billing, 1)
    assert used(billing) == 8
    assert billing.verify()


def test_what_a_child_commits_stays_when_its_parent_closes(billing: Billing, open_billing: OpenBilling) -> None:
    """SQLite counts locks per process: a child that inherits an open database holds none of those it believes in."""
    track(billing)
    go_on, closed = os.pipe()
    begun, child_begun = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            track(billing, 5)
            os.write(child_begun, b".")
            os.read(go_on, 1)
            track(billing, 5)
        finally:
            os._exit(0)
    os.read(begun, 1)
    billing.close()
    os.write(closed, b".")
    os.waitpid(child, 0)
    again = open_billing(catalog=None)
    assert used(again) == 11
    assert again.verify()


def test_the_parent_knows_what_the_child_changed(billing: Billing) -> None:
    """What it remembers of a customer is of no use after the connection that told it is closed."""
    for _ in range(3):
        track(billing, 60)
        with pytest.raises(QuotaExceeded):
            track(billing)
        in_a_fork(lambda: billing.change_plan("cus_1", "enterprise"))
        track(billing, 1)
        in_a_fork(lambda: billing.change_plan("cus_1", "free"))
        with pytest.raises(QuotaExceeded):
            track(billing)
        clock = billing._opening._clock
        assert isinstance(clock, Clock)
        clock.advance(hours=1)
    assert billing.verify()


def test_many_threads_may_fork_while_others_read_and_write(billing: Billing) -> None:
    billing.change_plan("cus_1", "enterprise")
    stop = threading.Event()

    def work(call: Callable[[Billing], object]) -> None:
        while not stop.is_set():
            call(billing)

    def fork(_: int) -> None:
        for _ in range(4):
            in_a_fork(lambda: track(billing))

    with ThreadPoolExecutor(5) as threads:
        working = [threads.submit(work, call) for call in (track, used, Billing.verify)]
        forking = [threads.submit(fork, number) for number in range(2)]
        for future in forking:
            future.result(120)
        stop.set()
        for future in working:
            future.result(30)
    proof = billing.verify()
    assert proof
    assert used(billing) == proof.events


def test_a_child_that_is_forked_in_the_middle_of_writing_works(billing: Billing) -> None:
    billing.change_plan("cus_1", "enterprise")
    going_on = threading.Event()

    def write() -> None:
        while not going_on.is_set():
            track(billing)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            in_a_fork(lambda: track(billing, 3))
    finally:
        going_on.set()
        writer.join()
    proof = billing.verify()
    assert proof
    assert used(billing) == proof.events


def test_asynchronous_engines_work_on_both_sides_of_a_fork(
    database_url: str, catalog: dict[str, Any], clock: Clock
) -> None:
    billing = AsyncBilling(database_url, catalog=catalog, clock=clock)

    async def use() -> object:
        await billing.create_customer("cus_1")
        await asyncio.gather(*(billing.track_usage(customer_id="cus_1", feature_key="api_calls") for _ in range(5)))
        # As many reads as to have all the engine's threads at work, in this process.
        reads = await asyncio.gather(*(billing.get_usage_metrics("cus_1") for _ in range(50)))
        return reads[-1]["api_calls"].consumed

    async def within(seconds: float) -> object:
        return await asyncio.wait_for(use(), seconds)

    assert asyncio.run(within(30)) == 5

    def child() -> None:
        assert asyncio.run(within(30)) == 10

    in_a_fork(child)
    assert asyncio.run(within(30)) == 15
    asyncio.run(billing.close())


def test_a_forked_worker_process_that_ends_as_usual_leaves_the_parents_database_whole(
    open_billing: OpenBilling, database_url: str
) -> None:
    """Unlike `os._exit`, this runs what a process does at its end."""
    # The time is the other process's own as well: no hour may end in between.
    billing = open_billing(catalog=one_quota(1000), clock=None)
    billing.create_customer("cus_1")
    track(billing, 2)
    context = multiprocessing.get_context("fork")
    for _ in range(2):
        process = context.Process(target=track, args=(billing, 3))
        process.start()
        process.join(30)
        assert process.exitcode == 0
        track(billing)
    assert used(billing) == 10
    assert billing.verify()
    script = (
        "import os, sys\n"
        "from billing_ui_backend import Billing\n"
        "billing = Billing(sys.argv[1])\n"
        "track = lambda: billing.track_usage(customer_id='cus_1', feature_key='api_calls')\n"
        "track()\n"
        "child = os.fork()\n"
        "if child:\n"
        "    assert os.waitpid(child, 0)[1] == 0\n"
        "track()\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, database_url], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert used(billing) == 13
    assert billing.verify()

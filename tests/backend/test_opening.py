"""Constructing opens nothing; the first call opens, in its own process; a forked child never touches what its parent opened."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import stat
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from billing_ui_backend import (
    AsyncBilling,
    AuthenticationError,
    Billing,
    InvalidRequest,
    QuotaExceeded,
    ServiceUnavailable,
)
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock, one_quota, small_catalog


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


def files_open_on(folder: Path) -> list[str]:
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            name = str(descriptor.readlink())
        except OSError:
            continue  # The descriptor of the listing itself.
        if name.startswith(str(folder)):
            found.append(name)
    return found


def test_constructing_opens_neither_file_nor_thread_nor_loop(database: Path, catalog: dict[str, Any]) -> None:
    threads, folder = threading.active_count(), sorted(database.parent.iterdir())
    billing = Billing(f"sqlite:///{database}", catalog=catalog)
    shared = AsyncBilling(f"sqlite:///{database}", catalog="/no/such/catalog.toml")
    Billing("sqlite:////no/such/folder/billing.db")
    assert not billing.is_open
    assert sorted(database.parent.iterdir()) == folder == []
    assert threading.active_count() == threads
    billing.close()
    asyncio.run(shared.close())


def test_the_first_call_opens(database: Path, billing: Billing) -> None:
    assert billing.is_open
    assert database.exists()


def test_the_url_comes_from_the_environment_else_a_hidden_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog: dict[str, Any]
) -> None:
    """A visible `.db-wal` would make Reflex's reloader restart for ever."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BILLING_DATABASE_URL", raising=False)
    with Billing(catalog=catalog) as billing:
        billing.create_customer("cus_1")
        assert (tmp_path / ".billing" / "billing.db").exists()
    monkeypatch.setenv("BILLING_DATABASE_URL", f"sqlite:///{tmp_path}/elsewhere/mine.db")
    with Billing(catalog=catalog) as billing:
        billing.create_customer("cus_1")
    assert (tmp_path / "elsewhere" / "mine.db").exists()


def test_a_private_database_is_temporary_and_nobody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog: dict[str, Any]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Billing("sqlite://", catalog=catalog) as one, Billing("sqlite://", catalog=catalog) as two:
        one.create_customer("cus_1")
        two.create_customer("cus_2")
        assert [customer.customer_id for customer in one.list_customers().customers] == ["cus_1"]
        (private, _) = tmp_path.iterdir()
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert list(tmp_path.iterdir()) == []


def test_what_was_counted_is_there_when_it_is_opened_again(open_billing: OpenBilling, billing: Billing) -> None:
    track(billing, 3)
    billing.close()
    assert used(open_billing(catalog=None)) == 3


def test_closing_gives_everything_back(database: Path, billing: Billing) -> None:
    track(billing)
    assert files_open_on(database.parent)
    for _ in range(2):
        billing.close()
    assert files_open_on(database.parent) == []
    assert not database.with_name("billing.db-wal").exists()
    for call in (track, used, Billing.verify, lambda engine: engine.create_customer("cus_2")):
        with pytest.raises(ServiceUnavailable, match="closed"):
            call(billing)


def test_closing_commits_what_waits(database_url: str, open_billing: OpenBilling) -> None:
    async def run() -> None:
        billing = AsyncBilling(database_url, catalog=one_quota(1000))
        await billing.create_customer("cus_1")
        tracking = [
            asyncio.create_task(billing.track_usage(customer_id="cus_1", feature_key="api_calls")) for _ in range(50)
        ]
        # One turn of the loop hands them all over.
        await asyncio.sleep(0)
        await billing.close()
        await asyncio.gather(*tracking)

    asyncio.run(run())
    assert used(open_billing(catalog=None, clock=None)) == 50


def test_the_first_call_may_come_from_many_threads_at_once(database: Path, catalog: dict[str, Any]) -> None:
    start = threading.Barrier(8)
    with Billing(f"sqlite:///{database}", catalog=catalog) as billing, ThreadPoolExecutor(8) as threads:

        def run(_: int) -> None:
            start.wait(10)
            billing.create_customer("cus_1")
            track(billing)

        assert list(threads.map(run, range(8))) == [None] * 8
        assert used(billing) == 8


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


def test_asynchronous_engines_work_on_both_sides_of_a_fork(database_url: str, catalog: dict[str, Any]) -> None:
    billing = AsyncBilling(database_url, catalog=catalog)

    async def use() -> object:
        await billing.create_customer("cus_1")
        await asyncio.gather(*(billing.track_usage(customer_id="cus_1", feature_key="api_calls") for _ in range(5)))
        return (await billing.get_usage_metrics("cus_1"))["api_calls"].consumed

    async def within(seconds: float) -> object:
        return await asyncio.wait_for(use(), seconds)

    assert asyncio.run(within(30)) == 5

    def child() -> None:
        assert asyncio.run(within(30)) == 10

    in_a_fork(child)
    assert asyncio.run(within(30)) == 15
    asyncio.run(billing.close())


def test_a_forked_worker_process_that_ends_as_usual_leaves_the_parents_database_whole(
    open_billing: OpenBilling, database: Path
) -> None:
    """Unlike `os._exit`, this runs what a process does at its end."""
    billing = open_billing(clock=None)
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
        [sys.executable, "-c", script, f"sqlite:///{database}"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert used(billing) == 13
    assert billing.verify()


def test_an_open_engine_is_closed_at_the_end_of_its_process(database: Path, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from billing_ui_backend import Billing\n"
        "from tests.support.engine import one_quota\n"
        "for url in (sys.argv[1], 'sqlite://'):\n"
        "    billing = Billing(url, catalog=one_quota(10))\n"
        "    billing.create_customer('cus_1')\n"
        "    keep = billing.track_usage(customer_id='cus_1', feature_key='api_calls'), billing\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", script, f"sqlite:///{database}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert not database.with_name("billing.db-wal").exists()
    assert list(tmp_path.iterdir()) == []
    with Billing(f"sqlite:///{database}") as billing:
        assert used(billing) == 1


def test_the_engine_does_not_import_reflex() -> None:
    script = (
        "import sys, billing_ui_backend.billing, billing_ui_backend.async_billing, billing_ui_backend.api\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'reflex']\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_a_clock_says_what_time_it_is(database_url: str) -> None:
    clock = Clock()
    with Billing(database_url, catalog=small_catalog(), clock=clock) as billing:
        assert billing.now() == clock.now
        clock.advance(hours=1)
        assert billing.create_customer("cus_1").created_at == clock.now


def test_a_key_is_shown_once_and_belongs_to_one_environment(billing: Billing, database: Path) -> None:
    secret = billing.create_api_key(name="server")
    assert secret.startswith("sk_test_")
    assert billing.authenticate(secret) == "test"
    assert secret not in database.read_bytes().decode(errors="replace")
    wal = database.with_name("billing.db-wal")
    assert secret not in wal.read_bytes().decode(errors="replace")
    with pytest.raises(InvalidRequest, match="test environment"):
        billing.create_api_key(live=True)
    wrong: list[Any] = [
        None,
        "",
        secret[:-1],
        secret + "x",
        secret.upper(),
        secret.encode(),
        "sk_test_",
        7,
        "sk_test_\ud800",
    ]
    for other in wrong:
        with pytest.raises(AuthenticationError, match="keys create"):
            billing.authenticate(other)
    with Billing("sqlite://", catalog=small_catalog()) as live:
        assert live.authenticate(live.create_api_key(live=True)) == "live"
        with pytest.raises(AuthenticationError):
            live.authenticate(secret)

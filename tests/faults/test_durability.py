"""Acknowledged means on the disk: before each acknowledgement the kernel was told to write the commit through."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.faults.conftest import Open
from tests.support.engine import one_quota
from tests.support.faults_callers import forking
from tests.support.faults_committers import commit_and_acknowledge
from tests.support.faults_scale import scaled
from tests.support.faults_syscalls import CannotTrace, SystemCall, trace
from tests.support.postgres import PostgresServer

COMMITS = 1000
WRITES = ("write", "pwrite64", "writev", "pwritev")
SYNCS = ("fsync", "fdatasync")
# PostgreSQL has a process that writes the log through at its leisure: what it does by chance is not to be counted.
QUIET = {"wal_writer_delay": "10s"}


def calls_of(committer: str, url: str, commits: int, server: PostgresServer | None = None) -> list[SystemCall]:
    """The system calls of a lone caller, and of all processes of the server, from its first commit to its last
    acknowledgement."""
    ours, theirs = forking().Pipe()
    process = forking().Process(target=commit_and_acknowledge, args=(committer, url, commits, theirs), daemon=True)
    process.start()
    theirs.close()
    acknowledges_on = ours.recv()
    assert process.pid is not None
    seen = 0

    def is_last(call: SystemCall) -> bool:
        nonlocal seen
        seen += call.path == acknowledges_on
        return seen == commits

    others = psutil.Process(server.pid).children() if server else []
    try:
        calls = trace([process.pid, *(other.pid for other in others)], lambda: ours.send("go"), is_last)
    except CannotTrace as reason:
        pytest.skip(f"NOT SHOWN on this machine, which commits are written through: {reason}")
    finally:
        process.kill()
        process.join()
        ours.close()
    return [replace(call, name="acknowledge") if call.path == acknowledges_on else call for call in calls]


def durable_acknowledgements(calls: list[SystemCall]) -> tuple[int, int]:
    """How many acknowledgements there are, and before how many of them all that was written to the log was made durable.

    An acknowledgement before which nothing was written to the log is none of these: it would be one of nothing.
    """
    acknowledged = durable = 0
    unsynced = synced = False
    for call in calls:
        if call.name == "acknowledge":
            acknowledged += 1
            durable += synced and not unsynced
            unsynced = synced = False
        elif is_log(call.path):
            if call.name in WRITES:
                unsynced, synced = True, False
            elif call.result == 0 and unsynced:
                unsynced, synced = False, True
    return acknowledged, durable


def is_log(path: str) -> bool:
    """Whether this is the write-ahead log of SQLite or of PostgreSQL."""
    return path.endswith(".db-wal") or "/pg_wal/" in path


@pytest.fixture
def disk_url(kind: str, url: str, tmp_path: Path) -> str:
    """A database on a disk, where a sync is more than a gesture; PostgreSQL's calls are the same in memory."""
    return f"sqlite:///{tmp_path}/billing.db" if kind == "sqlite" else url


@pytest.mark.parametrize("caller", ["sync", "async", "batch", "administration"])
def test_each_acknowledgement_of_a_lone_caller_comes_after_a_sync_of_its_commit(
    kind: str, disk_url: str, open_billing: Open, request: pytest.FixtureRequest, caller: str
) -> None:
    commits = scaled(COMMITS)
    billing = open_billing(disk_url, one_quota(10**9))
    billing.create_customer("cus_1")
    if kind == "sqlite":
        calls = calls_of(caller, disk_url, commits)
    else:
        server = request.getfixturevalue("postgres")
        with server.settings(**QUIET):
            calls = calls_of(caller, disk_url, commits, server)
    assert durable_acknowledgements(calls) == (commits, commits)
    assert sum(call.name in SYNCS for call in calls) >= commits


@pytest.mark.parametrize(("synchronous", "durable"), [("full", 20), ("normal", 0), ("off", 0)])
def test_a_setting_that_is_not_durable_is_seen_in_the_calls(tmp_path: Path, synchronous: str, durable: int) -> None:
    calls = calls_of(f"plain sqlite {synchronous}", f"sqlite:///{tmp_path}/plain.db", 20)
    assert durable_acknowledgements(calls) == (20, durable)


@pytest.mark.parametrize(("synchronous_commit", "durable"), [("on", 20), ("off", 0)])
def test_a_server_that_is_not_durable_is_seen_in_the_calls(
    postgres: PostgresServer, synchronous_commit: str, durable: int
) -> None:
    with postgres.settings(**QUIET):
        url = postgres.create_database(synchronous_commit=synchronous_commit)
        calls = calls_of("plain postgresql", url, 20, postgres)
        postgres.drop_database(url)
    assert durable_acknowledgements(calls) == (20, durable)

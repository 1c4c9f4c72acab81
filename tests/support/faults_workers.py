"""A client that is killed: it writes down what it begins and what was acknowledged, and its successor goes on from there."""

from __future__ import annotations

import faulthandler
import itertools
import os
import signal
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from billing_ui_backend import Billing, ServiceUnavailable, postgres_database

Kind = Literal["track", "batch", "hold", "corrected"]
KINDS: tuple[Kind, ...] = ("track", "batch", "hold", "corrected")
# What each kind of job adds to `api_calls`, however often it is tried.
WORTH: dict[Kind, int] = {"track": 1, "batch": 5, "hold": 2, "corrected": 3}
CUSTOMERS = ("cus_0", "cus_1", "cus_2")
_GIVES_UP_AFTER = 60.0
# What makes a client write down where its threads are.
STACKS_PLEASE = signal.SIGUSR1


@dataclass(frozen=True)
class Job:
    """Something to be counted once, under one key."""

    kind: Kind
    customer_id: str
    key: str

    def event_keys(self) -> set[tuple[str, str]]:
        """The events of the ledger that are there when it is done, as (customer, key)."""
        keys = {
            "track": [self.key],
            "batch": [f"{self.key}/{number}" for number in range(WORTH["batch"])],
            "hold": [f"hold:{self.key}"],
            "corrected": [self.key],
        }[self.kind]
        return {(self.customer_id, key) for key in keys}

    def do(self, billing: Billing) -> None:
        """Does it, or does it again: once begun, it may be tried any number of times."""
        what: dict[str, Any] = {"customer_id": self.customer_id, "feature_key": "api_calls"}
        if self.kind == "track":
            billing.track_usage(**what, idempotency_key=self.key)
        elif self.kind == "batch":
            items = billing.track_usage_batch(
                [{**what, "idempotency_key": key} for _, key in sorted(self.event_keys())]
            )
            assert all(item.success for item in items), items
        elif self.kind == "hold":
            hold = billing.reserve_usage(**what, quantity=7, ttl=3600, idempotency_key=self.key)
            hold.commit(WORTH["hold"])
        else:
            billing.track_usage(**what, quantity=9, idempotency_key=self.key)
            billing.correct_usage(
                customer_id=self.customer_id, idempotency_key=self.key, quantity=WORTH["corrected"], reason="too many"
            )


class Log:
    """What a client wrote down, line by line; each line is in the system's hands before the next step is made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def acknowledged(self) -> int:
        """How many jobs were acknowledged: what to ask again and again."""
        return self.path.read_bytes().count(b"\ndone ")

    def jobs(self) -> tuple[list[Job], list[Job]]:
        """The jobs acknowledged, and those begun and not known to be done."""
        begun: dict[str, Job] = {}
        done: list[Job] = []
        # The system writes page by page: a line on its way may be there by half.
        whole, _, _ = self.path.read_text().rpartition("\n")
        for line in whole.splitlines():
            word, kind, customer_id, key = line.split()
            if word == "begin":
                begun[key] = Job(kind, customer_id, key)  # pyright: ignore[reportArgumentType]
            else:
                done.append(begun.pop(key))
        return done, list(begun.values())


def traceback_of(log: Path) -> Path:
    """Where the client with this log writes what it died of, and on STACKS_PLEASE where its threads are."""
    return log.with_suffix(".traceback")


def work(
    url: str, log: Path, name: str, unfinished: Sequence[Job], threads: int, stopped_timeout: float | None
) -> None:
    """Finishes what the one before could not, then goes on with new jobs, until somebody kills this process.

    Args:
        name: begins every new key; no two clients have the same.
        threads: how many callers share the engine.
        stopped_timeout: of this process's connections, in seconds; the engine's own without it.
    """
    if stopped_timeout is not None:
        postgres_database.STOPPED_TIMEOUT = stopped_timeout
    told = traceback_of(log).open("a")
    faulthandler.register(STACKS_PLEASE, told)
    billing = Billing(url)
    to_finish = list(unfinished)
    writing = os.open(log, os.O_WRONLY | os.O_APPEND)

    def note(word: str, job: Job) -> None:
        os.write(writing, f"{word} {job.kind} {job.customer_id} {job.key}\n".encode())

    def jobs(thread: int) -> Iterator[Job]:
        while to_finish:
            try:
                yield to_finish.pop()
            except IndexError:
                break  # Another thread took the last one.
        for number in itertools.count():
            job = Job(
                KINDS[number % len(KINDS)], CUSTOMERS[(number + thread) % len(CUSTOMERS)], f"{name}.{thread}.{number}"
            )
            note("begin", job)
            yield job

    def call(thread: int) -> None:
        for job in jobs(thread):
            until_done(job, billing)
            note("done", job)

    def end(failed: Future[None]) -> None:
        # Whoever comes to kill this process sees that it was dead already.
        traceback.print_exception(failed.exception(), file=told)
        told.flush()
        os._exit(1)

    with ThreadPoolExecutor(threads) as pool:
        for thread in range(threads):
            pool.submit(call, thread).add_done_callback(end)


def until_done(job: Job, billing: Billing) -> None:
    """Tries a job again, with its key, as long as the database is away."""
    gives_up = time.monotonic() + _GIVES_UP_AFTER
    pause = threading.Event()
    while True:
        try:
            return job.do(billing)
        except ServiceUnavailable:
            if time.monotonic() > gives_up:
                raise
            pause.wait(0.005)


def step_by_step(url: str, catalog: Mapping[str, Any], job: Job | None, pipe: Connection) -> None:
    """Does one job on a database that is open, or makes the database, and says that it is done.

    Before, it says what the kernel calls its end of the pipe, and waits until it may begin.
    """
    billing = Billing(url, catalog=catalog)
    if job is not None:
        billing.get_customer(job.customer_id)
    pipe.send(str(Path(f"/proc/self/fd/{pipe.fileno()}").readlink()))
    pipe.recv()
    if job is None:
        billing.catalog()
    else:
        job.do(billing)
    pipe.send("done")
    pipe.recv()

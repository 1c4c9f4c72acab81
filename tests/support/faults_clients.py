"""Clients that work until they are killed, and what must be in the books whatever happened to them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

from billing_ui_backend import Billing
from tests.support.faults_callers import forking
from tests.support.faults_workers import CUSTOMERS, STACKS_PLEASE, WORTH, Job, Log, traceback_of, until_done, work

_CALLERS_OF_A_CLIENT = 4
_SECONDS = 60


class Client:
    """A process that calls until it is killed; `begin` again and it goes on where it was.

    Args:
        stopped_timeout: how many seconds the server waits for it when it stands still in the middle.
    """

    def __init__(self, url: str, log: Path, stopped_timeout: float | None = None) -> None:
        self.log = Log(log)
        self._stopped_timeout = stopped_timeout
        traceback_of(log).touch()
        self._url = url
        self._lives = 0
        self._process: BaseProcess | None = None

    def begin(self) -> None:
        """Starts it."""
        _, unfinished = self.log.jobs()
        self._lives += 1
        name = f"{self.log.path.stem}-{self._lives}"
        process = forking().Process(
            target=work,
            args=(self._url, self.log.path, name, unfinished, _CALLERS_OF_A_CLIENT, self._stopped_timeout),
            daemon=True,
        )
        process.start()
        self._process = process

    def until_at_work(self) -> None:
        """Waits until something more was acknowledged."""
        before = self.log.acknowledged()
        try:
            wait_for(lambda: self._running() and self.log.acknowledged() > before)
        except AssertionError as error:
            self._send(STACKS_PLEASE)
            wait_for(lambda: "most recent call first" in self._traceback())
            error.add_note(self._traceback())
            raise

    def kill(self) -> None:
        """Ends it as the system does when it has no memory left: at once, wherever it is."""
        self._send(signal.SIGKILL)
        assert self._process is not None
        self._process.join(_SECONDS)
        assert not self._process.is_alive()
        self._process = None

    def pause(self) -> None:
        """Stops all its threads, wherever they are."""
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        """Ends `pause`."""
        self._send(signal.SIGCONT)

    def close(self) -> None:
        """Ends it, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.join(_SECONDS)

    def _send(self, what: signal.Signals) -> None:
        assert self._process is not None
        assert self._process.pid is not None
        if self._running():
            os.kill(self._process.pid, what)

    def _running(self) -> bool:
        assert self._process is not None
        assert self._process.is_alive(), f"the client ended by itself: {self._process.exitcode}\n{self._traceback()}"
        return True

    def _traceback(self) -> str:
        return traceback_of(self.log.path).read_text()


def wait_for(condition: Callable[[], bool]) -> None:
    """Returns when the condition holds.

    Raises:
        AssertionError: it did not within a minute.
    """
    gives_up = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < gives_up, "waited too long"
        time.sleep(0.001)


@contextmanager
def clients_at_work(
    url: str, folder: Path, number: int, stopped_timeout: float | None = None
) -> Iterator[list[Client]]:
    """So many clients that have begun; ended with the block."""
    with ExitStack() as stack:
        clients = [Client(url, folder / f"client{each}", stopped_timeout) for each in range(number)]
        for client in clients:
            stack.callback(client.close)
            client.begin()
            client.until_at_work()
        yield clients


def in_the_ledger(billing: Billing) -> set[tuple[str, str]]:
    """The (customer, key) of every event."""
    found = set()
    for customer_id in CUSTOMERS:
        cursor = None
        while True:
            page = billing.list_usage_events(customer_id, cursor=cursor, limit=1000)
            found |= {(customer_id, event.idempotency_key) for event in page.events}
            cursor = page.next_cursor
            if cursor is None:
                break
    return found


def check_nothing_is_lost(billing: Billing, clients: Sequence[Client]) -> None:
    """Also while the others go on: first what was acknowledged is read, then the ledger."""
    acknowledged = {key for client in clients for job in client.log.jobs()[0] for key in job.event_keys()}
    lost = acknowledged - in_the_ledger(billing)
    assert not lost, f"acknowledged and lost: {sorted(lost)[:10]}"
    proof = billing.verify()
    assert proof, proof.problems


def check_everything_counts_once(billing: Billing, clients: Sequence[Client], others: Sequence[Job] = ()) -> None:
    """After all clients are gone: what they left undone is done, and the books hold each job once; `others` were done too."""
    jobs = [*others]
    for client in clients:
        done, unfinished = client.log.jobs()
        for job in unfinished:
            until_done(job, billing)
        jobs += done + unfinished
    assert len(set(jobs)) == len(jobs)
    for customer_id in CUSTOMERS:
        expected = sum(WORTH[job.kind] for job in jobs if job.customer_id == customer_id)
        metric = billing.get_usage_metrics(customer_id)["api_calls"]
        assert (metric.consumed, metric.held) == (expected, 0)
    proof = billing.verify()
    assert proof, proof.problems
    assert {key for job in jobs for key in job.event_keys()} <= in_the_ledger(billing)


def create_customers(billing: Billing) -> None:
    """The customers that the clients count for."""
    for customer_id in CUSTOMERS:
        billing.create_customer(customer_id)

"""A client killed after each system call that writes, one after the other, through a whole commit."""

from __future__ import annotations

import random

import pytest

from tests.faults.conftest import Open
from tests.support.engine import one_quota
from tests.support.faults_callers import forking
from tests.support.faults_databases import NewDatabase
from tests.support.faults_scale import LONG
from tests.support.faults_syscalls import SystemCall, trace
from tests.support.faults_workers import KINDS, WORTH, Job, step_by_step

CATALOG = one_quota(10**6)
STEPS_IN_SHORT = 1
SECONDS = 60


def killed_after(steps: int | None, url: str, job: Job | None) -> tuple[int, bool]:
    """Has a process do the job, or make the database, and kills it after so many steps, else when it is done.

    Returns:
        How many steps it made, and whether it had said that it was done.
    """
    ours, theirs = forking().Pipe()
    process = forking().Process(target=step_by_step, args=(url, CATALOG, job, theirs), daemon=True)
    process.start()
    theirs.close()
    acknowledges_on = ours.recv()
    assert process.pid is not None
    made: list[SystemCall] = []

    def is_last(call: SystemCall) -> bool:
        made.append(call)
        return len(made) == steps or call.path == acknowledges_on

    trace([process.pid], lambda: ours.send("go"), is_last, then_kill=True)
    process.join(SECONDS)
    assert process.exitcode == -9
    done = made[-1].path == acknowledges_on
    assert not done or ours.recv() == "done"
    ours.close()
    return len(made), done


@pytest.mark.parametrize("what", [*KINDS, "making the database"])
def test_wherever_a_client_is_killed_its_job_is_done_whole_or_not_at_all_and_the_retry_makes_it_one(
    new_database: NewDatabase, open_billing: Open, rng: random.Random, what: str
) -> None:
    job = next((Job(kind, "cus_0", "key") for kind in KINDS if kind == what), None)

    def prepared() -> str:
        url = new_database()
        if job is not None:
            with open_billing(url, CATALOG) as billing:
                billing.create_customer("cus_0")
        return url

    steps, done = killed_after(None, prepared(), job)
    assert done
    assert steps > 1
    each = range(1, steps + 1)
    for step in each if LONG else [*rng.sample(each, STEPS_IN_SHORT), steps]:
        url = prepared()
        made, done = killed_after(step, url, job)
        # PostgreSQL's client sends in more or fewer pieces from one time to the next: a run may be done before.
        assert made == step or done
        billing = open_billing(url, CATALOG)
        proof = billing.verify()
        assert proof, proof.problems
        if job is not None:
            # Those of two commits may be halfway, between one and the other; what was acknowledged is all there.
            assert not done or proof.events == events_of(job)
            job.do(billing)
            metric = billing.get_usage_metrics("cus_0")["api_calls"]
            assert (metric.consumed, metric.held) == (WORTH[job.kind], 0)
            assert billing.verify().events == events_of(job)
        else:
            billing.create_customer("cus_0")
            billing.track_usage(customer_id="cus_0", feature_key="api_calls")
            assert billing.verify().events == 1
        billing.close()


def events_of(job: Job) -> int:
    """How many lines the ledger has of it: a correction is a line of its own."""
    return len(job.event_keys()) + (job.kind == "corrected")

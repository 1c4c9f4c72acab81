"""Over HTTP, whose network loses requests and answers: one effect at most, and with the client's retries exactly one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from billing_ui_backend import BillingClient, NetworkError
from tests.support.billing_api import RunningApi, running_api
from tests.support.faults_callers import Ask, Script, Threads
from tests.support.faults_databases import NewDatabase
from tests.support.faults_one_key import check_one_key
from tests.support.faults_proxy import FATES, Fate, Proxy, proxy
from tests.support.faults_scale import scaled

CALLS = 2000
CALLERS = 4
# What the server has done when a call without a retry has failed; "unread" is done at some time after.
EFFECT: dict[Fate, int] = {"through": 1, "before": 0, "half a request": 0, "after": 1, "half an answer": 1}


@pytest.fixture(scope="module")
def api(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    with running_api(tmp_path_factory.mktemp("api"), new_database()) as running:
        yield running


def new_customer(api: RunningApi, customer_id: str) -> dict[str, Any]:
    """What every call is about."""
    api.billing.create_customer(customer_id, plan="pro")
    return {"customer_id": customer_id, "feature_key": "api_calls"}


@contextmanager
def client_of(api: RunningApi, proxied: Proxy, max_retries: int) -> Iterator[BillingClient]:
    """A client that waits for nothing between its attempts."""
    # Plain http to this machine: reading the certificates of the world would be most of a test's time.
    transport = httpx.HTTPTransport(verify=False)
    base_url = f"http://127.0.0.1:{proxied.port}{urlsplit(api.base_url).path}"
    with BillingClient(
        secret_key=api.secret_key, base_url=base_url, max_retries=max_retries, transport=transport
    ) as client:
        client._sleep = lambda _: None
        yield client


def port_of(api: RunningApi) -> int:
    port = urlsplit(api.base_url).port
    assert port is not None
    return port


def test_calls_whose_answers_are_lost_count_once_with_the_clients_retries(api: RunningApi, rng: random.Random) -> None:
    """Parity, "prevents duplicates on retries"; here with 4 callers whose connections break at every point."""

    what = new_customer(api, "cus_retries")
    before = api.billing.verify().events

    def fate() -> Fate:
        return rng.choice(FATES) if rng.random() < 0.6 else "through"

    def script(caller: int) -> Script:
        asks = []
        for number in range(scaled(CALLS) // CALLERS // 2):
            key = f"{caller}-{number}"
            asks += [
                Ask("track_usage", {**what, "quantity": 1}),
                Ask("track_usage_batch", {"events": [what] * 3}),
                Ask("reserve_usage", {**what, "quantity": 9, "idempotency_key": key, "ttl": 3600}),
                Ask("commit_hold", {"customer_id": "cus_retries", "hold_id": key, "quantity": 4}),
            ]
        return asks

    with proxy(port_of(api), fate) as proxied, client_of(api, proxied, max_retries=100) as client:
        answers = Threads(client).run([script(caller) for caller in range(CALLERS)])
    said = [answer.said for script in answers for answer in script]
    assert Counter(entry[0] for entry in said).keys() == {"counted", "batch", "held"}
    assert set(proxied.fates) == {"through", *FATES}
    jobs = len(said) // 4
    metric = api.billing.get_usage_metrics("cus_retries")["api_calls"]
    assert (metric.consumed, metric.held) == (jobs * (1 + 3 + 4), 0)
    proof = api.billing.verify()
    assert (proof.ok, proof.events) == (True, before + jobs * (1 + 3 + 1))
    # Some answers were lost after the commit: then the retry's answer was the first one again.
    assert any(entry[-1] is True for entry in said)


@pytest.mark.parametrize("broken", FATES)
def test_a_call_that_is_not_sent_again_counts_once_at_most(api: RunningApi, broken: Fate) -> None:
    customer_id = f"cus {broken}"
    what = new_customer(api, customer_id)
    fates: list[Fate] = []
    with (
        proxy(port_of(api), lambda: fates.pop() if fates else "through") as proxied,
        client_of(api, proxied, max_retries=0) as client,
    ):
        for number in range(scaled(CALLS) // 20):
            fates.append(broken)
            with pytest.raises(NetworkError, match="with the same idempotency key"):
                client.track_usage(**what, idempotency_key=str(number))
            if broken in EFFECT:
                assert api.billing.get_usage_metrics(customer_id)["api_calls"].consumed == number + EFFECT[broken]
            assert client.track_usage(**what, idempotency_key=str(number)).quantity == 1
            assert api.billing.get_usage_metrics(customer_id)["api_calls"].consumed == number + 1
    assert api.billing.verify()


def test_one_key_64_times_at_once_is_one_effect_and_63_replays(api: RunningApi) -> None:
    """Parity, "prevents duplicates on retries": exactly once, also for concurrent calls with the same key."""
    new_customer(api, "cus_one_key")
    with BillingClient(secret_key=api.secret_key, base_url=api.base_url) as client:
        check_one_key(api.billing, Threads(client), "cus_one_key")

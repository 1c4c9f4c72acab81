"""A real billing API: granian serves it in a process of its own, on a database that the test opens too."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from billing_ui_backend import Billing
from tests.support.ports import find_free_port

ROOT = Path(__file__).resolve().parents[2]

CATALOG: dict[str, Any] = {
    "default_plan": "free",
    "features": {
        "api_calls": {"title": "API calls", "type": "usage_quota", "unit": "call"},
        "storage_gb": {"title": "Storage", "type": "numeric_limit", "unit": "GB", "scale": 6},
        "seconds": {"title": "Compute", "type": "usage_quota", "unit": "second", "scale": 3},
        "sso": {"title": "Single sign-on", "type": "boolean_flag"},
    },
    "plans": {
        "free": {
            "title": "Free",
            "rank": 1,
            "features": {
                "api_calls": [{"limit": 5, "period": "month"}, {"limit": 4, "period": "hour"}],
                "storage_gb": {"limit": "0.5"},
            },
        },
        "pro": {
            "title": "Pro",
            "rank": 2,
            "features": {
                "api_calls": {
                    "limit": 1000,
                    "period": "month",
                    "enforcement": "soft",
                    "overage": {"unit_amount": "0.002", "per": 1, "currency": "USD"},
                },
                "storage_gb": {"limit": "unlimited"},
                "seconds": {"limit": "3600", "period": "day"},
                "sso": True,
            },
        },
    },
}


@dataclass(frozen=True)
class RunningApi:
    """The API's address, a key for it, and the engine on the same database."""

    base_url: str
    secret_key: str
    billing: Billing


@contextmanager
def running_api(folder: Path, url: str | None = None) -> Iterator[RunningApi]:
    """Serves the API below /billing-api of a host app until the block ends; on a SQLite file in the folder, or on `url`."""
    url = url or f"sqlite:///{folder / 'billing.db'}"
    with Billing(url, catalog=CATALOG) as billing:
        secret_key = billing.create_api_key(name="tests")
        port = find_free_port()
        command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port)]
        path = os.pathsep.join([str(ROOT / "backend"), str(ROOT / "components"), str(ROOT)])
        environment = {**os.environ, "BILLING_DATABASE_URL": url, "PYTHONPATH": path}
        with (folder / "server.log").open("w") as log:
            server = subprocess.Popen(
                [*command, "tests.support.api_host:app"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
            try:
                _wait_until_it_answers(server, f"http://127.0.0.1:{port}/hello", folder / "server.log")
                yield RunningApi(f"http://127.0.0.1:{port}/billing-api", secret_key, billing)
            finally:
                server.terminate()
                server.wait(timeout=20)


def _wait_until_it_answers(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    ends = time.monotonic() + 30
    with httpx.Client(timeout=1) as client:
        while time.monotonic() < ends:
            assert server.poll() is None, log.read_text()
            try:
                client.get(url)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
    raise AssertionError(f"{url} does not answer: {log.read_text()}")

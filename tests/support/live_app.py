"""The live host as a running app: one for the whole run, with its login, clock and engine in the tests' hands."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from playwright.sync_api import Page, expect

from billing_ui.app_process import AppProcess, production_command
from billing_ui_backend import Billing

SOURCE = Path(__file__).with_name("live_host")
_opener = build_opener(ProxyHandler({}))


def expect_connected(page: Page) -> None:
    """Wait until a page of the host answers to what is pressed; it is drawn before."""
    expect(page.locator("[data-connected]")).to_be_attached(timeout=15_000)


@dataclass(frozen=True)
class LiveApp:
    """The running host."""

    url: str
    database: Path
    process: AppProcess

    def call(self, path: str, body: Any = None) -> Any:
        """Ask the host's own API, beside its pages."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data=data, headers={"Content-Type": "application/json"})
        with _opener.open(request, timeout=10) as response:
            return json.load(response)

    def answer(self, who: str, customer: str | None) -> None:
        """Let identify answer so for the browsers whose cookie `who` is this; "raise" lets it fail."""
        self.call("/control/identity", {who: customer})

    def track(self, customer_id: str, feature_key: str, quantity: str = "1") -> None:
        """Count usage within the app's process."""
        self.call("/control/track", {"customer_id": customer_id, "feature_key": feature_key, "quantity": quantity})

    def change_plan(self, customer_id: str, plan: str) -> None:
        """Put a customer on a plan within the app's process, or "paused" or "resumed"."""
        self.call("/control/plan", {"customer_id": customer_id, "plan": plan})

    def reads(self, customer_id: str) -> int:
        """How often the app has read this customer from the database."""
        return self.call("/control/reads").get(customer_id, 0)

    @contextmanager
    def engine(self) -> Iterator[Billing]:
        """The same database from another process: this one."""
        with Billing(f"sqlite:///{self.database}") as billing:
            yield billing


@contextmanager
def running_live_app(folder: Path, port: int) -> Iterator[LiveApp]:
    """Build and run the host in a copy of its folder."""
    copy = folder / "host"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    database = folder / "live.db"
    environment = {
        "LIVE_DATABASE_URL": f"sqlite:///{database}",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(copy), os.environ.get("PYTHONPATH")))),
    }
    command = production_command(port=port)
    with AppProcess(command, folder=copy, url=f"http://127.0.0.1:{port}", env=environment) as process:
        process.wait_until_it_answers(timeout=120)
        yield LiveApp(process.url, database, process)

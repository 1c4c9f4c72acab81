"""The demo portal as a user runs it: from an installed wheel, in any folder, from a terminal until Ctrl-C."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from billing_ui.demo.catalog import CATALOG_PATH
from billing_ui.demo.seed import seed
from billing_ui_backend import AsyncBilling, Billing
from tests.support.browser import apart_from_playwright
from tests.support.demo import Demo
from tests.support.processes import command_lines


@dataclass(frozen=True)
class Portal:
    """The running demo portal.

    Attributes:
        url: where it answers.
        folder: the one it was started in.
        demo: the command.
        taken_port: the port it was told to take, which another program has.
        left: how many events an earlier time had left in its database.
        found: how many there were when it had started.
    """

    url: str
    folder: Path
    demo: Demo
    taken_port: int
    left: int
    found: int

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    @property
    def database_url(self) -> str:
        """What `Billing(url)` takes to look at the portal's data from outside."""
        return self.demo.database_url


@contextmanager
def running_portal(command: Path, folder: Path) -> Iterator[Portal]:
    """Run `billing-ui demo` in this folder, over the database of an earlier time, without traffic of its own."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with apart_from_playwright():
            asyncio.run(_as_an_earlier_time_left_it(f"sqlite:///{folder / '.billing' / 'demo.db'}"))
        with Demo([command, "demo", "--port", str(taken)], folder, {"BILLING_DEMO_TRAFFIC": "0"}) as demo:
            left = _events(demo.database_url)
            portal = Portal(demo.wait_for_address(), folder, demo, taken, left, _events(demo.database_url))
            yield portal
            assert demo.interrupt() == 0
            assert sum("http://" in line for line in demo.lines) == 1
            assert not [line for line in command_lines() if f"--backend-port {portal.port}" in line]


async def _as_an_earlier_time_left_it(database_url: str) -> None:
    async with AsyncBilling(database_url, catalog=CATALOG_PATH) as billing:
        await seed(billing)
        await billing.create_customer("kept_across_restarts")


def _events(database_url: str) -> int:
    with Billing(database_url) as billing:
        return billing.verify().events

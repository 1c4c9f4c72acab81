"""The demo as somebody starts it in a terminal, and stops it again."""

import asyncio
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from billing_ui.demo.catalog import CATALOG_PATH
from billing_ui.demo.seed import seed
from billing_ui_backend import AsyncBilling, Billing
from tests.support.copies import copy_of_project, import_path
from tests.support.demo import Demo
from tests.support.processes import command_lines, listening_addresses


@pytest.fixture(scope="module")
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_the_demo_from_an_installed_wheel_in_any_folder_to_ctrl_c(
    clean_python: Path, tmp_path: Path, taken_port: int
) -> None:
    """Over the database of an earlier time, which stays as it is."""
    database_url = f"sqlite:///{tmp_path / '.billing' / 'demo.db'}"
    asyncio.run(_as_an_earlier_time_left_it(database_url))
    with Billing(database_url) as billing:
        before = billing.verify().events
    command = [clean_python.parent / "billing-ui", "demo", "--port", str(taken_port)]
    with Demo(command, tmp_path, {"BILLING_DEMO_TRAFFIC": "0"}) as demo:
        assert demo.database_url == database_url
        url = demo.wait_for_address()
        port = int(url.rpartition(":")[2])
        assert demo.lines[0] == f"Port {taken_port} is in use, taking {port} instead."
        assert url.startswith("http://127.0.0.1:")
        with urlopen(url) as page:
            assert page.status == 200
        assert listening_addresses(port) == {"127.0.0.1"}
        assert {path.name for path in tmp_path.iterdir()} == {".billing"}

        assert demo.interrupt() == 0
        assert sum("http://" in line for line in demo.lines) == 1
        assert not [line for line in command_lines() if f"--backend-port {port}" in line]
    with Billing(database_url) as billing:
        assert billing.get_customer("kept_across_restarts")
        assert billing.verify().events == before


async def _as_an_earlier_time_left_it(database_url: str) -> None:
    async with AsyncBilling(database_url, catalog=CATALOG_PATH) as billing:
        await seed(billing)
        await billing.create_customer("kept_across_restarts")


def test_a_portal_that_cannot_start_shows_why_and_fails(repository: Path, tmp_path: Path, free_port: int) -> None:
    clone = copy_of_project(repository, tmp_path / "clone")
    with (clone / "billing_ui" / "billing_ui.py").open("a") as app:
        app.write("\nraise RuntimeError('a reason to be shown')\n")
    code = "import sys; from billing_ui.launch import run_demo; sys.exit(run_demo(port=int(sys.argv[1])))"
    with Demo([sys.executable, "-c", code, str(free_port)], clone, import_path(clone)) as demo:
        assert demo.wait_for_the_end() == 1
        assert any("a reason to be shown" in line for line in demo.lines)
        assert not any("http://" in line for line in demo.lines)

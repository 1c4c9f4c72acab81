"""`make demo`: a fresh clone to a running portal."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from billing_ui_backend import Billing
from tests.support.copies import copy_of_project, import_path
from tests.support.demo import Demo
from tests.support.processes import command_lines, listening_addresses


@pytest.fixture(scope="module")
def clone(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_project(repository, tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="module")
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def _demo(clone: Path, port: int) -> Demo:
    code = "import sys; from billing_ui.launch import run_demo; sys.exit(run_demo(port=int(sys.argv[1])))"
    return Demo([sys.executable, "-c", code, str(port)], clone, import_path(clone))


def test_the_demo_from_a_fresh_clone_to_ctrl_c_and_again(clone: Path, taken_port: int) -> None:
    with _demo(clone, taken_port) as demo:
        url = demo.wait_for_address()
        port = int(url.rpartition(":")[2])
        assert demo.lines[0] == f"Port {taken_port} is in use, taking {port} instead."
        assert url.startswith("http://127.0.0.1:")
        with urlopen(url) as page:
            assert page.status == 200
        assert listening_addresses(port) == {"127.0.0.1"}
        with Billing(demo.database_url) as billing:
            billing.create_customer("kept_across_restarts")

        assert demo.interrupt() == 0
        assert sum("http://" in line for line in demo.lines) == 1
        assert not [line for line in command_lines() if f"--backend-port {port}" in line]

    with _demo(clone, taken_port) as again:
        again.wait_for_address()
        with Billing(again.database_url) as billing:
            assert billing.get_customer("kept_across_restarts")


def test_a_portal_that_cannot_start_shows_why_and_fails(repository: Path, tmp_path: Path, free_port: int) -> None:
    clone = copy_of_project(repository, tmp_path / "clone")
    with (clone / "billing_ui" / "billing_ui.py").open("a") as app:
        app.write("\nraise RuntimeError('a reason to be shown')\n")
    with _demo(clone, free_port) as demo:
        assert demo.wait_for_the_end() == 1
        assert any("a reason to be shown" in line for line in demo.lines)
        assert not any("http://" in line for line in demo.lines)


def test_the_demo_runs_from_an_installed_wheel_in_any_folder(
    clean_python: Path, tmp_path: Path, free_port: int
) -> None:
    command = [clean_python.parent / "billing-ui", "demo", "--port", str(free_port)]
    with Demo(command, tmp_path, {}) as demo, urlopen(demo.wait_for_address()) as page:
        assert page.status == 200
        assert {path.name for path in tmp_path.iterdir()} == {".billing"}

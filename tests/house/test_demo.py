"""`make demo`: a fresh clone to a running portal."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Self
from urllib.request import urlopen

import pytest

from billing_ui_backend import Billing
from tests.support.copies import copy_of_project, import_path
from tests.support.processes import command_lines, listening_addresses

RUN = "import sys; from billing_ui.launch import run_demo; sys.exit(run_demo(port=int(sys.argv[1])))"


class Demo:
    """A demo that runs in a copy of the project, and the lines that it prints."""

    def __init__(self, clone: Path, port: int) -> None:
        self.database_url = f"sqlite:///{clone / '.billing' / 'demo.db'}"
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(port)],
            cwd=clone,
            env={**os.environ, **import_path(clone)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def wait_for_address(self) -> str:
        """Wait for the line with the address."""
        deadline = monotonic() + 120
        while not (announced := [line for line in self.lines if "http://" in line]):
            assert self._reader.is_alive(), "\n".join(self.lines)
            assert monotonic() < deadline, "\n".join(self.lines)
            sleep(0.05)
        return next(word for word in announced[0].split() if word.startswith("http://"))

    def wait_for_the_end(self) -> int:
        """Collect the other lines; return the exit code."""
        self._reader.join(timeout=60)
        return self.process.wait(timeout=10)

    def interrupt(self) -> int:
        """Press Ctrl-C; return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.wait_for_the_end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.interrupt()


@pytest.fixture(scope="module")
def clone(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_project(repository, tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="module")
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_the_demo_from_a_fresh_clone_to_ctrl_c_and_again(clone: Path, taken_port: int) -> None:
    with Demo(clone, taken_port) as demo:
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

    with Demo(clone, taken_port) as again:
        assert again.wait_for_address() == url
        with Billing(again.database_url) as billing:
            assert billing.get_customer("kept_across_restarts")


def test_a_portal_that_cannot_start_shows_why_and_fails(repository: Path, tmp_path: Path, free_port: int) -> None:
    clone = copy_of_project(repository, tmp_path / "clone")
    with (clone / "billing_ui" / "billing_ui.py").open("a") as app:
        app.write("\nraise RuntimeError('a reason to be shown')\n")
    with Demo(clone, free_port) as demo:
        assert demo.wait_for_the_end() == 1
        assert any("a reason to be shown" in line for line in demo.lines)
        assert not any("http://" in line for line in demo.lines)

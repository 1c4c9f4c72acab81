import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from billing_ui.ports import free_port_from

HOLD = """
import sys
from billing_ui.ports import free_port_from

with free_port_from(int(sys.argv[1])) as port:
    print(port, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The locks that are left, empty files, go with the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def taken_from(port: int) -> int:
    """Which port one gets who asks for this one."""
    with free_port_from(port) as free:
        return free


def test_a_free_port_is_taken_as_asked(free_port: int) -> None:
    assert taken_from(free_port) == free_port


def test_a_port_is_nobody_elses_before_anything_listens_on_it(free_port: int) -> None:
    with free_port_from(free_port) as first, free_port_from(free_port) as second:
        assert (first, second > first) == (free_port, True)
    assert taken_from(free_port) == free_port, "it is given back"


def test_a_port_is_held_against_other_processes_until_its_holder_crashes(free_port: int) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLD, str(free_port)], stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == f"{free_port}\n"
        assert taken_from(free_port) > free_port
        holder.kill()
        holder.wait()
        assert taken_from(free_port) == free_port


def test_a_port_whose_lock_is_another_users_is_passed_over(free_port: int, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("kept")
    (tmp_path / f"billing-ui-{os.getuid()}-port-{free_port}.lock").symlink_to(mine)
    assert taken_from(free_port) > free_port
    assert mine.read_text() == "kept"


def test_a_port_somebody_listens_on_is_passed_over() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert taken_from(taken) > taken


def test_a_port_somebody_listens_on_by_ipv6_is_passed_over() -> None:
    with socket.socket(socket.AF_INET6) as other:
        other.bind(("::1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert taken_from(taken) > taken

"""`make` on a machine that has little."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def _make(repository: Path, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": path or os.environ["PATH"]}
    make = shutil.which("make")
    assert make
    return subprocess.run(
        [make, *arguments], cwd=repository, env=environment, capture_output=True, text=True, check=False
    )


def test_make_alone_lists_what_it_can_do(repository: Path) -> None:
    listed = _make(repository).stdout
    for target in ("demo", "gallery", "test", "faults", "check", "bench", "setup", "browser"):
        assert f"make {target}" in listed


def test_without_a_python_that_is_new_enough_it_says_what_to_install(repository: Path, tmp_path: Path) -> None:
    for name in ("sh", "test", "echo"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    refused = _make(repository, "setup", path=str(tmp_path))
    assert refused.returncode != 0
    assert "Python 3.11 or newer is needed" in refused.stderr


@pytest.mark.parametrize("name", ["python3.11", "python3.13", "python3"])
def test_the_python_that_is_new_enough_is_found_under_its_usual_names(
    repository: Path, tmp_path: Path, name: str
) -> None:
    shell = shutil.which("sh")
    assert shell
    (tmp_path / "sh").symlink_to(shell)
    found = tmp_path / name
    found.write_text("#!/bin/sh\nexit 0\n")
    found.chmod(0o755)
    assert f'"{name}" tools/setup_venv.py dev' in _make(repository, "--dry-run", "setup", path=str(tmp_path)).stdout


def test_the_continuous_check_runs_the_tests_and_nothing_else(repository: Path) -> None:
    script = repository / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "exec make test"

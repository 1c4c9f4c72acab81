"""The wheel, and an environment that holds nothing else: what a stranger gets. Made once, for all workers."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

Make = Callable[[Path], None]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Make], Path]:
    """Gives the folder of this name; the first worker that asks for it fills it."""
    run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent

    def folder(name: str, make: Make) -> Path:
        done = run / f"{name}.done"
        with FileLock(run / f"{name}.lock"):
            if not done.exists():
                make(run / name)
                done.touch()
        return run / name

    return folder


@pytest.fixture(scope="session")
def wheel(repository: Path, made_once: Callable[[str, Make], Path]) -> Path:
    """The project as a wheel, just built."""

    def build(folder: Path) -> None:
        _run([sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", folder, repository])

    (built,) = made_once("wheel", build).glob("*.whl")
    return built


@pytest.fixture(scope="session")
def clean_python(repository: Path, wheel: Path, made_once: Callable[[str, Make], Path]) -> Path:
    """The interpreter of an environment with the wheel and its `[demo]` extra, and no trace of this folder."""

    def install(folder: Path) -> None:
        _run([sys.executable, repository / "tools" / "setup_venv.py", "user"])
        shutil.copytree(repository / ".cache" / "user", folder, symlinks=True, copy_function=_link)
        pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--quiet"]
        _run([*pip, "--force-reinstall", "--no-deps", "--no-index", wheel])

    return made_once("clean", install) / "bin" / "python"


def _link(source: str, target: str) -> None:
    """Where the file system can have one file in two places, a copy takes no time."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"

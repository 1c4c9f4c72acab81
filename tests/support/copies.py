"""Copies of the project for tests that run it or break it."""

import os
import shutil
from pathlib import Path

_STARTUP = Path(__file__).with_name("startup")
_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "external", "*.egg-info", "dist", "build")


def copy_of_project(repository: Path, target: Path) -> Path:
    """Copy the project's own files, without what was built or recorded in its folder."""
    shutil.copytree(repository, target, ignore=_NOT_COPIED, dirs_exist_ok=True)
    return target


def import_path(copy: Path) -> dict[str, str]:
    """The environment variable that makes a process import from this copy rather than from the installed project."""
    return {"PYTHONPATH": with_startup(os.pathsep.join(map(str, (copy, copy / "components", copy / "backend"))))}


def with_startup(path: str) -> str:
    """A value of PYTHONPATH, and on it what the processes of the tests begin with: `startup/sitecustomize.py`."""
    others = [folder for folder in path.split(os.pathsep) if folder and folder != str(_STARTUP)]
    return os.pathsep.join([*others, str(_STARTUP)])

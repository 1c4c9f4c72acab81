"""Copies of the project for tests that run it or break it."""

import os
import shutil
from pathlib import Path

_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "external", "*.egg-info", "dist", "build")


def copy_of_project(repository: Path, target: Path) -> Path:
    """Copy the project's own files, without what was built or recorded in its folder."""
    shutil.copytree(repository, target, ignore=_NOT_COPIED, dirs_exist_ok=True)
    return target


def import_path(copy: Path) -> dict[str, str]:
    """The environment variable that makes a process import from this copy rather than from the installed project."""
    return {"PYTHONPATH": os.pathsep.join(map(str, (copy, copy / "components", copy / "backend")))}

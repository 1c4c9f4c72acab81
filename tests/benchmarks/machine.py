"""The machine that the numbers come from."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.support.postgres_programs import programs

_SYNCS = 200
_ROW = bytes(4096)


def describe(folder: Path) -> str:
    """One paragraph: processor, system, versions, and how long the folder's disk takes to make one page durable."""
    sync = median(_sync_times(folder)) * 1e6
    parts = [
        f"{os.cpu_count()} x {_processor()}",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"PostgreSQL {_postgres_version(folder)}",
        f"fdatasync of 4 KiB on {file_system(folder)}: median {sync:.0f} µs",
    ]
    return "Measured on " + ", ".join(parts) + "."


def file_system(folder: Path) -> str:
    """The type of the file system that a folder is on, such as ext4; "unknown" without /proc."""
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return "unknown"
    points = {Path(point): kind for _, point, kind, *_ in map(str.split, mounts.read_text().splitlines())}
    here = folder.resolve()
    return next((points[path] for path in (here, *here.parents) if path in points), "unknown")


def _sync_times(folder: Path) -> list[float]:
    times = []
    file = folder / "sync"
    with file.open("wb", buffering=0) as written:
        for _ in range(_SYNCS):
            written.write(_ROW)
            begin = perf_counter()
            os.fdatasync(written.fileno()) if hasattr(os, "fdatasync") else os.fsync(written.fileno())
            times.append(perf_counter() - begin)
    file.unlink()
    return times


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.*)$", cpuinfo.read_text(), re.M) if cpuinfo.exists() else None
    return found.group(1).strip() if found else platform.processor() or platform.machine()


def _postgres_version(folder: Path) -> str:
    command = [programs(folder) / "postgres", "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]

"""What the processes of one app take of this machine, from /proc."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def processor_seconds(group: int) -> float:
    """The processor time that a process group has taken so far."""
    return sum(int(fields[11]) + int(fields[12]) for fields in _stats(group)) / _TICKS


def resident_bytes(group: int) -> int:
    """The memory that a process group holds."""
    return sum(int(fields[21]) for fields in _stats(group)) * _PAGE


def _stats(group: int) -> list[list[str]]:
    """The fields of each process's stat file after its name, which may hold spaces: the first is its state."""
    stats = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # It ended meanwhile.
        if int(fields[2]) == group:
            stats.append(fields)
    return stats

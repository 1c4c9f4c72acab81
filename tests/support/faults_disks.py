"""A disk of a few megabytes, to be filled."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class CannotMount(Exception):
    """This process may not mount a file system; the message is the system's."""


class SmallDisk:
    """A file system in memory. Made by `small_disk`.

    Attributes:
        folder: where it is mounted.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    @property
    def room(self) -> int:
        """Bytes that are free."""
        return shutil.disk_usage(self.folder).free

    def fill(self, but: int = 0) -> None:
        """Takes all space that is left, but so many bytes."""
        taken = self._ballast.stat().st_size if self._ballast.exists() else 0
        with self._ballast.open("r+b" if taken else "wb") as ballast:
            ballast.seek(taken)
            ballast.write(bytes(max(0, self.room - but)))

    def free(self) -> None:
        """Gives back what `fill` took."""
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mounts a disk of this size on the folder until the end of the block.

    Raises:
        CannotMount: this process may not, as most users and most containers may not.
    """
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "billing-ui-faults", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        raise CannotMount(mounted.stderr.strip())
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)

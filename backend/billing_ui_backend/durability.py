"""Whether "committed" means "on the disk": what is known to break that is named in a warning when a database is opened."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from pathlib import Path, PurePath

MOUNTS = Path("/proc/self/mounts")
_NETWORK = re.compile(r"nfs\d*|cifs|smb\d*|smbfs|9p|fuse\.sshfs")
_ESCAPED = re.compile(r"\\([0-7]{3})")
_UNSAFE = {
    "fsync": "a crash of the machine can damage the whole database",
    "full_page_writes": "a crash of the machine can leave pages behind that are half old and half new",
    "synchronous_commit": "a crash of the machine can lose usage that was acknowledged",
}
# Those that wait for this server's own disk; "remote_write" and "remote_apply" wait for a standby's in addition.
_SYNCHRONOUS = ("on", "local", "remote_write", "remote_apply")

logger = logging.getLogger("billing_ui")


def network_file_system(path: str | PurePath, mounts_text: str) -> str | None:
    """The network file system that a path lies on.

    Args:
        path: absolute, with links resolved; it need not exist.
        mounts_text: what `/proc/self/mounts` says.

    Returns:
        Its type as mounted, such as "nfs4", "cifs", "9p" or "fuse.sshfs"; None on any other file system.

    Example:
        >>> network_file_system("/srv/app/billing.db", "server:/export /srv nfs4 rw 0 0")
        'nfs4'
    """
    place = PurePath(path)
    depth, found = -1, None
    for line in mounts_text.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        mount = PurePath(_ESCAPED.sub(lambda code: chr(int(code[1], 8)), fields[1]))
        # Of two mounts on one folder the later one is seen.
        if place.is_relative_to(mount) and len(mount.parts) >= depth:
            depth, found = len(mount.parts), fields[2]
    return found if found is not None and _NETWORK.fullmatch(found) else None


def unsafe_settings(rows: Iterable[tuple[str, str]]) -> list[str]:
    """What is to be said about settings of PostgreSQL under which an acknowledged commit can be lost.

    Args:
        rows: (name, value) of settings in force, as in `select name, setting from pg_settings`; others are passed over.

    Returns:
        A sentence for each unsafe one, in the order given: the setting, what it risks, and what to do.

    Example:
        >>> unsafe_settings([("fsync", "off"), ("full_page_writes", "on")])
        ['fsync is off: a crash of the machine can damage the whole database. Set fsync to on.']
    """
    return [
        f"{name} is {value}: {_UNSAFE[name]}. Set {name} to on."
        for name, value in rows
        if name in _UNSAFE and value not in (_SYNCHRONOUS if name == "synchronous_commit" else ("on",))
    ]


def warn_of_network_file_system(path: Path) -> None:
    """Logs a warning when a SQLite file lies on a network file system; says nothing where the system does not tell."""
    try:
        mounts = MOUNTS.read_text(errors="replace")
    except FileNotFoundError:
        return  # Only Linux has the list.
    found = network_file_system(path.resolve(), mounts)
    if found is not None:
        logger.warning(
            "billing_ui: %s is on a network file system (%s), where SQLite's locks and syncs can't be relied on: "
            "usage can be lost or the file damaged. Put the file on a local disk, or use PostgreSQL.",
            path,
            found,
        )

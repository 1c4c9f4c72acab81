"""The port that the portal listens on."""

import errno
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

DEFAULT_PORT = 3000
_LAST_PORT = 65535


@contextmanager
def free_port_from(port: int) -> Iterator[int]:
    """Hold the first free port, from the given one upwards, until the end of the block.

    A portal listens only once its pages are built. Meanwhile the lock of a file says that the port is taken: nobody else who asks here,
    in whichever process of this user, gets it. The system takes the lock back from a process that ends, however it ends.

    Args:
        port: Where to begin, 1 to 65535.

    Yields:
        A port that nobody listens on, on any address of this machine, and that nobody else holds.

    Raises:
        OSError: There is none, or the machine forbids this one.

    Example:
        >>> with free_port_from(3000) as port:
        ...     serve(port)
    """
    for candidate in range(port, _LAST_PORT + 1):
        if (lock := _locked(candidate)) is None:
            continue
        with lock:
            if not _is_taken(candidate):
                yield candidate
                return
    folder = tempfile.gettempdir()
    raise OSError(errno.EADDRINUSE, f"No port from {port} to {_LAST_PORT} is free and can be locked in {folder}.")


def _locked(port: int) -> AbstractContextManager[object] | None:
    """The lock of a port; None when somebody has it, or has something else of its name that can't be locked."""
    # One for each user: what another user listens on can't be listened on again, and what others may write is no lock.
    lock = FileLock(Path(tempfile.gettempdir()) / f"billing-ui-{os.getuid()}-port-{port}.lock")
    try:
        return lock.acquire(blocking=False)
    except (Timeout, OSError):
        return None


def _is_taken(port: int) -> bool:
    # On every address, because that is what Reflex insists on.
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                # Connections of a former run that linger do not count.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            if error.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                raise
    return False

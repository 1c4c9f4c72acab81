"""The port that the portal listens on."""

import errno
import socket

DEFAULT_PORT = 3000
_LAST_PORT = 65535


def free_port_from(port: int) -> int:
    """Find the first free port, from the given one upwards.

    Args:
        port: Where to begin, 1 to 65535.

    Returns:
        A port that nobody listens on, on any address of this machine.

    Raises:
        OSError: There is none, or the machine forbids this one.

    Example:
        >>> port = free_port_from(3000)
    """
    for candidate in range(port, _LAST_PORT + 1):
        if not _is_taken(candidate):
            return candidate
    raise OSError(errno.EADDRINUSE, f"No port from {port} to {_LAST_PORT} is free.")


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

"""Looking at the processes of this machine, without ps or lsof."""

import socket
from pathlib import Path

import pytest

_LISTENING = "0A"


def command_lines() -> list[str]:
    """The command line of every process that runs."""
    _require_proc()
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # It ended meanwhile.
    return lines


def listening_addresses(port: int) -> set[str]:
    """The addresses on which somebody listens on this port."""
    _require_proc()
    addresses = set()
    for table, family in (("/proc/net/tcp", socket.AF_INET), ("/proc/net/tcp6", socket.AF_INET6)):
        for row in Path(table).read_text().splitlines()[1:]:
            _, local, _, state = row.split()[:4]
            address, _, local_port = local.partition(":")
            if state == _LISTENING and int(local_port, 16) == port:
                addresses.add(_address(address, family))
    return addresses


def _address(hexadecimal: str, family: socket.AddressFamily) -> str:
    # The kernel prints 32-bit words in the machine's order.
    words = [bytes.fromhex(hexadecimal[start : start + 8])[::-1] for start in range(0, len(hexadecimal), 8)]
    return socket.inet_ntop(family, b"".join(words))


def _require_proc() -> None:
    if not Path("/proc/net/tcp").exists():
        pytest.skip("this machine has no /proc")

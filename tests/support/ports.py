"""Ports for what the tests start."""

from __future__ import annotations

import socket


def find_free_port() -> int:
    """A port of 127.0.0.1 that the system hands out as free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

"""Proxies between a client and a server, over real sockets, that break connections as they are told."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

Fate = Literal["through", "before", "half a request", "unread", "after", "half an answer"]
"""What becomes of one request.

before: it never reaches the server. half a request: the server gets a part of it. unread: the server gets it, and the client
is gone at once. after: the server answers, and nobody hears it. half an answer: the client hears a part of it.
"""
FATES: tuple[Fate, ...] = ("before", "half a request", "unread", "after", "half an answer")
_SECONDS = 30
# Closing so sends a reset: the other side can't take it for an orderly end.
_RESET = struct.pack("ii", 1, 0)


@dataclass
class Proxy:
    """Where to connect, and what became of the requests so far."""

    port: int
    fates: list[Fate] = field(default_factory=list)


@contextmanager
def proxy(server_port: int, fate: Callable[[], Fate]) -> Iterator[Proxy]:
    """Passes requests on to a server on 127.0.0.1, each to the fate that is asked for it, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        running = Proxy(listening.getsockname()[1])
        deciding = threading.Lock()

        def decide() -> Fate:
            with deciding:
                running.fates.append(fate())
                return running.fates[-1]

        def accept() -> None:
            # Ends when the listening socket is shut.
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=_serve, args=(client, server_port, decide), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield running
        finally:
            listening.shutdown(socket.SHUT_RDWR)


@contextmanager
def cutting_proxy(server_port: int, cut: Callable[[], bool]) -> Iterator[int]:
    """Passes on whatever both sides say to each other, until the end of the block, and gives the port to connect to.

    Args:
        cut: asked before each piece of an answer; when it says so, the piece is lost and the connection is broken.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def carry(source: socket.socket, target: socket.socket, answers: bool) -> None:
            with suppress(OSError, EOFError):
                while True:
                    piece = _received(source)
                    if answers and cut():
                        break
                    target.sendall(piece)
            for side in (source, target):
                with suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    server = socket.create_connection(("127.0.0.1", server_port), _SECONDS)
                    server.settimeout(None)
                    for side in (client, server):
                        # Small pieces go on at once, as they came.
                        side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    for source, target, answers in ((client, server, False), (server, client, True)):
                        threading.Thread(target=carry, args=(source, target, answers), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)


def _serve(client: socket.socket, server_port: int, decide: Callable[[], Fate]) -> None:
    """One connection of a client; each broken request ends it."""
    # A side that goes away in the middle is what this is about.
    with client, suppress(OSError, EOFError):
        client.settimeout(_SECONDS)
        server = socket.create_connection(("127.0.0.1", server_port), _SECONDS)
        with server:
            while _pass_on(_message(client), client, server, decide()):
                pass


def _pass_on(request: bytes, client: socket.socket, server: socket.socket, fate: Fate) -> bool:
    if fate == "half a request":
        server.sendall(request[: len(request) // 2])
    elif fate != "before":
        server.sendall(request)
    if fate == "unread":
        _reset(client)
        # Read nevertheless: the server shall not notice either.
        _message(server)
    elif fate in ("after", "half an answer", "through"):
        answer = _message(server)
        if fate == "through":
            client.sendall(answer)
            return True
        client.sendall(answer[: len(answer) // 2] if fate == "half an answer" else b"")
    _reset(client)
    return False


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.close()


def _message(connection: socket.socket) -> bytes:
    """One HTTP message with a body of the length that its head names."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _received(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += _received(connection)
    return head + b"\r\n\r\n" + body


def _received(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise EOFError
    return data

"""An app that is started is awaited until it answers, whatever is at its address before."""

import sys
from pathlib import Path

from billing_ui.app_process import AppProcess

# What comes first is what a connection to a free port of this machine gets that meets itself: its own words.
SERVER = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    for answer in [b"GET /ping HTTP/1.1\\r\\n\\r\\n"] + [b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n"] * 4:
        connection, _ = server.accept()
        connection.recv(4096)
        connection.sendall(answer)
        connection.close()
        print(answer[:4], flush=True)
"""


def test_what_answers_with_nonsense_is_not_the_app_yet(free_port: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVER, str(free_port)]
    with AppProcess(command, folder=tmp_path, url=f"http://127.0.0.1:{free_port}") as app:
        app.wait_until_it_answers(timeout=30)
        assert "b'GET '" in app.output

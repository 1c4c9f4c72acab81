"""A Reflex app as a child process: started, awaited until it answers, ended with all its children."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.request import ProxyHandler, build_opener

# The environment's proxy is for the world outside, the app is on this machine.
_opener = build_opener(ProxyHandler({}))


class AppFailed(RuntimeError):
    """The app ended, or did not answer in time. The message holds what it printed."""


def production_command(*, port: int, host: str = "127.0.0.1", python: str | Path = sys.executable) -> list[str]:
    """The command that runs the app of the working directory on one port.

    Args:
        port: A free port, for pages, websocket and API.
        host: Address to listen on.
        python: Interpreter of the environment that has Reflex.

    Returns:
        The command's words.

    Example:
        >>> subprocess.run(production_command(port=3000))
    """
    command = [str(python), "-m", "reflex", "run", "--env", "prod", "--backend-host", host]
    return [*command, "--frontend-port", str(port), "--backend-port", str(port)]


class AppProcess:
    """A running Reflex app, in a process group of its own.

    Constructing starts it. As a context manager it is stopped at the end of the block.

    Args:
        command: What starts it, such as `production_command(...)`.
        folder: Folder of the app, with its rxconfig.py.
        url: Where it will answer.
        answers_at: Paths below the URL, all of which answer as soon as it serves.
        env: Environment variables to add to this process's own.
        on_line: Called with each line that the app prints, from a thread of its own.

    Example:
        >>> command = production_command(port=3000)
        >>> with AppProcess(command, folder=Path("."), url="http://127.0.0.1:3000") as app:
        ...     app.wait_until_it_answers(timeout=60)
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        url: str,
        answers_at: Sequence[str] = ("/ping", "/"),
        env: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self.url = url
        self._answers_at = answers_at
        self._last_lines: deque[str] = deque(maxlen=200)
        self._on_line = on_line
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            # Its own group: what Reflex forks is ended together with it, and Ctrl-C reaches it only through stop().
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name="app-output", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._last_lines.append(line.rstrip())
            if self._on_line:
                self._on_line(line.rstrip())

    @property
    def output(self) -> str:
        """The last lines that the app printed."""
        return "\n".join(self._last_lines)

    def wait_until_it_answers(self, timeout: float | None = None) -> None:
        """Wait until the app serves.

        Args:
            timeout: Seconds to wait, without an end when None.

        Raises:
            AppFailed: It ended, or the time is over.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not all(map(self._answers, self._answers_at)):
            if self.process.poll() is not None:
                raise AppFailed(f"{self.wait()[1]}\nThe app ended before it answered.")
            if deadline is not None and time.monotonic() > deadline:
                raise AppFailed(f"{self.output}\nThe app did not answer at {self.url} within {timeout:g} s.")
            time.sleep(0.1)

    def _answers(self, path: str) -> bool:
        try:
            with _opener.open(self.url + path, timeout=2) as response:
                return response.status == 200
        except (OSError, HTTPException):
            # HTTPException: something else answers, or nothing yet: a connection to a free port may meet itself.
            return False

    def wait(self) -> tuple[int, str]:
        """Wait until the app has ended.

        Returns:
            Its exit code and the last lines that it printed.
        """
        code = self.process.wait()
        self._reader.join(timeout=5)
        return code, self.output

    def stop(self, grace: float = 5) -> None:
        """End the app and every process that it started.

        Args:
            grace: Seconds that it has to end by itself.
        """
        self._signal_group(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=grace)
        # What outlived its parent or ignored the first signal.
        self._signal_group(signal.SIGKILL)
        self.wait()

    def _signal_group(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

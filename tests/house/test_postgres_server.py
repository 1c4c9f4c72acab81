"""The PostgreSQL that tests and measurements run on."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support import postgres_programs
from tests.support.postgres import DURABLE, PostgresServer, PostgresUnavailable, postgres_server

_LEAVES_IT_RUNNING = """
import sys, time
from pathlib import Path
from tests.support.postgres import postgres_server
with postgres_server(Path(sys.argv[1])) as server:
    print(server.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the user may enter who runs the server in place of root; pytest's own is closed."""
    with tempfile.TemporaryDirectory(prefix="billing-postgres-test-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def _value(postgres: PostgresServer, name: str, url: str | None = None) -> str:
    with postgres.connect(url) as connection:
        row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    assert row is not None
    return row[0]


def test_it_is_as_durable_as_a_deployed_one(postgres: PostgresServer) -> None:
    assert {name: _value(postgres, name) for name in DURABLE} == DURABLE


def test_each_test_gets_an_empty_database_of_its_own(postgres: PostgresServer, postgres_url: str) -> None:
    with postgres.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE mine (number integer)")
    other = postgres.create_database()
    with postgres.connect(other) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("TABLE mine")
    postgres.drop_database(other)


def test_a_database_can_be_a_copy_of_another(postgres: PostgresServer, postgres_url: str) -> None:
    with postgres.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE copied AS SELECT 1 AS number")
    copy = postgres.create_database(like=postgres_url)
    with postgres.connect(copy) as connection:
        assert connection.execute("TABLE copied").fetchall() == [(1,)]
    postgres.drop_database(copy)


def test_what_was_committed_is_there_after_the_server_was_killed(postgres: PostgresServer, postgres_url: str) -> None:
    connection = postgres.connect(postgres_url)
    connection.execute("CREATE TABLE kept (number integer)")
    connection.execute("INSERT INTO kept VALUES (1)")
    postgres.kill()
    with pytest.raises(psycopg.OperationalError):
        connection.execute("TABLE kept")
    postgres.start()
    with postgres.connect(postgres_url) as again:
        assert again.execute("TABLE kept").fetchall() == [(1,)]


def test_settings_last_for_a_block_and_for_a_database(postgres: PostgresServer) -> None:
    with postgres.settings(fsync="off", max_prepared_transactions="5"):
        assert (_value(postgres, "fsync"), _value(postgres, "max_prepared_transactions")) == ("off", "5")
    assert (_value(postgres, "fsync"), _value(postgres, "max_prepared_transactions")) == ("on", "0")
    serializable = postgres.create_database(default_transaction_isolation="serializable")
    assert _value(postgres, "transaction_isolation", serializable) == "serializable"
    assert _value(postgres, "transaction_isolation") == "read committed"
    postgres.drop_database(serializable)


def test_nothing_of_it_remains_when_its_process_is_killed(repository: Path, folder: Path) -> None:
    command = [sys.executable, "-c", _LEAVES_IT_RUNNING, str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        postmaster = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while _runs(postmaster) or list(folder.iterdir()):
        assert time.monotonic() < deadline, "the server or its data outlived its process"
        time.sleep(0.02)


@pytest.mark.parametrize("settings", [{"shared_buffers": "nonsense"}, {"shared_preload_libraries": "nonsense"}])
def test_a_server_that_does_not_start_says_why_and_leaves_nothing(folder: Path, settings: dict[str, str]) -> None:
    with pytest.raises(PostgresUnavailable, match="nonsense"), postgres_server(folder, **settings):
        pass
    assert list(folder.iterdir()) == []


def test_a_machine_without_the_programs_is_told(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(postgres_programs.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(PostgresUnavailable, match="make setup"), postgres_server(folder):
        pass


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

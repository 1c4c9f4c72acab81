"""`billing-ui db`, on real databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from billing_ui.cli import app
from billing_ui_backend.schema import VERSION
from tests.support.command_line import CommandLine
from tests.support.postgres import PostgresServer
from tests.support.schemas import make_first_release, make_version, set_version, shape, versions


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    """A command line on a folder without a database."""
    return CommandLine(tmp_path)


@pytest.fixture
def old(line: CommandLine) -> Path:
    """The database as the first release left it."""
    database = line.folder / "billing.db"
    make_first_release(database)
    return database


def test_version_tells_an_old_database_and_leaves_it_so(line: CommandLine, old: Path) -> None:
    before = old.read_bytes()
    done = line.run("db", "version")
    assert (done.code, done.err) == (1, "")
    assert done.out == f"0001 (this release has {VERSION}: upgrade with billing-ui db upgrade)\n"
    assert old.read_bytes() == before


def test_upgrade_says_from_where_to_where(line: CommandLine, old: Path) -> None:
    done = line.run("db", "upgrade")
    assert (done.code, done.out, done.err) == (0, f"Upgraded from version 0001 to {VERSION}.\n", "")
    assert versions(f"sqlite:///{old}") == [VERSION]
    assert line.run("db", "version").out == f"{VERSION} (current)\n"
    assert line.run("db", "upgrade").out == f"Nothing to do: version {VERSION} is current.\n"
    assert line.run("verify").out == "All agrees: 3 events, 2 counters.\n"


def test_the_database_may_come_from_the_environment(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLING_DATABASE_URL", f"sqlite:///{old}")
    assert CliRunner().invoke(app, ["db", "upgrade"]).stdout == f"Upgraded from version 0001 to {VERSION}.\n"
    assert versions(f"sqlite:///{old}") == [VERSION]


def test_a_newer_database_is_told_and_refused(line: CommandLine) -> None:
    line.open().list_customers()
    set_version(line.url, "0099")
    done = line.run("db", "version")
    assert (done.code, done.err) == (1, "")
    assert done.out == f"0099 (this release has {VERSION}: install the release that wrote it)\n"
    refused = line.run("db", "upgrade")
    assert (refused.code, refused.out) == (2, "")
    assert "schema version 0099" in refused.err
    assert versions(line.url) == ["0099"]


def test_a_database_without_tables_gets_them(line: CommandLine) -> None:
    (line.folder / "billing.db").touch()
    done = line.run("db", "version")
    assert (done.code, done.out) == (1, f"no tables yet (this release has {VERSION})\n")
    assert line.run("db", "upgrade").out == f"Made the tables: version {VERSION}.\n"
    assert line.run("db", "version").code == 0


@pytest.mark.parametrize("command", ["version", "upgrade"])
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:///{folder}/mistyped.db", "there is no database {folder}/mistyped.db: check --url"),
        ("sqlite:///{folder}/catalog.toml", "file is not a database"),
        ("sqlite://", "name a file"),
        ("mysql://localhost/x", "mysql://localhost/x is not supported"),
        ("not a url", "can't be read"),
        ("postgresql+psycopg://me:secret@127.0.0.1:1/x", "me:***@127.0.0.1:1/x does not answer"),
    ],
)
def test_what_is_no_database_is_told_in_a_sentence(line: CommandLine, command: str, url: str, sentence: str) -> None:
    done = line.run("db", command, url=url.format(folder=line.folder))
    assert (done.code, done.out) == (2, "")
    assert sentence.format(folder=line.folder) in done.err
    assert "secret" not in done.err
    assert not (line.folder / "mistyped.db").exists()


def test_on_postgresql(line: CommandLine, postgres: PostgresServer, postgres_url: str) -> None:
    assert line.run("db", "version", url=postgres_url).out.startswith("no tables yet")
    make_version(postgres_url, "0001")
    assert line.run("db", "version", url=postgres_url).out.startswith("0001 ")
    assert line.run("db", "upgrade", url=postgres_url).out == f"Upgraded from version 0001 to {VERSION}.\n"
    assert line.run("db", "version", url=postgres_url).out == f"{VERSION} (current)\n"
    empty = postgres.create_database()
    assert line.run("db", "upgrade", url=empty).out == f"Made the tables: version {VERSION}.\n"
    assert shape(empty) == shape(postgres_url)
    postgres.drop_database(empty)

"""`billing-ui import`: what it prints, how it ends, and that it can always be run again."""

import os
import pty
import select
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing_ui_backend import Billing
from tests.support.command_line import CommandLine, Done

COLUMNS = ["--customer", "who", "--feature", "=api_calls", "--quantity", "n", "--time", "at"]


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    """A command line on a database with a customer "anna" on pro."""
    made = CommandLine(tmp_path)
    with made.open() as billing:
        billing.create_customer("anna", plan="pro")
    return made


@pytest.fixture
def at(line: CommandLine) -> str:
    """A moment ago, as a file without offsets has it."""
    with line.open() as billing:
        return billing.now().strftime("%Y-%m-%d %H:%M:%S.%f0")


def write(line: CommandLine, *rows: str, name: str = "usage.csv") -> Path:
    path = line.folder / name
    path.write_text("\n".join(["who,n,at", *rows]) + "\n")
    return path


def consumed(line: CommandLine, customer: str) -> object:
    with Billing(line.url) as billing:
        return billing.get_usage_metrics(customer)["api_calls"].consumed


def test_a_clean_import_sums_up_and_exits_0_and_again_counts_nothing(line: CommandLine, at: str) -> None:
    path = write(line, f"anna,0.5,{at}", f"anna,0.5,{at}", f"anna,1234,{at}")
    assert line.run("import", path, *COLUMNS) == Done(
        0,
        "usage.csv: 3 rows read, 3 counted, 0 already there, 0 rejected\n  api_calls: 1,235 counted, 0 already there\n",
        "",
    )
    again = line.run("import", path, *COLUMNS)
    assert again.code == 0
    assert again.out.splitlines() == [
        "usage.csv: 3 rows read, 0 counted, 3 already there, 0 rejected",
        "  api_calls: 0 counted, 1,235 already there",
    ]
    assert consumed(line, "anna") == 1235


def test_rejected_rows_are_named_on_stderr_and_exit_1(line: CommandLine, at: str) -> None:
    path = write(line, f"anna,1,{at}", f"bob,1,{at}", f'"anna\n",2,{at}', "anna,x,soon", f"anna,-1,{at}")
    done = line.run("import", path, *COLUMNS)
    assert done.code == 1
    assert [row.split(":")[0] for row in done.err.splitlines()] == ["line 3", "line 6", "line 7"]
    assert done.out.startswith("usage.csv: 5 rows read, 2 counted, 0 already there, 3 rejected\n")


def test_customers_are_created_where_asked(line: CommandLine, at: str) -> None:
    path = write(line, f"bob,2,{at}", f"zoë,3,{at}")
    done = line.run("import", path, *COLUMNS, "--create-customers", "free")
    assert done.code == 0
    assert "2 customers were created, with calendar months" in done.out
    assert (consumed(line, "bob"), consumed(line, "zoë")) == (2, 3)


def test_a_catalog_and_created_customers_are_all_that_a_new_database_needs(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    path = write(line, "bob,2,2015-05-17T10:05:03+00:00")
    options = ["--create-customers", "free", "--catalog", line.catalog, "--backfill", "--yes"]
    assert line.run("import", path, *COLUMNS, *options).code == 0
    assert line.run("verify").out == "All agrees: 1 events, 2 counters.\n"


def test_progress_is_told_in_lines_where_there_is_no_terminal(line: CommandLine) -> None:
    path = write(line, *["anna,-1,2026-01-01"] * 10_001)
    done = line.run("import", path, *COLUMNS)
    told = [row for row in done.err.splitlines() if not row.startswith("line ")]
    assert told == ["10,000 rows read, 10,000 rejected"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (["--customer", "client"], "usage.csv has no column 'client': it has 'who', 'n', 'at'"),
        (["--quantity", "="], "quantity is '='"),
        (["--key", "=k"], "must come from a column"),
        (["--zone", "Mars/Olympus"], "zone 'Mars/Olympus' is not known"),
        (["--create-customers", "gold"], "the catalog has no plan 'gold'"),
        (["--source", ""], "source has 0 characters"),
        (["--backfill"], "confirm with --yes"),
        (["--colour"], "No such option: --colour"),
    ],
)
def test_what_can_not_begin_exits_2_with_a_sentence(
    line: CommandLine, at: str, changed: list[str], sentence: str
) -> None:
    done = line.run("import", write(line, f"anna,1,{at}"), *COLUMNS, *changed)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err
    assert consumed(line, "anna") == 0


@pytest.mark.parametrize("changed", [["--backfill"], ["--create-customers", "gold"], ["--source", ""], ["--zone", "X"]])
def test_what_did_not_begin_left_the_catalog_and_the_disk_as_they_were(
    line: CommandLine, at: str, changed: list[str]
) -> None:
    path, other = write(line, f"anna,1,{at}"), line.folder / "other.toml"
    other.write_text(line.catalog.read_text().replace("limit = 10 }", "limit = 7 }"))
    assert line.run("import", path, *COLUMNS, *changed, "--catalog", other).code == 2
    with Billing(line.url) as billing:
        assert billing.get_usage_metrics("anna")["team"].limit == 10
    new = line.folder / "new.db"
    assert line.run("import", path, *COLUMNS, *changed, "--catalog", other, url=f"sqlite:///{new}").code == 2
    assert not new.exists()


def test_a_catalog_that_is_refused_exits_2_and_says_nothing_of_rows(line: CommandLine, at: str) -> None:
    with line.open() as billing:
        billing.track_usage(customer_id="anna", feature_key="team")
    other = line.folder / "other.toml"
    other.write_text(line.catalog.read_text().replace("scale = 0", "scale = 2"))
    done = line.run("import", write(line, f"anna,1,{at}"), *COLUMNS, "--catalog", other)
    assert (done.code, done.out) == (2, "")
    assert "features.team" in done.err
    assert "stays counted" not in done.err


def test_a_required_option_that_is_missing_exits_2(line: CommandLine) -> None:
    done = line.run("import", "usage.csv", *COLUMNS[:-2])
    assert done.code == 2
    assert "Missing option '--time'" in done.err


def test_a_file_that_is_not_there_or_is_empty_exits_2(line: CommandLine) -> None:
    empty = line.folder / "empty.csv"
    empty.touch()
    for path, sentence in ((line.folder / "none.csv", "none.csv can't be read"), (empty, "empty.csv is empty")):
        done = line.run("import", path, *COLUMNS)
        assert done.code == 2
        assert sentence in done.err


def test_without_a_catalog_it_exits_2(line: CommandLine, at: str) -> None:
    done = line.run("import", write(line, f"anna,1,{at}"), *COLUMNS, url=f"sqlite:///{line.folder / 'new.db'}")
    assert done.code == 2
    assert "--catalog" in done.err


class Terminal:
    """A terminal for a command's stdin and stderr."""

    def __init__(self) -> None:
        self.ours, self.theirs = pty.openpty()
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def read_until(self, text: str) -> None:
        """Reads until the command shows a text; fails when it ends before."""
        while text not in self.seen:
            ready, _, _ = select.select([self.ours], [], [], 60)
            assert ready, self.seen
            self.seen += os.read(self.ours, 4096).decode()

    def close(self) -> None:
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A terminal that is closed at the end."""
    made = Terminal()
    yield made
    made.close()


@pytest.mark.parametrize(("answer", "code", "counted"), [("y\n", 1, 1), ("n\n", 2, 0), ("\x04", 2, 0), ("\n", 2, 0)])
def test_in_a_terminal_a_backfill_asks_first(
    line: CommandLine, at: str, terminal: Terminal, answer: str, code: int, counted: int
) -> None:
    path = write(line, f"anna,1,{at}", "[bold]odd[/bold],1,soon")
    command = line.start("import", path, *COLUMNS, "--backfill", stdin=terminal.theirs, stderr=terminal.theirs)
    terminal.read_until("[y/N]")
    assert "past any limit" in terminal.seen
    terminal.type(answer)
    assert command.wait(timeout=60) == code
    assert consumed(line, "anna") == counted
    if counted:
        terminal.read_until("line 3: time 'soon' can't be read")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_import_that_is_stopped_half_way_can_be_run_again(
    line: CommandLine, at: str, number: signal.Signals
) -> None:
    """It waits for more of a pipe, has committed a first batch, and is stopped."""
    rows = [f"anna,0.5,{at}"] * 1200
    whole = write(line, *rows)
    folder = line.folder / "pipe"
    folder.mkdir()
    pipe = folder / "usage.csv"
    os.mkfifo(pipe)
    # Both ends: a command that fails before it opens the pipe must not block the test.
    end = os.open(pipe, os.O_RDWR)
    command = line.start("import", pipe, *COLUMNS)
    try:
        os.write(end, whole.read_bytes()[: whole.stat().st_size // 2])
        os.write(end, whole.read_bytes()[whole.stat().st_size // 2 :])
        deadline = time.monotonic() + 60
        while consumed(line, "anna") != 500:
            assert command.poll() is None
            assert time.monotonic() < deadline
        command.send_signal(number)
        out, err = command.communicate(timeout=60)
    finally:
        os.close(end)
        command.kill()
        command.wait()
    if number == signal.SIGINT:
        assert command.returncode == 130
        assert out.startswith("usage.csv: 1,000 rows read, 1,000 counted")
        assert err == "Error: interrupted: what was counted stays counted, run the same command again for the rest\n"
    done = line.run("import", whole, *COLUMNS)
    assert done.out.startswith("usage.csv: 1,200 rows read, 200 counted, 1,000 already there, 0 rejected\n")
    assert consumed(line, "anna") == 600

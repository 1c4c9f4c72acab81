"""`make bench`: the table that says how fast the engine is, beside its peers, on this machine."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tests.benchmarks import machine
from tests.benchmarks.bench import Bench
from tests.benchmarks.cases import CASES, Case
from tests.benchmarks.measure import QUICK, BenchmarkError, Pace
from tests.benchmarks.table import Failed, Figure, Row, markdown, write_readme

# A case that hangs ends here, and is in the table as failed.
_CASE_SECONDS = 150
ROOT = Path(__file__).resolve().parents[2]
_IN_MEMORY = ("tmpfs", "ramfs")


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for and print the table; 1 when a case could not be measured."""
    asked = _parser().parse_args(arguments)
    if asked.readme and (asked.quick or asked.cases):
        raise BenchmarkError("The README gets the whole table, from a run that is not --quick")
    folder = Path(tempfile.mkdtemp(prefix="billing-bench-", dir=asked.folder or _folder_on_disk()))
    try:
        if os.geteuid() == 0:
            # PostgreSQL runs as another user.
            folder.chmod(0o755)
        with closing(Bench(folder, QUICK if asked.quick else Pace())) as bench:
            rows = measure(bench, {name: CASES[name] for name in asked.cases or CASES})
        table = markdown(machine.describe(folder), rows)
    finally:
        shutil.rmtree(folder)
    print(table)
    failed = any(isinstance(row, Failed) for row in rows)
    if asked.readme and failed:
        print(f"{asked.readme} is left as it was: not every case could be measured", file=sys.stderr)
    elif asked.readme:
        write_readme(asked.readme, table)
    return int(failed)


def measure(bench: Bench, cases: Mapping[str, Case]) -> list[Row | Figure | Failed]:
    """The rows of all cases in their order; what is done is told on the way."""
    rows: list[Row | Figure | Failed] = []
    signal.signal(signal.SIGALRM, _too_long)
    for name, case in cases.items():
        print(f"{name} ...", file=sys.stderr, flush=True)
        signal.alarm(_CASE_SECONDS)
        try:
            measured: Sequence[Row | Figure | Failed] = case(bench)
        # One case that fails, whatever the reason, must not cost the others; it is reported in its place.
        except Exception as error:  # noqa: BLE001
            measured = [Failed(name, f"{type(error).__name__}: {error}")]
        finally:
            signal.alarm(0)
        rows += measured
        for row in measured:
            print(row, file=sys.stderr, flush=True)
    return rows


def _folder_on_disk() -> Path:
    folders = (Path(tempfile.gettempdir()), ROOT)
    for folder in folders:
        if machine.file_system(folder) not in _IN_MEMORY:
            return folder
    raise BenchmarkError(f"{' and '.join(map(str, folders))} are in memory, nothing is durable there: use --folder")


def _too_long(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise BenchmarkError(f"not done after {_CASE_SECONDS} s")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="case", choices=[[], *CASES], help=f"of {', '.join(CASES)}")
    parser.add_argument("--quick", action="store_true", help="once and short: for a first look, not for the README")
    parser.add_argument("--readme", type=Path, help="put the table into this file, between its two markers")
    parser.add_argument(
        "--folder", type=Path, help="where the databases are made, on a disk; else among temporary files"
    )
    return parser


if __name__ == "__main__":
    # Also then, the servers are stopped and the databases removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(sys.argv[1:]))
    except BenchmarkError as refused:
        sys.exit(str(refused))

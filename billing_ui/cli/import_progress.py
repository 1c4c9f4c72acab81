"""What an import shows on stderr while it runs: a bar in a terminal, else lines."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from billing_ui_backend.csv_import import ImportReport
from billing_ui_backend.csv_rows import CsvFile

LINE_EVERY = 10_000


class ImportProgress:
    """Shows the progress of one import, and each rejected row; a context manager."""

    def __init__(self, file: CsvFile) -> None:
        self._file = file
        self._bar: Progress | None = None
        if sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TaskProgressColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task(file.name, total=file.size)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, report: ImportReport) -> None:
        """Shows how far it is."""
        if self._bar is not None:
            done = self._file.position if self._file.size is not None else 0
            self._bar.update(self._task, completed=done, description=f"{self._file.name}: {report.read:,} rows")
        elif report.read % LINE_EVERY == 0:
            typer.echo(f"{report.read:,} rows read, {report.rejected:,} rejected", err=True)

    def reject(self, line: int, reason: str) -> None:
        """Shows a row that was not counted."""
        if self._bar is not None:
            self._bar.console.print(f"line {line}: {reason}", markup=False, highlight=False, soft_wrap=True)
        else:
            typer.echo(f"line {line}: {reason}", err=True)

"""A CSV file as numbered rows, read a line at a time, however long it is."""

from __future__ import annotations

import csv
import io
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TextIO

from billing_ui_backend.errors import InvalidRequest

DELIMITERS = ",;\t|"
MAX_ROW = 1_048_576
# What a file begins with that is no text in UTF-8, and what to do about it.
_NOT_CSV = {
    b"\xff\xfe": "is UTF-16: save it as UTF-8",
    b"\xfe\xff": "is UTF-16: save it as UTF-8",
    b"PK\x03\x04": "is a workbook or an archive: export it as CSV, or unpack it",
    b"\x1f\x8b": "is compressed: unpack it first",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row and the line of the file on which it begins, counted from 1; a quoted value may span lines."""

    line: int
    values: list[str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that can't be read."""

    line: int
    reason: str


class CsvFile:
    """An open CSV file with a header: UTF-8 with or without a mark, any line ends, `,` `;` tab or `|` between values.

    Iterating gives its rows in order and keeps nothing of them. Rows without any value are left out.

    Args:
        path: the file.
        wanted: names of columns that must be there; they decide which delimiter the header is read with.

    Raises:
        InvalidRequest: it can't be read, is empty, or lacks a wanted column or has it twice.

    Example:
        >>> with CsvFile(Path("usage.csv"), ["customer"]) as file:
        ...     customers = [row.values[file.index("customer")] for row in file if isinstance(row, Row)]
    """

    def __init__(self, path: Path, wanted: Sequence[str] = ()) -> None:
        self.name = path.name
        with _reading(path.name):
            self._bytes = path.open("rb")
        try:
            with _reading(path.name):
                self._check_beginning()
                # Broken bytes spoil only the values they are in: the engine refuses those, by line.
                self._text = io.TextIOWrapper(self._bytes, "utf-8-sig", errors="surrogateescape", newline="\n")
                self._lines = _Lines(self._text)
                self._delimiter, self.header = self._read_header(wanted)
            for column in wanted:
                self.index(column)
        except BaseException:
            self._bytes.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._text.close()

    def __iter__(self) -> Iterator[Row | BadRow]:
        rows = _reader(self._lines, self._delimiter)
        while True:
            line = self._lines.begin_row()
            try:
                with _reading(self.name):
                    values = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield BadRow(line, f"can't be read: {error}{self._extent(line)}")
                continue
            if not any(value.strip() for value in values):
                continue
            if len(values) == len(self.header):
                yield Row(line, values)
            else:
                yield BadRow(line, f"has {_counted(values, 'value')}, the header has {len(self.header)}")

    def index(self, column: str) -> int:
        """Where a column's values stand in a row.

        Raises:
            InvalidRequest: there is no such column, or several.
        """
        places = [place for place, name in enumerate(self.header) if name == column]
        if not places:
            names = ", ".join(repr(name[:60]) for name in self.header[:50])
            raise InvalidRequest(f"{self.name} has no column {column!r}: it has {names}")
        if len(places) > 1:
            raise InvalidRequest(f"{self.name} has {len(places)} columns {column!r}: rename all but one")
        return places[0]

    @property
    def size(self) -> int | None:
        """Bytes in the file, None where that is not known, as in a pipe."""
        status = os.fstat(self._bytes.fileno())
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    @property
    def position(self) -> int:
        """Bytes read so far; only where `size` is known."""
        return self._bytes.tell()

    def _check_beginning(self) -> None:
        beginning = self._bytes.peek(4)
        for mark, problem in _NOT_CSV.items():
            if beginning.startswith(mark):
                raise InvalidRequest(f"{self.name} {problem}")

    def _read_header(self, wanted: Sequence[str]) -> tuple[str, list[str]]:
        """The delimiter under which the header has most of what is wanted, then most columns; and the header."""
        lines = self._header_lines()
        readings: list[tuple[int, int, str, list[str]]] = []
        problems: list[csv.Error] = []
        for delimiter in DELIMITERS:
            try:
                names = [name.strip() for name in next(_reader(lines, delimiter))]
            except csv.Error as error:
                problems.append(error)
            else:
                readings.append((len(set(wanted).intersection(names)), len(names), delimiter, names))
        if not readings:
            raise InvalidRequest(f"{self.name}: its header can't be read: {problems[0]}")
        _, _, delimiter, names = max(readings, key=lambda reading: reading[:2])
        return delimiter, names

    def _header_lines(self) -> list[str]:
        lines: list[str] = []
        self._lines.begin_row()
        try:
            for line in self._lines:
                if lines or line.strip():
                    lines.append(line)
                # An odd number of quotes leaves one open: the header goes on in the next line.
                if lines and sum(part.count('"') for part in lines) % 2 == 0:
                    return lines
        except csv.Error as error:
            raise InvalidRequest(f"{self.name}: its header can't be read: {error}") from error
        if not lines:
            raise InvalidRequest(f"{self.name} is empty: its first line must name the columns")
        return lines

    def _extent(self, line: int) -> str:
        last = self._lines.number
        if last == line:
            return ""
        return f" (lines {line} to {last} were taken for one row: look for a quote that does not end)"


class _Lines:
    """The lines of a text, counted. A row that outgrows all bounds is given up, so that memory stays flat."""

    def __init__(self, text: TextIO) -> None:
        self.number = 0
        self._text = text
        self._size = 0

    def begin_row(self) -> int:
        """The number of the line that comes next, which begins a row."""
        self._size = 0
        return self.number + 1

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_ROW)
        if not line:
            raise StopIteration
        self.number += 1
        self._size += len(line)
        if self._size >= MAX_ROW:
            while line and not line.endswith("\n"):
                line = self._text.readline(MAX_ROW)
            raise csv.Error(f"it has more than {MAX_ROW:,} characters")
        return line


def _reader(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)


def _counted(things: Sequence[object], noun: str) -> str:
    return f"{len(things)} {noun}" if len(things) == 1 else f"{len(things)} {noun}s"


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InvalidRequest(f"{name} can't be read: {error.strerror or error}") from error

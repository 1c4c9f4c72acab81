"""The rows of the table, in Markdown, on paper and in the README."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.benchmarks.measure import BenchmarkError, Compared, ratio

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
_HEAD = "| case | ours | peer | ratio | aim | |\n|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Aim:
    """What a ratio should be: `Aim("at least", 0.7)`."""

    kind: Literal["at least", "at most"]
    ratio: float

    def met(self, ratio: float) -> bool:
        """Whether a ratio is what it should be."""
        return ratio >= self.ratio if self.kind == "at least" else ratio <= self.ratio

    def __str__(self) -> str:
        return f"{self.kind} {number(self.ratio)} x"


@dataclass(frozen=True)
class Row:
    """One line: what was compared, both figures with their units, the ratio; without an aim it is only reported."""

    case: str
    ours: str
    peer: str
    ratio: float
    aim: Aim | None = None

    @property
    def verdict(self) -> str:
        """met, not met, or reported."""
        if self.aim is None:
            return "reported"
        return "met" if self.aim.met(self.ratio) else "**not met**"

    def __str__(self) -> str:
        return (
            f"| {self.case} | {self.ours} | {self.peer} | {number(self.ratio)} x | {self.aim or ''} | {self.verdict} |"
        )


@dataclass(frozen=True)
class Figure:
    """One line about a figure that has no peer: an aim of its own, in its own unit, or none."""

    case: str
    value: float
    unit: Callable[[float], str]
    most: float | None = None

    @property
    def verdict(self) -> str:
        """met, not met, or reported."""
        if self.most is None:
            return "reported"
        return "met" if self.value <= self.most else "**not met**"

    def __str__(self) -> str:
        aim = "" if self.most is None else f"at most {self.unit(self.most)}"
        return f"| {self.case} | {self.unit(self.value)} | | | {aim} | {self.verdict} |"


@dataclass(frozen=True)
class Failed:
    """A case that could not be measured; it is in the table as well."""

    case: str
    why: str

    def __str__(self) -> str:
        why = " ".join(self.why.split()).replace("|", "/")[:160]
        return f"| {self.case} | | | | | **failed**: {why} |"


def number(value: float) -> str:
    """A figure with three digits that mean something: 0.713, 12.3, 1,234."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def rate(value: float) -> str:
    """Events a second."""
    return f"{number(value)} /s"


def rates(case: str, compared: Compared, aim: Aim | None) -> Row:
    """The row that compares events a second."""
    ours, peer = compared.of(lambda sample: sample.rate)
    return Row(case, rate(ours), rate(peer), ratio(ours, peer), aim)


def kilobytes(size: float) -> str:
    """A size in KiB."""
    return f"{number(size / 1024)} KiB"


def duration(seconds: float) -> str:
    """A time in the unit in which it reads well."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{number(seconds / size)} {unit}"
    return f"{number(seconds * 1e9)} ns"


def markdown(machine: str, rows: Sequence[Row | Figure | Failed]) -> str:
    """The whole table with the machine below it."""
    return "\n".join([_HEAD, *map(str, rows), "", machine, ""])


def write_readme(readme: Path, table: str) -> None:
    """Put the table between the two markers, in place of the one that is there.

    Raises:
        BenchmarkError: The file has not exactly one such place.
    """
    text = readme.read_text()
    place = re.compile(f"{BEGIN}\n.*?{END}", re.S)
    if text.count(BEGIN) != 1 or len(place.findall(text)) != 1:
        raise BenchmarkError(f"{readme} needs one {BEGIN} with one {END} below it")
    readme.write_text(place.sub(lambda _: f"{BEGIN}\n{table}{END}", text))

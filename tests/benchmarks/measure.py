"""What is measured and how: two sides in turns, so that this machine's noise hits both."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


class BenchmarkError(Exception):
    """A number that would mislead, so it is not reported; the message says which."""


@dataclass(frozen=True)
class Pace:
    """How long it takes: each side runs `repetitions` times for `seconds`, after a warm-up."""

    repetitions: int = 5
    seconds: float = 1.2
    warm_up: float = 0.5


QUICK = Pace(repetitions=1, seconds=0.5, warm_up=0.2)


@dataclass(frozen=True)
class Sample:
    """One run of one side.

    Attributes:
        events: How many were acknowledged.
        seconds: From the first call's begin to the last one's end.
        waits: How long each call took, in seconds.
    """

    events: int
    seconds: float
    waits: Sequence[float]

    @property
    def rate(self) -> float:
        """Acknowledged events a second."""
        return self.events / self.seconds

    def wait(self, fraction: float) -> float:
        """What this fraction of the calls did not exceed, in seconds: 0.5 is the median, 0.99 the p99."""
        if not self.waits or not 0 < fraction <= 1:
            raise BenchmarkError(f"There is no {fraction:.1%} of {len(self.waits)} waits")
        return sorted(self.waits)[math.ceil(fraction * len(self.waits)) - 1]


class Side(ABC):
    """One of the two that are compared; made ready and warm by the constructor, gone after `close`."""

    @abstractmethod
    def run(self, seconds: float) -> Sample:
        """Work for so long."""

    @abstractmethod
    def counted(self) -> int:
        """How many events its own books hold, of all runs together."""

    @abstractmethod
    def close(self) -> None:
        """Give back what it holds."""


@dataclass(frozen=True)
class Compared:
    """The samples of both sides, in pairs."""

    ours: Sequence[Sample]
    peer: Sequence[Sample]

    def of(self, figure: Callable[[Sample], float]) -> tuple[float, float]:
        """The median of a figure over each side's samples, ours first."""
        return median(map(figure, self.ours)), median(map(figure, self.peer))


def compare(ours: Side, peer: Side, pace: Pace) -> Compared:
    """Run both in turns: ours, peer, ours, peer.

    Raises:
        BenchmarkError: A side did nothing, or its books do not hold what it acknowledged.
    """
    sides = (ours, peer)
    before = [side.counted() for side in sides]
    samples: tuple[list[Sample], list[Sample]] = ([], [])
    warm = [side.run(pace.warm_up) for side in sides]
    for _ in range(pace.repetitions):
        for side, taken in zip(sides, samples, strict=True):
            taken.append(side.run(pace.seconds))
    for side, start, first, taken in zip(sides, before, warm, samples, strict=True):
        acknowledged = first.events + sum(sample.events for sample in taken)
        counted = side.counted() - start
        if min(sample.events for sample in taken) == 0 or counted != acknowledged:
            name = type(side).__name__
            raise BenchmarkError(f"{name} acknowledged {acknowledged} events, its books hold {counted}")
    return Compared(*samples)


def median_wait(sample: Sample) -> float:
    """How long half of the calls took at most, in seconds."""
    return sample.wait(0.5)


def ratio(ours: float, peer: float) -> float:
    """How many times the peer's figure ours is.

    Raises:
        BenchmarkError: One of them is no positive number.
    """
    if not (0 < ours < math.inf and 0 < peer < math.inf):
        raise BenchmarkError(f"{ours} against {peer} is no ratio")
    return ours / peer

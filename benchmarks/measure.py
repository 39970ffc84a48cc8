"""Interleaved timing: the two sides take turns, so that both meet the same machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Row", "compare", "seconds"]

Step = Callable[[], object]


@dataclass
class Row:
    """One line of the table: what took how long, and the bar that its ratio should stay under."""

    name: str
    ours: float  # in `unit`
    other: float | None = None
    ratio: float | None = None
    bar: float | None = None
    unit: str = "ms"
    of: str = "PyTorch"  # what `other` is

    @property
    def holds(self) -> bool | None:
        """Whether the ratio is within its bar; None if there is nothing to compare."""
        return None if self.ratio is None or self.bar is None else self.ratio <= self.bar


def seconds(step: Step, repeats: int) -> float:
    """Time some steps, after two that warm the caches; return the seconds of one."""
    step(), step()
    start = time.perf_counter()
    for _ in range(repeats):
        step()
    return (time.perf_counter() - start) / repeats


def compare(
    name: str,
    ours: Step,
    other: Step | None = None,
    *,
    bar: float | None = None,
    rounds: int = 15,
    budget: float = 0.05,
    of: str = "PyTorch",
) -> Row:
    """Take turns with two steps; return medians in milliseconds and the median of the ratios.

    Args:
        name: of the row.
        ours: a step of ours.
        other: what it is compared with, if there is such a thing.
        bar: what the ratio should not exceed.
        rounds: how many turns.
        budget: seconds that one side's turn should take, about.
        of: what other is, in a word.
    """
    repeats = max(1, min(50, round(budget / seconds(ours, 1))))
    a: list[float] = []
    b: list[float] = []
    for _ in range(rounds):
        a.append(seconds(ours, repeats))
        if other is not None:
            b.append(seconds(other, repeats))
    row = Row(name, statistics.median(a) * 1e3, bar=bar, of=of)
    if b:
        row.other = statistics.median(b) * 1e3
        row.ratio = statistics.median(x / y for x, y in zip(a, b, strict=True))
    return row

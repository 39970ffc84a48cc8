"""Interleaved timing: the two sides take turns, under the same load of the machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Row", "compare", "seconds"]

Step = Callable[[], object]


@dataclass
class Row:
    """One line of the table: a time, a reference, and the largest acceptable ratio (the bar)."""

    name: str
    ours: float  # in `unit`
    other: float | None = None
    ratio: float | None = None
    bar: float | None = None
    unit: str = "ms"
    of: str = "PyTorch"  # the name of the reference

    @property
    def holds(self) -> bool | None:
        """Whether the ratio is acceptable; None without a reference."""
        return None if self.ratio is None or self.bar is None else self.ratio <= self.bar


def seconds(step: Step, repeats: int) -> float:
    """Return the seconds per step, after two steps that warm the caches."""
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
    """Time two steps in turns; return medians in milliseconds and the median of the ratios.

    Args:
        name: the name of the row.
        ours: a step of fineopt.
        other: the reference, if any.
        bar: the largest acceptable ratio.
        rounds: the number of turns.
        budget: approximate seconds of a turn.
        of: the name of the reference.
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

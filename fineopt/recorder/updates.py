"""How far steps move parameters: the norm of a step, and of what it moved, now and then."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atomic import Change
from .columns import Floats, Ints, grown

EVERY = 4  # steps from one to the next at first: to copy and compare all parameters takes time
LIMIT = 512  # rows


class Updates:
    """Norms of whole parameters and of their steps, at every ``stride``-th step.

    When the rows are full, every other one is dropped and the stride doubles. The values before a
    step are copied only where that step is to be measured, and let go of after it.
    """

    def __init__(self, size: int, limit: int = LIMIT) -> None:
        self.limit = limit
        self.rows: Floats = np.empty((0, 2, size))  # norms of the step, and of what it led to
        self.steps: Ints = np.zeros(0, np.int64)
        self.count, self.stride = 0, EVERY
        self._before: list[NDArray[Any]] | None = None

    def measure(self, values: Sequence[NDArray[Any]]) -> Floats | None:
        """Return the norms of the step that led to these values; None where it is not measured."""
        if self._before is None:
            return None
        with np.errstate(all="ignore"):
            steps = [norm(a - b) for a, b in zip(values, self._before, strict=True)]
            return np.array([steps, [norm(value) for value in values]])

    def appended(
        self, row: Floats | None, step: int, values: Sequence[NDArray[Any]]
    ) -> list[Change]:
        """Return what adds what was measured, and keeps the values if the next step is to be."""
        rows, steps, count, stride = self.rows, self.steps, self.count, self.stride
        if row is not None:
            if count == self.limit:
                rows, steps, count, stride = self._thinned()
            if step % stride == 0:
                rows, steps = grown(rows, count, self.limit), grown(steps, count, self.limit)
                rows[count], steps[count] = row, step
                count += 1
        due = (step + 1) % stride == 0
        before = [np.array(value) for value in values] if due else None
        new = {"rows": rows, "steps": steps, "count": count, "stride": stride, "_before": before}
        return [partial(vars(self).update, new)]

    def _thinned(self) -> tuple[Floats, Ints, int, int]:
        stride = 2 * self.stride
        stay = np.flatnonzero(self.steps[: self.count] % stride == 0)
        rows, steps = np.empty_like(self.rows), np.zeros_like(self.steps)
        rows[: len(stay)], steps[: len(stay)] = self.rows[stay], self.steps[stay]
        return rows, steps, len(stay), stride


def norm(values: NDArray[Any]) -> float:
    """Return the Euclidean norm: 0 for zeros alone, however small the numbers are.

    >>> norm(np.array([3e-200, -4e-200])), norm(np.zeros(2)), norm(np.array([np.inf]))
    (5e-200, 0.0, inf)
    """
    flat = values.ravel(order="K")
    if flat.dtype.itemsize < 4 or flat.dtype.kind != "f":
        flat = flat.astype(np.float64)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        square = float(flat.dot(flat))
    if 1e-30 < square < 1e30:
        return math.sqrt(square)
    if not flat.any():
        return 0.0
    largest = float(np.abs(flat).max())  # squares would leave the range of floats: scale first
    if not math.isfinite(largest):
        return largest
    scaled = flat.astype(np.float64) / largest
    return largest * math.sqrt(scaled.dot(scaled))

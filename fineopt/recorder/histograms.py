"""How a parameter's numbers, and its gradient's, are spread: counts in bins, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..atomic import Change
from .columns import Floats, Ints, Samples

BINS = 64
LIMIT = 64  # epochs
ABSENT, ZEROS = -(2**31), -(2**15)  # in the place of an exponent: no numbers, only zeros


class Histogram(NamedTuple):
    """Counts of numbers in 64 even bins from ``-limit`` to ``limit``, a power of 2.

    So bins of one histogram are whole numbers of bins of another. Of zeros alone the limit is 0.
    Numbers that are not finite are in no bin.

    >>> counted = Histogram.of([-1.0, 0.25, 3.0])
    >>> counted.limit, counted.edges[[0, 1, -1]], int(counted.counts.sum())
    (4.0, array([-4.   , -3.875,  4.   ]), 3)
    """

    epoch: int  # full epochs done: 0 is the start
    limit: float
    counts: Ints

    @property
    def edges(self) -> Floats:
        """The edges of the bins, shape (65,)."""
        # To multiply with a power of 2 rounds nothing, and 2 * limit may be infinite.
        return self.limit * np.linspace(-1, 1, BINS + 1)  # type: ignore[no-any-return]

    @classmethod
    def of(cls, values: ArrayLike, epoch: int = 0) -> Histogram:
        """Count some numbers."""
        return cls.read(count(np.asarray(values)), epoch)

    @classmethod
    def read(cls, row: NDArray[np.int32], epoch: int) -> Histogram:
        """Make one of an exponent and counts."""
        exponent = int(row[0])
        limit = 0.0 if exponent <= ZEROS else float(np.ldexp(1.0, min(exponent, 1023)))
        return cls(epoch, limit, row[1:].astype(int))


def count(values: NDArray[Any] | None) -> NDArray[np.int32]:
    """Return the exponent of the least power of 2 above all numbers, and the counts in the bins."""
    row = np.zeros(1 + BINS, np.int32)
    row[0] = ABSENT
    if values is None:
        return row
    flat = np.asarray(values, np.result_type(values, np.float32)).ravel(order="K")
    if not (finite := np.isfinite(flat)).all():
        flat = flat[finite]
    largest = np.abs(flat).max(initial=0.0)
    if largest == 0:
        row[0], row[1 + BINS // 2] = (ZEROS, flat.size) if flat.size else (ABSENT, 0)
        return row
    row[0] = exponent = min(int(np.frexp(largest)[1]), 1023)
    # Exact: to multiply with a power of 2 rounds nothing.
    bins = np.floor(np.ldexp(flat, BINS.bit_length() - 2 - exponent)).astype(np.int64) + BINS // 2
    row[1:] = np.bincount(np.clip(bins, 0, BINS - 1), minlength=BINS)
    return row


class Histograms:
    """Counts of every parameter and gradient, at the start, the newest epoch and evenly between."""

    def __init__(self, values: Sequence[NDArray[Any]], limit: int = LIMIT) -> None:
        self.samples = Samples(self._rows(values, [None] * len(values)), limit)

    @staticmethod
    def _rows(
        values: Sequence[NDArray[Any]], grads: Sequence[NDArray[Any] | None]
    ) -> NDArray[np.int32]:
        return np.array([[count(array) for array in side] for side in (values, grads)], np.int32)

    def appended(
        self, names: Sequence[str], values: Mapping[str, Any], grads: Mapping[str, Any], epoch: int
    ) -> list[Change]:
        """Count what there is at the end of an epoch, and return what adds it."""
        ordered = [values[name] for name in names], [grads.get(name) for name in names]
        return self.samples.appended(self._rows(*ordered), epoch)

    def read(self, index: int, gradients: bool) -> list[Histogram]:
        """Return a parameter's histograms, where it had numbers."""
        samples = self.samples
        rows = samples.rows[: samples.count, int(gradients), index]
        pairs = zip(rows, samples.steps.tolist(), strict=False)
        return [Histogram.read(row, epoch) for row, epoch in pairs if row[0] != ABSENT]

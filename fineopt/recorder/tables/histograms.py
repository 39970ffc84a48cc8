"""Histograms of parameters and gradients at the ends of epochs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...atomic import Change
from .columns import Floats, Ints, Samples

BINS = 64
LIMIT = 64  # epochs
ABSENT, ZEROS = -(2**31), -(2**15)  # instead of an exponent: no values, or only zeros


class Histogram(NamedTuple):
    """Counts in 64 equal bins from ``-limit`` to ``limit``.

    The limit is a power of 2, so the bins of histograms with different limits nest; it is 0 if all
    values are 0. Values that are not finite are not counted.

    >>> counted = Histogram.of([-1.0, 0.25, 3.0])
    >>> counted.limit, counted.edges[[0, 1, -1]], int(counted.counts.sum())
    (4.0, array([-4.   , -3.875,  4.   ]), 3)
    """

    epoch: int  # number of closed epochs: 0 at the start
    limit: float
    counts: Ints

    @property
    def edges(self) -> Floats:
        """The edges of the bins, shape (65,)."""
        # Exact, as limit is a power of 2; 2 * limit might overflow.
        return self.limit * np.linspace(-1, 1, BINS + 1)  # type: ignore[no-any-return]

    @classmethod
    def of(cls, values: ArrayLike, epoch: int = 0) -> Histogram:
        """Return the histogram of an array."""
        return cls.read(count(np.asarray(values)), epoch)

    @classmethod
    def read(cls, row: NDArray[np.int32], epoch: int) -> Histogram:
        """Return the histogram of a row that holds an exponent and counts."""
        exponent = int(row[0])
        limit = 0.0 if exponent <= ZEROS else float(np.ldexp(1.0, min(exponent, 1023)))
        return cls(epoch, limit, row[1:].astype(int))


def count(values: NDArray[Any] | None) -> NDArray[np.int32]:
    """Return the exponent of the limit, followed by the counts; see `Histogram`."""
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
    bins = np.floor(_scaled(flat, BINS.bit_length() - 2 - exponent)).astype(np.int32) + BINS // 2
    row[1:] = np.bincount(np.clip(bins, 0, BINS - 1, out=bins), minlength=BINS)
    return row


def _scaled(flat: NDArray[Any], power: int) -> NDArray[Any]:
    """Scale by a power of 2, which does not round."""
    info = np.finfo(flat.dtype)
    if info.minexp <= power < info.maxexp:  # the factor is a normal number of this dtype
        return flat * np.ldexp(flat.dtype.type(1), power)  # type: ignore[no-any-return]
    return np.ldexp(flat, power)  # type: ignore[no-any-return]


class Histograms:
    """Histograms of all parameters and gradients, at the start and at the ends of epochs.

    Of a long run, evenly spaced epochs and the newest one are kept.
    """

    def __init__(self, size: int, limit: int = LIMIT) -> None:
        self.samples = Samples((2, size, 1 + BINS), limit, np.int32)

    def appended(
        self, values: Sequence[Any], grads: Sequence[Any | None], epoch: int
    ) -> list[Change]:
        """Return the changes that add the histograms at the end of an epoch."""
        row = np.array([[count(array) for array in side] for side in (values, grads)], np.int32)
        return self.samples.appended(row, epoch)

    def read(self, index: int, gradients: bool) -> list[Histogram]:
        """Return a parameter's histograms, without those of missing gradients."""
        rows = self.samples.read((int(gradients), index))
        pairs = zip(rows, self.samples.read_steps().tolist(), strict=True)
        return [Histogram.read(row, epoch) for row, epoch in pairs if row[0] != ABSENT]

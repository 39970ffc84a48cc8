"""Where a record keeps its numbers: columns that grow, series that are thinned, sums that close."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Column:
    """Rows in one array that doubles when it is full. A row, once written, never changes."""

    def __init__(self, width: tuple[int, ...] = (), dtype: Any = np.float64) -> None:
        self._rows: NDArray[Any] = np.empty((64, *width), dtype)
        self._length = 0

    def append(self, row: Any) -> None:
        """Add a row."""
        if self._length == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._length] = row
        self._length += 1

    def __len__(self) -> int:
        return self._length

    @property
    def rows(self) -> NDArray[Any]:
        """A read-only view of all rows."""
        view = self._rows[: self._length]
        view.flags.writeable = False
        return view

    @classmethod
    def of(cls, rows: NDArray[Any]) -> Column:
        """Make a column that begins with these rows."""
        column = cls(rows.shape[1:], rows.dtype)
        column._rows, column._length = np.concatenate([rows, column._rows]), len(rows)
        return column


class Samples:
    """A series sampled at even strides, never more than ``limit`` rows.

    Every row is kept at first. When the rows are full, every other one is dropped and the stride
    doubles. The last row is always the newest step's: it is overwritten until a stride is full.
    """

    def __init__(self, first: NDArray[Any], limit: int) -> None:
        self.rows: NDArray[Any] = np.empty((limit, *first.shape), first.dtype)
        self.rows[0] = first
        self.steps = np.zeros(limit, np.int64)
        self.count, self.stride = 1, 1

    def append(self, row: NDArray[Any], step: int) -> None:
        """Add the row of a step, which follows the last one's."""
        if self.steps[self.count - 1] % self.stride == 0:
            if self.count == len(self.rows):
                self._thin()
            self.count += 1
        self.rows[self.count - 1], self.steps[self.count - 1] = row, step

    def _thin(self) -> None:
        kept = (self.count + 1) // 2
        self.rows[:kept] = self.rows[: self.count : 2].copy()
        self.steps[:kept] = self.steps[: self.count : 2].copy()
        self.count, self.stride = kept, 2 * self.stride
        if self.steps[kept - 1] % self.stride:  # the newest kept row lies off the new stride
            self.count -= 1

    @property
    def newest(self) -> NDArray[Any]:
        """The newest step's row."""
        row: NDArray[Any] = self.rows[self.count - 1]
        return row


class EpochSums:
    """One sum for each parameter and epoch, and whether there was anything to sum.

    NaN is a possible sum, so that having none is a column of its own.
    """

    def __init__(self, size: int) -> None:
        # Of each the sum and, below it, its error: how far rounding may have moved it.
        self.sums, self.had = Column((2, size)), Column((size,), bool)
        self.open_sums, self.open_had = np.zeros((2, size)), np.zeros(size, bool)

    def close(self) -> None:
        """End the epoch and begin the next one with nothing."""
        self.sums.append(self.open_sums)
        self.had.append(self.open_had)
        self.open_sums, self.open_had = np.zeros_like(self.open_sums), np.zeros_like(self.open_had)

    def by_name(self, names: list[str]) -> dict[str, list[float | None]]:
        """Return each parameter's sums, None where there was nothing."""
        sums, had = self.sums.rows[:, 0].T.tolist(), self.had.rows.T.tolist()
        return {
            name: [x if ok else None for x, ok in zip(row, there, strict=True)]
            for name, row, there in zip(names, sums, had, strict=True)
        }

"""Where a record keeps its numbers: columns that grow, series that are thinned, sums that close."""

from __future__ import annotations

from functools import partial
from operator import setitem
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atomic import Change, commit

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
        commit(self.appended(row))

    def appended(self, row: Any) -> list[Change]:
        """Write a row behind the last one, and return what lets it be seen."""
        rows, length = self._rows, self._length
        if length == len(rows):
            rows = np.concatenate([rows, np.empty_like(rows)])
        rows[length] = row
        return [
            partial(setattr, self, "_rows", rows),
            partial(setattr, self, "_length", length + 1),
        ]

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
        self.limit = limit
        self.rows: NDArray[Any] = np.array([first])
        self.steps = np.zeros(1, np.int64)
        self.count, self.stride = 1, 1

    def appended(self, row: NDArray[Any], step: int) -> list[Change]:
        """Return what adds the row of a step, which follows the last one's."""
        if self.steps[self.count - 1] % self.stride:  # the newest gives way
            at = self.count - 1
            return [partial(setitem, self.rows, at, row), partial(setitem, self.steps, at, step)]
        rows, steps, count, stride = self.rows, self.steps, self.count, self.stride
        if count == self.limit:
            rows, steps, count, stride = self._thinned()
        rows, steps = grown(rows, count, self.limit), grown(steps, count, self.limit)
        rows[count], steps[count] = row, step
        new = {"rows": rows, "steps": steps, "count": count + 1, "stride": stride}
        return [partial(vars(self).update, new)]

    def _thinned(self) -> tuple[NDArray[Any], Ints, int, int]:
        kept, stride = (self.count + 1) // 2, 2 * self.stride
        rows, steps = np.empty_like(self.rows), np.zeros_like(self.steps)
        rows[:kept], steps[:kept] = self.rows[: self.count : 2], self.steps[: self.count : 2]
        # the newest kept row may lie off the new stride
        return rows, steps, kept - bool(steps[kept - 1] % stride), stride

    @property
    def newest(self) -> NDArray[Any]:
        """The newest step's row."""
        row: NDArray[Any] = self.rows[self.count - 1]
        return row


def grown(rows: NDArray[Any], count: int, limit: int) -> NDArray[Any]:
    """Return the rows, or where they are full a copy with room for twice as many, at least 64."""
    if count < len(rows):
        return rows
    more = np.empty((min(max(64, 2 * count), limit), *rows.shape[1:]), rows.dtype)
    more[:count] = rows
    return more


class EpochSums:
    """One sum for each parameter and epoch, and whether there was anything to sum.

    NaN is a possible sum, so that having none is a column of its own.
    """

    def __init__(self, size: int) -> None:
        # Of each the sum and, below it, its error: how far rounding may have moved it.
        self.sums, self.had = Column((2, size)), Column((size,), bool)
        self.open_sums, self.open_had = np.zeros((2, size)), np.zeros(size, bool)

    def opened(self, sums: Floats, had: Bools) -> list[Change]:
        """Return what gives the epoch under way new sums."""
        return [partial(vars(self).update, open_sums=sums, open_had=had)]

    def closed(self, sums: Floats, had: Bools) -> list[Change]:
        """Return what ends the epoch with these sums and begins the next one with nothing."""
        fresh = self.opened(np.zeros_like(self.open_sums), np.zeros_like(self.open_had))
        return [*self.sums.appended(sums), *self.had.appended(had), *fresh]

    def by_name(self, names: list[str]) -> dict[str, list[float | None]]:
        """Return each parameter's sums, None where there was nothing."""
        sums, had = self.sums.rows[:, 0].T.tolist(), self.had.rows.T.tolist()
        return {
            name: [x if ok else None for x, ok in zip(row, there, strict=True)]
            for name, row, there in zip(names, sums, had, strict=True)
        }

"""Storage of a record: columns that grow, and series that are thinned."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...atomic import Change, commit

PICKED = 8  # sets of columns that are kept, as of the parameters that several panels watch

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Column:
    """Append-only rows in one array, which doubles when it is full."""

    def __init__(self, width: tuple[int, ...] = (), dtype: Any = np.float64) -> None:
        self._rows: NDArray[Any] = np.empty((0, *width), dtype)
        self._length = 0

    @classmethod
    def of(cls, rows: NDArray[Any]) -> Column:
        """Return a column with these rows, which are shared and must not change any more."""
        column = cls(rows.shape[1:], rows.dtype)
        column._rows, column._length = rows, len(rows)
        return column

    def append(self, row: Any) -> None:
        """Append a row."""
        commit(self.appended(row))

    def appended(self, row: Any) -> list[Change]:
        """Return the changes that append a row."""
        rows, length = self._rows, self._length
        if length == len(rows):
            rows = np.empty((max(64, 2 * length), *rows.shape[1:]), rows.dtype)
            rows[:length] = self._rows
        rows[length] = row  # behind the last visible row
        return [partial(vars(self).update, _rows=rows, _length=length + 1)]

    def replace_last(self, row: Any) -> None:
        """Replace the newest row."""
        rows = self._rows if self._rows.flags.writeable else self._rows.copy()
        rows[self._length - 1] = row
        self._rows = rows

    def __len__(self) -> int:
        return self._length

    @property
    def rows(self) -> NDArray[Any]:
        """A read-only view of all rows. Rows that are appended later do not affect it."""
        view = self._rows[: self._length]
        view.flags.writeable = False
        return view


class Series:
    """Rows of the steps that are a multiple of ``stride``, at most ``limit`` rows.

    When it is full, every other row is dropped and the stride doubles.
    """

    def __init__(
        self, width: tuple[int, ...], limit: int, stride: int = 1, dtype: Any = np.float64
    ) -> None:
        self.rows, self.steps = Column(width, dtype), Column(dtype=np.int64)
        self.limit, self.stride = limit, stride

    def appended(self, row: NDArray[Any], step: int) -> list[Change]:
        """Return the changes that append the row of a step, if its stride is kept."""
        rows, steps, stride = self.rows, self.steps, self.stride
        changes: list[Change] = []
        if len(rows) >= self.limit:
            stride *= 2
            kept = steps.rows % stride == 0
            rows, steps = Column.of(rows.rows[kept]), Column.of(steps.rows[kept])
            changes = [partial(vars(self).update, rows=rows, steps=steps, stride=stride)]
        if step % stride == 0:
            changes += [*rows.appended(row), *steps.appended(step)]
        return changes

    def state(self, name: str) -> dict[str, NDArray[Any]]:
        """Return the arrays that `load` restores, as read-only views."""
        stride = np.array(self.stride, np.int64)
        return {name: self.rows.rows, f"{name}_steps": self.steps.rows, f"{name}_stride": stride}

    def load(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Restore a state; its arrays are shared."""
        self.rows, self.steps = Column.of(arrays[name]), Column.of(arrays[f"{name}_steps"])
        self.stride = int(arrays[f"{name}_stride"])


class Samples(Series):
    """A series that also holds the row of the newest step, whether on the stride or not."""

    def __init__(self, width: tuple[int, ...], limit: int, dtype: Any = np.float64) -> None:
        super().__init__(width, limit, dtype=dtype)
        self.newest: NDArray[Any] = np.empty(width, dtype)
        self.newest_step = 0
        self._picked: dict[bytes, tuple[Column, Column]] = {}  # of which rows, and what of them

    def appended(self, row: NDArray[Any], step: int) -> list[Change]:
        """Return the changes that append a row, which must not change any more."""
        newest = partial(vars(self).update, newest=row, newest_step=step)
        return [*super().appended(row, step), newest]

    def read(self, columns: Any = ()) -> NDArray[Any]:
        """Return a copy of all rows, or of some of their columns."""
        columns = columns if isinstance(columns, tuple) else (columns,)
        rows = self.rows.rows[(slice(None), *columns)]
        if self.newest_step % self.stride == 0:
            return rows.copy()
        return np.concatenate([rows, self.newest[np.newaxis][(slice(None), *columns)]])

    def pick(self, columns: Ints) -> NDArray[Any]:
        """Return a copy of some columns, as `read` does; quickly, if they were picked before.

        Elements lie far apart: to gather all took 0.3 ms of a frame's 2.3, so only new rows are.
        """
        key = columns.tobytes()
        source, picked = self._picked.get(key, (None, None))
        if picked is None or source is not self.rows:  # rows are thinned and loaded as others
            if len(self._picked) >= PICKED:
                self._picked.clear()
            picked = Column((len(columns),), self.newest.dtype)
            self._picked[key] = self.rows, picked
        for row in self.rows.rows[len(picked) :, columns]:
            picked.append(row)
        if self.newest_step % self.stride == 0:
            return picked.rows.copy()
        return np.concatenate([picked.rows, self.newest[np.newaxis, columns]])

    def read_steps(self) -> Ints:
        """Return a copy of the steps of all rows."""
        steps = self.steps.rows
        return (
            np.append(steps, self.newest_step) if self.newest_step % self.stride else steps.copy()
        )

    def state(self, name: str) -> dict[str, NDArray[Any]]:
        """Return the arrays that `load` restores."""
        step = np.array(self.newest_step, np.int64)
        newest = {f"{name}_newest": self.newest.copy(), f"{name}_newest_step": step}
        return super().state(name) | newest

    def load(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Restore a state; its arrays are shared."""
        super().load(name, arrays)
        self.newest = arrays[f"{name}_newest"]
        self.newest_step = int(arrays[f"{name}_newest_step"])

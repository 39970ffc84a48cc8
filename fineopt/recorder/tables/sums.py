"""Sums of gradients, of the last batch and of the whole of each epoch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...atomic import Change
from ..rounding import add_up
from .columns import Bools, Column, Floats


class EpochSums:
    """One sum for each parameter and epoch, and whether there was a gradient.

    NaN is a valid sum, so a missing gradient is marked in a separate column.
    """

    def __init__(self, size: int) -> None:
        # Row 0 holds the sums, row 1 their rounding errors.
        self.sums, self.had = Column((2, size)), Column((size,), bool)
        self.open_sums, self.open_had = np.zeros((2, size)), np.zeros(size, bool)

    def opened(self, sums: Floats, had: Bools) -> list[Change]:
        """Return the changes that set the sums of the current epoch."""
        return [partial(vars(self).update, open_sums=sums, open_had=had)]

    def closed(self, sums: Floats, had: Bools) -> list[Change]:
        """Return the changes that close the current epoch with these sums."""
        empty = self.opened(np.zeros_like(self.open_sums), np.zeros_like(self.open_had))
        return [*self.sums.appended(sums), *self.had.appended(had), *empty]

    def by_name(self, names: list[str]) -> dict[str, list[float | None]]:
        """Return the sums of each parameter, None where there was no gradient."""
        sums, had = self.sums.rows[:, 0].T.tolist(), self.had.rows.T.tolist()
        return {
            name: [x if ok else None for x, ok in zip(row, there, strict=True)]
            for name, row, there in zip(names, sums, had, strict=True)
        }

    def state(self, name: str) -> dict[str, NDArray[Any]]:
        """Return the arrays that `load` restores."""
        return {
            f"{name}.sums": self.sums.rows,
            f"{name}.had": self.had.rows,
            f"{name}.open_sums": self.open_sums.copy(),
            f"{name}.open_had": self.open_had.copy(),
        }

    def load(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Restore a state; its arrays are shared."""
        self.sums, self.had = Column.of(arrays[f"{name}.sums"]), Column.of(arrays[f"{name}.had"])
        self.open_sums, self.open_had = arrays[f"{name}.open_sums"], arrays[f"{name}.open_had"]


class GradientSums:
    """The sums of the last batch's gradient, and of all gradients of an epoch."""

    def __init__(self, size: int) -> None:
        self.last, self.epoch = EpochSums(size), EpochSums(size)

    def added(
        self, grads: Mapping[str, NDArray[Any] | None], shapes: Mapping[str, tuple[int, ...]]
    ) -> tuple[Floats, Bools]:
        """Return each gradient's sum and rounding error, shape (2, n), and whether there is one.

        Raises:
            ValueError: if a gradient's shape differs from its parameter's.
        """
        sums, had = [], []
        for name, shape in shapes.items():
            grad = grads[name]
            if grad is not None and np.shape(grad) != shape:
                raise ValueError(f"{name!r} has shape {shape}, its gradient {np.shape(grad)}")
            had.append(grad is not None)
            sums.append((0.0, 0.0) if grad is None else add_up(np.asarray(grad)))
        return np.array(sums, float).reshape(len(sums), 2).T, np.array(had, bool)

    def stepped(self, sums: Floats, had: Bools, ends: bool) -> list[Change]:
        """Return the changes that add a step, which may end the epoch."""
        total = self.epoch.open_sums + sums, self.epoch.open_had | had
        if ends:
            return [*self.last.closed(sums, had), *self.epoch.closed(*total)]
        return [*self.last.opened(sums, had), *self.epoch.opened(*total)]

    def ended(self) -> list[Change]:
        """Return the changes that close the epoch after the last step."""
        return [c for s in (self.last, self.epoch) for c in s.closed(s.open_sums, s.open_had)]

    def state(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that `load` restores."""
        return self.last.state("last_sums") | self.epoch.state("epoch_sums")

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Restore a state; its arrays are shared."""
        self.last.load("last_sums", arrays)
        self.epoch.load("epoch_sums", arrays)

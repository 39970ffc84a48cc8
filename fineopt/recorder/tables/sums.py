"""Sums of gradients, of the last batch and of the whole of each epoch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from operator import add, or_
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...atomic import Change
from ..rounding import add_up
from .columns import Bools, Column, Floats


class Sums(NamedTuple):
    """Of each parameter: a sum of gradients, a bound of its rounding error, and whether it had one.

    They are lists, since those of a step are few: NumPy's calls would take the time.
    """

    sums: list[float]
    errors: list[float]
    had: list[bool]

    @classmethod
    def none(cls, size: int) -> Sums:
        """Return the sums of no gradients."""
        return cls([0.0] * size, [0.0] * size, [False] * size)

    @classmethod
    def of(cls, sums: Floats, had: Bools) -> Sums:
        """Return the sums in arrays of shape (2, size) and (size,)."""
        values, errors = sums.tolist()
        return cls(values, errors, had.tolist())

    @classmethod
    def added_up(
        cls, grads: Mapping[str, NDArray[Any] | None], shapes: Mapping[str, tuple[int, ...]]
    ) -> Sums:
        """Return those of gradients.

        Raises:
            ValueError: if a gradient's shape differs from its parameter's.
        """
        made = cls([], [], [])
        for name, shape in shapes.items():
            grad = grads[name]
            if grad is not None and np.shape(grad) != shape:
                raise ValueError(f"{name!r} has shape {shape}, its gradient {np.shape(grad)}")
            value, error = (0.0, 0.0) if grad is None else add_up(np.asarray(grad))
            made.sums.append(value)
            made.errors.append(error)
            made.had.append(grad is not None)
        return made

    def plus(self, other: Sums) -> Sums:
        """Return the sums of both."""
        return Sums(
            list(map(add, self.sums, other.sums)),
            list(map(add, self.errors, other.errors)),
            list(map(or_, self.had, other.had)),
        )


class EpochSums:
    """One sum for each parameter and epoch, and whether there was a gradient.

    NaN is a valid sum, so a missing gradient is marked in a separate column.
    """

    def __init__(self, size: int) -> None:
        # Row 0 holds the sums, row 1 their rounding errors.
        self.sums, self.had = Column((2, size)), Column((size,), bool)
        self.open = Sums.none(size)

    def opened(self, sums: Sums) -> list[Change]:
        """Return the changes that set the sums of the current epoch."""
        return [partial(vars(self).update, open=sums)]

    def closed(self, sums: Sums) -> list[Change]:
        """Return the changes that close the current epoch with these sums."""
        columns = [*self.sums.appended(sums[:2]), *self.had.appended(sums.had)]
        return [*columns, *self.opened(Sums.none(len(sums.had)))]

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
            f"{name}.open_sums": np.array(self.open[:2], float),
            f"{name}.open_had": np.array(self.open.had, bool),
        }

    def load(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Restore a state; its arrays are shared."""
        self.sums, self.had = Column.of(arrays[f"{name}.sums"]), Column.of(arrays[f"{name}.had"])
        self.open = Sums.of(arrays[f"{name}.open_sums"], arrays[f"{name}.open_had"])


class GradientSums:
    """The sums of the last batch's gradient, and of all gradients of an epoch."""

    def __init__(self, size: int) -> None:
        self.last, self.epoch = EpochSums(size), EpochSums(size)

    def stepped(self, sums: Sums, ends: bool) -> list[Change]:
        """Return the changes that add a step, which may end the epoch."""
        total = self.epoch.open.plus(sums)
        if ends:
            return [*self.last.closed(sums), *self.epoch.closed(total)]
        return [*self.last.opened(sums), *self.epoch.opened(total)]

    def ended(self) -> list[Change]:
        """Return the changes that close the epoch after the last step."""
        return [c for s in (self.last, self.epoch) for c in s.closed(s.open)]

    def state(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that `load` restores."""
        return self.last.state("last_sums") | self.epoch.state("epoch_sums")

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Restore a state; its arrays are shared."""
        self.last.load("last_sums", arrays)
        self.epoch.load("epoch_sums", arrays)

"""What a record can be asked: copies, and read-only views."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .columns import Bools, Column, EpochSums, Floats, Ints, Samples
from .measures import Measures


class Change(NamedTuple):
    """A group's learning rate changed after ``step`` steps: that step still used ``old``.

    >>> Change(step=186, group=1, old=0.01, new=0.0).kind
    'frozen'
    """

    step: int
    group: int
    old: float
    new: float

    @property
    def kind(self) -> str:
        """``'frozen'`` (to 0), ``'thawed'`` (from 0), or ``'lr'`` for any other change."""
        return "frozen" if self.new == 0 else "thawed" if self.old == 0 else "lr"


class Swap(NamedTuple):
    """A group has been moved by another optimizer since ``step`` steps were done."""

    step: int
    group: int
    old: str
    new: str


class History(Measures):
    """The reading side of a `Record`, which is the side that is written."""

    groups: list[str]
    _given_length: int | None
    _indices: dict[str, Ints]
    _samples: Samples | None
    _boundary: Column
    _loss: Column
    _lr: Column
    _ends: Column
    _epoch_loss: Column
    _epoch_accuracy: Column
    _last_sums: EpochSums
    _epoch_sums: EpochSums
    _swaps: tuple[Swap, ...]

    @property
    def started(self) -> bool:
        """Whether the values before the first step are known."""
        return self._samples is not None

    @property
    def steps(self) -> int:
        """Steps recorded."""
        return len(self._loss)

    @property
    def epochs(self) -> int:
        """Epochs closed."""
        return len(self._ends)

    @property
    def loss(self) -> Floats:
        """Each step's loss, shape (steps,)."""
        return self._loss.rows

    @property
    def lr(self) -> Floats:
        """The lr that each step used, shape (steps, groups); NaN before a group existed."""
        return self._lr.rows

    @property
    def epoch_ends(self) -> Ints:
        """How many steps were done at each epoch's end, shape (epochs,)."""
        return self._ends.rows

    @property
    def epoch_of_step(self) -> Ints:
        """The epoch that each step belongs to, from 0, shape (steps,)."""
        return np.searchsorted(self.epoch_ends, np.arange(self.steps), side="right")

    @property
    def epoch_loss(self) -> Floats:
        """Mean loss over each epoch's steps, shape (epochs,)."""
        return self._epoch_loss.rows

    @property
    def epoch_accuracy(self) -> list[float | None]:
        """The accuracy given at each epoch's end; None where none was given."""
        return [None if np.isnan(value) else float(value) for value in self._epoch_accuracy.rows]

    @property
    def steps_per_epoch(self) -> int | None:
        """As given, else the last closed epoch's length; None while unknown."""
        if self._given_length is not None or not self.epochs:
            return self._given_length
        return int(np.diff(self.epoch_ends, prepend=0)[-1])

    @property
    def _last_end(self) -> int:
        return int(self._ends.rows[-1]) if self.epochs else 0

    def epochs_at(self, steps: ArrayLike) -> Floats:
        """Place counts of done steps on an axis in epochs: 0 is the start, 1 the first end.

        Within an epoch steps are evenly spaced. While the length of an epoch is unknown, the
        step counts themselves come back.
        """
        length = self.steps_per_epoch
        if length is None:
            return np.asarray(steps, np.float64)
        end = self._last_end + max(length, self.steps - self._last_end)
        knots = np.concatenate([[0], self.epoch_ends, [end]])
        places: Floats = np.interp(np.asarray(steps, float), knots, np.arange(self.epochs + 2.0))
        return places

    @property
    def trajectory_steps(self) -> Ints:
        """How many steps were done at each trajectory sample, shape (samples,); 0 is the start."""
        samples = self._samples
        return np.empty(0, int) if samples is None else samples.steps[: samples.count].copy()

    def trajectory(self, name: str) -> Floats:
        """The kept elements of a parameter at each sample, shape (samples, kept).

        Raises:
            KeyError: for an unknown name.
        """
        if (samples := self._samples) is None:
            return np.empty((0, 0)) if name in self.parameters else self._unknown(name)
        return samples.rows[: samples.count, self._slice(name)].copy()

    def epoch_values(self, name: str) -> Floats:
        """The kept elements at the start and at each epoch's end, shape (epochs + 1, kept)."""
        if not self.started:
            return np.empty((0, 0)) if name in self.parameters else self._unknown(name)
        return self._boundary.rows[:, self._slice(name)].copy()

    def kept_indices(self, name: str) -> Ints:
        """Which elements of the flattened parameter are kept, shape (kept,)."""
        self._slice(name)
        return self._indices[name].copy()

    def shape(self, name: str) -> tuple[int, ...]:
        """The parameter's shape, known once the record is started."""
        self._slice(name)
        return self._shapes[name]

    @property
    def grad_sum_last(self) -> dict[str, list[float | None]]:
        """Per parameter and epoch: the sum of the last batch's gradient; None without one."""
        return self._last_sums.by_name(list(self.parameters))

    @property
    def grad_sum_epoch(self) -> dict[str, list[float | None]]:
        """Per parameter and epoch: the sum over all its batches; None if none had a gradient."""
        return self._epoch_sums.by_name(list(self.parameters))

    def grad_sums(self, which: str = "epoch") -> tuple[Floats, Bools]:
        """Return the sums as an array, shape (epochs, parameters), and where there was a gradient.

        ``which`` is ``'epoch'`` or ``'last'``. A sum without a gradient is 0 and means nothing.
        """
        kept = self._last_sums if which == "last" else self._epoch_sums
        return kept.sums.rows[:, 0], kept.had.rows

    def grad_sum_errors(self, which: str = "epoch") -> Floats:
        """How far rounding may have moved each of `grad_sums`, shape (epochs, parameters).

        A sum that is no more than this cannot be told from 0: its sign means nothing. See
        `fineopt.recorder.rounding.add_up` for how it is judged.
        """
        return (self._last_sums if which == "last" else self._epoch_sums).sums.rows[:, 1]

    @property
    def swaps(self) -> list[Swap]:
        """Every change of the optimizer that moves a group, ordered by step."""
        return list(self._swaps)

    def changes(self, since: int = 1) -> list[Change]:
        """Every change of a group's lr that took effect after ``since`` or more done steps.

        Derived from the lr column, so that a change made anywhere is seen. Ordered by step.
        """
        since = max(since, 1)
        before, after = self.lr[since - 1 : -1], self.lr[since:]
        differs = (before != after) & ~np.isnan(before) & ~np.isnan(after)
        return [
            Change(
                int(row) + since, int(group), float(before[row, group]), float(after[row, group])
            )
            for row, group in np.argwhere(differs)
        ]

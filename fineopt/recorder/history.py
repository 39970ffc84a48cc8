"""The reading side of a record: read-only views and copies."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .measures import Measures
from .tables.columns import Bools, Floats, Ints
from .tables.groups import Change, Swap, find_changes


class History(Measures):
    """The part of a `Record` that reads steps, epochs, groups and gradients."""

    groups: list[str]
    _given_length: int | None

    # ---- steps and epochs ----

    @property
    def steps(self) -> int:
        """The number of steps."""
        return len(self._tables.progress.loss)

    @property
    def epochs(self) -> int:
        """The number of closed epochs."""
        return len(self._tables.progress.epoch_ends)

    @property
    def steps_in_epoch(self) -> int:
        """The number of steps since the last closed epoch."""
        return self.steps - self._tables.progress.last_end

    @property
    def loss(self) -> Floats:
        """The loss of each step, shape (steps,)."""
        return self._tables.progress.loss.rows

    @property
    def epoch_ends(self) -> Ints:
        """The number of steps at the end of each epoch, shape (epochs,)."""
        return self._tables.progress.epoch_ends.rows

    @property
    def epoch_of_step(self) -> Ints:
        """The epoch of each step, from 0, shape (steps,)."""
        return np.searchsorted(self.epoch_ends, np.arange(self.steps), side="right")

    @property
    def epoch_loss(self) -> Floats:
        """The mean loss of each epoch, shape (epochs,)."""
        return self._tables.progress.epoch_loss.rows

    @property
    def epoch_accuracy(self) -> list[float | None]:
        """The accuracy given at the end of each epoch, None if none was given."""
        accuracy = self._tables.progress.epoch_accuracy.rows
        return [None if np.isnan(value) else float(value) for value in accuracy]

    @property
    def newest_accuracy(self) -> float | None:
        """The accuracy at the end of the last closed epoch; None without one, or if none was given.

        It costs the same however many epochs there are.
        """
        accuracy = self._tables.progress.epoch_accuracy.rows[-1:]
        return None if np.isnan(accuracy).all() else float(accuracy[0])

    @property
    def steps_per_epoch(self) -> int | None:
        """The length given at construction, else that of the last closed epoch, else None."""
        if self._given_length is not None or not self.epochs:
            return self._given_length
        return int(np.diff(self.epoch_ends[-2:], prepend=0)[-1])

    def epochs_at(self, steps: ArrayLike) -> Floats:
        """Convert numbers of steps to epochs: 0 is the start, 1 the end of the first epoch.

        Steps are evenly spaced within an epoch. While the length of an epoch is unknown, the
        numbers of steps are returned.
        """
        length = self.steps_per_epoch
        if length is None:
            return np.asarray(steps, np.float64)
        return self._tables.progress.epochs_at(steps, length)

    # ---- groups ----

    @property
    def lr(self) -> Floats:
        """The lr of each step and group, shape (steps, groups); NaN before a group was added."""
        return self._tables.lr.rows

    @property
    def swaps(self) -> list[Swap]:
        """All changes of the optimizer of a group, ordered by step."""
        return list(self._tables.swaps)

    def changes(self, since: int = 1) -> list[Change]:
        """Return all changes of a group's lr that took effect after ``since`` or more steps.

        They are derived from `lr`, so changes from any source are found. Ordered by step.
        """
        return find_changes(self.lr, since)

    # ---- gradients ----

    @property
    def grad_sum_last(self) -> dict[str, list[float | None]]:
        """Per parameter and epoch, the sum of the last batch's gradient; None without one."""
        return self._tables.sums.last.by_name(list(self.parameters))

    @property
    def grad_sum_epoch(self) -> dict[str, list[float | None]]:
        """Per parameter and epoch, the sum over all batches; None if no batch had a gradient."""
        return self._tables.sums.epoch.by_name(list(self.parameters))

    def grad_sums(self, which: str = "epoch") -> tuple[Floats, Bools]:
        """Return the sums, shape (epochs, parameters), and whether there was a gradient.

        ``which`` is ``'epoch'`` or ``'last'``. A sum without a gradient is 0 and has no meaning.
        """
        kept = self._tables.sums.last if which == "last" else self._tables.sums.epoch
        return kept.sums.rows[:, 0], kept.had.rows

    def grad_sum_errors(self, which: str = "epoch") -> Floats:
        """Return bounds of the rounding errors of `grad_sums`, shape (epochs, parameters).

        A sum within its bound is indistinguishable from 0, and its sign is meaningless; see
        `fineopt.recorder.rounding.add_up`.
        """
        kept = self._tables.sums.last if which == "last" else self._tables.sums.epoch
        return kept.sums.rows[:, 1]

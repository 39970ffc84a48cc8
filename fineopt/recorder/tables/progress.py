"""The loss of each step, and the mean loss and accuracy of each epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...atomic import Change
from .columns import Column, Floats

NAMES = ("loss", "epoch_ends", "epoch_loss", "epoch_accuracy")


class Progress:
    """Columns of steps and of epochs."""

    def __init__(self) -> None:
        self.loss = Column()
        self.epoch_ends = Column(dtype=np.int64)
        self.epoch_loss, self.epoch_accuracy = Column(), Column()

    @property
    def last_end(self) -> int:
        """The number of steps at the end of the last closed epoch."""
        return int(self.epoch_ends.rows[-1]) if len(self.epoch_ends) else 0

    def ended(self, step: int, losses: Floats, accuracy: float | None) -> list[Change]:
        """Return the changes that close an epoch with these losses."""
        with np.errstate(all="ignore"):
            mean = losses.mean()
        return [
            *self.epoch_loss.appended(mean),
            *self.epoch_accuracy.appended(np.nan if accuracy is None else float(accuracy)),
            *self.epoch_ends.appended(step),
        ]

    def epochs_at(self, steps: ArrayLike, length: int) -> Floats:
        """Convert numbers of steps to epochs; see `Record.epochs_at`."""
        last, ends, steps = self.last_end, self.epoch_ends.rows, np.asarray(steps, float)
        low = np.fmin.reduce(steps, axis=None, initial=np.inf)
        high = np.fmax.reduce(steps, axis=None, initial=0.0)
        if low > high:  # there is no number among them
            return np.full(steps.shape, np.nan)
        # Only the epochs in question: a panel converts a few steps in each frame.
        first = int(np.searchsorted(ends, low, side="right"))
        stop = int(np.searchsorted(ends, high, side="right")) + 1
        knots = np.concatenate([[0.0], ends[:stop]] if first == 0 else [ends[first - 1 : stop]])
        if stop > len(ends):
            knots = np.append(knots, last + max(length, len(self.loss) - last))
        places: Floats = np.interp(steps, knots, first + np.arange(float(len(knots))))
        return places

    def state(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that `load` restores, as read-only views."""
        return {name: getattr(self, name).rows for name in NAMES}

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Restore a state; its arrays are shared."""
        vars(self).update({name: Column.of(arrays[name]) for name in NAMES})

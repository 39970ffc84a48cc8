"""Keeps the record of a watched run."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..bridge.reading import LateLoss, Reader, ReadStep
from ..recorder import Record, Sample

__all__ = ["RecordKeeper", "norms_every", "samples_every"]

NUMBERS = 100_000  # of which norms and sums may be computed in each step, on average

PARAMETERS = 128  # of which numbers may be gathered in each step


def norms_every(numbers: int) -> int:
    """Return the steps between two readings of norms and sums, for a model of so many numbers.

    >>> norms_every(60_000), norms_every(10_000_000)
    (1, 128)
    """
    return 1 << max(0, math.ceil(math.log2(max(numbers, 1) / NUMBERS)))


def samples_every(parameters: int) -> int:
    """Return the steps between two samples of a model with so many parameters.

    Gathering numbers of one parameter costs some 4 microseconds, however few they are.

    >>> samples_every(128), samples_every(400)
    (1, 4)
    """
    return 1 << max(0, math.ceil(math.log2(max(parameters, 1) / PARAMETERS)))


class RecordKeeper:
    """Writes the steps that were read into a record, and ends its epochs.

    Args:
        engine: whose parameters and groups are recorded.
        reader: of its steps.
        steps_per_epoch: after which an epoch ends by itself, if known.
        keep: how many numbers of each parameter the record keeps.
        every, norms_every: the strides of the reader.
    """

    def __init__(
        self,
        engine: Any,
        reader: Reader,
        steps_per_epoch: int | None,
        keep: int,
        every: int,
        norms_every: int,
    ) -> None:
        self._engine, self._reader, self._length = engine, reader, steps_per_epoch
        self._is_writing = False
        self.ended: Callable[[bool], None] = lambda late: None  # called at the end of an epoch
        self.ended_late = False  # whether an epoch was ended after the next one's first step
        groups = engine.groups
        self.record = Record(
            {name: _group_of(p, groups) for name, p in engine.parameters.items()},
            engine.labels(),
            steps_per_epoch=steps_per_epoch,
            keep=keep,
        )
        shapes = {name: engine.shape(name) for name in engine.parameters}
        self.record.start_sampled(
            shapes,
            reader.row(),
            reader.values(),
            every=every,
            norms_every=norms_every,
        )

    @property
    def is_full(self) -> bool:
        """Whether the epoch has its known length, and was not ended."""
        self.catch_up(wait=True)
        return self._length is not None and self.record.steps_in_epoch >= self._length

    @property
    def will_be_full(self) -> bool:
        """Whether the epoch has its known length, counting steps whose numbers are on their way."""
        record = self.record
        in_epoch = record.steps_in_epoch + self._reader.steps_read - record.steps
        return self._length is not None and in_epoch == self._length

    def catch_up(self, *, wait: bool, hold: bool = False) -> None:
        """Write the steps whose numbers have arrived, or all of them.

        Args:
            wait: whether to wait for those that have not.
            hold: whether to hold back the newest step, whose loss is yet to be told.
        """
        if self._is_writing:  # by one who follows the ends of epochs
            return
        self._is_writing = True
        try:
            for step in self._reader.steps(wait=wait, hold=hold):
                if isinstance(step, LateLoss):
                    self.record.amend_loss(step.loss)
                else:
                    self._add(step)
        finally:
            self._is_writing = False

    def _add(self, step: ReadStep) -> None:
        record = self.record
        self._end_full_epoch()
        if len(step.lr) > len(record.groups):
            self._add_groups(len(step.lr))
        lr = [*step.lr, *[math.nan] * (len(record.groups) - len(step.lr))]
        record.add_sample(step.loss, lr, Sample(step.row, step.sums, step.had, step.norms))

    def _add_groups(self, count: int) -> None:
        groups, labels = self._engine.groups, self._engine.labels()
        for i in range(len(self.record.groups), count):
            held = {id(p) for p in groups[i]["params"]} if i < len(groups) else set()
            free = [name for name, group in self.record.parameters.items() if group is None]
            names = [name for name in free if id(self._engine.parameters[name]) in held]
            self.record.add_group(labels[i] if i < len(labels) else f"group {i}", names)

    def _end_full_epoch(self) -> None:
        """End an epoch that has reached its known length."""
        if self._length is not None and self.record.steps_in_epoch >= self._length:
            self._end(None, histograms=not self._reader.waits())
            self.ended_late = True
            self.ended(True)

    def end_full(self) -> None:
        """End an epoch that has its known length, and tell nobody."""
        self._end(None, histograms=True)

    def end_epoch(self, accuracy: float | None) -> None:
        """End the epoch after the newest step.

        Raises:
            RuntimeError: if there was no step since the last epoch.
        """
        self.catch_up(wait=True)
        self._end(accuracy, histograms=True)
        self.ended(False)

    def _end(self, accuracy: float | None, *, histograms: bool) -> None:
        if not histograms:
            self.record.end_epoch(accuracy)
            return
        values = dict(zip(self._engine.parameters, self._reader.values(), strict=True))
        self.record.end_epoch(accuracy, values, self._reader.gradients())


def _group_of(p: Any, groups: Sequence[dict[str, Any]]) -> int | None:
    return next((i for i, g in enumerate(groups) if any(p is q for q in g["params"])), None)

"""The record of a training run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import archive, frames
from .columns import Bools, Column, EpochSums, Floats, Ints, Samples
from .histograms import LIMIT as EPOCHS
from .histograms import Histograms
from .history import Change, History
from .updates import LIMIT as MEASURED
from .updates import Updates

__all__ = ["Change", "Record"]


class Record(History):
    """Losses, learning rates, parameter values and gradient sums of one training run.

    Args:
        parameters: name -> index of its param group; None for a parameter in no optimizer.
            Kept in the order given.
        groups: the groups' names, in the optimizer's order.
        steps_per_epoch: steps in a full epoch, if known; lets an unfinished epoch be placed.
        keep: at most so many elements of each parameter are kept, evenly spaced over it.
        samples: at most so many samples in a trajectory (at least 4); at most 512 steps are
            measured, and the histograms of 64 epochs kept, or of as many as this if it is less.

    Raises:
        ValueError: for a group index without a group, or a size below its least.

    >>> record = Record({'w': 0}, ['all'], steps_per_epoch=2)
    >>> record.start({'w': np.zeros(3)})
    >>> record.add_step(1.5, [0.1], {'w': np.ones(3)}, {'w': np.full(3, -10.0)})
    >>> record.add_step(0.5, [0.0], {'w': np.ones(3)}, {'w': None})
    >>> record.end_epoch(accuracy=0.9)
    >>> record.loss, record.grad_sum_epoch, record.grad_sum_last
    (array([1.5, 0.5]), {'w': [-30.0]}, {'w': [None]})
    >>> record.changes()
    [Change(step=1, group=0, old=0.1, new=0.0)]
    """

    def __init__(
        self,
        parameters: Mapping[str, int | None],
        groups: Sequence[str],
        *,
        steps_per_epoch: int | None = None,
        keep: int = 64,
        samples: int = 2000,
    ) -> None:
        self.parameters: dict[str, int | None] = dict(parameters)
        self.groups: list[str] = list(groups)
        if keep < 1 or samples < 4 or (steps_per_epoch is not None and steps_per_epoch < 1):
            raise ValueError("keep and steps_per_epoch must be at least 1, samples at least 4")
        for name, group in self.parameters.items():
            if group is not None and not 0 <= group < len(self.groups):
                raise ValueError(f"parameter {name!r} is in group {group}: no such group")
        self.keep, self._limit, self._given_length = keep, samples, steps_per_epoch
        self.runs = 0
        self.clear()

    def clear(self) -> None:
        """Forget the run; parameters and groups stay. `start` comes next. `runs` counts these."""
        self.runs += 1
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._indices: dict[str, Ints] = {}
        self._slices: dict[str, slice] = {}
        self._samples: Samples | None = None
        self._updates: Updates | None = None
        self._histograms: Histograms | None = None
        size = len(self.parameters)
        self._loss, self._lr = Column(), Column((len(self.groups),))
        self._ends = Column(dtype=np.int64)
        self._epoch_loss, self._epoch_accuracy = Column(), Column()
        self._last_sums, self._epoch_sums = EpochSums(size), EpochSums(size)

    # ---- writing: the training loop's side ----

    def start(self, values: Mapping[str, NDArray[Any]]) -> None:
        """Take the values before the first step, one array a parameter.

        Raises:
            RuntimeError: if the record has been started already (`clear` it first).
            ValueError: for an unknown or a missing name.
        """
        if self._samples is not None:
            raise RuntimeError("this record is already started; clear() it first")
        self._check_names("values", values)
        at = 0
        for name in self.parameters:
            value = np.asarray(values[name])
            count = min(value.size, self.keep)
            self._shapes[name] = value.shape
            self._indices[name] = np.linspace(0, max(value.size - 1, 0), count).round().astype(int)
            self._slices[name] = slice(at, at + count)
            at += count
        row = self._kept(values)
        self._samples, self._boundary = Samples(row, self._limit), Column((at,))
        self._boundary.append(row)
        self._updates = Updates(len(self._shapes), min(self._limit, MEASURED))
        self._histograms = Histograms(self._ordered(values), min(self._limit, EPOCHS))

    def add_step(
        self,
        loss: float,
        lr: Sequence[float],
        values: Mapping[str, NDArray[Any]],
        grads: Mapping[str, NDArray[Any] | None],
    ) -> None:
        """Record one step, after its update.

        Args:
            loss: of this step's batch. NaN and infinity are kept as they are.
            lr: the learning rate that each group used, in the groups' order.
            values: each parameter's value after the update.
            grads: each parameter's gradient in this step; None where none was computed.

        Raises:
            RuntimeError: before `start`.
            ValueError: for unknown or missing names, other shapes than at the start, or not one
                lr a group. The record is then left as it was.
        """
        if self._samples is None or self._updates is None:
            raise RuntimeError("call start(values) before the first add_step")
        loss, rates = float(loss), [float(rate) for rate in lr]
        if len(rates) != len(self.groups):
            raise ValueError(f"{len(rates)} learning rates for {len(self.groups)} groups")
        self._check_names("values", values)
        self._check_names("grads", grads)
        row = self._kept(values)
        sums, had = self._sums(grads)
        ordered = self._ordered(values)
        norms = self._updates.measure(ordered)
        # All is checked: nothing below fails, so a refused call has left the record as it was.
        self._loss.append(loss)
        self._lr.append(rates)
        self._samples.append(row, self.steps)
        self._updates.append(norms, self.steps, ordered)
        self._last_sums.open_sums, self._last_sums.open_had = sums, had  # type: ignore[assignment]
        with np.errstate(all="ignore"):
            self._epoch_sums.open_sums += sums
        self._epoch_sums.open_had |= had

    def end_epoch(
        self,
        accuracy: float | None = None,
        values: Mapping[str, NDArray[Any]] | None = None,
        grads: Mapping[str, NDArray[Any] | None] | None = None,
    ) -> None:
        """Close the epoch after the newest step, be it full or short.

        Args:
            accuracy: on whatever it is tested on.
            values: each parameter's value now, for its histogram; none is kept without.
            grads: each parameter's gradient in the newest step, likewise.

        Raises:
            RuntimeError: if no step was added since the last one.
            ValueError: for unknown or missing names.
        """
        begin = self._last_end
        if self.steps == begin or self._samples is None or self._histograms is None:
            raise RuntimeError("an epoch needs at least one step")
        if values is not None:
            self._check_names("values", values)
            self._check_names("grads", grads if grads is not None else values)
        accuracy = np.nan if accuracy is None else float(accuracy)
        with np.errstate(all="ignore"):
            self._epoch_loss.append(self.loss[begin:].mean())
        self._epoch_accuracy.append(accuracy)
        self._ends.append(self.steps)
        self._boundary.append(self._samples.newest)
        self._last_sums.close()
        self._epoch_sums.close()
        if values is not None:
            self._histograms.append(list(self._shapes), values, grads or {}, self.epochs)

    def add_group(self, name: str, parameters: Sequence[str] = ()) -> None:
        """Add a group from the next step on; its lr before is NaN.

        Args:
            name: the group's name.
            parameters: names of parameters that were in no group until now.

        Raises:
            ValueError: for an unknown parameter, or one that has a group.
        """
        for parameter in parameters:
            if self.parameters.get(parameter, -1) is not None:
                raise ValueError(f"parameter {parameter!r} is unknown or has a group already")
        before = self.lr
        self._lr = Column.of(np.column_stack([before, np.full(len(before), np.nan)]))
        self.parameters.update(dict.fromkeys(parameters, len(self.groups)))
        self.groups.append(name)

    def _check_names(self, what: str, arrays: Mapping[str, Any]) -> None:
        if arrays.keys() != self.parameters.keys():
            unknown = [name for name in arrays if name not in self.parameters]
            missing = [name for name in self.parameters if name not in arrays]
            raise ValueError(f"{what}: unknown names {unknown}, missing names {missing}")

    def _ordered(self, values: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        return [np.asarray(values[name]) for name in self._shapes]

    def _kept(self, values: Mapping[str, NDArray[Any]]) -> Floats:
        parts = []
        for name, shape in self._shapes.items():
            value = np.asarray(values[name])
            if value.shape != shape:
                raise ValueError(f"{name!r} has shape {value.shape}; it started as {shape}")
            parts.append(value.take(self._indices[name]))
        return np.concatenate(parts, dtype=np.float64) if parts else np.empty(0)

    def _sums(self, grads: Mapping[str, NDArray[Any] | None]) -> tuple[Floats, Bools]:
        sums, had = np.zeros(len(self._shapes)), np.zeros(len(self._shapes), bool)
        with np.errstate(all="ignore"):  # an overflowing sum is infinite, and recorded so
            for i, (name, shape) in enumerate(self._shapes.items()):
                if (grad := grads[name]) is None:
                    continue
                grad = np.asarray(grad)
                if grad.shape != shape:
                    raise ValueError(f"{name!r} has shape {shape}, its gradient {grad.shape}")
                wide = np.float64 if grad.itemsize < 4 else None  # float16 ends at 65504
                sums[i], had[i] = np.add.reduce(grad, axis=None, dtype=wide), True
        return sums, had

    # ---- out and in ----

    def to_dict(self) -> dict[str, Any]:
        """All that the record knows, in plain dicts, lists and numbers, for JSON or otherwise.

        NaN is a number that JSON has no word for; Python's `json` writes and reads it as NaN.

        >>> import json
        >>> record = Record({'w': 0}, ['all'])
        >>> record.start({'w': np.ones(2)})
        >>> json.loads(json.dumps(record.to_dict())) == record.to_dict()
        True
        """
        return frames.to_dict(self)

    def to_pandas(self) -> frames.Frames:
        """The numbers as pandas DataFrames: of steps, of epochs, of gradients and of updates.

        Raises:
            ImportError: where pandas is not installed.
        """
        return frames.to_pandas(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a compressed npz (no pickle) from which `load` restores the record, to the bit."""
        archive.save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Record:
        """Read what `save` wrote.

        Raises:
            ValueError: if the file is no saved record.
        """
        return archive.load(cls, path)

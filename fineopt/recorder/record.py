"""The record of a training run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atomic import Change as Put
from ..atomic import commit
from . import archive, frames
from .columns import Bools, Column, EpochSums, Floats, Ints, Samples
from .histograms import LIMIT as EPOCHS
from .histograms import Histograms
from .history import Change, History, Swap
from .rounding import add_up
from .updates import LIMIT as MEASURED
from .updates import Updates

__all__ = ["Change", "Record", "Swap"]


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
        vars(self).update(self._cleared())

    def restart(self, values: Mapping[str, NDArray[Any]]) -> None:
        """`clear` and `start`, as one.

        Raises:
            ValueError: for an unknown or a missing name; nothing is forgotten then.
        """
        vars(self).update({**self._cleared(), **self._started(values)})

    def _cleared(self) -> dict[str, Any]:
        size = len(self.parameters)
        return {
            "runs": self.runs + 1,
            **{"_shapes": {}, "_indices": {}, "_slices": {}},
            **{"_samples": None, "_updates": None, "_histograms": None},
            **{"_loss": Column(), "_lr": Column((len(self.groups),))},
            "_ends": Column(dtype=np.int64),
            **{"_epoch_loss": Column(), "_epoch_accuracy": Column()},
            **{"_last_sums": EpochSums(size), "_epoch_sums": EpochSums(size)},
            "_swaps": (),
        }

    # ---- writing: the training loop's side ----

    def start(self, values: Mapping[str, NDArray[Any]]) -> None:
        """Take the values before the first step, one array a parameter.

        Raises:
            RuntimeError: if the record has been started already (`clear` it first).
            ValueError: for an unknown or a missing name.
        """
        if self._samples is not None:
            raise RuntimeError("this record is already started; clear() it first")
        vars(self).update(self._started(values))

    def _started(self, values: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
        self._check_names("values", values)
        shapes, indices, slices, at = {}, {}, {}, 0
        ordered = [np.asarray(values[name]) for name in self.parameters]
        for name, value in zip(self.parameters, ordered, strict=True):
            count = min(value.size, self.keep)
            shapes[name], slices[name] = value.shape, slice(at, at + count)
            indices[name] = np.linspace(0, max(value.size - 1, 0), count).round().astype(int)
            at += count
        boundary, row = Column((at,)), _kept(values, shapes, indices)
        boundary.append(row)
        return {
            **{"_shapes": shapes, "_indices": indices, "_slices": slices},
            **{"_samples": Samples(row, self._limit), "_boundary": boundary},
            "_updates": Updates(len(shapes), min(self._limit, MEASURED)),
            "_histograms": Histograms(ordered, min(self._limit, EPOCHS)),
        }

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
        commit(self.stepped(loss, lr, values, grads))

    def stepped(
        self,
        loss: float,
        lr: Sequence[float],
        values: Mapping[str, NDArray[Any]],
        grads: Mapping[str, NDArray[Any] | None],
        *,
        ends: bool = False,
        accuracy: float | None = None,
    ) -> list[Put]:
        """Return what records a step and, if it ends an epoch, the epoch's end with it.

        Arguments and errors are those of `add_step` and `end_epoch`. Nothing is to be seen of it
        before `commit`; until then another call takes its place.
        """
        if self._samples is None or self._updates is None:
            raise RuntimeError("call start(values) before the first add_step")
        loss, rates = float(loss), [float(rate) for rate in lr]
        if len(rates) != len(self.groups):
            raise ValueError(f"{len(rates)} learning rates for {len(self.groups)} groups")
        self._check_names("values", values)
        self._check_names("grads", grads)
        row, step = self._kept(values), self.steps + 1
        sums, had = self._sums(grads)
        ordered, epoch = self._ordered(values), self._epoch_sums
        norms = self._updates.measure(ordered)
        with np.errstate(all="ignore"):
            whole = epoch.open_sums + sums, epoch.open_had | had
        changes = [
            *self._loss.appended(loss),
            *self._lr.appended(rates),
            *self._samples.appended(row, step),
            *self._updates.appended(norms, step, ordered),
        ]
        if not ends:
            return [*changes, *self._last_sums.opened(sums, had), *epoch.opened(*whole)]
        losses = np.append(self.loss[self._last_end :], loss)
        ended = self._ended(step, losses, row, accuracy, values, grads)
        return [*changes, *ended, *self._last_sums.closed(sums, had), *epoch.closed(*whole)]

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
        commit(self.ended(accuracy, values, grads))

    def ended(
        self,
        accuracy: float | None = None,
        values: Mapping[str, NDArray[Any]] | None = None,
        grads: Mapping[str, NDArray[Any] | None] | None = None,
    ) -> list[Put]:
        """Return what closes the epoch; see `end_epoch`."""
        begin = self._last_end
        if self.steps == begin or self._samples is None:
            raise RuntimeError("an epoch needs at least one step")
        newest, sums = self._samples.newest.copy(), (self._last_sums, self._epoch_sums)
        ended = self._ended(self.steps, self.loss[begin:], newest, accuracy, values, grads)
        return ended + [c for s in sums for c in s.closed(s.open_sums, s.open_had)]

    def _ended(
        self,
        step: int,
        losses: Floats,
        row: Floats,
        accuracy: float | None,
        values: Mapping[str, NDArray[Any]] | None,
        grads: Mapping[str, NDArray[Any] | None] | None,
    ) -> list[Put]:
        with np.errstate(all="ignore"):
            loss = losses.mean()
        changes = [
            *self._epoch_loss.appended(loss),
            *self._epoch_accuracy.appended(np.nan if accuracy is None else float(accuracy)),
            *self._ends.appended(step),
            *self._boundary.appended(row),
        ]
        if values is None or self._histograms is None:
            return changes
        self._check_names("values", values)
        self._check_names("grads", grads if grads is not None else values)
        names, epoch = list(self._shapes), self.epochs + 1
        return changes + self._histograms.appended(names, values, grads or {}, epoch)

    def add_group(self, name: str, parameters: Sequence[str] = ()) -> None:
        """Add a group from the next step on; its lr before is NaN.

        Args:
            name: the group's name.
            parameters: names of parameters that were in no group until now.

        Raises:
            ValueError: for an unknown parameter, or one that has a group.
        """
        commit(self.with_group(name, parameters))

    def with_group(self, name: str, parameters: Sequence[str] = ()) -> list[Put]:
        """Return what adds a group; see `add_group`."""
        for parameter in parameters:
            if self.parameters.get(parameter, -1) is not None:
                raise ValueError(f"parameter {parameter!r} is unknown or has a group already")
        before = self.lr
        rates = Column.of(np.column_stack([before, np.full(len(before), np.nan)]))
        return [
            partial(setattr, self, "_lr", rates),
            partial(self.parameters.update, dict.fromkeys(parameters, len(self.groups))),
            partial(self.groups.append, name),
        ]

    def add_swap(self, group: int, old: str, new: str) -> None:
        """Note that another optimizer moves a group from the next step on.

        Several between two steps count as one; none is left of them if the last restores the first.

        Args:
            group: its index.
            old: the name of the optimizer that has moved it.
            new: that of the one that does from now on.

        Raises:
            IndexError: if there is no such group.

        >>> record = Record({"w": 0}, ["all"])
        >>> record.add_swap(0, "SGD", "Adam")
        >>> record.swaps
        [Swap(step=0, group=0, old='SGD', new='Adam')]
        """
        if not 0 <= group < len(self.groups):
            raise IndexError(f"there is no group {group!r} among {len(self.groups)}")
        same = [s for s in self._swaps if (s.step, s.group) == (self.steps, group)]
        swaps = [s for s in self._swaps if s not in same]
        old = same[0].old if same else old
        if new != old:
            swaps.append(Swap(self.steps, group, old, new))
        self._swaps = tuple(swaps)

    def _check_names(self, what: str, arrays: Mapping[str, Any]) -> None:
        if arrays.keys() != self.parameters.keys():
            unknown = [name for name in arrays if name not in self.parameters]
            missing = [name for name in self.parameters if name not in arrays]
            raise ValueError(f"{what}: unknown names {unknown}, missing names {missing}")

    def _ordered(self, values: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        return [np.asarray(values[name]) for name in self._shapes]

    def _kept(self, values: Mapping[str, NDArray[Any]]) -> Floats:
        return _kept(values, self._shapes, self._indices)

    def _sums(self, grads: Mapping[str, NDArray[Any] | None]) -> tuple[Floats, Bools]:
        sums, had = np.zeros((2, len(self._shapes))), np.zeros(len(self._shapes), bool)
        with np.errstate(all="ignore"):  # an overflowing sum is infinite, and recorded so
            for i, (name, shape) in enumerate(self._shapes.items()):
                if (grad := grads[name]) is None:
                    continue
                grad = np.asarray(grad)
                if grad.shape != shape:
                    raise ValueError(f"{name!r} has shape {shape}, its gradient {grad.shape}")
                sums[:, i], had[i] = add_up(grad), True
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
        """Write an npz (no pickle) from which `load` restores the record, to the bit.

        It is compressed, if it takes no more than 64 MiB.

        Raises:
            ValueError: if `load` would refuse it, such as for a group's name that is not text.
            OSError: if it can't be written; the former file stays.
        """
        archive.save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Record:
        """Read what `save` wrote.

        Raises:
            ValueError: if the file is no saved record, is damaged, or is not a regular file.
            OSError: if it can't be read.
        """
        return archive.load(cls, path)


def _kept(
    values: Mapping[str, NDArray[Any]],
    shapes: Mapping[str, tuple[int, ...]],
    indices: Mapping[str, Ints],
) -> Floats:
    parts = []
    for name, shape in shapes.items():
        value = np.asarray(values[name])
        if value.shape != shape:
            raise ValueError(f"{name!r} has shape {value.shape}; it started as {shape}")
        parts.append(value.take(indices[name]))
    return np.concatenate(parts, dtype=np.float64) if parts else np.empty(0)

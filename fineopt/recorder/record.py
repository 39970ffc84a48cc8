"""The record of a training run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import archive
from .columns import Bools, Column, EpochSums, Floats, Ints, Samples


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


class Record:
    """Losses, learning rates, parameter values and gradient sums of one training run.

    Args:
        parameters: name -> index of its param group; None for a parameter in no optimizer.
            Kept in the order given.
        groups: the groups' names, in the optimizer's order.
        steps_per_epoch: steps in a full epoch, if known; lets an unfinished epoch be placed.
        keep: at most so many elements of each parameter are kept, evenly spaced over it.
        samples: at most so many samples in a trajectory (at least 4).

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
        keep: int = 16,
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
        if self._samples is None:
            raise RuntimeError("call start(values) before the first add_step")
        loss, rates = float(loss), [float(rate) for rate in lr]
        if len(rates) != len(self.groups):
            raise ValueError(f"{len(rates)} learning rates for {len(self.groups)} groups")
        self._check_names("values", values)
        self._check_names("grads", grads)
        row = self._kept(values)
        sums, had = self._sums(grads)
        # All is checked: nothing below fails, so a refused call has left the record as it was.
        self._loss.append(loss)
        self._lr.append(rates)
        self._samples.append(row, self.steps)
        self._last_sums.open_sums, self._last_sums.open_had = sums, had
        with np.errstate(all="ignore"):
            self._epoch_sums.open_sums += sums
        self._epoch_sums.open_had |= had

    def end_epoch(self, accuracy: float | None = None) -> None:
        """Close the epoch after the newest step, be it full or short.

        Raises:
            RuntimeError: if no step was added since the last one.
        """
        begin = self._last_end
        if self.steps == begin or self._samples is None:
            raise RuntimeError("an epoch needs at least one step")
        accuracy = np.nan if accuracy is None else float(accuracy)
        with np.errstate(all="ignore"):
            self._epoch_loss.append(self.loss[begin:].mean())
        self._epoch_accuracy.append(accuracy)
        self._ends.append(self.steps)
        self._boundary.append(self._samples.newest)
        self._last_sums.close()
        self._epoch_sums.close()

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
                sums[i], had[i] = np.add.reduce(grad, axis=None), True
        return sums, had

    # ---- reading: copies and read-only views ----

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

    def _slice(self, name: str) -> slice:
        return self._slices[name] if name in self._slices else self._unknown(name)

    def _unknown(self, name: str) -> Any:
        raise KeyError(f"no parameter {name!r} is recorded; there are {list(self.parameters)}")

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
        return kept.sums.rows, kept.had.rows

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

    # ---- out and in ----

    def to_dict(self) -> dict[str, Any]:
        """All that the record knows, in plain dicts, lists and arrays (read-only or copies)."""
        return {
            "groups": list(self.groups),
            "parameters": dict(self.parameters),
            "loss": self.loss,
            "lr": self.lr,
            "epoch_ends": self.epoch_ends,
            "epoch_loss": self.epoch_loss,
            "epoch_accuracy": self.epoch_accuracy,
            "trajectory_steps": self.trajectory_steps,
            "trajectory": {name: self.trajectory(name) for name in self.parameters},
            "epoch_values": {name: self.epoch_values(name) for name in self.parameters},
            "grad_sum_last": self.grad_sum_last,
            "grad_sum_epoch": self.grad_sum_epoch,
        }

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

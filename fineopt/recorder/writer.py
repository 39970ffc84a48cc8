"""The writing side of a record: steps, epochs and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atomic import Change, commit
from .history import History
from .tables.columns import Column
from .tables.groups import Swap, merge_swap
from .tables.sums import Sums

Values = Mapping[str, NDArray[Any]]
Grads = Mapping[str, NDArray[Any] | None]


class Writer(History):
    """The part of a `Record` that the training loop writes."""

    def add_step(self, loss: float, lr: Sequence[float], values: Values, grads: Grads) -> None:
        """Record one step, after its update.

        Args:
            loss: the loss of this step's batch; NaN and infinity are recorded as they are.
            lr: the learning rate of each group, in the groups' order.
            values: each parameter's value after the update.
            grads: each parameter's gradient in this step, None if it was not computed.

        Raises:
            RuntimeError: before `start`.
            ValueError: for unknown or missing names, shapes that differ from those at the start,
                or a number of learning rates other than that of the groups. The record is then
                unchanged.
        """
        commit(self.stepped(loss, lr, values, grads))

    def stepped(
        self,
        loss: float,
        lr: Sequence[float],
        values: Values,
        grads: Grads,
        *,
        final: bool = False,
        ends: bool = False,
        accuracy: float | None = None,
    ) -> list[Change]:
        """Return the changes that record a step and, if it ends an epoch, close the epoch.

        Arguments and errors are those of `add_step` and `end_epoch`, and ``final`` is whether
        nobody writes to the values' arrays any more, so that they need not be copied. The changes
        take effect in `commit`; until then, another call supersedes this one.
        """
        if self._tables.trajectories is None or self._tables.updates is None:
            raise RuntimeError("call start(values) before the first add_step")
        loss, rates = float(loss), [float(rate) for rate in lr]
        if len(rates) != len(self.groups):
            raise ValueError(f"{len(rates)} learning rates for {len(self.groups)} groups")
        self._check_names("values", values)
        self._check_names("grads", grads)
        step = self.steps + 1
        # What overflows is recorded as infinite. Entered once, as it takes as long as two sums.
        with np.errstate(all="ignore"):
            shapes = self._tables.trajectories.shapes
            ordered = [np.asarray(values[name]) for name in shapes]
            row = self._tables.trajectories.pick(ordered)
            changes = [
                *self._tables.sums.stepped(Sums.added_up(grads, shapes), ends),
                *self._tables.progress.loss.appended(loss),
                *self._tables.lr.appended(rates),
                *self._tables.trajectories.samples.appended(row, step),
                *self._tables.updates.appended(ordered, step, final=final),
            ]
        if not ends:
            return changes
        losses = np.append(self.loss[self._tables.progress.last_end :], loss)
        changes += self._tables.progress.ended(step, losses, accuracy)
        return [*changes, *self._ended(row, values, grads)]

    def end_epoch(
        self,
        accuracy: float | None = None,
        values: Values | None = None,
        grads: Grads | None = None,
    ) -> None:
        """Close the epoch after the newest step, whether the epoch is full or not.

        Args:
            accuracy: the accuracy at the end of the epoch.
            values: each parameter's current value, for its histogram; without, none is recorded.
            grads: each parameter's gradient in the newest step, likewise.

        Raises:
            RuntimeError: if no step was recorded since the last epoch.
            ValueError: for unknown or missing names.
        """
        commit(self.ended(accuracy, values, grads))

    def ended(
        self,
        accuracy: float | None = None,
        values: Values | None = None,
        grads: Grads | None = None,
    ) -> list[Change]:
        """Return the changes that close the epoch; see `end_epoch`."""
        if not self.steps_in_epoch or self._tables.trajectories is None:
            raise RuntimeError("an epoch needs at least one step")
        losses = self.loss[self._tables.progress.last_end :]
        return [
            *self._tables.progress.ended(self.steps, losses, accuracy),
            *self._ended(self._tables.trajectories.samples.newest, values, grads),
            *self._tables.sums.ended(),
        ]

    def _ended(self, row: NDArray[Any], values: Values | None, grads: Grads | None) -> list[Change]:
        tables = self._tables
        assert tables.trajectories is not None and tables.histograms is not None  # see callers
        changes = tables.trajectories.epoch_values.appended(row)
        if values is None:
            return changes
        self._check_names("values", values)
        grads = dict.fromkeys(self.parameters) if grads is None else grads
        self._check_names("grads", grads)
        names = list(self.parameters)
        sides = [values[name] for name in names], [grads[name] for name in names]
        return [*changes, *tables.histograms.appended(*sides, self.epochs + 1)]

    # ---- groups ----

    def add_group(self, name: str, parameters: Sequence[str] = ()) -> None:
        """Add a group from the next step on; its lr at earlier steps is NaN.

        Args:
            name: the group's name.
            parameters: names of parameters that were in no group so far.

        Raises:
            ValueError: for a parameter that is unknown or already in a group.
        """
        commit(self.with_group(name, parameters))

    def with_group(self, name: str, parameters: Sequence[str] = ()) -> list[Change]:
        """Return the changes that add a group; see `add_group`."""
        for parameter in parameters:
            if self.parameters.get(parameter, -1) is not None:
                raise ValueError(f"parameter {parameter!r} is unknown or already in a group")
        rates = Column.of(np.column_stack([self.lr, np.full(self.steps, np.nan)]))
        return [
            partial(setattr, self._tables, "lr", rates),
            partial(self.parameters.update, dict.fromkeys(parameters, len(self.groups))),
            partial(self.groups.append, name),
        ]

    def add_swap(self, group: int, old: str, new: str) -> None:
        """Record that another optimizer updates a group from the next step on.

        Swaps of a group between two steps are merged into one, or into none if they cancel out.

        Args:
            group: the group's index.
            old: the name of the former optimizer.
            new: the name of the new optimizer.

        Raises:
            IndexError: if the index is out of range.

        >>> from fineopt.recorder import Record
        >>> record = Record({"w": 0}, ["all"])
        >>> record.add_swap(0, "SGD", "Adam")
        >>> record.swaps
        [Swap(step=0, group=0, old='SGD', new='Adam')]
        """
        if not 0 <= group < len(self.groups):
            raise IndexError(f"group {group!r} is out of range for {len(self.groups)} groups")
        self._tables.swaps = merge_swap(self._tables.swaps, Swap(self.steps, group, old, new))

    def _check_names(self, what: str, arrays: Mapping[str, Any]) -> None:
        if arrays.keys() != self.parameters.keys():
            unknown = [name for name in arrays if name not in self.parameters]
            missing = [name for name in self.parameters if name not in arrays]
            raise ValueError(f"{what}: unknown names {unknown}, missing names {missing}")

"""Writing a record from samples, for parameters that are too large to be copied at each step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..atomic import Change, commit
from .tables import begin_sampled
from .tables.columns import Bools, Floats, Ints
from .tables.sums import Sums
from .writer import Writer

__all__ = ["Sample", "SampledWriter", "kept_indices"]


class Sample(NamedTuple):
    """What was read of all parameters around one step; None for what was not read.

    ``row`` holds the kept elements, those of `kept_indices`, in the order of the parameters.
    ``sums`` are the gradients' sums and their rounding errors, of shape (2, parameters), ``had``
    whether there was a gradient. ``norms`` are those of the updates and of the updated parameters,
    of shape (2, parameters).
    """

    row: Floats | None = None
    sums: Floats | None = None
    had: Bools | None = None
    norms: Floats | None = None


def kept_indices(shape: tuple[int, ...], keep: int) -> Ints:
    """Return the indices, in the flattened parameter, of the elements that a record keeps.

    >>> kept_indices((3, 3), 3)
    array([0, 4, 8])
    """
    size = math.prod(shape)
    indices: Ints = np.linspace(0, max(size - 1, 0), min(size, keep)).round().astype(int)
    return indices


class SampledWriter(Writer):
    """The part of a `Record` that takes samples in place of whole parameters."""

    keep: int
    _limit: int
    runs: int

    def start_sampled(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        row: Floats,
        values: Sequence[NDArray[Any]],
        *,
        every: int = 1,
        norms_every: int = 4,
    ) -> None:
        """Record the start from samples.

        Args:
            shapes: each parameter's shape.
            row: the kept elements of all parameters.
            values: elements of each parameter, for its histogram.
            every: steps between two rows, a power of 2.
            norms_every: steps between two rows of norms, a power of 2.

        Raises:
            RuntimeError: if the record is already started.
            ValueError: for an unknown or missing name.
        """
        if self.started:
            raise RuntimeError("this record is already started; clear() it first")
        self._check_names("shapes", shapes)
        ordered = {name: shapes[name] for name in self.parameters}
        started = begin_sampled(ordered, row, values, self.keep, self._limit)
        started["trajectories"].samples.stride = every
        started["updates"].series.stride = norms_every
        vars(self._tables).update(started)

    def add_sample(self, loss: float, lr: Sequence[float], sample: Sample) -> None:
        """Record one step from a sample; see `add_step`.

        Raises:
            RuntimeError: before the start.
            ValueError: for a number of learning rates other than that of the groups.
        """
        tables = self._tables
        if tables.trajectories is None or tables.updates is None:
            raise RuntimeError("call start_sampled() before the first add_sample")
        if len(lr) != len(self.groups):
            raise ValueError(f"{len(lr)} learning rates for {len(self.groups)} groups")
        step, size = self.steps + 1, len(self.parameters)
        samples = tables.trajectories.samples
        if sample.row is None:  # the newest row stays, now that of a later step
            changes: list[Change] = [partial(setattr, samples, "newest_step", step)]
        else:
            changes = samples.appended(sample.row, step)
        if sample.sums is not None and sample.had is not None:
            changes += tables.sums.stepped(Sums.of(sample.sums, sample.had), False)
        elif not self.steps_in_epoch:
            changes += tables.sums.stepped(Sums.none(size), False)
        if sample.norms is not None:
            changes += tables.updates.series.appended(sample.norms, step)
        changes += tables.progress.loss.appended(float(loss))
        commit([*changes, *tables.lr.appended([float(rate) for rate in lr])])

    def amend_loss(self, loss: float) -> None:
        """Set the loss of the newest step, which became known after the step.

        Raises:
            RuntimeError: before the first step.
        """
        if not self.steps:
            raise RuntimeError("there is no step whose loss could be set")
        self._tables.progress.loss.replace_last(float(loss))

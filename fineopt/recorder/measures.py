"""The reading side of a record's parameters: trajectories, norms and histograms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import BadKeyError, suggestion
from .tables import Tables
from .tables.columns import Floats, Ints
from .tables.histograms import Histogram
from .tables.trajectories import Trajectories


class Measures:
    """The part of a `Record` that reads values, norms and histograms of parameters."""

    parameters: dict[str, int | None]
    _tables: Tables

    @property
    def started(self) -> bool:
        """Whether the values before the first step are recorded."""
        return self._tables.trajectories is not None

    def check_parameter(self, name: str) -> None:
        """Raise a KeyError unless the parameter is recorded."""
        if name not in self.parameters:
            hint = suggestion(name, self.parameters)
            raise BadKeyError(f"no parameter {name!r} is recorded: {hint}")

    # ---- trajectories ----

    @property
    def trajectory_steps(self) -> Ints:
        """The number of steps at each trajectory sample, shape (samples,); 0 is the start."""
        kept = self._tables.trajectories
        return np.empty(0, int) if kept is None else kept.samples.read_steps()

    def trajectory(self, name: str, which: Ints | None = None) -> Floats:
        """Return the kept elements of a parameter at each sample, shape (samples, kept).

        Args:
            name: the parameter's name.
            which: the places of those to return among the kept ones; all if None.

        Raises:
            KeyError: for an unknown name.
            IndexError: if there is no such place.
        """
        self.check_parameter(name)
        if (kept := self._tables.trajectories) is None:
            return np.empty((0, 0))
        columns = kept.slices[name]
        if which is None:
            return kept.samples.read(columns)
        return kept.samples.pick(np.arange(columns.start, columns.stop)[which])

    def epoch_values(self, name: str) -> Floats:
        """Return the kept elements at the start and the end of each epoch, (epochs + 1, kept)."""
        self.check_parameter(name)
        if (kept := self._tables.trajectories) is None:
            return np.empty((0, 0))
        return kept.epoch_values.rows[:, kept.slices[name]].copy()

    def kept_indices(self, name: str) -> Ints:
        """Return the indices of the kept elements in the flattened parameter, shape (kept,)."""
        return self._known(name).indices[name].copy()

    def shape(self, name: str) -> tuple[int, ...]:
        """Return a parameter's shape, which is known once the record is started."""
        return self._known(name).shapes[name]

    def _known(self, name: str) -> Trajectories:
        self.check_parameter(name)
        if self._tables.trajectories is None:
            raise BadKeyError(f"the shape of {name!r} is unknown before start(values)")
        return self._tables.trajectories

    # ---- updates ----

    @property
    def update_steps(self) -> Ints:
        """The measured steps, counted from 1, shape (measured,)."""
        updates = self._tables.updates
        return np.empty(0, int) if updates is None else updates.series.steps.rows.copy()

    def step_norm(self, name: str) -> Floats:
        """Return the Euclidean norm of a parameter's update at each measured step."""
        return np.asarray(self._norms(name)[0])

    def weight_norm(self, name: str) -> Floats:
        """Return the Euclidean norm of a parameter after each measured step."""
        return np.asarray(self._norms(name)[1])

    def update_ratio(self, name: str) -> Floats:
        """Return `step_norm` over `weight_norm` at each measured step, shape (measured,).

        It is exactly 0 if no bit of the parameter changed, and NaN if the ratio is not finite.
        """
        return np.asarray(self.update_ratios([name])[0])

    def update_ratios(self, names: Sequence[str]) -> Floats:
        """Return the `update_ratio` of each parameter, shape (names, measured)."""
        norms = np.array([self._norms(name) for name in names])
        step, weight = norms[:, 0], norms[:, 1]
        with np.errstate(all="ignore"):
            ratio = np.where(step == 0, 0.0, step / weight)
        return np.where(np.isfinite(ratio), ratio, np.nan)

    def _norms(self, name: str) -> Floats:
        if (updates := self._tables.updates) is None:
            self.check_parameter(name)
            return np.empty((2, 0))
        return updates.series.rows.rows[:, :, self._known(name).positions[name]].T.copy()

    # ---- histograms ----

    def histograms(self, name: str, *, gradients: bool = False) -> list[Histogram]:
        """Return a parameter's histograms at the start and at the ends of epochs.

        Of a long run, at most 64 are kept: evenly spaced epochs and the newest one.

        Args:
            name: the parameter's name.
            gradients: return the histograms of the last batches' gradients instead.
        """
        if (kept := self._tables.histograms) is None:
            self.check_parameter(name)
            return []
        return kept.read(self._known(name).positions[name], gradients)

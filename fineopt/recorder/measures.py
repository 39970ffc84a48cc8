"""What was measured now and then of whole parameters: norms of their steps, and histograms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .columns import Floats, Ints
from .histograms import Histogram, Histograms
from .updates import Updates


class Measures:
    """The part of a record's reading side that is about measured steps and epochs."""

    parameters: dict[str, int | None]
    _shapes: dict[str, tuple[int, ...]]
    _slices: dict[str, slice]
    _ordered_names: tuple[object, dict[str, int]] = (None, {})
    _updates: Updates | None
    _histograms: Histograms | None

    # ---- what steps did: norms of whole parameters ----

    @property
    def update_steps(self) -> Ints:
        """Which steps were measured, counted from 1, shape (measured,)."""
        updates = self._updates
        return np.empty(0, int) if updates is None else updates.steps[: updates.count].copy()

    def step_norm(self, name: str) -> Floats:
        """How far each measured step moved the whole parameter (Euclidean norm)."""
        return np.asarray(self._norms(name)[0])

    def weight_norm(self, name: str) -> Floats:
        """The norm of the whole parameter after each measured step."""
        return np.asarray(self._norms(name)[1])

    def update_ratio(self, name: str) -> Floats:
        """Each measured step's norm over the norm of what it led to, shape (measured,).

        Exactly 0 where no bit of the parameter changed; NaN where there is no such ratio: for
        numbers that are not finite, or a step to 0.
        """
        return np.asarray(self.update_ratios([name])[0])

    def update_ratios(self, names: Sequence[str]) -> Floats:
        """Return those of several parameters, shape (names, measured)."""
        norms = np.array([self._norms(name) for name in names])
        step, weight = norms[:, 0], norms[:, 1]
        with np.errstate(all="ignore"):
            ratio = np.where(step == 0, 0.0, step / weight)
        return np.where(np.isfinite(ratio), ratio, np.nan)

    def _norms(self, name: str) -> Floats:
        if (updates := self._updates) is None:
            return np.empty((2, 0)) if name in self.parameters else self._unknown(name)
        return updates.rows[: updates.count, :, self._index(name)].T.copy()

    # ---- how numbers are spread ----

    def histograms(self, name: str, *, gradients: bool = False) -> list[Histogram]:
        """How the parameter's numbers were spread at the start and at the ends of epochs.

        Of a long run, evenly spaced epochs and the newest are kept, at most 64.

        Args:
            name: of the parameter.
            gradients: those of the last batch's gradient instead, where there was one.
        """
        if (kept := self._histograms) is None:
            return [] if name in self.parameters else self._unknown(name)
        return kept.read(self._index(name), gradients)

    def _index(self, name: str) -> int:
        self._slice(name)
        # Kept: to look for each of thousands of names among all would take a square of time.
        shapes, order = self._ordered_names
        if shapes is not self._shapes or name not in order:
            order = {known: i for i, known in enumerate(self._shapes)}
            self._ordered_names = self._shapes, order
        return order[name]

    def _slice(self, name: str) -> slice:
        return self._slices[name] if name in self._slices else self._unknown(name)

    def _unknown(self, name: str) -> Any:
        raise KeyError(f"no parameter {name!r} is recorded; there are {list(self.parameters)}")

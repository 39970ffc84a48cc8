"""Norms of parameters and of their updates, measured at some steps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...atomic import Change
from ..rounding import norm
from .columns import Series

EVERY = 4  # initial stride: copying and comparing all parameters takes time
LIMIT = 512  # rows


class Updates:
    """Norms of whole parameters and of their updates, at every ``stride``-th step.

    The values before a step are copied only if that step is to be measured.
    """

    def __init__(self, size: int, limit: int = LIMIT) -> None:
        # In each row the norms of the updates, then the norms of the updated parameters.
        self.series = Series((2, size), limit, EVERY)
        self.previous: list[NDArray[Any]] | None = None  # values before the next step, if measured

    def appended(
        self, values: Sequence[NDArray[Any]], step: int, *, final: bool = False
    ) -> list[Change]:
        """Return the changes that measure a step, and keep the values if the next is measured.

        Args:
            values: of the parameters after the step.
            step: its number.
            final: whether nobody writes to these arrays any more, so that they need not be copied.
        """
        changes: list[Change] = []
        if self.previous is not None:
            steps = [norm(a - b) for a, b in zip(values, self.previous, strict=True)]
            row = np.array([steps, [norm(value) for value in values]])
            changes = self.series.appended(row, step)
        previous = None
        if (step + 1) % self.series.stride == 0:
            previous = list(values) if final else [read_only_copy(value) for value in values]
        return [*changes, partial(setattr, self, "previous", previous)]


def read_only_copy(value: NDArray[Any]) -> NDArray[Any]:
    """Return a copy that can be shared."""
    copy = np.array(value)
    copy.flags.writeable = False
    return copy


def read_only_view(value: NDArray[Any]) -> NDArray[Any]:
    """Return a view of an array that nobody writes to."""
    view = value.view()
    view.flags.writeable = False
    return view

"""Trajectories: some elements of each parameter, along the run and at the ends of epochs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...atomic import Change
from .columns import Column, Floats, Ints, Samples


class Trajectories:
    """At most ``keep`` elements of each parameter, evenly spaced over its flattened values.

    Args:
        shapes: the parameters' shapes by name.
        keep: maximum number of elements of each parameter.
        limit: maximum number of samples.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], keep: int, limit: int) -> None:
        self.shapes = dict(shapes)
        self.positions = {name: i for i, name in enumerate(shapes)}
        self.indices: dict[str, Ints] = {}
        self.slices: dict[str, slice] = {}
        width = 0
        for name, shape in shapes.items():
            size = math.prod(shape)
            count = min(size, keep)
            self.indices[name] = np.linspace(0, max(size - 1, 0), count).round().astype(int)
            self.slices[name] = slice(width, width + count)
            width += count
        self.samples = Samples((width,), limit)
        self.epoch_values = Column((width,))

    def pick(self, values: Sequence[NDArray[Any]]) -> Floats:
        """Return a copy of the kept elements of all parameters, in one row.

        Raises:
            ValueError: if a shape has changed.
        """
        for (name, shape), value in zip(self.shapes.items(), values, strict=True):
            if value.shape != shape:
                raise ValueError(f"{name!r} has shape {value.shape}, expected {shape}")
        parts = list(map(np.ndarray.take, values, self.indices.values()))
        return np.concatenate(parts, dtype=np.float64) if parts else np.empty(0)

    def started(self, row: Floats) -> list[Change]:
        """Return the changes that add the row before the first step."""
        return [*self.samples.appended(row, 0), *self.epoch_values.appended(row)]

    def state(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that `load` restores."""
        return self.samples.state("samples") | {"epoch_values": self.epoch_values.rows}

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Restore a state; its arrays are shared."""
        self.samples.load("samples", arrays)
        self.epoch_values = Column.of(arrays["epoch_values"])

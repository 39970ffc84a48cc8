"""Shape operations: they move elements and leave the values unchanged."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..types import VJP, Array, Result


def reshape(x: Array, *, shape: tuple[int, ...]) -> Result:
    return x.reshape(shape), lambda g: g.reshape(x.shape)


def transpose(x: Array, *, axes: tuple[int, ...]) -> Result:
    return x.transpose(axes), lambda g: g.transpose(np.argsort(axes))


def broadcast_to(x: Array, *, shape: tuple[int, ...]) -> Result:
    return np.broadcast_to(x, shape), lambda g: g  # the tape sums g back to x's shape


def get_item(x: Array, *, index: Any) -> Result:
    def vjp(g: Array) -> Array:
        dx = np.zeros(x.shape, g.dtype)
        if _is_basic(index):
            dx[index] = g
        else:
            np.add.at(dx, index, g)  # an element selected twice gets both gradients
        return dx

    return x[index], vjp


def set_item(x: Array, value: Array, *, index: Any) -> Result:
    """A copy of x with value at index."""
    y = x.copy()
    y[index] = value

    def vjp_x(g: Array) -> Array:
        dx = g.copy()
        dx[index] = 0
        return dx

    def vjp_value(g: Array) -> Array:
        dv = np.asarray(g[index])
        if not _is_basic(index):  # the last of several values for the same element remains
            order = np.arange(dv.size).reshape(dv.shape)
            winner = np.zeros(x.shape, order.dtype)
            winner[index] = order
            dv = np.where(winner[index] == order, dv, 0)
        return dv.reshape((1,) * (value.ndim - dv.ndim) + dv.shape)

    return y, vjp_x, vjp_value


def _is_basic(index: Any) -> bool:
    """Return whether an index selects no element twice: integers, slices, None, Ellipsis only."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None or part is Ellipsis or isinstance(part, int | np.integer | slice)
        for part in parts
    )


def concat(*arrays: Array, axis: int) -> Result:
    ends = np.cumsum([a.shape[axis] for a in arrays])

    def part(start: int, end: int) -> VJP:
        return lambda g: np.take(g, range(start, end), axis)

    vjps = [part(end - a.shape[axis], end) for a, end in zip(arrays, ends, strict=True)]
    return np.concatenate(arrays, axis), *vjps


def stack(*arrays: Array, axis: int) -> Result:
    def part(i: int) -> VJP:
        return lambda g: np.take(g, i, axis)

    return np.stack(arrays, axis), *(part(i) for i in range(len(arrays)))

"""Reductions: sum, mean, product, maximum and minimum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..types import Array, Result

Axis = int | tuple[int, ...] | None


def _spread(y: Array, x: Array, axis: Axis, keepdims: bool) -> Array:
    """Restore the reduced axes with size 1, so that y broadcasts against x."""
    if keepdims or axis is None:
        return np.asarray(y).reshape(y.shape if keepdims else (1,) * x.ndim)
    return np.expand_dims(y, axis)


def wide(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype of sums: 64 bits for integers and booleans, unchanged for floats."""
    return np.dtype(np.int64) if dtype.kind in "biu" and dtype != np.uint64 else dtype


def sum(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Result:
    y = np.sum(x, axis=axis, keepdims=keepdims, dtype=wide(x.dtype))
    return y, lambda g: np.broadcast_to(_spread(g, x, axis, keepdims), x.shape)


def mean(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Result:
    y = np.mean(x, axis=axis, keepdims=keepdims)
    count = x.size / y.size if y.size else 1
    return y, lambda g: np.broadcast_to(_spread(g, x, axis, keepdims) / count, x.shape)


def prod(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Result:
    y = np.prod(x, axis=axis, keepdims=keepdims, dtype=wide(x.dtype))

    def vjp(g: Array) -> Array:
        # the product of the other elements, from both sides, without dividing by zeros
        axes = range(x.ndim) if axis is None else np.atleast_1d(axis) % x.ndim
        kept = [i for i in range(x.ndim) if i not in axes]
        order = (*kept, *axes)
        count = int(np.prod([x.shape[i] for i in axes]))
        rows = x.transpose(order).reshape(*(x.shape[i] for i in kept), count)
        ones = np.ones_like(rows[..., :1])
        before = np.cumprod(np.concatenate([ones, rows[..., :-1]], -1), -1)
        after = np.cumprod(np.concatenate([ones, rows[..., :0:-1]], -1), -1)[..., ::-1]
        others = (before * after).reshape([x.shape[i] for i in order]).transpose(np.argsort(order))
        return np.asarray(_spread(g, x, axis, keepdims) * others)

    return y, vjp


def _extreme(reduce: Callable[..., Array], x: Array, axis: Axis, keepdims: bool) -> Result:
    y = np.asarray(reduce(x, axis=axis, keepdims=keepdims))

    def vjp(g: Array) -> Array:
        hit = (x == _spread(y, x, axis, keepdims)) | (x != x)  # a NaN is the extreme
        ties = np.sum(hit, axis=axis, keepdims=True)  # ties share the gradient evenly
        return np.where(hit, _spread(g, x, axis, keepdims) / ties, 0).astype(x.dtype)

    return y, vjp


def max(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Result:
    return _extreme(np.max, x, axis, keepdims)


def min(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Result:
    return _extreme(np.min, x, axis, keepdims)

"""Operations that sum up: sum, mean, product, extremes, softmax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..types import Array, Result

Axis = int | tuple[int, ...] | None


def _spread(y: Array, x: Array, axis: Axis, keepdims: bool) -> Array:
    """Give a reduced array its axes back, as size 1, so that it broadcasts against x."""
    if keepdims or axis is None:
        return np.asarray(y).reshape(y.shape if keepdims else (1,) * x.ndim)
    return np.expand_dims(y, axis)


def wide(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype to add up in: 64 bits for integers and booleans, floats in their own."""
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
        # the product of the others, taken from both sides, so that a zero divides nothing
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
        hit = (x == _spread(y, x, axis, keepdims)) | (x != x)  # beside a NaN, that is the extreme
        ties = np.sum(hit, axis=axis, keepdims=True)  # a tie is shared evenly
        return np.where(hit, _spread(g, x, axis, keepdims) / ties, 0).astype(x.dtype)

    return y, vjp


def max(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Result:
    return _extreme(np.max, x, axis, keepdims)


def min(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Result:
    return _extreme(np.min, x, axis, keepdims)


def softmax(x: Array, *, axis: int) -> Result:
    e = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
    y = e / np.sum(e, axis=axis, keepdims=True)
    return y, lambda g: y * (g - np.sum(g * y, axis=axis, keepdims=True))


def logsoftmax(x: Array, *, axis: int) -> Result:
    shifted = x - np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    total = np.sum(np.exp(shifted), axis=axis, keepdims=True)
    y = shifted - np.log(np.maximum(total, 1))  # it holds exp(0), unless there is nothing
    return y, lambda g: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True)


def cross_entropy(x: Array, *, labels: Array, label_smooth: float, axis: int) -> Result:
    """Negative log-likelihood of labels under softmax(x); axis holds the classes."""
    logp, _ = logsoftmax(x, axis=axis)
    at = np.expand_dims(labels, axis)
    y = -(1 - label_smooth) * np.take_along_axis(logp, at, axis)
    y = y.squeeze(axis)
    if label_smooth:  # 0 times the -inf of a class that can't be would be NaN
        y -= label_smooth * np.mean(logp, axis=axis)

    def vjp(g: Array) -> Array:
        dx: Array = np.exp(logp)  # softmax - target, the target being (1 - s) one-hot + s / classes
        dx -= label_smooth / x.shape[axis]
        classes = np.arange(x.shape[axis]).reshape(-1, *(1,) * (x.ndim - axis % x.ndim - 1))
        dx -= (1 - label_smooth) * (classes == at)
        dx *= np.expand_dims(g, axis)
        return dx

    return y, vjp

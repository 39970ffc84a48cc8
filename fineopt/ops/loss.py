"""Losses."""

from __future__ import annotations

import numpy as np

from ..types import Array, Result
from .activation import logsoftmax


def cross_entropy(x: Array, *, labels: Array, label_smooth: float, axis: int) -> Result:
    """Negative log-likelihood of the labels under softmax(x); axis is the class axis."""
    logp, _ = logsoftmax(x, axis=axis)
    at = np.expand_dims(labels, axis)
    y = -(1 - label_smooth) * np.take_along_axis(logp, at, axis)
    y = y.squeeze(axis)
    if label_smooth:  # otherwise 0 times the -inf of an impossible class would be NaN
        y -= label_smooth * np.mean(logp, axis=axis)

    def vjp(g: Array) -> Array:
        dx: Array = np.exp(logp)  # softmax - target; target: (1 - s) one-hot + s / classes
        dx -= label_smooth / x.shape[axis]
        classes = np.arange(x.shape[axis]).reshape(-1, *(1,) * (x.ndim - axis % x.ndim - 1))
        dx -= (1 - label_smooth) * (classes == at)
        dx *= np.expand_dims(g, axis)
        return dx

    return y, vjp

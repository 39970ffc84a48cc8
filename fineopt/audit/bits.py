"""Comparing arrays to the bit, in ndarrays."""

from __future__ import annotations

import math

import numpy as np

from ..types import Array
from .subject import Gradient, Move

__all__ = ["compare", "fingerprint", "grade", "same_bits"]

_WORDS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


def _words(array: Array) -> Array:
    return np.ascontiguousarray(array).reshape(-1).view(_WORDS[array.itemsize])


def same_bits(a: Array, b: Array) -> Array:
    """Return which numbers of two arrays are the same to the bit, NaN and signs of 0 included.

    >>> same_bits(np.array([0.0, np.nan, 1.0]), np.array([-0.0, np.nan, 1.0]))
    array([False,  True,  True])
    """
    return np.asarray(_words(a) == _words(b))


def fingerprint(array: Array) -> int:
    """Return a number that nearly always differs when any bit of the array does.

    It is the sum of its 64-bit words: one pass, at the speed of the memory.
    """
    data = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    whole = len(data) // 8 * 8
    total = int(data[:whole].view(np.uint64).sum())
    return (total + int.from_bytes(data[whole:].tobytes(), "little")) % (1 << 64)


def norm(array: Array) -> float:
    """Return the L2 norm, computed in float64.

    Not by BLAS, whose threads make small arrays slow on a busy machine, and whose last digits
    depend on it.
    """
    wide = array.astype(np.float64, copy=False)
    return math.sqrt(float(np.square(wide).sum()))


def compare(before: Array, after: Array) -> Move:
    """Return what a step did, given the values before and after it."""
    moved = before.size - int(same_bits(before, after).sum())
    with np.errstate(all="ignore"):
        wide = before.astype(np.float64)
        distance = norm(after.astype(np.float64) - wide)
        return Move(moved, distance, norm(wide), fingerprint(after))


def grade(grad: Array | None) -> Gradient:
    """Return what a gradient is like.

    >>> grade(np.zeros(3)), grade(None), grade(np.array([3.0, 4.0]))
    (Gradient(kind='zero', norm=0.0), Gradient(kind='None', norm=None), Gradient(kind='finite', norm=5.0))
    """  # noqa: E501 - a list
    if grad is None:
        return Gradient("None", None)
    with np.errstate(all="ignore"):
        length = norm(grad)
    if math.isfinite(length):
        return Gradient("finite" if length or grad.any() else "zero", length)
    return Gradient("nan" if np.isnan(grad).any() else "inf", length)

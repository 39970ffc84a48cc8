"""Elementwise operations, with broadcasting."""

from __future__ import annotations

import numpy as np

from ..types import VJP, Array, Result
from .selection import select


def add(a: Array, b: Array) -> Result:
    return a + b, lambda g: g, lambda g: g


def sub(a: Array, b: Array) -> Result:
    return a - b, lambda g: g, lambda g: -g


def mul(a: Array, b: Array) -> Result:
    return a * b, lambda g: g * b, lambda g: g * a


def div(a: Array, b: Array) -> Result:
    y = a / b
    return y, lambda g: g / b, lambda g: -g * y / b


def floordiv(a: Array, b: Array) -> Result:
    y = a // b
    return (
        y,
        np.zeros_like,
        np.zeros_like,
    )  # piecewise constant: the gradient is 0 almost everywhere


def mod(a: Array, b: Array) -> Result:
    """a - floor(a / b) b, with the sign of b."""
    return a % b, lambda g: g, lambda g: -g * (a // b)


def pow(a: Array, b: Array) -> Result:
    y = a**b

    def vjp_a(g: Array) -> Array:
        # b * a^(b-1); 0 where b = 0, even at a = 0, where 0^(-1) is infinite
        slope = np.where(b == 0, 1, b * a ** np.where(b == 0, 1, b - 1))
        return np.where(b == 0, 0, g * slope)

    def vjp_b(g: Array) -> Array:
        # a^b * log a; 0 at a = 0 for b >= 0, where y does not depend on b
        constant = (a == 0) & (b >= 0)
        slope = np.where(constant, 1, y * np.log(np.where(constant, 1, a)))
        return np.where(constant, 0, g * slope)

    return y, vjp_a, vjp_b


def neg(x: Array) -> Result:
    return -x, lambda g: -g


def abs(x: Array) -> Result:
    return np.abs(x), lambda g: select(g * np.where(x == 0, 1, np.sign(x)), x != 0)


def exp(x: Array) -> Result:
    y = np.exp(x)
    return y, lambda g: g * y


def log(x: Array) -> Result:
    return np.log(x), lambda g: g / x


def sqrt(x: Array) -> Result:
    y = np.sqrt(x)
    return y, lambda g: g / (2 * y)


def maximum(a: Array, b: Array) -> Result:
    return np.maximum(a, b), *_split_ties(a == b, a < b, a > b)


def minimum(a: Array, b: Array) -> Result:
    return np.minimum(a, b), *_split_ties(a == b, a > b, a < b)


def _split_ties(tie: Array, a_loses: Array, b_loses: Array) -> tuple[VJP, VJP]:
    """Pass g to the selected input; a tie gives each half of it, as in PyTorch."""
    return (
        lambda g: np.where(tie, g / 2, np.where(a_loses, 0, g)),
        lambda g: np.where(tie, g / 2, np.where(b_loses, 0, g)),
    )


def where(a: Array, b: Array, *, condition: Array) -> Result:
    y = np.where(condition, a, b)
    return y, lambda g: np.where(condition, g, 0), lambda g: np.where(condition, 0, g)


def clip(x: Array, *, lower: float | None, upper: float | None) -> Result:
    y = np.clip(x, lower, upper)
    return y, lambda g: np.where(y == x, g, 0)


def cast(x: Array, *, dtype: object) -> Result:
    y = x.astype(dtype)  # type: ignore[call-overload]
    return (y, lambda g: g) if np.issubdtype(y.dtype, np.floating) else (y,)

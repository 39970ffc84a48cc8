"""Elementwise functions."""

from __future__ import annotations

from .. import ops
from ..core.tensor import Tensor, TensorLike, apply, as_floating, as_tensor, operands

__all__ = ["abs", "clip", "exp", "log", "maximum", "minimum", "sqrt", "where"]


def abs(x: TensorLike) -> Tensor:
    """Return the absolute value; its gradient at 0 is 0.

    >>> abs(Tensor([-2.0, 3.0]))
    Tensor([2. 3.], device=cpu:0)
    """
    return apply(ops.abs, x)


def exp(x: TensorLike) -> Tensor:
    """Return the exponential of x.

    >>> exp(Tensor([0.0, 1.0]))
    Tensor([1.     2.7183], device=cpu:0)
    """
    return apply(ops.exp, as_floating(x))


def log(x: TensorLike) -> Tensor:
    """Return the natural logarithm.

    >>> log(Tensor([1.0, 10.0]))
    Tensor([0.     2.3026], device=cpu:0)
    """
    return apply(ops.log, as_floating(x))


def sqrt(x: TensorLike) -> Tensor:
    """Return the square root.

    >>> sqrt(Tensor([4.0, 9.0]))
    Tensor([2. 3.], device=cpu:0)
    """
    return apply(ops.sqrt, as_floating(x))


def maximum(a: TensorLike, b: TensorLike) -> Tensor:
    """Return the elementwise maximum; ties halve the gradient.

    >>> maximum(Tensor([1.0, 5.0]), 3.0)
    Tensor([3. 5.], device=cpu:0)
    """
    return apply(ops.maximum, *operands(a, b))


def minimum(a: TensorLike, b: TensorLike) -> Tensor:
    """Return the elementwise minimum; ties halve the gradient.

    >>> minimum(Tensor([1.0, 5.0]), 3.0)
    Tensor([1. 3.], device=cpu:0)
    """
    return apply(ops.minimum, *operands(a, b))


def where(condition: TensorLike, a: TensorLike, b: TensorLike) -> Tensor:
    """Return a where condition is true and b elsewhere.

    >>> where(Tensor([True, False]), Tensor([1.0, 1.0]), Tensor([2.0, 2.0]))
    Tensor([1. 2.], device=cpu:0)
    """
    chosen = as_tensor(condition)._data.astype(bool)
    return apply(ops.where, *operands(a, b), condition=chosen)


def clip(x: TensorLike, lower: float | None = None, upper: float | None = None) -> Tensor:
    """Clip x to [lower, upper]; the gradient is 0 where x is clipped.

    Raises:
        ValueError: if both bounds are None, or lower is greater than upper.

    >>> clip(Tensor([-1.0, 0.5, 2.0]), 0, 1)
    Tensor([0.  0.5 1. ], device=cpu:0)
    """
    lower = None if lower is None else float(lower)
    upper = None if upper is None else float(upper)
    if lower is None and upper is None:
        raise ValueError("clip requires lower, upper, or both")
    if lower is not None and upper is not None and lower > upper:
        raise ValueError(f"clip: lower {lower} is greater than upper {upper}")
    return apply(ops.clip, x, lower=lower, upper=upper)

"""Elementwise functions and reductions."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core.tensor import Tensor, TensorLike, apply, as_floating, as_tensor, operands

__all__ = [
    "abs",
    "argmax",
    "argmin",
    "clip",
    "exp",
    "log",
    "matmul",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "prod",
    "sqrt",
    "sum",
    "where",
]


def abs(x: TensorLike) -> Tensor:
    """Return the absolute value; its gradient at 0 is 0.

    >>> abs(Tensor([-2.0, 3.0]))
    Tensor([2. 3.], device=cpu:0)
    """
    return apply(ops.abs, x)


def exp(x: TensorLike) -> Tensor:
    """Return e to the power of x.

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
    """Return the larger of two, elementwise; a tie halves the gradient.

    >>> maximum(Tensor([1.0, 5.0]), 3.0)
    Tensor([3. 5.], device=cpu:0)
    """
    return apply(ops.maximum, *operands(a, b))


def minimum(a: TensorLike, b: TensorLike) -> Tensor:
    """Return the smaller of two, elementwise; a tie halves the gradient.

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
    """Return x kept between lower and upper; no gradient flows where it was cut.

    Raises:
        ValueError: without any bound, or for a lower above the upper.

    >>> clip(Tensor([-1.0, 0.5, 2.0]), 0, 1)
    Tensor([0.  0.5 1. ], device=cpu:0)
    """
    lower = None if lower is None else float(lower)
    upper = None if upper is None else float(upper)
    if lower is None and upper is None:
        raise ValueError("clip needs lower, upper, or both")
    if lower is not None and upper is not None and lower > upper:
        raise ValueError(f"clip's lower {lower} is above its upper {upper}")
    return apply(ops.clip, x, lower=lower, upper=upper)


def matmul(a: TensorLike, b: TensorLike) -> Tensor:
    """Return the matrix product, as ``a @ b``; that of integers in int64.

    >>> matmul(Tensor([[1.0, 2.0]]), Tensor([[3.0], [4.0]]))
    Tensor([[11.]], device=cpu:0)
    """
    return apply(ops.matmul, *operands(a, b))


def sum(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the sum over axis (all if None).

    Integers and booleans are summed in int64 (uint64 in uint64), as in PyTorch; floats keep their
    dtype, and float16 is added up in float32.

    >>> sum(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([4. 6.], device=cpu:0)
    """
    return as_tensor(x).sum(axis, keepdims)


def mean(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the mean over axis (all if None); that of integers in the default dtype.

    >>> mean(Tensor([1.0, 2.0, 6.0]))
    Tensor([3.], device=cpu:0)
    """
    return as_tensor(x).mean(axis, keepdims)


def prod(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the product over axis (all if None); integers in int64, as :func:`sum`.

    >>> prod(Tensor([1.0, 2.0, 6.0]))
    Tensor([12.], device=cpu:0)
    """
    return as_tensor(x).prod(axis, keepdims)


def max(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the maximum over axis (all if None); ties share the gradient evenly.

    >>> max(Tensor([[1.0, 2.0], [3.0, 0.0]]), axis=1)
    Tensor([2. 3.], device=cpu:0)
    """
    return as_tensor(x).max(axis, keepdims)


def min(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the minimum over axis (all if None); ties share the gradient evenly.

    >>> min(Tensor([[1.0, 2.0], [3.0, 0.0]]), axis=1)
    Tensor([1. 0.], device=cpu:0)
    """
    return as_tensor(x).min(axis, keepdims)


def argmax(x: TensorLike, axis: int | None = None) -> Tensor:
    """Return where the maximum is, as int32 (the first of several).

    >>> argmax(Tensor([[1.0, 2.0], [3.0, 0.0]]), axis=1)
    Tensor([1 0], dtype=int32, device=cpu:0)
    """
    return as_tensor(x).argmax(axis)


def argmin(x: TensorLike, axis: int | None = None) -> Tensor:
    """Return where the minimum is, as int32 (the first of several).

    >>> argmin(Tensor([[1.0, 2.0], [3.0, 0.0]]), axis=1)
    Tensor([0 1], dtype=int32, device=cpu:0)
    """
    return as_tensor(x).argmin(axis)

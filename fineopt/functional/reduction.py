"""Reductions."""

from __future__ import annotations

from typing import Any

from ..core.tensor import Tensor, TensorLike, as_tensor

__all__ = ["argmax", "argmin", "max", "mean", "min", "prod", "sum"]


def sum(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the sum over axis (all axes if None).

    Integers and booleans are summed in int64 (uint64 in uint64), as in PyTorch; floats keep their
    dtype, and float16 is summed in float32.

    >>> sum(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([4. 6.], device=cpu:0)
    """
    return as_tensor(x).sum(axis, keepdims)


def mean(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the mean over axis (all axes if None), in the default dtype for integers.

    >>> mean(Tensor([1.0, 2.0, 6.0]))
    Tensor([3.], device=cpu:0)
    """
    return as_tensor(x).mean(axis, keepdims)


def prod(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the product over axis (all axes if None), with the dtypes of :func:`sum`.

    >>> prod(Tensor([1.0, 2.0, 6.0]))
    Tensor([12.], device=cpu:0)
    """
    return as_tensor(x).prod(axis, keepdims)


def max(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the maximum over axis (all axes if None); ties share the gradient evenly.

    >>> max(Tensor([[1.0, 2.0], [3.0, 0.0]]), axis=1)
    Tensor([2. 3.], device=cpu:0)
    """
    return as_tensor(x).max(axis, keepdims)


def min(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the minimum over axis (all axes if None); ties share the gradient evenly.

    >>> min(Tensor([[1.0, 2.0], [3.0, 0.0]]), axis=1)
    Tensor([1. 0.], device=cpu:0)
    """
    return as_tensor(x).min(axis, keepdims)


def argmax(x: TensorLike, axis: int | None = None) -> Tensor:
    """Return the index of the maximum as int32, the first one for ties.

    >>> argmax(Tensor([[1.0, 2.0], [3.0, 0.0]]), axis=1)
    Tensor([1 0], dtype=int32, device=cpu:0)
    """
    return as_tensor(x).argmax(axis)


def argmin(x: TensorLike, axis: int | None = None) -> Tensor:
    """Return the index of the minimum as int32, the first one for ties.

    >>> argmin(Tensor([[1.0, 2.0], [3.0, 0.0]]), axis=1)
    Tensor([0 1], dtype=int32, device=cpu:0)
    """
    return as_tensor(x).argmin(axis)

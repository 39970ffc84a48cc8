"""Activation functions."""

from __future__ import annotations

from .. import ops
from ..core.tensor import Tensor, TensorLike, apply, as_floating

__all__ = ["leaky_relu", "logsoftmax", "relu", "sigmoid", "softmax", "tanh"]


def relu(x: TensorLike) -> Tensor:
    """Return max(x, 0); its gradient at 0 is 0.

    >>> relu(Tensor([-1.0, 2.0]))
    Tensor([0. 2.], device=cpu:0)
    """
    return apply(ops.relu, x)


def leaky_relu(x: TensorLike, negative_slope: float = 0.01) -> Tensor:
    """Return x where x > 0, and negative_slope * x elsewhere.

    >>> leaky_relu(Tensor([-1.0, 2.0]), 0.1)
    Tensor([-0.1  2. ], device=cpu:0)
    """
    return apply(ops.leaky_relu, as_floating(x), negative_slope=negative_slope)


def sigmoid(x: TensorLike) -> Tensor:
    """Return 1 / (1 + exp(-x)).

    >>> sigmoid(Tensor([0.0]))
    Tensor([0.5], device=cpu:0)
    """
    return apply(ops.sigmoid, as_floating(x))


def tanh(x: TensorLike) -> Tensor:
    """Return the hyperbolic tangent.

    >>> tanh(Tensor([0.0]))
    Tensor([0.], device=cpu:0)
    """
    return apply(ops.tanh, as_floating(x))


def softmax(x: TensorLike, axis: int = -1) -> Tensor:
    """Return exp(x) / sum(exp(x)) along axis.

    >>> softmax(Tensor([0.0, 0.0]))
    Tensor([0.5 0.5], device=cpu:0)
    """
    return apply(ops.softmax, as_floating(x), axis=axis)


def logsoftmax(x: TensorLike, axis: int = -1) -> Tensor:
    """Return log(softmax(x)) along axis, without overflow.

    >>> logsoftmax(Tensor([0.0, 0.0]))
    Tensor([-0.6931 -0.6931], device=cpu:0)
    """
    return apply(ops.logsoftmax, as_floating(x), axis=axis)

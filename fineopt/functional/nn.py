"""What layers compute: products, convolution, pooling, normalisation, dropout."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..core.tensor import Tensor, TensorLike, apply, as_floating, as_tensor
from ..errors import ShapeError, unsupported_name
from ..random import generator
from .activation import leaky_relu, logsoftmax, relu, sigmoid, softmax, tanh
from .images import avg_pool2d, conv2d, max_pool2d
from .loss import cross_entropy, l1_loss, square_loss
from .normalization import batch_norm
from .shape import one_hot

__all__ = [
    "avg_pool2d",
    "batch_norm",
    "conv2d",
    "cross_entropy",
    "dropout",
    "l1_loss",
    "leaky_relu",
    "linear",
    "logsoftmax",
    "max_pool2d",
    "one_hot",
    "relu",
    "sigmoid",
    "softmax",
    "square_loss",
    "tanh",
]


def linear(x: TensorLike, weight: TensorLike, bias: TensorLike | None = None) -> Tensor:
    """Return x W^T + b.

    Args:
        x: (..., in).
        weight: (out, in).
        bias: (out,).

    Raises:
        ShapeError: (a ValueError) if the shapes don't fit.

    >>> linear(Tensor([[1.0, 2.0]]), Tensor([[3.0, 4.0]]), Tensor([5.0]))
    Tensor([[16.]], device=cpu:0)
    """
    x, weight = as_floating(x), as_tensor(weight)
    if weight.ndim != 2 or x.ndim < 1 or x.shape[-1] != weight.shape[1]:
        raise ShapeError(
            f"linear: input of shape {x.shape} does not fit weight of shape {weight.shape}: "
            f"the input's last axis must be {weight.shape[-1]}"
        )
    if bias is None:
        return apply(ops.linear, x, weight)
    bias = as_tensor(bias)
    if bias.shape != weight.shape[:1]:
        raise ShapeError(f"linear: bias {bias.shape} does not fit weight {weight.shape}")
    return apply(ops.linear, x, weight, bias)


def dropout(x: TensorLike, drop_prob: float, training: bool = True) -> Tensor:
    """Set numbers to 0 with a probability, and scale the others up by 1 / (1 - drop_prob).

    Draws from :mod:`fineopt.random`; returns x itself when not training.

    Raises:
        ValueError: if drop_prob is not in [0, 1).

    >>> dropout(Tensor([1.0, 2.0]), 0.5, training=False)
    Tensor([1. 2.], device=cpu:0)

    Source: Srivastava et al. 2014, *Dropout*.
    """
    if not 0 <= drop_prob < 1:
        raise ValueError(f"dropout's drop_prob must be at least 0 and below 1, not {drop_prob!r}")
    x = as_floating(x)
    if not training or drop_prob == 0:
        return x
    kept = generator().random_sample(x.shape) >= drop_prob
    return apply(ops.where, x * (1 / (1 - drop_prob)), np.zeros((), x.dtype), condition=kept)


def __getattr__(name: str) -> Any:
    raise unsupported_name(__name__, name, __all__)

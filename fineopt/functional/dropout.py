"""Dropout."""

from __future__ import annotations

import numpy as np

from .. import ops
from ..core.tensor import Tensor, TensorLike, apply, as_floating
from ..random import generator

__all__ = ["dropout"]


def dropout(x: TensorLike, drop_prob: float, training: bool = True) -> Tensor:
    """Zero elements with probability drop_prob, and scale the others by 1 / (1 - drop_prob).

    Random numbers come from :mod:`fineopt.random`. Without training, return x itself.

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

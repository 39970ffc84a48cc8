"""Batch normalisation."""

from __future__ import annotations

import numpy as np

from .. import ops
from ..core.tensor import Tensor, TensorLike, apply, as_floating, as_tensor
from ..errors import ShapeError
from ..ops.normalization import moments

__all__ = ["batch_norm"]


def batch_norm(
    x: TensorLike,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: TensorLike | None = None,
    bias: TensorLike | None = None,
    *,
    training: bool = False,
    momentum: float = 0.9,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise each channel to mean 0 and variance 1, then scale by weight and add bias.

    Args:
        x: (N, C), (N, C, L) or (N, C, H, W).
        running_mean: (1, C, 1, 1); updated in training with the mean of the batch:
            running = momentum * running + (1 - momentum) * batch.
        running_var: likewise, with the unbiased variance of the batch.
        weight: same shape as running_mean, or None for 1.
        bias: likewise, or None for 0.
        training: normalise with the mean and variance of the batch.
        momentum: fraction of the running statistics kept at each step (MegEngine's definition).
        eps: added to the variance.

    Raises:
        ShapeError: (a ValueError) if the shapes do not match.

    >>> batch_norm(Tensor([[1.0], [3.0]]), training=True, eps=0.0)
    Tensor([[-1.]
     [ 1.]], device=cpu:0)

    Source: Ioffe and Szegedy 2015, *Batch Normalization*.
    """
    x = as_floating(x)
    if x.ndim not in (2, 3, 4):
        raise ShapeError(f"batch_norm expects (N, C), (N, C, L) or (N, C, H, W), not {x.shape}")
    if x.ndim < 4:
        images = x.reshape(x.shape + (1,) * (4 - x.ndim))
        return batch_norm(
            images,
            running_mean,
            running_var,
            weight,
            bias,
            training=training,
            momentum=momentum,
            eps=eps,
        ).reshape(x.shape)
    shape = (1, x.shape[1], 1, 1)
    given = {"running_mean": running_mean, "running_var": running_var}
    for name, value in (*given.items(), ("weight", weight), ("bias", bias)):
        if value is not None and as_tensor(value).shape != shape:
            raise ShapeError(
                f"batch_norm: {name} of shape {as_tensor(value).shape} does not match input of "
                f"shape {x.shape}: it must be {shape}"
            )
    if training:
        count = len(x) * x.shape[2] * x.shape[3]
        if count < 2:
            raise ShapeError(
                f"batch_norm: the variance of one value per channel is undefined (input {x.shape})"
            )
        mean, var, centred = moments(x._data)
        if running_mean is not None:
            running_mean[...] = momentum * running_mean._data + (1 - momentum) * mean
        if running_var is not None:
            unbiased = var * (count / (count - 1))
            running_var[...] = momentum * running_var._data + (1 - momentum) * unbiased
    elif running_mean is None or running_var is None:
        raise ValueError("batch_norm requires running_mean and running_var if training is False")
    else:
        mean, var = (s._data.astype(x.dtype, copy=False) for s in (running_mean, running_var))
        centred = x._data - mean
    w = np.ones(shape, x.dtype) if weight is None else weight
    b = np.zeros(shape, x.dtype) if bias is None else bias
    return apply(ops.batch_norm, x, w, b, centred=centred, var=var, eps=eps, from_batch=training)

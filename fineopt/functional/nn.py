"""What layers compute: products, convolution, pooling, normalisation, dropout."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..errors import ShapeError, left_out
from ..ops.normalization import moments
from ..random import generator
from ..tensor import Tensor, TensorLike, apply, as_floating, as_tensor
from .activation import leaky_relu, logsoftmax, relu, sigmoid, softmax, tanh
from .loss import cross_entropy, l1_loss, square_loss
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

Size2d = int | tuple[int, int]


def pair(value: Size2d, what: str, least: int = 1) -> tuple[int, int]:
    """Take a size for height and width from one integer or two."""
    if type(value) is int and value >= least:  # all that follows, for what comes nearly always
        return value, value
    sizes = tuple(value) if isinstance(value, tuple | list) else (value, value)
    whole = all(isinstance(v, int | np.integer) and not isinstance(v, bool) for v in sizes)
    if not whole or len(sizes) != 2 or min(sizes) < least:
        raise ValueError(
            f"{what} is an integer of at least {least}, or a pair of them, not {value!r}"
        )
    return int(sizes[0]), int(sizes[1])


def _images(x: TensorLike, what: str) -> Tensor:
    x = as_floating(x)
    if x.ndim != 4:
        raise ShapeError(f"{what} takes images of shape (N, C, H, W), not {x.shape}")
    return x


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
    x, weight = as_tensor(x), as_tensor(weight)
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


def conv2d(
    x: TensorLike,
    weight: TensorLike,
    bias: TensorLike | None = None,
    stride: Size2d = 1,
    padding: Size2d = 0,
    dilation: Size2d = 1,
    groups: int = 1,
) -> Tensor:
    """Return the 2-D cross-correlation of images with filters.

    Args:
        x: (N, C, H, W).
        weight: (K, C, kh, kw).
        bias: (1, K, 1, 1).
        stride: pixels from one window to the next.
        padding: zeros added on each side of height and width.
        dilation: only 1 is here.
        groups: only 1 is here.

    Raises:
        ShapeError: (a ValueError) if the shapes don't fit.

    >>> image = Tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> conv2d(image, Tensor([[[[1.0, 0.0], [0.0, 1.0]]]]))
    Tensor([[[[5.]]]], device=cpu:0)
    """
    if dilation not in (1, (1, 1)) or groups != 1:
        raise ValueError(
            f"conv2d here is small on purpose: dilation={dilation!r}, groups={groups!r} are left "
            "out, only 1 and 1 work"
        )
    x, weight = _images(x, "conv2d"), as_tensor(weight)
    if weight.ndim != 4 or x.shape[1] != weight.shape[1]:
        raise ShapeError(
            f"conv2d: input of shape {x.shape} does not fit weight of shape {weight.shape}: "
            "axis 1, the channels, must agree"
        )
    step, pad = pair(stride, "conv2d's stride"), pair(padding, "conv2d's padding", 0)
    _check_window(x, weight.shape[2:], pad, "conv2d", "weight of shape", weight.shape)
    if bias is None:
        return apply(ops.conv2d, x, weight, stride=step, padding=pad)
    bias = as_tensor(bias)
    if bias.shape != (1, weight.shape[0], 1, 1):
        raise ShapeError(
            f"conv2d: bias of shape {bias.shape} does not fit weight of shape {weight.shape}: "
            f"it must be {(1, weight.shape[0], 1, 1)}"
        )
    return apply(ops.conv2d, x, weight, bias, stride=step, padding=pad)


def _check_window(
    x: Tensor, kernel: tuple[int, ...], padding: tuple[int, int], what: str, of: str, value: Any
) -> None:
    room = x.shape[2] + 2 * padding[0], x.shape[3] + 2 * padding[1]
    if kernel[0] > room[0] or kernel[1] > room[1]:
        raise ShapeError(
            f"{what}: input of shape {x.shape} is smaller than the window of {of} {value}: "
            f"{room[0]}x{room[1]} with padding, window {kernel[0]}x{kernel[1]}"
        )


def _pool_sizes(
    x: Tensor, kernel_size: Size2d, stride: Size2d | None, padding: Size2d, what: str
) -> dict[str, tuple[int, int]]:
    kernel = pair(kernel_size, f"{what}'s kernel_size")
    step = kernel if stride is None else pair(stride, f"{what}'s stride")
    pad = pair(padding, f"{what}'s padding", 0)
    if 2 * pad[0] > kernel[0] or 2 * pad[1] > kernel[1]:
        raise ValueError(f"{what}'s padding {pad} is more than half of its window {kernel}")
    _check_window(x, kernel, pad, what, "kernel_size", kernel_size)
    return {"kernel": kernel, "stride": step, "padding": pad}


def max_pool2d(
    x: TensorLike, kernel_size: Size2d, stride: Size2d | None = None, padding: Size2d = 0
) -> Tensor:
    """Return the maximum of each window; a tie sends its gradient to the first of the tied.

    Args:
        x: (N, C, H, W).
        kernel_size: height and width of the window.
        stride: from one window to the next; kernel_size if None.
        padding: pixels added on each side, which never win.

    Raises:
        ShapeError: (a ValueError) if the window is larger than the image.

    >>> max_pool2d(Tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), 2)
    Tensor([[[[4.]]]], device=cpu:0)
    """
    x = _images(x, "max_pool2d")
    return apply(ops.max_pool2d, x, **_pool_sizes(x, kernel_size, stride, padding, "max_pool2d"))


def avg_pool2d(
    x: TensorLike,
    kernel_size: Size2d,
    stride: Size2d | None = None,
    padding: Size2d = 0,
    mode: str = "average_count_exclude_padding",
) -> Tensor:
    """Return the mean of each window.

    Args:
        x: (N, C, H, W).
        kernel_size: height and width of the window.
        stride: from one window to the next; kernel_size if None.
        padding: zeros added on each side.
        mode: ``"average_count_exclude_padding"`` (MegEngine's default) or ``"average"``, which
            counts padded zeros too (PyTorch's default).

    Raises:
        ShapeError: (a ValueError) if the window is larger than the image.

    >>> avg_pool2d(Tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), 2)
    Tensor([[[[2.5]]]], device=cpu:0)
    """
    modes = ("average_count_exclude_padding", "average")
    if mode not in modes:
        raise ValueError(f"avg_pool2d's mode is one of {modes}, not {mode!r}")
    x = _images(x, "avg_pool2d")
    sizes = _pool_sizes(x, kernel_size, stride, padding, "avg_pool2d")
    return apply(ops.avg_pool2d, x, **sizes, count_padding=mode == "average")


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
    return x * Tensor((kept / (1 - drop_prob)).astype(x.dtype), x.dtype)


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
        running_mean: (1, C, 1, 1); with training it moves towards the batch's mean,
            running = momentum * running + (1 - momentum) * batch.
        running_var: likewise, with the batch's unbiased variance.
        weight: the shape of running_mean, or None for 1.
        bias: likewise, or None for 0.
        training: normalise by the batch's own mean and variance.
        momentum: how much of the running statistics stays (MegEngine's sense of the word).
        eps: added to the variance.

    Raises:
        ShapeError: (a ValueError) if the shapes don't fit.

    >>> batch_norm(Tensor([[1.0], [3.0]]), training=True, eps=0.0)
    Tensor([[-1.]
     [ 1.]], device=cpu:0)

    Source: Ioffe and Szegedy 2015, *Batch Normalization*.
    """
    x = as_floating(x)
    if x.ndim not in (2, 3, 4):
        raise ShapeError(f"batch_norm takes (N, C), (N, C, L) or (N, C, H, W), not {x.shape}")
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
                f"batch_norm: {name} of shape {as_tensor(value).shape} does not fit input of shape "
                f"{x.shape}: it must be {shape}"
            )
    if training:
        count = x.size // max(x.shape[1], 1)
        if count < 2:
            raise ShapeError(f"batch_norm: one value a channel (input {x.shape}) has no variance")
        mean, var, centred = moments(x._data)
        if running_mean is not None:
            running_mean[...] = momentum * running_mean._data + (1 - momentum) * mean
        if running_var is not None:
            unbiased = var * (count / (count - 1))
            running_var[...] = momentum * running_var._data + (1 - momentum) * unbiased
    elif running_mean is None or running_var is None:
        raise ValueError("batch_norm outside of training needs running_mean and running_var")
    else:
        mean, var = (s._data.astype(x.dtype, copy=False) for s in (running_mean, running_var))
        centred = x._data - mean
    w = np.ones(shape, x.dtype) if weight is None else weight
    b = np.zeros(shape, x.dtype) if bias is None else bias
    return apply(ops.batch_norm, x, w, b, centred=centred, var=var, eps=eps, from_batch=training)


def __getattr__(name: str) -> Any:
    raise left_out(__name__, name, __all__)

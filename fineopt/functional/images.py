"""What looks at images through windows: convolution and pooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..core.tensor import Tensor, TensorLike, apply, as_floating, as_tensor
from ..errors import ShapeError

__all__ = ["avg_pool2d", "conv2d", "max_pool2d", "pair"]

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
    if 0 in x.shape[2:]:  # padding alone has neither a maximum nor a mean
        raise ShapeError(f"{what}: images of shape {x.shape} have no pixels")
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

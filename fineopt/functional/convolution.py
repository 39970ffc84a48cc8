"""Convolution."""

from __future__ import annotations

from .. import ops
from ..core.tensor import Tensor, TensorLike, apply, as_tensor
from ..errors import ShapeError
from .windows import Size2d, as_images, check_window, size_pair

__all__ = ["conv2d"]


def conv2d(
    x: TensorLike,
    weight: TensorLike,
    bias: TensorLike | None = None,
    stride: Size2d = 1,
    padding: Size2d = 0,
    dilation: Size2d = 1,
    groups: int = 1,
) -> Tensor:
    """Return the 2-d cross-correlation of images with filters.

    Args:
        x: (N, C, H, W).
        weight: (K, C, kh, kw).
        bias: (1, K, 1, 1).
        stride: step between windows, in pixels.
        padding: zeros added on each side of height and width.
        dilation: only 1 is supported.
        groups: only 1 is supported.

    Raises:
        ShapeError: (a ValueError) if the shapes do not match.

    >>> image = Tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> conv2d(image, Tensor([[[[1.0, 0.0], [0.0, 1.0]]]]))
    Tensor([[[[5.]]]], device=cpu:0)
    """
    if dilation not in (1, (1, 1)) or groups != 1:
        raise ValueError(
            f"conv2d does not support dilation={dilation!r}, groups={groups!r}: both must be 1"
        )
    x, weight = as_images(x, "conv2d"), as_tensor(weight)
    if weight.ndim != 4 or x.shape[1] != weight.shape[1]:
        raise ShapeError(
            f"conv2d: input of shape {x.shape} does not match weight of shape {weight.shape}: "
            "their channels (axis 1) must be equal"
        )
    step, pad = size_pair(stride, "conv2d's stride"), size_pair(padding, "conv2d's padding", 0)
    check_window(x, weight.shape[2:], pad, "conv2d", "weight of shape", weight.shape)
    if bias is None:
        return apply(ops.conv2d, x, weight, stride=step, padding=pad)
    bias = as_tensor(bias)
    if bias.shape != (1, weight.shape[0], 1, 1):
        raise ShapeError(
            f"conv2d: bias of shape {bias.shape} does not match weight of shape {weight.shape}: "
            f"it must be {(1, weight.shape[0], 1, 1)}"
        )
    return apply(ops.conv2d, x, weight, bias, stride=step, padding=pad)

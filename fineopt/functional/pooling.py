"""Pooling."""

from __future__ import annotations

from .. import ops
from ..core.tensor import Tensor, TensorLike, apply
from ..errors import ShapeError
from .windows import Size2d, as_images, check_window, size_pair

__all__ = ["avg_pool2d", "max_pool2d"]


def max_pool2d(
    x: TensorLike, kernel_size: Size2d, stride: Size2d | None = None, padding: Size2d = 0
) -> Tensor:
    """Return the maximum of each window; ties pass the gradient to the first maximum.

    Args:
        x: (N, C, H, W).
        kernel_size: height and width of the window.
        stride: step between windows; kernel_size if None.
        padding: pixels added on each side, ignored by the maximum.

    Raises:
        ShapeError: (a ValueError) if the window is larger than the image.

    >>> max_pool2d(Tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), 2)
    Tensor([[[[4.]]]], device=cpu:0)
    """
    x = as_images(x, "max_pool2d")
    return apply(ops.max_pool2d, x, **_sizes(x, kernel_size, stride, padding, "max_pool2d"))


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
        stride: step between windows; kernel_size if None.
        padding: zeros added on each side.
        mode: ``"average_count_exclude_padding"`` (MegEngine's default) or ``"average"``, which
            includes padded zeros in the mean (PyTorch's default).

    Raises:
        ShapeError: (a ValueError) if the window is larger than the image.

    >>> avg_pool2d(Tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), 2)
    Tensor([[[[2.5]]]], device=cpu:0)
    """
    modes = ("average_count_exclude_padding", "average")
    if mode not in modes:
        raise ValueError(f"avg_pool2d's mode must be one of {modes}, not {mode!r}")
    x = as_images(x, "avg_pool2d")
    sizes = _sizes(x, kernel_size, stride, padding, "avg_pool2d")
    return apply(ops.avg_pool2d, x, **sizes, count_padding=mode == "average")


def _sizes(
    x: Tensor, kernel_size: Size2d, stride: Size2d | None, padding: Size2d, what: str
) -> dict[str, tuple[int, int]]:
    kernel = size_pair(kernel_size, f"{what}'s kernel_size")
    step = kernel if stride is None else size_pair(stride, f"{what}'s stride")
    pad = size_pair(padding, f"{what}'s padding", 0)
    if 2 * pad[0] > kernel[0] or 2 * pad[1] > kernel[1]:
        raise ValueError(f"{what}'s padding {pad} is more than half the window {kernel}")
    if 0 in x.shape[2:]:  # padding alone has no maximum or mean
        raise ShapeError(f"{what}: images of shape {x.shape} have no pixels")
    check_window(x, kernel, pad, what, "kernel_size", kernel_size)
    return {"kernel": kernel, "stride": step, "padding": pad}

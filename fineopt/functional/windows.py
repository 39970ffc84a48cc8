"""Validation of images and window sizes, for convolution and pooling."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from ..core.tensor import Tensor, TensorLike, as_floating
from ..errors import ShapeError

__all__ = ["Size2d", "as_images", "check_window", "size_pair"]

Size2d: TypeAlias = "int | tuple[int, int]"


def size_pair(value: Size2d, what: str, least: int = 1) -> tuple[int, int]:
    """Return (height, width) from one integer or a pair.

    Raises:
        ValueError: if a size is not an integer or less than ``least``.

    >>> size_pair(3, "kernel_size")
    (3, 3)
    """
    if type(value) is int and value >= least:  # the common case
        return value, value
    sizes = tuple(value) if isinstance(value, tuple | list) else (value, value)
    integers = all(isinstance(v, int | np.integer) and not isinstance(v, bool) for v in sizes)
    if not integers or len(sizes) != 2 or min(sizes) < least:
        raise ValueError(
            f"{what} must be an integer of at least {least} or a pair of them, not {value!r}"
        )
    return int(sizes[0]), int(sizes[1])


def as_images(x: TensorLike, what: str) -> Tensor:
    """Return x as a floating-point Tensor of shape (N, C, H, W).

    Raises:
        ShapeError: (a ValueError) for any other number of axes.
    """
    x = as_floating(x)
    if x.ndim != 4:
        raise ShapeError(f"{what} expects images of shape (N, C, H, W), not {x.shape}")
    return x


def check_window(
    x: Tensor, kernel: tuple[int, ...], padding: tuple[int, int], what: str, of: str, value: Any
) -> None:
    """Check that a window fits into padded images.

    Raises:
        ShapeError: (a ValueError) if the window is larger than the images.
    """
    height, width = x.shape[2] + 2 * padding[0], x.shape[3] + 2 * padding[1]
    if kernel[0] > height or kernel[1] > width:
        raise ShapeError(
            f"{what}: input of shape {x.shape} is smaller than the window of {of} {value}: "
            f"{height}x{width} with padding, window {kernel[0]}x{kernel[1]}"
        )

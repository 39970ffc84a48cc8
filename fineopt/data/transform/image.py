"""Image transforms: normalize, pad, reorder axes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .base import BatchTransform, Images, Transform

__all__ = ["Normalize", "Pad", "ToMode"]


class Normalize(BatchTransform):
    """Computes (image - mean) / std, in float64 for float64 images and in float32 otherwise.

    Args:
        mean: a number, or one number per channel.
        std: likewise.

    Raises:
        ValueError: if the mean is not finite, or the standard deviation is not positive.

    Example:
        >>> import numpy as np
        >>> from fineopt.data.transform import Normalize
        >>> Normalize(mean=10, std=2).apply(np.full((1, 1, 1), 16, np.uint8))
        array([[[3.]]], dtype=float32)

    Source: MegEngine, ``megengine.data.transform.Normalize``.
    """

    def __init__(
        self, mean: ArrayLike = 0.0, std: ArrayLike = 1.0, *, order: Sequence[str] | None = None
    ) -> None:
        super().__init__(order)
        self.mean, self.std = np.asarray(mean, np.float64), np.asarray(std, np.float64)
        for name, value in (("mean", self.mean), ("std", self.std)):
            if value.ndim > 1 or not np.isfinite(value).all():
                raise ValueError(
                    f"Normalize: {name} must be a finite number, or one per channel, got {value}"
                )
        if (self.std <= 0).any():
            raise ValueError(f"Normalize: std must be above 0, got {self.std}")

    def apply_images(self, images: Images) -> Images:
        """Normalize a stack of images (N, H, W, C)."""
        _check_images(self, images)
        for name, value in (("mean", self.mean), ("std", self.std)):
            if value.ndim and len(value) != images.shape[-1]:
                raise ValueError(
                    f"Normalize: {name} has {len(value)} values for images with "
                    f"{images.shape[-1]} channels"
                )
        out = images.astype(np.float64 if images.dtype == np.float64 else np.float32)
        np.subtract(out, self.mean.astype(out.dtype), out=out)
        np.divide(out, self.std.astype(out.dtype), out=out)
        return out


class Pad(BatchTransform):
    """Adds a border of ``value`` around the image.

    Args:
        size: the width of the border in pixels, on all four sides; or (bottom, right); or (top,
            bottom, left, right).
        value: the fill value. A float converts integer images to float32.

    Raises:
        ValueError: if the size is negative or malformed, or if the value is out of range for the
            image's integer dtype.

    Example:
        >>> import numpy as np
        >>> from fineopt.data.transform import Pad
        >>> Pad(2).apply(np.ones((28, 28, 1))).shape
        (32, 32, 1)

    Source: MegEngine, ``megengine.data.transform.Pad``.
    """

    def __init__(
        self,
        size: int | Sequence[int] = 0,
        value: float = 0,
        *,
        order: Sequence[str] | None = None,
    ) -> None:
        super().__init__(order)
        sides = tuple(size) if isinstance(size, Sequence) else (size,) * 4
        if len(sides) == 2:
            sides = (0, sides[0], 0, sides[1])
        if len(sides) != 4 or any(not isinstance(n, int) or n < 0 for n in sides):
            raise ValueError(
                "Pad: size must be a width in pixels, (bottom, right) or (top, bottom, left, "
                f"right), and not negative, got {size!r}"
            )
        self.size = sides
        self.value = value

    def apply_images(self, images: Images) -> Images:
        """Pad a stack of images (N, H, W, C)."""
        _check_images(self, images)
        dtype = images.dtype
        if dtype.kind in "iu":
            if isinstance(self.value, float):
                dtype = np.dtype(np.float32)
            elif not np.iinfo(dtype).min <= self.value <= np.iinfo(dtype).max:
                raise ValueError(f"Pad: value {self.value} is out of range for images of {dtype}")
        top, bottom, left, right = self.size
        n, height, width, channels = images.shape
        shape = (n, top + height + bottom, left + width + right, channels)
        out = np.full(shape, self.value, dtype)
        out[:, top : top + height, left : left + width] = images
        return out


class ToMode(BatchTransform):
    """Transposes images from (H, W, C), as they are stored, to (C, H, W), as networks take them.

    Raises:
        ValueError: for a mode other than "CHW".

    Example:
        >>> import numpy as np
        >>> from fineopt.data.transform import ToMode
        >>> ToMode("CHW").apply(np.ones((28, 20, 3))).shape
        (3, 28, 20)

    Source: MegEngine, ``megengine.data.transform.ToMode``.
    """

    def __init__(self, mode: str = "CHW", *, order: Sequence[str] | None = None) -> None:
        super().__init__(order)
        if mode != "CHW":
            raise ValueError(f"ToMode: mode must be 'CHW', got {mode!r}")
        self.mode = mode

    def apply_images(self, images: Images) -> Images:
        """Transpose a stack from (N, H, W, C) to (N, C, H, W), contiguous."""
        _check_images(self, images)
        return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def _check_images(transform: Transform, images: Images) -> None:
    if images.ndim != 4:
        raise ValueError(
            f"{type(transform).__name__} expects images (H, W, C), got shape {images.shape[1:]}"
        )
    if images.dtype.kind not in "iuf":
        raise TypeError(
            f"{type(transform).__name__} expects images of numbers, got dtype {images.dtype}"
        )

"""The transforms of images: standardised, padded, their axes put in order."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .base import BatchTransform, Images, Transform

__all__ = ["Normalize", "Pad", "ToMode"]


class Normalize(BatchTransform):
    """(image - mean) / std, in float32 (float64 images stay so).

    ``mean`` and ``std`` are numbers, or one number per channel.

    Raises:
        ValueError: a mean that is not finite, or a standard deviation that is not above 0.

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
                raise ValueError(f"Normalize: {name} is a finite number or one a channel: {value}")
        if (self.std <= 0).any():
            raise ValueError(f"Normalize: std must be above 0, got {self.std}")

    def apply_images(self, images: Images) -> Images:
        """The stack (N, H, W, C), normalised."""
        _check_images(self, images)
        for name, value in (("mean", self.mean), ("std", self.std)):
            if value.ndim and len(value) != images.shape[-1]:
                raise ValueError(
                    f"Normalize: {name} has {len(value)} numbers for images of "
                    f"{images.shape[-1]} channels"
                )
        out = images.astype(np.float64 if images.dtype == np.float64 else np.float32)
        np.subtract(out, self.mean.astype(out.dtype), out=out)
        np.divide(out, self.std.astype(out.dtype), out=out)
        return out


class Pad(BatchTransform):
    """A border of ``value`` around the image.

    Args:
        size: the border's width in pixels, on all four sides; or (bottom, right); or (top, bottom,
            left, right).
        value: the number to fill with. A float makes images of integers float32.

    Raises:
        ValueError: a size that is negative or in none of these forms, or a value that the image's
            integers cannot hold.

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
                "Pad: size is a width in pixels, (bottom, right) or (top, bottom, left, right), "
                f"none below 0; got {size!r}"
            )
        self.size = sides
        self.value = value

    def apply_images(self, images: Images) -> Images:
        """The stack (N, H, W, C), with its border."""
        _check_images(self, images)
        dtype = images.dtype
        if dtype.kind in "iu":
            if isinstance(self.value, float):
                dtype = np.dtype(np.float32)
            elif not np.iinfo(dtype).min <= self.value <= np.iinfo(dtype).max:
                raise ValueError(f"Pad: the value {self.value} does not fit in images of {dtype}")
        top, bottom, left, right = self.size
        n, height, width, channels = images.shape
        shape = (n, top + height + bottom, left + width + right, channels)
        out = np.full(shape, self.value, dtype)
        out[:, top : top + height, left : left + width] = images
        return out


class ToMode(BatchTransform):
    """From (H, W, C), the order of axes in which images are stored, to the (C, H, W) of networks.

    Raises:
        ValueError: a mode other than "CHW".

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
            raise ValueError(f"ToMode: the one mode supported is 'CHW', got {mode!r}")
        self.mode = mode

    def apply_images(self, images: Images) -> Images:
        """From (N, H, W, C) to (N, C, H, W), contiguous."""
        _check_images(self, images)
        return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def _check_images(transform: Transform, images: Images) -> None:
    if images.ndim != 4:
        raise ValueError(
            f"{type(transform).__name__} wants an image (H, W, C), got shape {images.shape[1:]}"
        )
    if images.dtype.kind not in "iuf":
        raise TypeError(
            f"{type(transform).__name__} wants an image of numbers, got dtype {images.dtype}"
        )

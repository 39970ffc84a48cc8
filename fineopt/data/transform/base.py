"""The base classes of transforms, and Compose."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BatchTransform", "Compose", "Images", "Transform"]

Images = NDArray[Any]


class Transform:
    """Transforms an item; subclasses implement ``_apply_image``, or ``apply`` to see the label.

    It is called for each item in each epoch, so random transforms differ between epochs.

    Args:
        order: what an item holds. Only the default is supported: the image comes first, and the
            other entries, such as the label, are passed through.

    Raises:
        ValueError: for any other ``order``.

    Example:
        >>> import numpy as np
        >>> from fineopt.data.transform import Transform
        >>> class Negative(Transform):
        ...     def _apply_image(self, image):
        ...         return 255 - image
        >>> image, label = Negative().apply((np.zeros((28, 28, 1), np.uint8), 7))
        >>> int(image[0, 0, 0]), label
        (255, 7)

    Source: MegEngine, ``megengine.data.transform.VisionTransform``.
    """

    def __init__(self, order: Sequence[str] | None = None) -> None:
        if order is not None and tuple(order) != ("image",):
            raise ValueError(
                f"order={order!r} is not supported: an item must be an image, or a tuple that "
                "begins with one. Omit order"
            )

    def apply(self, item: Any) -> Any:
        """Transform an item: an image (H, W, C), or a tuple whose first entry is one."""
        if isinstance(item, tuple):
            return (self._apply_image(item[0]), *item[1:])
        return self._apply_image(item)

    def _apply_image(self, image: Images) -> Images:
        raise NotImplementedError(f"{type(self).__name__} must define apply or _apply_image")


class BatchTransform(Transform, ABC):
    """Transforms a stack of images at once, with the same result as one by one.

    Subclasses implement only ``apply_images``. A loader over arrays calls it once per batch, unless
    a subclass overrides ``apply`` or ``_apply_image``.
    """

    @abstractmethod
    def apply_images(self, images: Images) -> Images:
        """Transform a stack of images (N, H, W, C)."""

    def _apply_image(self, image: Images) -> Images:
        changed: Images = self.apply_images(np.asarray(image)[np.newaxis])[0]
        return changed


class Compose(BatchTransform):
    """Applies transforms one after the other.

    Raises:
        TypeError: if an entry is not a Transform.

    Example:
        >>> import numpy as np
        >>> from fineopt.data.transform import Compose, Normalize, Pad, ToMode
        >>> digits = Compose([Normalize(mean=33.3285, std=78.5655), Pad(2), ToMode("CHW")])
        >>> image, label = digits.apply((np.zeros((28, 28, 1), np.uint8), 7))
        >>> image.shape, image.dtype.name, label
        ((1, 32, 32), 'float32', 7)

    Source: MegEngine, ``megengine.data.transform.Compose``.
    """

    def __init__(
        self, transforms: Sequence[Transform] = (), *, order: Sequence[str] | None = None
    ) -> None:
        super().__init__(order)
        self.transforms = list(transforms)
        for position, transform in enumerate(self.transforms):
            if not isinstance(transform, Transform):
                raise TypeError(
                    f"Compose: entry {position} must be a Transform, got {type(transform).__name__}"
                )

    def apply(self, item: Any) -> Any:
        """Apply all transforms to an item."""
        for transform in self.transforms:
            item = transform.apply(item)
        return item

    def apply_images(self, images: Images) -> Images:
        """Apply all transforms to a stack of images (N, H, W, C).

        Raises:
            TypeError: if one of them is not a BatchTransform.
        """
        for position, transform in enumerate(self.transforms):
            if not isinstance(transform, BatchTransform):
                raise TypeError(
                    f"Compose: entry {position}, {type(transform).__name__}, is not a "
                    "BatchTransform; call apply on each item instead"
                )
            images = transform.apply_images(images)
        return images

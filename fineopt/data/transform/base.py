"""The base classes of transforms, and their composition."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BatchTransform", "Compose", "Images", "Transform"]

Images = NDArray[Any]


class Transform:
    """A change to one item; a subclass writes ``_apply_image``, or ``apply`` to see the label too.

    It is called on every item, every time: what it draws at random differs from epoch to epoch.

    Args:
        order: what an item holds. Only the default is supported: the image first, and whatever
            follows it, such as the label, passes through.

    Raises:
        ValueError: another ``order``.

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
                f"order={order!r} is not supported: an item is an image, or a tuple that begins "
                "with one. Leave order out"
            )

    def apply(self, item: Any) -> Any:
        """The changed item: an image (H, W, C), or a tuple whose first entry is one."""
        if isinstance(item, tuple):
            return (self._apply_image(item[0]), *item[1:])
        return self._apply_image(item)

    def _apply_image(self, image: Images) -> Images:
        raise NotImplementedError(f"{type(self).__name__} defines neither apply nor _apply_image")


class BatchTransform(Transform, ABC):
    """A change that treats a whole stack of images as it treats each one: nothing is random.

    A subclass writes ``apply_images`` alone; one image is a stack of one. A loader over arrays
    calls it once per batch, unless a further subclass redefines ``apply`` or ``_apply_image``.
    """

    @abstractmethod
    def apply_images(self, images: Images) -> Images:
        """The changed stack of images (N, H, W, C)."""

    def _apply_image(self, image: Images) -> Images:
        changed: Images = self.apply_images(np.asarray(image)[np.newaxis])[0]
        return changed


class Compose(BatchTransform):
    """Several transforms, one after the other.

    Raises:
        TypeError: an entry is no Transform.

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
                    f"Compose: entry {position} is no Transform but {type(transform).__name__}"
                )

    def apply(self, item: Any) -> Any:
        """The item after all of them."""
        for transform in self.transforms:
            item = transform.apply(item)
        return item

    def apply_images(self, images: Images) -> Images:
        """The stack (N, H, W, C) after all of them; TypeError if one of them takes items alone."""
        for position, transform in enumerate(self.transforms):
            if not isinstance(transform, BatchTransform):
                raise TypeError(
                    f"Compose: entry {position}, {type(transform).__name__}, is no BatchTransform: "
                    "call apply on each item instead"
                )
            images = transform.apply_images(images)
        return images

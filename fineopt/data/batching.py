"""Batches: stacked from items, or made from whole arrays if that gives the same result."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dataset import ArrayDataset
from .transform import BatchTransform, Compose, Transform

__all__ = ["Collator", "as_labels", "collate", "takes_batches", "treats_batches"]


class Collator:
    """Stacks the items of a batch: n items of shape (...) become an array of shape (n, ...).

    Tuples are stacked entry by entry, into a tuple of arrays. Integers are labels and become int32,
    Python floats become float64, and arrays keep their dtype.

    Example:
        >>> import numpy as np
        >>> from fineopt.data import Collator
        >>> images, labels = Collator().apply([(np.zeros((1, 8, 8)), 7), (np.ones((1, 8, 8)), 2)])
        >>> images.shape, labels
        ((2, 1, 8, 8), array([7, 2], dtype=int32))

    Source: MegEngine, ``megengine.data.Collator``.
    """

    def apply(self, inputs: Sequence[Any]) -> Any:
        """Return the batch of these items.

        Raises:
            ValueError: if there are no items, if they differ in shape or length, or if a label
                exceeds 32 bits.
            TypeError: if an item holds anything but arrays and numbers.
        """
        return collate(inputs, range(len(inputs)))


def collate(items: Sequence[Any], names: Sequence[int]) -> Any:
    """Return ``Collator().apply(items)``; errors refer to the items by ``names``."""
    if not items:
        raise ValueError("a batch needs at least one item")
    first = items[0]
    if not isinstance(first, (tuple, list)):
        return _stacked(items, names)
    for name, item in zip(names, items, strict=True):
        if not isinstance(item, (tuple, list)) or len(item) != len(first):
            raise ValueError(
                "all items of a batch must have the same length: "
                f"item {names[0]} has {len(first)} entries, item {name} {_described(item)}"
            )
    return tuple(
        _stacked([item[entry] for item in items], names, f"entry {entry} of ")
        for entry in range(len(first))
    )


def as_labels(column: NDArray[Any]) -> NDArray[Any]:
    """Convert a column of shape (n,) of integers to int32; return any other column unchanged."""
    if column.ndim != 1 or column.dtype.kind not in "iu" or column.dtype == np.int32:
        return column
    if not np.can_cast(column.dtype, np.int32):
        bounds = np.iinfo(np.int32)
        outside = column[(column < bounds.min) | (column > bounds.max)]
        if len(outside):
            raise ValueError(f"label {outside[0]} does not fit in 32 bits")
    return column.astype(np.int32)


def _stacked(values: Sequence[Any], names: Sequence[int], entry: str = "") -> NDArray[Any]:
    arrays = [np.asarray(value) for value in values]
    for name, value, array in zip(names, values, arrays, strict=True):
        if array.dtype.kind not in "biuf":
            raise TypeError(
                f"{entry}item {name} must be a number or a numeric array to be batched, "
                f"got {type(value).__name__}"
            )
        if array.shape != arrays[0].shape:
            raise ValueError(
                f"all items of a batch must have the same shape: {entry}item {names[0]} has "
                f"{arrays[0].shape}, {entry}item {name} has {array.shape}"
            )
    return as_labels(np.stack(arrays))


def _described(item: Any) -> str:
    return f"has {len(item)}" if isinstance(item, (tuple, list)) else f"is {type(item).__name__}"


def takes_batches(dataset: Any) -> bool:
    """Return whether ``dataset.take`` is known to return the same items as ``dataset[i]``."""
    return isinstance(dataset, ArrayDataset) and _newest(type(dataset), "take", "__getitem__")


def treats_batches(transform: Transform | None) -> bool:
    """Return whether ``transform`` can be applied to a whole stack of images at once."""
    if isinstance(transform, Compose) and not all(map(treats_batches, transform.transforms)):
        return False
    return transform is None or (
        isinstance(transform, BatchTransform)
        and _newest(type(transform), "apply_images", "apply", "_apply_image")
    )


@cache  # called for each batch, and constant for a class
def _newest(kind: type, name: str, *others: str) -> bool:
    """Return whether ``name`` is defined in the same class as ``others``, or in a subclass of it.

    Otherwise a subclass overrides what happens to one item, which ``name`` does not reflect.
    """
    definer = {
        each: next(base for base in kind.__mro__ if each in vars(base)) for each in (name, *others)
    }
    return all(issubclass(definer[name], definer[other]) for other in others)

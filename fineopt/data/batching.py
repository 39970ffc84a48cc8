"""Making a batch: by joining its items, or as a whole where that gives the same."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dataset import ArrayDataset
from .transform import BatchTransform, Compose, Transform

__all__ = ["Collator", "as_labels", "collate", "takes_batches", "treats_batches"]


class Collator:
    """Stack the items of a batch: n items of shape (...) become one array (n, ...).

    Tuples are stacked entry by entry, into a tuple of arrays. Integers, which are labels, become
    an int32 array (n,); Python floats a float64 one; arrays keep their dtype.

    Example:
        >>> import numpy as np
        >>> from fineopt.data import Collator
        >>> images, labels = Collator().apply([(np.zeros((1, 8, 8)), 7), (np.ones((1, 8, 8)), 2)])
        >>> images.shape, labels
        ((2, 1, 8, 8), array([7, 2], dtype=int32))

    Source: MegEngine, ``megengine.data.Collator``.
    """

    def apply(self, inputs: Sequence[Any]) -> Any:
        """The batch made of ``inputs``.

        Raises:
            ValueError: no item, items that differ in shape or in length, or a label that does not
                fit in 32 bits.
            TypeError: an item that holds neither arrays nor numbers, or items of mixed kinds.
        """
        return collate(inputs, range(len(inputs)))


def collate(items: Sequence[Any], names: Sequence[int]) -> Any:
    """What ``Collator.apply(items)`` gives, with errors that call the items by ``names``."""
    if not items:
        raise ValueError("a batch wants at least one item, got none")
    first = items[0]
    if not isinstance(first, (tuple, list)):
        return _stacked(items, names)
    for name, item in zip(names, items, strict=True):
        if not isinstance(item, (tuple, list)) or len(item) != len(first):
            raise ValueError(
                f"the items of a batch must be alike: item {names[0]} has {len(first)} entries, "
                f"item {name} {_described(item)}"
            )
    return tuple(
        _stacked([item[entry] for item in items], names, f"entry {entry} of ")
        for entry in range(len(first))
    )


def as_labels(column: NDArray[Any]) -> NDArray[Any]:
    """``column`` as int32 if it is (n,) integers, and untouched if it is anything else."""
    if column.ndim != 1 or column.dtype.kind not in "iu" or column.dtype == np.int32:
        return column
    if not np.can_cast(column.dtype, np.int32):
        bounds = np.iinfo(np.int32)
        outside = column[(column < bounds.min) | (column > bounds.max)]
        if len(outside):
            raise ValueError(f"labels are 32-bit integers, {outside[0]} does not fit")
    return column.astype(np.int32)


def _stacked(values: Sequence[Any], names: Sequence[int], entry: str = "") -> NDArray[Any]:
    arrays = [np.asarray(value) for value in values]
    for name, value, array in zip(names, values, arrays, strict=True):
        if array.dtype.kind not in "biuf":
            raise TypeError(
                f"{entry}item {name} must be an array of numbers or a number to be part of a "
                f"batch, got {type(value).__name__}"
            )
        if array.shape != arrays[0].shape:
            raise ValueError(
                f"the items of a batch must be of one shape: {entry}item {names[0]} has "
                f"{arrays[0].shape}, {entry}item {name} has {array.shape}"
            )
    return as_labels(np.stack(arrays))


def _described(item: Any) -> str:
    return f"has {len(item)}" if isinstance(item, (tuple, list)) else f"is {type(item).__name__}"


def takes_batches(dataset: Any) -> bool:
    """Whether ``dataset.take`` gives the very items of ``dataset[i]``."""
    return isinstance(dataset, ArrayDataset) and _newest(type(dataset), "take", "__getitem__")


def treats_batches(transform: Transform | None) -> bool:
    """Whether ``transform`` may be given a batch's stack of images in place of its items."""
    if isinstance(transform, Compose) and not all(map(treats_batches, transform.transforms)):
        return False
    return transform is None or (
        isinstance(transform, BatchTransform)
        and _newest(type(transform), "apply_images", "apply", "_apply_image")
    )


@cache  # asked for each batch, and the same for all objects of a class
def _newest(kind: type, name: str, *others: str) -> bool:
    """Whether the class that defines ``name`` derives from (or is) each that defines ``others``.

    If not, a subclass has redefined what happens to one item, and ``name`` knows nothing of it.
    """
    definer = {
        each: next(base for base in kind.__mro__ if each in vars(base)) for each in (name, *others)
    }
    return all(issubclass(definer[name], definer[other]) for other in others)

"""The base class of datasets, and datasets of arrays in memory."""

import operator
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ArrayDataset", "Dataset"]


class Dataset(ABC):
    """A sequence of items; subclasses implement ``__getitem__`` and ``__len__``.

    An item is an array or a number, or a tuple of them, such as (image, label).

    Example:
        >>> from fineopt.data.dataset import Dataset
        >>> class Squares(Dataset):
        ...     def __len__(self):
        ...         return 4
        ...     def __getitem__(self, index):
        ...         return index, index**2
        >>> Squares()[3]
        (3, 9)

    Source: MegEngine, ``megengine.data.dataset.Dataset``.
    """

    @abstractmethod
    def __getitem__(self, index: int) -> Any:
        """Return the item at ``index``."""

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of items."""


class ArrayDataset(Dataset):
    """A dataset of arrays of equal length: item i is a tuple of the i-th entry of each array.

    The arrays, each of shape (n, ...), are not copied.

    Raises:
        ValueError: if no array is given, an array is 0-dimensional, or lengths differ.
        TypeError: if an array is not numeric.

    Example:
        >>> import numpy as np
        >>> from fineopt.data.dataset import ArrayDataset
        >>> dataset = ArrayDataset(np.ones((3, 28, 28, 1)), [7, 2, 1])
        >>> len(dataset)
        3
        >>> image, label = dataset[0]
        >>> image.shape, int(label)
        ((28, 28, 1), 7)

    Source: MegEngine, ``megengine.data.dataset.ArrayDataset``.
    """

    def __init__(self, *arrays: ArrayLike) -> None:
        if not arrays:
            raise ValueError("ArrayDataset needs at least one array")
        self.arrays: tuple[NDArray[Any], ...] = tuple(np.asarray(array) for array in arrays)
        for position, array in enumerate(self.arrays):
            if array.ndim == 0:
                raise ValueError(
                    f"array {position} of ArrayDataset must have one entry per item, "
                    f"got the single number {array}"
                )
            if array.dtype.kind not in "biuf":
                raise TypeError(
                    f"array {position} of ArrayDataset must be numeric, got dtype {array.dtype}"
                )
            if len(array) != len(self.arrays[0]):
                raise ValueError(
                    "the arrays of an ArrayDataset must have the same length: array 0 has "
                    f"{len(self.arrays[0])} entries, array {position} has {len(array)}"
                )

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        index = self._checked(index)
        return tuple(array[index] for array in self.arrays)

    def __len__(self) -> int:
        return len(self.arrays[0])

    def take(self, indices: NDArray[np.intp]) -> tuple[NDArray[Any], ...]:
        """Return the items at ``indices``: a new array (len(indices), ...) for each column.

        The loader calls it instead of ``self[i]`` for each item, unless a subclass overrides only
        ``__getitem__``.
        """
        return tuple(array.take(indices, axis=0) for array in self.arrays)

    def _checked(self, index: int) -> int:
        try:
            number = operator.index(index)
        except TypeError:
            raise TypeError(
                f"{type(self).__name__} must be indexed by one integer, got {index!r}; "
                "use .arrays for whole columns"
            ) from None
        if not -len(self) <= number < len(self):
            raise IndexError(
                f"index {number} is out of range for {type(self).__name__} of {len(self)} items"
            )
        return number

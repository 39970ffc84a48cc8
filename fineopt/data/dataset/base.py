"""The base class of datasets, and the one over arrays in memory."""

import operator
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ArrayDataset", "Dataset"]


class Dataset(ABC):
    """A sequence of items; a subclass says how many there are and what the i-th one is.

    An item is one array or number, or a tuple of them, such as (image, label).

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
        """The item at ``index``."""

    @abstractmethod
    def __len__(self) -> int:
        """How many items there are."""


class ArrayDataset(Dataset):
    """Items from arrays of one length: item i is the tuple of the i-th entry of each array.

    The arrays, each of shape (n, ...), are held, not copied.

    Raises:
        ValueError: no array, an array without a first axis, or arrays of different lengths.
        TypeError: an array of objects or text.

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
            raise ValueError("ArrayDataset wants at least one array, got none")
        self.arrays: tuple[NDArray[Any], ...] = tuple(np.asarray(array) for array in arrays)
        for position, array in enumerate(self.arrays):
            if array.ndim == 0:
                raise ValueError(
                    f"array {position} of ArrayDataset is the single number {array}; "
                    "it must have one entry per item"
                )
            if array.dtype.kind not in "biuf":
                raise TypeError(
                    f"array {position} of ArrayDataset must hold numbers, got dtype {array.dtype}"
                )
            if len(array) != len(self.arrays[0]):
                raise ValueError(
                    "the arrays of an ArrayDataset must be of one length: array 0 has "
                    f"{len(self.arrays[0])} entries, array {position} has {len(array)}"
                )

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        index = self._checked(index)
        return tuple(array[index] for array in self.arrays)

    def __len__(self) -> int:
        return len(self.arrays[0])

    def take(self, indices: NDArray[np.intp]) -> tuple[NDArray[Any], ...]:
        """The items at ``indices`` at once: one fresh array (len(indices), ...) per column.

        The loader calls it in place of ``self[i]`` for each item, unless a subclass redefines
        ``__getitem__`` and leaves this alone.
        """
        return tuple(array.take(indices, axis=0) for array in self.arrays)

    def _checked(self, index: int) -> int:
        try:
            number = operator.index(index)
        except TypeError:
            raise TypeError(
                f"{type(self).__name__} is indexed by one integer, got {index!r}; "
                "the whole columns are in .arrays"
            ) from None
        if not -len(self) <= number < len(self):
            raise IndexError(f"{type(self).__name__} has {len(self)} items, got index {number}")
        return number

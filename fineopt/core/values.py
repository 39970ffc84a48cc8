"""The values of a Tensor: attributes, conversion and printing."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from ..ops import Array
from .arrays import as_numeric_dtype, new_array
from .dtype import get_default_dtype

__all__ = ["DEVICE", "Values", "as_array", "describe", "plain_index"]

DEVICE = "cpu:0"


class Values:
    """Base class of Tensor: reads its ndarray, without recording."""

    __slots__ = ("_data", "_name")
    _kind: ClassVar[str] = "tensor"

    _data: Array
    _name: str | None

    @property
    def name(self) -> str | None:
        """The name used in error messages, None by default."""
        return self._name

    @name.setter
    def name(self, name: str | None) -> None:
        self._name = name

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        return self._data.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy dtype of the elements."""
        return self._data.dtype

    @property
    def device(self) -> str:
        """The name of the device, always the CPU."""
        return DEVICE

    def numpy(self) -> Array:
        """Return a copy of the values as an ndarray, which later training does not change."""
        return self._data.copy()

    def item(self) -> Any:
        """Return the value of a one-element tensor as a Python number.

        Raises:
            ValueError: if the tensor does not have exactly one element.
        """
        if self.size != 1:
            raise ValueError(
                f"item() requires a tensor of exactly one element, not shape {self.shape}"
            )
        return self._data.item()

    def tolist(self) -> Any:
        """Return the values as nested lists of Python numbers."""
        return self._data.tolist()

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        return np.array(self._data, dtype)

    def __repr__(self) -> str:
        with np.printoptions(precision=4, suppress=True, linewidth=120):
            values = str(np.atleast_1d(self._data))  # a scalar prints in brackets too
        default = self.dtype == get_default_dtype()
        return f"Tensor({values}{'' if default else f', dtype={self.dtype}'}, device={DEVICE})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d tensor: it has no length")
        return self.shape[0]

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(
                f"the truth value of a tensor of shape {self.shape} is ambiguous: use item() or "
                "reduce it first"
            )
        return bool(self._data)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise TypeError(f"only integer tensors can be used as an index, not {self.dtype}")
        return int(self.item())


def describe(x: Values) -> str:
    """Describe a tensor in an error message, by its name, if any, and shape."""
    return (
        f"{x._kind} {x.name!r} of shape {x.shape}" if x.name else f"a {x._kind} of shape {x.shape}"
    )


def as_array(data: Any, dtype: DTypeLike | None = None) -> Array:
    """Copy a Tensor or any data that :func:`new_array` accepts into a new array."""
    if isinstance(data, Values):
        return data._data.astype(as_numeric_dtype(dtype) or data.dtype)
    return new_array(data, dtype)


def plain_index(index: Any) -> Any:
    """Replace Tensors in an index by arrays, and copy arrays and lists."""
    if isinstance(index, tuple):
        return tuple(plain_index(part) for part in index)
    if isinstance(index, list):
        return np.array(index) if index else np.array(index, np.intp)
    return as_array(index) if isinstance(index, Values | np.ndarray) else index

"""Arrays from what users give: numbers, nested lists, other arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .dtype import get_default_dtype
from .ops import Array

__all__ = ["new_array", "numeric"]


def new_array(data: Any, dtype: DTypeLike | None = None) -> Array:
    """Copy data into a new array; floats take the default dtype unless dtype says otherwise.

    Raises:
        TypeError: if data or dtype is not of real numbers or booleans.

    >>> new_array([1.0, 2.0]).dtype
    dtype('float32')
    """
    try:
        array = np.asarray(data)
    except (TypeError, ValueError) as error:
        raise type(error)(f"no tensor can be made of {brief(data)}: {error}") from None
    if array.dtype.kind not in "bifu":
        raise TypeError(
            f"no tensor can be made of {brief(data)} (dtype {array.dtype}): "
            "give numbers, nested lists of numbers, or an ndarray"
        )
    chosen = numeric(dtype)
    if chosen is not None:
        # a Python number that does not fit is an error, an array is cast as NumPy casts it
        given = isinstance(data, np.ndarray | np.generic)
        return array.astype(chosen) if given else np.array(data, chosen)
    if array.dtype.kind == "f":
        return array.astype(get_default_dtype())
    if array.dtype == np.int64:
        small = array.astype(np.int32)  # as MegEngine's integers, where they fit
        return small if np.array_equal(small, array) else array.copy()
    return array.copy()


def numeric(dtype: DTypeLike | None) -> np.dtype[Any] | None:
    """Return dtype as NumPy's; raise TypeError unless it is one of numbers or booleans."""
    chosen = None if dtype is None else np.dtype(dtype)
    if chosen is not None and chosen.kind not in "bifu":
        raise TypeError(f"a tensor holds real numbers or booleans, not {chosen}")
    return chosen


def brief(data: object) -> str:
    text = repr(data)
    return text if len(text) <= 60 else f"{text[:57]}..."

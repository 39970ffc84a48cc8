"""Arrays from what users give: numbers, nested lists, other arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..errors import RangeError
from ..ops import Array
from .dtype import get_default_dtype

__all__ = ["exactly", "new_array", "numeric"]


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


def exactly(values: Array, dtype: np.dtype[Any], what: str) -> Array:
    """Return values in an integer or boolean dtype that holds each of them exactly.

    Raises:
        TypeError: for what is not of numbers.
        RangeError: (a ValueError and an OverflowError) for a number that the dtype can't hold.

    >>> exactly(np.array([1.0, 2.0]), np.dtype("uint8"), "x")
    array([1, 2], dtype=uint8)
    """
    if values.dtype.kind not in "biuf":
        if values.dtype.kind != "O" or not all(isinstance(v, int) for v in values.flat):
            raise TypeError(f"{what} takes numbers, not {brief(values.tolist())}")
        wrong = np.ones(values.shape, bool)  # integers beyond 64 bits
        new = values
    else:
        with np.errstate(invalid="ignore"):
            new = values.astype(dtype)
        # also by sign and size: int64's least is what uint64's 2^63 becomes, and back
        wrong = (new.astype(values.dtype) != values) | ((new < 0) != (values < 0))
        if values.dtype.kind == "f" and dtype.kind in "iu":  # the greatest, as a float, is one more
            wrong |= values >= 2.0 ** (8 * dtype.itemsize - (dtype.kind == "i"))
    if np.any(wrong):
        first = values[wrong].flat[0]
        least, greatest = (
            (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
        )
        raise RangeError(
            f"{what} holds {dtype}, whole numbers from {least} to {greatest}, and can't take "
            f"{first}: round it or convert the tensor first, as in x.astype('float32')"
        )
    return new


def brief(data: object) -> str:
    text = repr(data)
    return text if len(text) <= 60 else f"{text[:57]}..."

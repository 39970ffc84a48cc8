"""ndarray helpers of Tensor: conversion of data, and operations on arrays of mixed dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .. import ops
from ..errors import RangeError, ShapeError
from ..ops import VJP, Array, Op
from .dtype import get_default_dtype

__all__ = ["as_numeric_dtype", "evaluate", "exact_cast", "new_array"]

_HALF = np.dtype(np.float16)


def new_array(data: Any, dtype: DTypeLike | None = None) -> Array:
    """Copy data into a new array; floats are converted to the default dtype if dtype is None.

    Raises:
        TypeError: if data or dtype is neither real nor boolean.

    >>> new_array([1.0, 2.0]).dtype
    dtype('float32')
    """
    try:
        array = np.asarray(data)
    except (TypeError, ValueError) as error:
        raise type(error)(f"cannot convert {_brief(data)} to a tensor: {error}") from None
    if array.dtype.kind not in "bifu":
        raise TypeError(
            f"cannot convert {_brief(data)} (dtype {array.dtype}) to a tensor: "
            "pass numbers, nested lists of numbers, or an ndarray"
        )
    chosen = as_numeric_dtype(dtype)
    if chosen is not None:
        # a Python number that does not fit raises an error, an array is cast as in NumPy
        given = isinstance(data, np.ndarray | np.generic)
        return array.astype(chosen) if given else np.array(data, chosen)
    if array.dtype.kind == "f":
        return array.astype(get_default_dtype())
    if array.dtype == np.int64:
        small = array.astype(np.int32)  # MegEngine's integer dtype, where the values fit
        return small if np.array_equal(small, array) else array.copy()
    return array.copy()


def as_numeric_dtype(dtype: DTypeLike | None) -> np.dtype[Any] | None:
    """Return dtype as a NumPy dtype, or raise a TypeError if it is neither real nor boolean."""
    chosen = None if dtype is None else np.dtype(dtype)
    if chosen is not None and chosen.kind not in "bifu":
        raise TypeError(f"a tensor's dtype must be real or boolean, not {chosen}")
    return chosen


def exact_cast(values: Array, dtype: np.dtype[Any], what: str) -> Array:
    """Cast values to an integer or boolean dtype that represents each of them exactly.

    Raises:
        TypeError: if values is not numeric.
        RangeError: (a ValueError and an OverflowError) if dtype cannot represent a value.

    >>> exact_cast(np.array([1.0, 2.0]), np.dtype("uint8"), "x")
    array([1, 2], dtype=uint8)
    """
    if values.dtype.kind not in "biuf":
        if values.dtype.kind != "O" or not all(isinstance(v, int) for v in values.flat):
            raise TypeError(f"{what} takes numbers, not {_brief(values.tolist())}")
        wrong = np.ones(values.shape, bool)  # integers beyond 64 bits
        new = values
    else:
        with np.errstate(invalid="ignore"):
            new = values.astype(dtype)
        # compare signs too: the cast maps uint64's 2^63 to int64's minimum, and back
        wrong = (new.astype(values.dtype) != values) | ((new < 0) != (values < 0))
        if values.dtype.kind == "f" and dtype.kind in "iu":  # as a float, the maximum rounds up
            wrong |= values >= 2.0 ** (8 * dtype.itemsize - (dtype.kind == "i"))
    if np.any(wrong):
        first = values[wrong].flat[0]
        low, high = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
        raise RangeError(
            f"{what} has dtype {dtype}, integers from {low} to {high}, and cannot store {first}: "
            "round the value, or convert the tensor first with x.astype('float32')"
        )
    return new


def evaluate(op: Op, arrays: list[Array], options: dict[str, Any]) -> tuple[Array, list[VJP]]:
    """Evaluate an operation on arrays of any dtypes, and return its value and VJPs.

    Inputs of different dtypes are promoted to a common one: that of the floats among them, if
    any. float16 is computed in float32, and the value is rounded to float16. The value of integer
    inputs is converted to the default dtype if it is floating-point.

    Raises:
        ShapeError: (a ValueError) if the shapes do not fit each other, or the options.
    """
    try:
        inputs = _promoted(arrays)
        half = inputs[0].itemsize == 2 and inputs[0].dtype == _HALF
        value, *vjps = _in_float32(op, inputs, options) if half else op(*inputs, **options)
    except ValueError as error:
        shapes = " and ".join(str(x.shape) for x in arrays[:4])
        raise ShapeError(f"{op.__name__} of {shapes}: {error}") from None
    value = np.asarray(value)
    if value.dtype == np.float64 and not any(x.dtype.kind == "f" for x in arrays):
        value = value.astype(get_default_dtype())
    return value, vjps


def _promoted(arrays: list[Array]) -> list[Array]:
    dtypes = {array.dtype for array in arrays}
    if len(dtypes) < 2:
        return arrays
    dtype = np.result_type(*({d for d in dtypes if d.kind == "f"} or dtypes))
    return [array.astype(dtype, copy=False) for array in arrays]


def _in_float32(op: Op, arrays: list[Array], options: dict[str, Any]) -> tuple[Any, ...]:
    """Evaluate op on float16 arrays in float32: long sums neither overflow nor stall at 2048."""
    value, *vjps = op(*(array.astype(np.float32) for array in arrays), **options)
    if op is not ops.cast:
        value = np.asarray(value, np.float16)

    def widened(vjp: VJP) -> VJP:
        return lambda g: vjp(g.astype(np.float32))

    return value, *map(widened, vjps)


def _brief(data: object) -> str:
    text = repr(data)
    return text if len(text) <= 60 else f"{text[:57]}..."

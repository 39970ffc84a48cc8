"""The default floating-point dtype: float32, or float64 where printed digits must agree."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

__all__ = ["get_default_dtype", "set_default_dtype"]

_FLOATS = (np.dtype("float32"), np.dtype("float64"))
_default: np.dtype[Any] = _FLOATS[0]


def get_default_dtype() -> np.dtype[Any]:
    """Return the default dtype of new floating-point tensors and parameters.

    >>> get_default_dtype()
    dtype('float32')
    """
    return _default


def set_default_dtype(dtype: DTypeLike) -> None:
    """Set the default dtype, float32 or float64, of new floating-point tensors and parameters.

    Existing tensors keep their dtype, so call it before creating the network. float32, MegEngine's
    dtype, is fast. float64 prints the same digits with any BLAS and number of threads, so the
    lessons use it.

    Raises:
        ValueError: for any dtype other than float32 and float64.

    >>> set_default_dtype("float64")
    >>> set_default_dtype("float32")
    """
    global _default
    try:
        chosen = np.dtype(dtype)
    except TypeError:
        chosen = np.dtype(object)
    if dtype is None or chosen not in _FLOATS:
        raise ValueError(f"the default dtype must be float32 or float64, not {dtype!r}")
    _default = chosen

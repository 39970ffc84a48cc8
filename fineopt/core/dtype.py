"""The default floating dtype: float32 as in MegEngine, or float64 where digits must agree."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

__all__ = ["get_default_dtype", "set_default_dtype"]

_FLOATS = (np.dtype("float32"), np.dtype("float64"))
_default: np.dtype[Any] = _FLOATS[0]


def get_default_dtype() -> np.dtype[Any]:
    """Return the dtype that new floating tensors and parameters take.

    >>> get_default_dtype()
    dtype('float32')
    """
    return _default


def set_default_dtype(dtype: DTypeLike) -> None:
    """Choose the dtype, float32 or float64, of tensors and parameters made from now on.

    What exists already keeps its dtype, so call it before the network is made. float32 is fast;
    float64 prints the same digits under any BLAS and thread count, which is why lessons use it.

    Raises:
        ValueError: for any dtype but float32 and float64.

    >>> set_default_dtype("float64")
    >>> set_default_dtype("float32")
    """
    global _default
    try:
        chosen = np.dtype(dtype)
    except TypeError:
        chosen = np.dtype(object)
    if dtype is None or chosen not in _FLOATS:
        raise ValueError(f"the default dtype can be float32 or float64, not {dtype!r}")
    _default = chosen

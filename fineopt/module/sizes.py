"""Validation of layer sizes."""

from __future__ import annotations

import numpy as np

__all__ = ["positive_integer"]


def positive_integer(value: int, what: str) -> int:
    """Return value as an int.

    Raises:
        ValueError: if value is not an integer of at least 1.

    >>> positive_integer(np.int64(3), "in_features")
    3
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{what} must be an integer of at least 1, not {value!r}")
    return int(value)

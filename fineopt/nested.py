"""States as nested dicts, lists and arrays: compared, and searched for arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .types import Array

__all__ = ["arrays_in", "is_equal"]


def arrays_in(value: Any) -> Iterator[Array]:
    """Yield the arrays in a state.

    >>> [a.size for a in arrays_in({"a": np.zeros(2), "b": [np.zeros(3), "text"]})]
    [2, 3]
    """
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from arrays_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from arrays_in(item)


def is_equal(one: Any, other: Any) -> bool:
    """Return whether two states are equal.

    >>> is_equal({"a": [np.zeros(2)]}, {"a": [np.zeros(2)]}), is_equal([1], [np.zeros(2)])
    (True, False)
    """
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return one is other or np.array_equal(one, other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(is_equal(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(is_equal, one, other))
    return bool(one == other)

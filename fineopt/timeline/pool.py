"""Arrays of a file, each stored once: snapshots share most of their records and frozen layers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..types import Array

__all__ = ["digest", "packed", "unpacked"]

MARK = "array"


def packed(value: Any, pool: list[Array]) -> Any:
    """Return a value with references in place of its arrays, which go into the pool.

    Arrays that begin at the same place in memory, as those of a column that grew, are rows of the
    longest of them.

    >>> column, pool = np.arange(6.0), []
    >>> packed({"early": column[:2], "late": column[:5]}, pool)
    {'early': {'array': (0, 2)}, 'late': {'array': (0, 5)}}
    >>> pool
    [array([0., 1., 2., 3., 4.])]
    """
    return _packed(value, pool, {_place(array): i for i, array in enumerate(pool)})


def unpacked(value: Any, pool: Sequence[Array]) -> Any:
    """Return what :func:`packed` was given; the arrays are read-only, and shared as before.

    Raises:
        Exception: of any kind if a reference is damaged.
    """
    if isinstance(value, Mapping):
        if list(value) == [MARK]:
            index, rows = value[MARK]
            array = pool[index]
            if index < 0 or (rows is not None and not 0 <= rows <= len(array)):
                raise ValueError(f"there is no array {index} of {rows} rows")
            part = (array if rows is None else array[:rows]).view()
            part.flags.writeable = False
            return part
        return {key: unpacked(item, pool) for key, item in value.items()}
    if isinstance(value, list):
        return [unpacked(item, pool) for item in value]
    if isinstance(value, tuple):
        return tuple(unpacked(item, pool) for item in value)
    return value


def _packed(value: Any, pool: list[Array], places: dict[Any, int]) -> Any:
    if isinstance(value, np.ndarray):
        place = _place(value)
        index = places.setdefault(place, len(pool))
        if index == len(pool):
            pool.append(value)
        elif value.ndim and len(value) > len(pool[index]):
            pool[index] = value
        return {MARK: (index, len(value) if value.ndim else None)}
    if isinstance(value, Mapping):
        return {key: _packed(item, pool, places) for key, item in value.items()}
    if isinstance(value, list):
        return [_packed(item, pool, places) for item in value]
    if isinstance(value, tuple):
        return tuple(_packed(item, pool, places) for item in value)
    return value


def _place(array: Array) -> Any:
    at = array.__array_interface__["data"][0] if array.size else id(array)
    return at, array.dtype.str, array.shape[1:], array.strides, array.ndim


def digest(value: Any) -> str:
    """Return a digest of nested values and arrays, which differs if any bit does.

    >>> digest([1, np.ones(2)]) == digest([1, np.ones(2)]) != digest([1, np.zeros(2)])
    True
    """
    total = hashlib.sha256()
    _update(total, value)
    return total.hexdigest()


def _update(total: Any, value: Any) -> None:
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        total.update(f"{type(value).__name__} {array.shape} {array.dtype.str} ".encode())
        total.update(array.tobytes())
    elif isinstance(value, Mapping):
        total.update(f"dict {len(value)} ".encode())
        for key, item in value.items():
            total.update(json.dumps(key).encode())
            _update(total, item)
    elif isinstance(value, list | tuple):
        total.update(f"{type(value).__name__} {len(value)} ".encode())
        for item in value:
            _update(total, item)
    else:
        total.update(f"{type(value).__name__} {value!r} ".encode())

"""Copies of PyTorch tensors as plain dicts, lists and arrays, which a file holds without pickle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ... import plain
from .values import Sparse, Stored

__all__ = ["from_plain", "to_plain"]


def to_plain(value: Any, where: str) -> Any:
    """Return a copy as dicts, lists, numbers, strings and arrays alone.

    Raises:
        TypeError: if an object of another kind is in it.
    """
    return plain.to_plain(value, where, _own)


def from_plain(value: Any) -> Any:
    """Return what `to_plain` was given.

    Raises:
        Exception: of any kind if the value is damaged.
    """
    return plain.from_plain(value, {"tensor": _tensor, "sparse": _sparse, "torch": _kind})


def _own(value: Any, where: str) -> Any:
    if isinstance(value, Stored):
        data, dtype, shape, stride, device = value
        name = str(dtype).removeprefix("torch.")
        return {"tensor": [data, name, list(shape), list(stride), device]}
    if isinstance(value, Sparse):
        parts = _own(value.indices, where), _own(value.values, where)
        return {"sparse": [*parts, list(value.shape), value.is_coalesced]}
    if isinstance(value, torch.dtype | torch.device):
        return {"torch": [type(value).__name__, str(value).removeprefix("torch.")]}
    return None


def _kind(content: Any) -> torch.dtype | torch.device:
    name, text = content
    return torch.device(text) if name == "device" else _dtype(text)


def _sparse(content: Any) -> Sparse:
    indices, values, shape, is_coalesced = content
    return Sparse(from_plain(indices), from_plain(values), tuple(shape), bool(is_coalesced))


def _tensor(content: Any) -> Stored:
    data, name, shape, stride, device = content
    made = Stored(data, _dtype(name), tuple(shape), tuple(stride), str(torch.device(device)))
    if data.dtype != np.uint8 or made.contiguous().numel() != _size(shape):
        raise ValueError("the bytes of a tensor do not fit its shape")
    return made


def _dtype(name: str) -> torch.dtype:
    found = getattr(torch, name, None)
    if not isinstance(found, torch.dtype):
        raise ValueError(f"there is no dtype {name!r}")
    return found


def _size(shape: Sequence[int]) -> int:
    return int(np.prod(shape, dtype=np.int64)) if all(n >= 0 for n in shape) else -1

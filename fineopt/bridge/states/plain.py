"""Copies of tensors as plain dicts, lists and arrays, which a file holds without pickle."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from .values import NUMBERS, Sparse, Stored

__all__ = ["from_plain", "to_plain"]

DICTS = {kind.__name__: kind for kind in (dict, OrderedDict, Counter)}


def to_plain(value: Any, where: str) -> Any:
    """Return a copy as dicts, lists, numbers, strings and arrays alone.

    Raises:
        TypeError: if an object of another kind is in it.
    """
    if isinstance(value, Stored):
        data, dtype, shape, stride, device = value
        name = str(dtype).removeprefix("torch.")
        return {"tensor": [data, name, list(shape), list(stride), device]}
    if isinstance(value, Sparse):
        parts = to_plain(value.indices, where), to_plain(value.values, where)
        return {"sparse": [*parts, list(value.shape), value.is_coalesced]}
    if isinstance(value, Mapping):
        kind = type(value).__name__ if type(value).__name__ in DICTS else "dict"
        items = [[to_plain(k, where), to_plain(v, f"{where}[{k!r}]")] for k, v in value.items()]
        return {kind: items}
    if type(value) in (list, tuple):
        items = [to_plain(item, f"{where}[{i}]") for i, item in enumerate(value)]
        return items if isinstance(value, list) else {"tuple": items}
    if type(value) in NUMBERS or isinstance(value, np.ndarray | np.number):
        return value
    if isinstance(value, bytes):
        return {"bytes": np.frombuffer(value, np.uint8)}
    if isinstance(value, torch.dtype | torch.device):
        return {"torch": [type(value).__name__, str(value).removeprefix("torch.")]}
    raise TypeError(f"{where} is a {type(value).__name__}, which cannot be saved")


def from_plain(value: Any) -> Any:
    """Return what `to_plain` was given.

    Raises:
        Exception: of any kind if the value is damaged.
    """
    if isinstance(value, list):
        return [from_plain(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    ((kind, content),) = value.items()
    if kind in DICTS:
        return DICTS[kind]((from_plain(k), from_plain(v)) for k, v in content)
    if kind == "tuple":
        return tuple(from_plain(item) for item in content)
    if kind == "bytes":
        return content.tobytes()
    if kind == "torch":
        name, text = content
        return torch.device(text) if name == "device" else _dtype(text)
    if kind == "sparse":
        indices, values, shape, is_coalesced = content
        return Sparse(from_plain(indices), from_plain(values), tuple(shape), bool(is_coalesced))
    if kind != "tensor":
        raise ValueError(f"there is no kind {kind!r}")
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

"""Copies of PyTorch tensors, alone or in nested containers."""

from __future__ import annotations

import copy
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["NUMBERS", "Sparse", "Stored", "is_same", "live", "stored"]

Bytes = NDArray[np.uint8]

NUMBERS = (bool, int, float, str, type(None))


class Stored(NamedTuple):
    """A copy of a dense tensor: its bytes, and how they are read."""

    data: Bytes
    dtype: torch.dtype
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    device: str

    def tensor(self) -> torch.Tensor:
        """Return a new tensor on the device that the copied one was on, if it is here."""
        here = torch.empty_strided(self.shape, self.stride, dtype=self.dtype)
        return here.copy_(self.contiguous()).to(_device(self.device))

    def contiguous(self) -> torch.Tensor:
        """Return the values on the CPU; they must not be written to."""
        flat = torch.from_numpy(self.data.copy() if not self.data.flags.writeable else self.data)
        return flat.view(self.dtype).reshape(self.shape)

    def fits(self, tensor: Any) -> bool:
        """Return whether a tensor can be filled with the values."""
        return (
            isinstance(tensor, torch.Tensor)
            and tensor.layout == torch.strided
            and (tuple(tensor.shape), tensor.dtype) == (self.shape, self.dtype)
        )

    def fill(self, tensor: torch.Tensor) -> torch.Tensor:
        """Write the values into a tensor that they fit, and return it."""
        with torch.no_grad():
            tensor.detach().copy_(self.contiguous())
        return tensor


class Sparse(NamedTuple):
    """A copy of a sparse tensor in coordinate format, as gradients of embeddings may be."""

    indices: Stored
    values: Stored
    shape: tuple[int, ...]
    is_coalesced: bool

    def tensor(self) -> torch.Tensor:
        """Return a new tensor."""
        parts = self.indices.tensor(), self.values.tensor()
        found = torch.sparse_coo_tensor(*parts, self.shape, check_invariants=True)
        return found._coalesced_(self.is_coalesced)


def stored(value: Any, former: Any = None) -> Any:
    """Copy a tensor, or nested containers of tensors, numbers and other objects.

    Args:
        value: what is copied.
        former: an earlier copy; its bytes are shared where they are the same.
    """
    if isinstance(value, torch.Tensor):
        if value.layout == torch.sparse_coo:
            plain = value.detach()
            parts = stored(plain._indices()), stored(plain._values())
            return Sparse(*parts, tuple(plain.shape), plain.is_coalesced())
        return _stored(value.detach(), former)
    if isinstance(value, Mapping):
        known = former if isinstance(former, Mapping) else {}
        items = {key: stored(item, known.get(key)) for key, item in value.items()}
        return OrderedDict(items) if isinstance(value, OrderedDict) else _like(value, items)
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        known_items = former if isinstance(former, list | tuple) else []
        pairs = [
            stored(item, known_items[i] if i < len(known_items) else None)
            for i, item in enumerate(value)
        ]
        return pairs if isinstance(value, list) else tuple(pairs)
    return value if isinstance(value, NUMBERS) else copy.deepcopy(value)


def _like(value: Any, items: dict[Any, Any]) -> Any:
    if isinstance(value, Counter):
        return Counter(items)
    if isinstance(value, defaultdict):
        return defaultdict(value.default_factory, items)
    return items


def _stored(tensor: torch.Tensor, former: Any) -> Stored:
    stride = tuple(tensor.stride())
    flat = tensor.resolve_conj().resolve_neg().contiguous().reshape(-1)
    data = flat.view(torch.uint8).cpu().numpy()
    shape = tuple(tensor.shape)
    if not _is_dense(tensor):
        stride = tuple(torch.empty(shape, device="meta").stride())
    kind = tensor.dtype, shape, stride, str(tensor.device)
    if isinstance(former, Stored) and former[1:] == kind and _equal(former.data, data):
        return former
    kept: Bytes = np.array(data)
    kept.flags.writeable = False
    return Stored(kept, *kind)


def _is_dense(tensor: torch.Tensor) -> bool:
    """Return whether each number of a tensor has a place of its own, without gaps."""
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size != 1 and stride != expected:
            return False
        expected *= size
    return True


def _equal(one: Bytes, other: Bytes) -> bool:
    wide = len(one) // 8 * 8  # eight at a time
    return np.array_equal(one[:wide].view(np.int64), other[:wide].view(np.int64)) and (
        np.array_equal(one[wide:], other[wide:])
    )


def live(value: Any, into: Any = None) -> Any:
    """Return what `stored` was given: new containers, and tensors.

    Args:
        value: what `stored` returned.
        into: the present containers; tensors in them that fit are filled and used again.
    """
    if isinstance(value, Stored):
        fits = value.fits(into) and str(into.device) == value.device
        return value.fill(into) if fits else value.tensor()
    if isinstance(value, Sparse):
        return value.tensor()
    if isinstance(value, Mapping):
        known = into if isinstance(into, Mapping) else {}
        items = {key: live(item, known.get(key)) for key, item in value.items()}
        return OrderedDict(items) if isinstance(value, OrderedDict) else _like(value, items)
    if type(value) in (list, tuple):
        known_items = into if isinstance(into, list | tuple) else []
        made = [
            live(item, known_items[i] if i < len(known_items) else None)
            for i, item in enumerate(value)
        ]
        return made if isinstance(value, list) else tuple(made)
    return value if isinstance(value, NUMBERS) else copy.deepcopy(value)


def is_same(one: Any, other: Any) -> bool:
    """Return whether two copies are the same to the bit, and surely so."""
    if isinstance(one, Stored) and isinstance(other, Stored):
        return one[1:] == other[1:] and (one.data is other.data or _equal(one.data, other.data))
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return one is other or (type(one) is type(other) and np.array_equal(one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return list(one) == list(other) and all(is_same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return one is other or (type(one) is type(other) and bool(one == other))


def _device(name: str) -> torch.device:
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        return torch.device("cpu")
    return device

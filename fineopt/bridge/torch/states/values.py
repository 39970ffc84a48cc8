"""Copies of PyTorch tensors, alone or in nested containers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ...copies import Copier

__all__ = ["COPIER", "Sparse", "Stored", "is_same", "live", "stored"]

Bytes = NDArray[np.uint8]


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
        if not self.data.size:
            return torch.empty(self.shape, dtype=self.dtype)
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


class TensorCopier(Copier):
    """Copies containers of PyTorch tensors."""

    def store(self, value: Any, former: Any) -> Any:
        """Return a copy of a tensor; None of anything else."""
        if not isinstance(value, torch.Tensor):
            return None
        if value.layout != torch.sparse_coo:
            return _stored(value.detach(), former)
        plain = value.detach()
        parts = stored(plain._indices()), stored(plain._values())
        return Sparse(*parts, tuple(plain.shape), plain.is_coalesced())

    def make(self, value: Any, into: Any) -> Any:
        """Return the tensor that a copy is of; None of anything else."""
        if isinstance(value, Sparse):
            return value.tensor()
        if not isinstance(value, Stored):
            return None
        fits = value.fits(into) and str(into.device) == value.device
        return value.fill(into) if fits else value.tensor()

    def compare(self, one: Any, other: Any) -> bool | None:
        """Return whether copies of two tensors are the same to the bit; None of anything else."""
        if not isinstance(one, Stored) or not isinstance(other, Stored):
            return None
        return one[1:] == other[1:] and (one.data is other.data or _equal(one.data, other.data))


COPIER = TensorCopier()
stored, live, is_same = COPIER.stored, COPIER.live, COPIER.is_same


def _device(name: str) -> torch.device:
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        return torch.device("cpu")
    return device

"""Copies of MegEngine's tensors, alone, in nested containers and in optimizers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import plain
from ..copies import Copier
from ..optimizer_copy import OptimizerCopy

__all__ = ["COPIER", "Kept", "MegEngineOptimizerCopy", "fill", "from_plain", "to_plain"]


class Kept(NamedTuple):
    """A copy of a tensor: its numbers, which must not be written to, and where it was."""

    data: NDArray[Any]
    device: str

    def fits(self, tensor: Any) -> bool:
        """Return whether a tensor can be filled with the numbers."""
        shape = tuple(int(length) for length in tensor.shape)
        return shape == self.data.shape and np.dtype(tensor.dtype) == self.data.dtype


class TensorCopier(Copier):
    """Copies containers of MegEngine tensors."""

    def store(self, value: Any, former: Any) -> Any:
        """Return a copy of a tensor; None of anything else."""
        import megengine

        if not isinstance(value, megengine.Tensor):
            return None
        kept = Kept(np.array(value.numpy()), str(value.device))
        if self.compare(kept, former):
            return former
        kept.data.flags.writeable = False
        return kept

    def make(self, value: Any, into: Any) -> Any:
        """Return the tensor that a copy is of, a new one; None of anything else."""
        return tensor(value) if isinstance(value, Kept) else None

    def compare(self, one: Any, other: Any) -> bool | None:
        """Return whether copies of two tensors are the same to the bit; None of anything else."""
        if not isinstance(one, Kept) or not isinstance(other, Kept):
            return None
        a, b = one.data, other.data
        same = (a.shape, a.dtype, one.device) == (b.shape, b.dtype, other.device)
        return a is b or (same and a.tobytes() == b.tobytes())


COPIER = TensorCopier()


def tensor(kept: Kept) -> Any:
    """Return a new tensor with the numbers of a copy."""
    import megengine

    # its own memory, which MEGENGINE_INPLACE_UPDATE writes to
    return megengine.Tensor(np.array(kept.data), device=kept.device, no_cache=True)


def fill(into: Any, kept: Kept) -> None:
    """Write the numbers of a copy into a tensor that they fit."""
    into[...] = tensor(kept)


class MegEngineOptimizerCopy(OptimizerCopy):
    """A copy of a MegEngine optimizer's groups, states and plain attributes."""

    copier = COPIER
    state_name = "_state"

    @classmethod
    def is_tensor(cls, value: Any) -> bool:
        """Return whether a value is a tensor, and no parameter."""
        import megengine

        return isinstance(value, megengine.Tensor) and not isinstance(value, megengine.Parameter)


def to_plain(value: Any, where: str) -> Any:
    """Return a copy as dicts, lists, numbers, strings and arrays alone.

    Raises:
        TypeError: if an object of another kind is in it.
    """
    return plain.to_plain(value, where, _own)


def _own(value: Any, where: str) -> Any:
    return {"megengine": [value.data, value.device]} if isinstance(value, Kept) else None


def from_plain(value: Any) -> Any:
    """Return what `to_plain` was given.

    Raises:
        Exception: of any kind if the value is damaged.
    """
    return plain.from_plain(value, {"megengine": _kept})


def _kept(content: Any) -> Kept:
    data, device = content
    if not isinstance(data, np.ndarray) or not isinstance(device, str):
        raise ValueError("a tensor is damaged")
    return Kept(data, device)

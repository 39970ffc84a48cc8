"""The kept elements of PyTorch parameters, gathered by index with one call for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["Gather", "real"]


def real(tensor: torch.Tensor) -> torch.Tensor:
    """Return a complex tensor as one of real and imaginary parts, and any other as it is."""
    return torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor


class _Source(NamedTuple):
    """A parameter, where its memory was, and what is taken from it."""

    p: torch.Tensor
    address: int
    numbers: torch.Tensor  # in the parameter's memory
    at: torch.Tensor


class Gather:
    """Gathers elements of many parameters.

    Args:
        parameters: by name.
        indices: of the elements, in each flattened parameter.
    """

    def __init__(
        self, parameters: Mapping[str, torch.Tensor], indices: Mapping[str, NDArray[np.int64]]
    ) -> None:
        self._parameters = list(parameters.values())
        self._indices = [torch.from_numpy(indices[name]) for name in parameters]
        self._sizes = [len(at) for at in self._indices]
        self._find()

    def _find(self) -> None:
        """Find the memory of all parameters, which ``p.data = ...`` or ``.to()`` may replace."""
        ends = np.cumsum([0, *self._sizes])
        groups: dict[Any, list[int]] = {}
        sources = []
        for i, (p, at) in enumerate(zip(self._parameters, self._indices, strict=True)):
            numbers = real(p.detach())
            flat = numbers.view(-1) if numbers.is_contiguous() else numbers
            sources.append(_Source(p, p.data_ptr(), flat, at.to(p.device)))
            if self._sizes[i]:
                groups.setdefault((p.device, numbers.dtype), []).append(i)
        self._groups = [[sources[i] for i in members] for members in groups.values()]
        self._places = [
            np.concatenate([np.arange(ends[i], ends[i + 1]) for i in members])
            for members in groups.values()
        ]

    def row(self) -> list[torch.Tensor]:
        """Return copies of the elements: a tensor for each device and dtype."""
        with torch.no_grad():
            if any(p.data_ptr() != at for group in self._groups for p, at, _, _ in group):
                self._find()
            return [torch.cat([_taken(source) for source in group]) for group in self._groups]

    def joined(self, arrays: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return the numbers of a row in the order of the parameters."""
        if len(arrays) == 1:
            return arrays[0]
        joined = np.empty(sum(self._sizes))
        for array, places in zip(arrays, self._places, strict=True):
            joined[places] = array
        return joined


def _taken(source: _Source) -> torch.Tensor:
    if source.numbers.dim() == 1:
        return torch.index_select(source.numbers, 0, source.at)
    return torch.take(source.numbers, source.at)

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
    """Parameters of one device and dtype, and what is taken from them."""

    numbers: list[torch.Tensor]  # of each, in the parameter's memory, as a vector if it can be
    at: list[torch.Tensor]
    sizes: list[int]

    def taken(self) -> torch.Tensor:
        """Return copies of the elements, in one tensor."""
        row = torch.empty(sum(self.sizes), dtype=self.numbers[0].dtype, device=self.at[0].device)
        parts = torch.split(row, self.sizes)  # type: ignore[no-untyped-call]
        for numbers, at, part in zip(self.numbers, self.at, parts, strict=True):
            if numbers.dim() == 1:
                torch.index_select(numbers, 0, at, out=part)
            else:
                torch.take(numbers, at, out=part)
        return row


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
        self._addresses = [p.data_ptr() for p in self._parameters]
        ends = np.cumsum([0, *self._sizes])
        groups: dict[Any, list[int]] = {}
        flat = []
        for i, p in enumerate(self._parameters):
            numbers = real(p.detach())
            flat.append(numbers.view(-1) if numbers.is_contiguous() else numbers)
            if self._sizes[i]:
                groups.setdefault((p.device, numbers.dtype), []).append(i)
        self._sources = [
            _Source(
                [flat[i] for i in members],
                [self._indices[i].to(device) for i in members],
                [self._sizes[i] for i in members],
            )
            for (device, _), members in groups.items()
        ]
        self._places = [
            np.concatenate([np.arange(ends[i], ends[i + 1]) for i in members])
            for members in groups.values()
        ]

    def row(self) -> list[torch.Tensor]:
        """Return copies of the elements: a tensor for each device and dtype."""
        with torch.no_grad():
            if [p.data_ptr() for p in self._parameters] != self._addresses:
                self._find()
            return [source.taken() for source in self._sources]

    def joined(self, arrays: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return the numbers of a row in the order of the parameters."""
        if len(arrays) == 1:
            return arrays[0]
        joined = np.empty(sum(self._sizes))
        for array, places in zip(arrays, self._places, strict=True):
            joined[places] = array
        return joined

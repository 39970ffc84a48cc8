"""The numbers of a step, from where they are gathered to where they are recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..reading import LateLoss, ReadStep
from .gather import Gather
from .sampling import Packet

__all__ = ["Sent"]

Floats = NDArray[np.float64]


class Sent:
    """A step, or a late loss, whose numbers are on their way.

    Args:
        loss: a number or a tensor.
        lr: of each group, likewise.
        tensors: "row", "norms" and "sums", as far as they were read; "skipped", whether mixed
            precision has found infinite gradients.
        had: which parameters had a gradient, if sums were read.
        late: whether it is the loss alone, of the step before.
    """

    def __init__(
        self,
        loss: Any,
        lr: Sequence[Any] = (),
        tensors: Mapping[str, list[torch.Tensor]] | None = None,
        had: NDArray[np.bool_] | None = None,
        *,
        late: bool = False,
    ) -> None:
        self._numbers, self.late, self._had = [loss, *lr], late, had
        own = {"numbers": [_copy(x) for x in self._numbers if isinstance(x, torch.Tensor)]}
        parts = {**own, **(tensors or {})}
        self._sizes = {name: len(part) for name, part in parts.items()}
        self._packet = Packet([x for part in parts.values() for x in part])

    def ready(self) -> bool:
        """Return whether all numbers have arrived, without waiting for them."""
        return self._packet.ready()

    def step(self, gather: Gather, params: list[torch.Tensor]) -> ReadStep | LateLoss | None:
        """Return the numbers, waiting for them if need be; None if the step was skipped.

        Args:
            gather: by which the row was gathered.
            params: whose gradients were summed.
        """
        arrays = self._packet.arrays()
        parts: dict[str, list[Floats]] = {}
        for name, size in self._sizes.items():
            parts[name], arrays = arrays[:size], arrays[size:]
        arrived = iter(parts["numbers"])
        loss, *lr = (
            float(next(arrived).mean()) if isinstance(x, torch.Tensor) else float(x)
            for x in self._numbers
        )
        if self.late:
            return LateLoss(loss)
        if any(part.any() for part in parts.get("skipped", [])):
            return None  # mixed precision: the gradients were not finite, and nothing moved
        sums = None
        if "sums" in parts and self._had is not None:
            sums = _sums_of(parts["sums"], self._had, params)
        return ReadStep(
            loss,
            lr,
            gather.joined(parts["row"]) if "row" in parts else None,
            sums,
            self._had,
            np.concatenate(parts["norms"]).reshape(2, -1) if "norms" in parts else None,
        )


def _sums_of(found: list[Floats], had: NDArray[np.bool_], params: list[torch.Tensor]) -> Floats:
    """Return sums and bounds of their rounding errors; see `fineopt.recorder.rounding`."""
    sums = np.zeros((2, len(had)))
    if not found:
        return sums
    totals, sizes = np.concatenate(found).reshape(2, -1)
    for i, total, size in zip(np.flatnonzero(had), totals, sizes, strict=True):
        p = params[i]
        eps = torch.finfo(p.dtype).eps
        count = max(p.numel(), 1)
        error = min(count, 12 + math.log2(count)) * eps * size
        sums[:, i] = total, error if math.isfinite(error) and math.isfinite(total) else 0.0
    return sums


def _copy(tensor: torch.Tensor) -> torch.Tensor:
    """Return a copy of a number that a loop may change in place; on other devices it is sent."""
    return tensor.detach().clone()

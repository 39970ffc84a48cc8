"""Samples of PyTorch parameters, read where they are and sent over without waiting.

Of each parameter the elements that a record keeps are gathered by index; sums of gradients, and
norms, are computed on the device. Nothing here waits for the device: numbers are sent to pinned
memory, and read when they have arrived.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .gather import Gather, real

__all__ = ["Packet", "Sampler", "widest"]

# Numbers of one parameter that norms and histograms are made of: so many of all together, if each
# has its least.
MOST, LEAST, TOGETHER = 1 << 16, 1 << 12, 1 << 20

Tensors = list[torch.Tensor]


def widest(device: torch.device) -> torch.dtype:
    """Return the widest dtype of numbers that a device computes in."""
    return torch.float32 if device.type in ("mps", "xla") else torch.float64


class Packet:
    """Small tensors on their way from any devices.

    Args:
        tensors: any shapes and real dtypes; on the CPU they are kept as they are.
    """

    def __init__(self, tensors: Tensors) -> None:
        self._tensors = tensors
        self._sent: list[tuple[list[int], torch.Tensor]] = []
        self._events: list[Any] = []
        places: dict[torch.device, list[int]] = {}
        for i, x in enumerate(tensors):
            if x.device.type != "cpu":
                places.setdefault(x.device, []).append(i)
        for device, own in places.items():
            flat = torch.cat([tensors[i].reshape(-1).to(widest(device)) for i in own])
            self._sent.append((own, self._send(flat)))

    def _send(self, flat: torch.Tensor) -> torch.Tensor:
        if flat.device.type != "cuda":
            return flat
        host = torch.empty(flat.shape, dtype=flat.dtype, pin_memory=True)
        host.copy_(flat, non_blocking=True)
        event: Any = torch.cuda.Event()  # type: ignore[no-untyped-call]
        event.record(torch.cuda.current_stream(flat.device))
        self._events.append(event)
        return host

    def ready(self) -> bool:
        """Return whether all numbers have arrived, without waiting for them."""
        return all(event.query() for event in self._events)

    def arrays(self) -> list[NDArray[np.float64]]:
        """Return the numbers of each tensor, waiting for them if need be."""
        for event in self._events:
            event.synchronize()
        found: list[NDArray[np.float64]] = [
            x.to(torch.float64).reshape(-1).numpy() if x.device.type == "cpu" else np.empty(0)
            for x in self._tensors
        ]
        for own, flat in self._sent:
            numbers = flat.cpu().numpy().astype(np.float64)
            ends = np.cumsum([self._tensors[i].numel() for i in own])
            for i, end in zip(own, ends.tolist(), strict=True):
                found[i] = numbers[end - self._tensors[i].numel() : end]
        return found


class Sampler:
    """Reads samples of parameters and gradients.

    Args:
        parameters: by name.
        indices: of the kept elements, by name.
    """

    def __init__(
        self, parameters: Mapping[str, torch.Tensor], indices: Mapping[str, NDArray[np.int64]]
    ) -> None:
        self._parameters = parameters
        self._most = max(LEAST, min(MOST, TOGETHER // max(1, len(parameters))))
        self.gather = Gather(parameters, indices)

    def row(self) -> NDArray[np.float64]:
        """Return the kept elements of each parameter, waiting for them."""
        return self.gather.joined(Packet(self.gather.row()).arrays())

    def portion(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return some elements, evenly spaced, as a copy: all if there are not many."""
        with torch.no_grad():
            flat = real(tensor.detach()).reshape(-1)
            return flat[:: max(1, math.ceil(flat.numel() / self._most))].clone()

    def portions(self) -> Tensors:
        """Return a portion of each parameter."""
        return [self.portion(p) for p in self._parameters.values()]

    def norms(self, before: Sequence[torch.Tensor | None]) -> Tensors:
        """Return norms of the updates and of the parameters, as numbers on their devices.

        Those of large parameters are estimated from a portion.
        """
        updates, weights = [], []
        with torch.no_grad():
            for p, old in zip(self._parameters.values(), before, strict=True):
                new = self.portion(p)
                size = 2 * p.numel() if p.is_complex() else p.numel()
                scale = math.sqrt(size / max(1, new.numel()))
                wide = widest(p.device)
                weights.append(torch.linalg.vector_norm(new, dtype=wide) * scale)
                if old is None or old.device != new.device or old.shape != new.shape:
                    updates.append(torch.full((), math.nan, dtype=wide, device=p.device))
                else:
                    moved = new.to(wide) - old.to(wide)
                    updates.append(torch.linalg.vector_norm(moved) * scale)
        return [*updates, *weights]

    def sums(self, grads: Sequence[torch.Tensor | None], scale: torch.Tensor | None) -> Tensors:
        """Return the sum of each gradient and the sum of its absolute values.

        The latter, by which rounding errors are bounded, is estimated from a portion.

        Args:
            grads: of all parameters; None where there is none.
            scale: by which mixed precision has multiplied them.
        """
        sums, sizes = [], []
        with torch.no_grad():
            for grad in grads:
                if grad is None:
                    continue
                values = real(grad.coalesce().values() if grad.is_sparse else grad.detach())
                wide = widest(values.device)
                total = values.sum(dtype=self._summed_in(values, wide)).to(wide)
                portion = self.portion(values)
                size = torch.linalg.vector_norm(portion, 1, dtype=wide)
                size *= values.numel() / max(1, portion.numel())
                if scale is not None:
                    factor = scale.detach().to(values.device, wide, non_blocking=True)
                    total, size = total / factor, size / factor
                sums.append(total)
                sizes.append(size)
        return [*sums, *sizes]

    def _summed_in(self, values: torch.Tensor, wide: torch.dtype) -> torch.dtype:
        """Return the dtype of a sum: a wider one than the values' needs a copy of them all."""
        if values.numel() <= self._most:
            return wide
        return torch.promote_types(values.dtype, torch.float32)

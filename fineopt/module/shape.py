"""Shape layers."""

from __future__ import annotations

from .. import functional as F
from ..core.tensor import Tensor
from .module import Module

__all__ = ["Flatten"]


class Flatten(Module):
    """Flatten all axes but the first: (N, ...) to (N, features)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x with all axes but the first merged."""
        return F.flatten(x, 1)

"""Dropout."""

from __future__ import annotations

from .. import functional as F
from ..core.tensor import Tensor
from .module import Module

__all__ = ["Dropout"]


class Dropout(Module):
    """In training, zero elements with probability drop_prob and scale up the others."""

    def __init__(self, drop_prob: float = 0.0) -> None:
        super().__init__()
        if not 0 <= drop_prob < 1:
            raise ValueError(f"Dropout's drop_prob must be in [0, 1), not {drop_prob!r}")
        self.drop_prob = drop_prob

    def forward(self, x: Tensor) -> Tensor:
        """Return dropout(x)."""
        return F.dropout(x, self.drop_prob, self.training)

    def _summary(self) -> str:
        return f"drop_prob={self.drop_prob}"

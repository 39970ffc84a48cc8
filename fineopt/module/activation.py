"""Activation layers."""

from __future__ import annotations

from .. import functional as F
from ..core.tensor import Tensor
from .module import Module

__all__ = ["LeakyReLU", "ReLU", "Sigmoid", "Softmax", "Tanh"]


class ReLU(Module):
    """Compute max(x, 0).

    >>> ReLU()(Tensor([-1.0, 2.0]))
    Tensor([0. 2.], device=cpu:0)
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return max(x, 0)."""
        return F.relu(x)


class LeakyReLU(Module):
    """Compute x where x > 0, and negative_slope * x elsewhere."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, x: Tensor) -> Tensor:
        """Return leaky_relu(x)."""
        return F.leaky_relu(x, self.negative_slope)

    def _summary(self) -> str:
        return f"{self.negative_slope}"


class Sigmoid(Module):
    """Compute 1 / (1 + exp(-x))."""

    def forward(self, x: Tensor) -> Tensor:
        """Return sigmoid(x)."""
        return F.sigmoid(x)


class Tanh(Module):
    """Compute the hyperbolic tangent."""

    def forward(self, x: Tensor) -> Tensor:
        """Return tanh(x)."""
        return F.tanh(x)


class Softmax(Module):
    """Compute exp(x) / sum(exp(x)) along an axis."""

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        """Return softmax(x)."""
        return F.softmax(x, self.axis)

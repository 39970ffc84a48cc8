"""Linear layers."""

from __future__ import annotations

import numpy as np

from .. import functional as F
from ..core.parameter import Parameter
from ..core.tensor import Tensor
from .init import reset_layer
from .module import Module
from .sizes import positive_integer

__all__ = ["Linear"]


class Linear(Module):
    """Compute x W^T + b: (N, in_features) to (N, out_features).

    Raises:
        ValueError: if the last axis of an input is not in_features.

    >>> layer = Linear(3, 2)
    >>> layer(Tensor([[0.0, 0.0, 0.0]]))
    Tensor([[0. 0.]], device=cpu:0)
    >>> layer.weight.shape, layer.bias.shape
    ((2, 3), (2,))

    Source: MegEngine's Linear.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features = positive_integer(in_features, "Linear's in_features")
        self.out_features = positive_integer(out_features, "Linear's out_features")
        self.weight = Parameter(np.zeros((out_features, in_features)))
        self.bias = Parameter(np.zeros(out_features)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Reinitialise the parameters."""
        reset_layer(self.weight, self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return x W^T + b."""
        return F.linear(x, self.weight, self.bias)

    def _summary(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}"

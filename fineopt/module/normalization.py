"""Batch normalisation layers."""

from __future__ import annotations

import numpy as np

from .. import functional as F
from ..tensor import Parameter, Tensor
from . import init
from .module import Module

__all__ = ["BatchNorm1d", "BatchNorm2d"]


class _BatchNorm(Module):
    _axes = 4

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.9,
        affine: bool = True,
        track_running_stats: bool = True,
        freeze: bool = False,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.freeze = freeze
        shape = (1, num_features, 1, 1)[: self._axes]
        self.weight = Parameter(np.ones(shape)) if affine else None
        self.bias = Parameter(np.zeros(shape)) if affine else None
        self.running_mean = Tensor(np.zeros(shape)) if track_running_stats else None
        self.running_var = Tensor(np.ones(shape)) if track_running_stats else None

    def reset_parameters(self) -> None:
        """Start anew: weight and running variance 1, bias and running mean 0."""
        for x, fill in (
            (self.weight, init.ones_),
            (self.bias, init.zeros_),
            (self.running_mean, init.zeros_),
            (self.running_var, init.ones_),
        ):
            if x is not None:
                fill(x)

    def forward(self, x: Tensor) -> Tensor:
        """Return batch_norm(x); in training mode the running statistics move, unless frozen."""
        adapting = self.training and not self.freeze
        return F.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            training=adapting or self.running_mean is None,
            momentum=self.momentum,
            eps=self.eps,
        )

    def _summary(self) -> str:
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"


class BatchNorm1d(_BatchNorm):
    """Normalises each feature of (N, C) over the batch.

    With ``freeze=True`` its running statistics stand still also in training mode: not attaching
    its parameters is not enough for that.

    >>> BatchNorm1d(1, eps=0.0)(Tensor([[1.0], [3.0]]))
    Tensor([[-1.]
     [ 1.]], device=cpu:0)

    Source: MegEngine's BatchNorm1d; Ioffe and Szegedy 2015.
    """

    _axes = 2


class BatchNorm2d(_BatchNorm):
    """Normalises each channel of (N, C, H, W) over batch, height and width.

    With ``freeze=True`` its running statistics stand still also in training mode: not attaching
    its parameters is not enough for that.

    >>> BatchNorm2d(3)(Tensor(np.zeros((2, 3, 4, 4)))).shape
    (2, 3, 4, 4)

    Source: MegEngine's BatchNorm2d; Ioffe and Szegedy 2015.
    """

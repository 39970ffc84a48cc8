"""Batch normalisation layers."""

from __future__ import annotations

import numpy as np

from .. import functional as F
from ..core.parameter import Parameter
from ..core.tensor import Tensor
from ..errors import ShapeError
from . import init
from .module import Module
from .sizes import positive_integer

__all__ = ["BatchNorm1d", "BatchNorm2d"]


class _BatchNorm(Module):
    _ndims: tuple[int, ...]  # accepted numbers of axes
    _shapes: str

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
        if not 0 <= momentum <= 1:
            raise ValueError(
                f"{type(self).__name__}'s momentum must be from 0 to 1, not {momentum!r}"
            )
        if not eps >= 0:
            raise ValueError(f"{type(self).__name__}'s eps must be at least 0, not {eps!r}")
        if freeze and not track_running_stats:
            raise ValueError(f"{type(self).__name__} can only freeze statistics that it tracks")
        self.num_features = positive_integer(num_features, f"{type(self).__name__}'s num_features")
        self.eps, self.momentum, self.freeze = eps, momentum, freeze
        shape = (1, num_features, 1, 1)
        self.weight = Parameter(np.ones(shape)) if affine else None
        self.bias = Parameter(np.zeros(shape)) if affine else None
        self.running_mean = Tensor(np.zeros(shape)) if track_running_stats else None
        self.running_var = Tensor(np.ones(shape)) if track_running_stats else None

    def reset_parameters(self) -> None:
        """Reset weight and running variance to 1, bias and running mean to 0."""
        for x, fill in (
            (self.weight, init.ones_),
            (self.bias, init.zeros_),
            (self.running_mean, init.zeros_),
            (self.running_var, init.ones_),
        ):
            if x is not None:
                fill(x)

    def forward(self, x: Tensor) -> Tensor:
        """Return batch_norm(x); in training mode, update the running statistics unless frozen."""
        if x.ndim not in self._ndims:
            raise ShapeError(f"{type(self).__name__} expects {self._shapes}, not {x.shape}")
        weight: Tensor | None = self.weight
        bias: Tensor | None = self.bias
        if self.freeze:
            weight = weight if weight is None else weight.detach()
            bias = bias if bias is None else bias.detach()
        return F.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            weight,
            bias,
            training=(self.training and not self.freeze) or self.running_mean is None,
            momentum=self.momentum,
            eps=self.eps,
        )

    def _summary(self) -> str:
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"


class BatchNorm1d(_BatchNorm):
    """Normalise each channel of (N, C) or (N, C, L) over all other axes.

    Parameters and running statistics have shape (1, num_features, 1, 1), as MegEngine's.
    See :class:`BatchNorm2d`.

    >>> BatchNorm1d(1, eps=0.0)(Tensor([[1.0], [3.0]]))
    Tensor([[-1.]
     [ 1.]], device=cpu:0)

    Source: MegEngine's BatchNorm1d; Ioffe and Szegedy 2015.
    """

    _ndims, _shapes = (2, 3), "(N, C) or (N, C, L)"


class BatchNorm2d(_BatchNorm):
    """Normalise each channel of (N, C, H, W) over batch, height and width.

    Args:
        num_features: C.
        eps: added to the variance.
        momentum: fraction of the running statistics kept at each step (PyTorch's momentum 0.1
            corresponds to 0.9 here).
        affine: whether to apply a weight and a bias.
        track_running_stats: update running statistics in training, and use them in evaluation.
        freeze: use the running statistics in training mode too, without updating them, and do
            not differentiate weight and bias. Detaching weight and bias from the GradManager
            does not freeze the statistics.

    Raises:
        ValueError: if a setting is invalid, or an input does not have C channels or four axes.

    >>> BatchNorm2d(3)(Tensor(np.zeros((2, 3, 4, 4)))).shape
    (2, 3, 4, 4)

    Source: MegEngine's BatchNorm2d; Ioffe and Szegedy 2015.
    """

    _ndims, _shapes = (4,), "(N, C, H, W)"

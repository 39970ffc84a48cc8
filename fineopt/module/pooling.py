"""Pooling layers."""

from __future__ import annotations

from .. import functional as F
from ..core.tensor import Tensor
from ..functional.windows import Size2d
from .module import Module

__all__ = ["AvgPool2d", "MaxPool2d"]


class MaxPool2d(Module):
    """Compute the maximum of each window: (N, C, H, W) to (N, C, Ho, Wo).

    >>> MaxPool2d(2, 2)(Tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    Tensor([[[[4.]]]], device=cpu:0)
    """

    def __init__(
        self, kernel_size: Size2d, stride: Size2d | None = None, padding: Size2d = 0
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding

    def forward(self, x: Tensor) -> Tensor:
        """Return the maximum of each window."""
        return F.max_pool2d(x, self.kernel_size, self.stride, self.padding)

    def _summary(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(Module):
    """Compute the mean of each window: (N, C, H, W) to (N, C, Ho, Wo).

    >>> AvgPool2d(2)(Tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    Tensor([[[[2.5]]]], device=cpu:0)
    """

    def __init__(
        self,
        kernel_size: Size2d,
        stride: Size2d | None = None,
        padding: Size2d = 0,
        mode: str = "average_count_exclude_padding",
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.mode = mode

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean of each window."""
        return F.avg_pool2d(x, self.kernel_size, self.stride, self.padding, self.mode)

    def _summary(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"

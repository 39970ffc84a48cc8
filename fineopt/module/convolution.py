"""Convolution layers."""

from __future__ import annotations

import numpy as np

from .. import functional as F
from ..core.parameter import Parameter
from ..core.tensor import Tensor
from ..functional.windows import Size2d, size_pair
from .init import reset_layer
from .module import Module
from .sizes import positive_integer

__all__ = ["Conv2d"]


class Conv2d(Module):
    """Compute the 2-d cross-correlation: (N, in_channels, H, W) to (N, out_channels, Ho, Wo).

    The bias has shape (1, out_channels, 1, 1).

    Args:
        in_channels: number of input channels.
        out_channels: number of filters.
        kernel_size: height and width of a filter.
        stride: step between windows, in pixels.
        padding: zeros added on each side.
        dilation: only 1 is supported.
        groups: only 1 is supported.
        bias: whether to add a bias.

    Raises:
        ValueError: if an input has a different number of channels, or is smaller than the filter.

    >>> layer = Conv2d(1, 6, 5)
    >>> layer(Tensor(np.zeros((2, 1, 32, 32)))).shape
    (2, 6, 28, 28)
    >>> layer.weight.shape, layer.bias.shape
    ((6, 1, 5, 5), (1, 6, 1, 1))

    Source: MegEngine's Conv2d.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size2d,
        stride: Size2d = 1,
        padding: Size2d = 0,
        dilation: Size2d = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if dilation not in (1, (1, 1)) or groups != 1:
            raise ValueError(
                f"Conv2d does not support dilation={dilation!r}, groups={groups!r}: both must be 1"
            )
        self.in_channels = positive_integer(in_channels, "Conv2d's in_channels")
        self.out_channels = positive_integer(out_channels, "Conv2d's out_channels")
        self.kernel_size = size_pair(kernel_size, "Conv2d's kernel_size")
        self.stride = size_pair(stride, "Conv2d's stride")
        self.padding = size_pair(padding, "Conv2d's padding", least=0)
        self.weight = Parameter(np.zeros((out_channels, in_channels, *self.kernel_size)))
        self.bias = Parameter(np.zeros((1, out_channels, 1, 1))) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Reinitialise the parameters."""
        reset_layer(self.weight, self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return the cross-correlation of x with the filters, plus the bias."""
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding)

    def _summary(self) -> str:
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding}"
        )

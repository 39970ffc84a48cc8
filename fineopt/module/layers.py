"""Layers with parameters: Linear and Conv2d."""

from __future__ import annotations

import math

import numpy as np

from .. import functional as F
from ..core.tensor import Parameter, Tensor
from ..functional.images import pair
from . import init
from .module import Module

__all__ = ["Conv2d", "Linear"]

Size2d = int | tuple[int, int]


def count(value: int, what: str) -> int:
    """Return value as a plain int, or refuse what is no integer of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{what} is an integer of at least 1, not {value!r}")
    return int(value)


def _start(module: Linear | Conv2d) -> None:
    """Draw weights with standard deviation sqrt(1 / fan in), biases 0: MegEngine's default."""
    fan_in, _ = init.calculate_fan_in_and_fan_out(module.weight)
    init.normal_(module.weight, 0, math.sqrt(1 / fan_in))
    if module.bias is not None:
        init.zeros_(module.bias)


class Linear(Module):
    """x W^T + b: (N, in_features) to (N, out_features).

    Raises:
        ValueError: if an input's last axis is not in_features.

    >>> layer = Linear(3, 2)
    >>> layer(Tensor([[0.0, 0.0, 0.0]]))
    Tensor([[0. 0.]], device=cpu:0)
    >>> layer.weight.shape, layer.bias.shape
    ((2, 3), (2,))

    Source: MegEngine's Linear.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features = count(in_features, "Linear's in_features")
        self.out_features = count(out_features, "Linear's out_features")
        self.weight = Parameter(np.zeros((out_features, in_features)))
        self.bias = Parameter(np.zeros(out_features)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the starting values anew."""
        _start(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return x W^T + b."""
        return F.linear(x, self.weight, self.bias)

    def _summary(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}"


class Conv2d(Module):
    """2-D cross-correlation: (N, in_channels, H, W) to (N, out_channels, Ho, Wo).

    Its bias has shape (1, out_channels, 1, 1).

    Args:
        in_channels: channels of the input.
        out_channels: how many filters.
        kernel_size: height and width of a filter.
        stride: pixels from one window to the next.
        padding: zeros added on each side.
        dilation: only 1 is here.
        groups: only 1 is here.
        bias: whether there is one.

    Raises:
        ValueError: if an input has other channels or is smaller than the filter.

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
                f"Conv2d here is small on purpose: dilation={dilation!r}, groups={groups!r} are "
                "left out, only 1 and 1 work"
            )
        self.in_channels = count(in_channels, "Conv2d's in_channels")
        self.out_channels = count(out_channels, "Conv2d's out_channels")
        self.kernel_size = pair(kernel_size, "Conv2d's kernel_size")
        self.stride = pair(stride, "Conv2d's stride")
        self.padding = pair(padding, "Conv2d's padding", least=0)
        self.weight = Parameter(np.zeros((out_channels, in_channels, *self.kernel_size)))
        self.bias = Parameter(np.zeros((1, out_channels, 1, 1))) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the starting values anew."""
        _start(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return the cross-correlation of x with the filters, plus the bias."""
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding)

    def _summary(self) -> str:
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding}"
        )

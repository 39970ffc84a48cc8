"""Layers without parameters: activations, pooling, dropout, and chains of layers."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..core.tensor import Tensor
from .module import Module

__all__ = [
    "AvgPool2d",
    "Dropout",
    "Flatten",
    "Identity",
    "LeakyReLU",
    "MaxPool2d",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
]

Size2d = int | tuple[int, int]


class Identity(Module):
    """Returns what it is given."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x."""
        return x


class ReLU(Module):
    """max(x, 0).

    >>> ReLU()(Tensor([-1.0, 2.0]))
    Tensor([0. 2.], device=cpu:0)
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return max(x, 0)."""
        return F.relu(x)


class LeakyReLU(Module):
    """x where it is positive, negative_slope * x elsewhere."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, x: Tensor) -> Tensor:
        """Return leaky_relu(x)."""
        return F.leaky_relu(x, self.negative_slope)

    def _summary(self) -> str:
        return f"{self.negative_slope}"


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, x: Tensor) -> Tensor:
        """Return sigmoid(x)."""
        return F.sigmoid(x)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, x: Tensor) -> Tensor:
        """Return tanh(x)."""
        return F.tanh(x)


class Softmax(Module):
    """exp(x) over its sum along an axis."""

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        """Return softmax(x)."""
        return F.softmax(x, self.axis)


class Flatten(Module):
    """(N, ...) to (N, all the rest)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x with all axes but the first merged."""
        return F.flatten(x, 1)


class MaxPool2d(Module):
    """The maximum of each window: (N, C, H, W) to (N, C, Ho, Wo).

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
    """The mean of each window: (N, C, H, W) to (N, C, Ho, Wo).

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


class Dropout(Module):
    """In training, sets numbers to 0 with probability drop_prob and scales up the others."""

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


class Sequential(Module):
    """Modules one after the other; their names are their positions, or the keys of a dict.

    >>> net = Sequential(Flatten(), ReLU())
    >>> net(Tensor([[[-1.0], [2.0]]]))
    Tensor([[0. 2.]], device=cpu:0)
    >>> len(net), type(net[1]).__name__
    (2, 'ReLU')
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        one = len(modules) == 1 and isinstance(modules[0], dict)
        named = modules[0] if one else {str(i): module for i, module in enumerate(modules)}
        for name, module in named.items():
            if not isinstance(module, Module):
                hint = ": unpack it, Sequential(*layers)" if isinstance(module, list) else ""
                raise TypeError(
                    f"Sequential takes modules, {name!r} is a {type(module).__name__}{hint}"
                )
            if hasattr(self, name):
                raise ValueError(f"Sequential: the name {name!r} is taken")
            setattr(self, name, module)
        self._order = tuple(named)

    def forward(self, x: Any) -> Any:
        """Return what the last module makes of what the one before it made, and so on."""
        for name in self._order:
            x = getattr(self, name)(x)
        return x

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, i: int) -> Module:
        module = getattr(self, self._order[i])
        assert isinstance(module, Module)
        return module

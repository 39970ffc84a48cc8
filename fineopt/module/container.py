"""Containers of layers."""

from __future__ import annotations

from typing import Any

from ..core.tensor import Tensor
from .module import Module

__all__ = ["Identity", "Sequential"]


class Identity(Module):
    """Return the input unchanged."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x."""
        return x


class Sequential(Module):
    """Apply modules in order, named by position or by the keys of a dict.

    >>> from fineopt.module import Flatten, ReLU
    >>> net = Sequential(Flatten(), ReLU())
    >>> net(Tensor([[[-1.0], [2.0]]]))
    Tensor([[0. 2.]], device=cpu:0)
    >>> len(net), type(net[1]).__name__
    (2, 'ReLU')
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        is_dict = len(modules) == 1 and isinstance(modules[0], dict)
        named = modules[0] if is_dict else {str(i): module for i, module in enumerate(modules)}
        for name, module in named.items():
            if not isinstance(module, Module):
                hint = ": unpack it, Sequential(*layers)" if isinstance(module, list) else ""
                raise TypeError(
                    f"Sequential expects modules, {name!r} is a {type(module).__name__}{hint}"
                )
            if hasattr(self, name):
                raise ValueError(f"Sequential: the name {name!r} is already in use")
            setattr(self, name, module)
        self._order = tuple(named)

    def forward(self, x: Any) -> Any:
        """Apply all modules in order."""
        for name in self._order:
            x = getattr(self, name)(x)
        return x

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, i: int) -> Module:
        module = getattr(self, self._order[i])
        assert isinstance(module, Module)
        return module

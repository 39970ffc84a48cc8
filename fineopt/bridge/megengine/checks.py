"""Checks what is to be watched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["as_network", "as_optimizers", "check"]


def as_network(net: Any) -> Any:
    """Return a network of MegEngine.

    Raises:
        TypeError: if it is none.
    """
    import megengine.module

    if isinstance(net, type):
        raise TypeError(f"net is the class {net.__name__}: give an object, {net.__name__}()")
    if not isinstance(net, megengine.module.Module):
        raise TypeError(f"net must be a megengine.module.Module, not a {type(net).__name__}")
    return net


def as_optimizers(optimizer: Any) -> list[Any]:
    """Return a list of optimizers.

    Raises:
        TypeError: if one is a class, or no optimizer of MegEngine.
        ValueError: if there is none, or one twice.
    """
    import megengine.optimizer

    several = list(optimizer) if isinstance(optimizer, Sequence) else [optimizer]
    if not several:
        raise ValueError("optimizer is an empty list: give at least one optimizer")
    for i, one in enumerate(several):
        if isinstance(one, type):
            raise TypeError(
                f"optimizer is the class {one.__name__}: give an object, such as "
                f"{one.__name__}(net.parameters(), lr=0.01)"
            )
        if not isinstance(one, megengine.optimizer.Optimizer):
            raise TypeError(
                f"optimizer must be a megengine.optimizer.Optimizer, not a {type(one).__name__}"
            )
        if any(one is other for other in several[:i]):
            raise ValueError(f"the same {type(one).__name__} is given twice")
    return several


def check(net: Any, groups: Sequence[dict[str, Any]], own: set[int]) -> None:
    """Check that network and optimizers share a parameter.

    Args:
        net: the network.
        groups: of its optimizers.
        own: the ids of the network's parameters.

    Raises:
        ValueError: if they do not.
    """
    if not own:
        raise ValueError(f"there is nothing to watch: {type(net).__name__} has no parameters")
    if not any(id(p) in own for group in groups for p in group["params"]):
        raise ValueError(
            "the optimizer has none of the network's parameters: it belongs to another "
            "network, or to layers that were replaced since. Make it from net.parameters()"
        )

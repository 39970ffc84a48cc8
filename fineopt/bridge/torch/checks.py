"""Checks what is to be watched, and looks into wrappers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from .hooks import unwrapped

__all__ = ["as_optimizers", "bare", "check"]


def bare(net: Any) -> nn.Module:
    """Return the network inside the wrappers of ``torch.compile`` and of data parallelism.

    Raises:
        TypeError: if it is no network.
    """
    if isinstance(net, type):
        raise TypeError(f"model is the class {net.__name__}: give an object, {net.__name__}()")
    if not isinstance(net, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, not a {type(net).__name__}")
    found: nn.Module = net
    while True:
        inner = found._modules.get("_orig_mod")
        if isinstance(found, nn.DataParallel | nn.parallel.DistributedDataParallel):
            inner = found.module
        if inner is None:
            return found
        found = inner


def as_optimizers(optimizer: Any) -> list[Any]:
    """Return a list of optimizers, out of their wrappers.

    Raises:
        TypeError: if one is a class, or no optimizer of PyTorch.
        ValueError: if there is none.
    """
    several = list(optimizer) if isinstance(optimizer, Sequence) else [optimizer]
    if not several:
        raise ValueError("optimizer is an empty list: give at least one optimizer")
    found: list[Any] = []
    for one in several:
        if isinstance(one, type):
            raise TypeError(
                f"optimizer is the class {one.__name__}: give an object, such as "
                f"{one.__name__}(model.parameters(), lr=0.01)"
            )
        one = unwrapped(one)
        if not isinstance(one, torch.optim.Optimizer):
            raise TypeError(
                f"optimizer must be a torch.optim.Optimizer, not a {type(one).__name__}: only "
                "that calls hooks before and after a step"
            )
        if any(one is other for other in found):
            raise ValueError(f"the same {type(one).__name__} is given twice")
        found.append(one)
    return found


def check(net: nn.Module, optimizers: Sequence[Any], parameters: dict[str, torch.Tensor]) -> None:
    """Check that the parameters of a network can be watched.

    Raises:
        ValueError: saying which cannot, and what to do.
    """
    own = dict(net.named_parameters())
    if not own:
        raise ValueError(f"there is nothing to watch: {type(net).__name__} has no parameters")
    for module in net.modules():
        if type(module).__name__ == "FullyShardedDataParallel":
            raise ValueError(
                "the model is wrapped in FullyShardedDataParallel, which flattens the parameters "
                "and leaves each process a part: there are no single parameters to watch. Watch "
                "the model under DistributedDataParallel, or before it is wrapped"
            )
    for name, p in parameters.items():
        if "_flat_param" in name or type(p).__name__ in ("FlatParameter", "DTensor"):
            raise ValueError(
                f"{name} is a shard of FSDP (a {type(p).__name__}): each process has only a part. "
                "Watch the model under DistributedDataParallel, or before it is sharded"
            )
        if isinstance(p, nn.parameter.UninitializedParameter):
            raise ValueError(f"{name} has no shape yet: run the model on one batch first")
        if p.is_meta:
            raise ValueError(
                f"{name} is on the meta device and has no values: materialise the model first "
                "(model.to_empty(device=...), then load or initialise it) and make the optimizer"
            )
    optimized = {id(p) for o in optimizers for g in o.param_groups for p in g["params"]}
    if not any(id(p) in optimized for p in own.values()):
        raise ValueError(
            "the optimizer has none of the model's parameters: it belongs to another model, or "
            "the model's were replaced since. Make it from model.parameters()"
        )

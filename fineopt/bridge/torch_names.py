"""Names of a PyTorch network's parameters, its param groups and their labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

__all__ = ["group_labels", "hidden_in", "lr_of", "names_of", "settings_of", "unread_keys"]

# What a group may have besides hyperparameters, and what tells PyTorch how to compute.
MARKS = {"params", "param_names", "name", "lr", "initial_lr"}
HOW = {"foreach", "capturable", "differentiable", "fused", "decoupled_weight_decay"}
# What schedulers keep in groups: OneCycleLR, CyclicLR, SWALR.
KEPT = {"max_lr", "min_lr", "base_lr", "max_momentum", "base_momentum", "swa_lr"}


def names_of(net: nn.Module) -> dict[int, list[str]]:
    """Return all names of each parameter, by its id, in order of definition."""
    names: dict[int, list[str]] = {}
    for name, p in net.named_parameters(remove_duplicate=False):
        names.setdefault(id(p), []).append(name)
    return names


def group_labels(groups: list[dict[str, Any]], names: dict[int, list[str]]) -> list[str]:
    """Label groups by name, else by the prefix of their parameters, else by index."""
    labels = []
    for i, group in enumerate(groups):
        own = [names[id(p)][0] for p in group["params"] if id(p) in names]
        prefix = _prefix([name.split(".")[:-1] for name in own])
        labels.append(str(group.get("name") or prefix or f"group {i}"))
    if len(groups) == 1 and "name" not in groups[0]:
        return ["group 0"]
    return [label if labels.count(label) == 1 else f"group {i}" for i, label in enumerate(labels)]


def _prefix(paths: list[list[str]]) -> str:
    common: list[str] = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return ".".join(common)


def lr_of(group: dict[str, Any]) -> float:
    """Return a group's learning rate as a number, also if it is a tensor."""
    return float(group["lr"])


def settings_of(group: dict[str, Any]) -> dict[str, Any]:
    """Return a group's hyperparameters besides the lr, as far as they say what a step does."""
    return {k: v for k, v in group.items() if k not in MARKS | HOW | KEPT}


def unread_keys(optimizer: Any, group: dict[str, Any]) -> tuple[str, ...]:
    """Return the keys of a group that the optimizer has no default for, so does not read.

    An optimizer without ``defaults`` may read anything.
    """
    defaults = getattr(optimizer, "defaults", None)
    if not defaults:
        return ()
    return tuple(k for k in group if k not in MARKS | HOW | KEPT and k not in defaults)


def hidden_in(net: nn.Module) -> Iterator[str]:
    """Yield where modules lie in plain lists, tuples or dicts, which PyTorch ignores."""
    known = {id(p) for p in net.parameters()}
    for path, module in net.named_modules():
        for attribute, value in vars(module).items():
            if attribute.startswith("_"):
                continue
            for inner, item in _leaves(value, f"{path}.{attribute}" if path else attribute):
                own = item.parameters() if isinstance(item, nn.Module) else [item]
                if any(id(p) not in known for p in own):
                    yield inner


def _leaves(value: Any, path: str, depth: int = 4) -> Iterator[tuple[str, Any]]:
    if isinstance(value, nn.Module | nn.Parameter):
        yield path, value
    elif depth and isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from _leaves(item, f"{path}[{i}]", depth - 1)
    elif depth and isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}[{key!r}]", depth - 1)

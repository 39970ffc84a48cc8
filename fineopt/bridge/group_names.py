"""Param groups of other frameworks: their labels and settings."""

from __future__ import annotations

from typing import Any

__all__ = ["group_labels", "lr_of", "settings_of", "unread_keys"]

# What a group may have besides hyperparameters, and what tells PyTorch how to compute.
MARKS = {"params", "param_names", "name", "lr", "initial_lr"}
HOW = {"foreach", "capturable", "differentiable", "fused", "decoupled_weight_decay"}
# What schedulers keep in groups: OneCycleLR, CyclicLR, SWALR.
KEPT = {"max_lr", "min_lr", "base_lr", "max_momentum", "base_momentum", "swa_lr"}


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
    defaults = getattr(optimizer, "defaults", None) or getattr(optimizer, "_defaults", None)
    if not defaults:
        return ()
    return tuple(k for k in group if k not in MARKS | HOW | KEPT and k not in defaults)

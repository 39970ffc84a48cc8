"""Which optimizers hold which parameters, in any framework with param groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...bridge.group_names import group_labels, lr_of, settings_of, unread_keys
from ..subject import Holder

__all__ = ["holders_of", "with_others"]


def with_others(
    parameters: Iterable[Any], optimizers: Sequence[Any], names: dict[int, list[str]]
) -> dict[int, Any]:
    """Return a network's parameters by id, and the optimizers' others, which get names."""
    found = {id(p): p for p in parameters}
    for k, opt in enumerate(optimizers):
        place = f"optimizer {k} " if len(optimizers) > 1 else ""
        for i, group in enumerate(opt.param_groups):
            for j, p in enumerate(group["params"]):
                if id(p) not in found:
                    found[id(p)] = p
                    shape = tuple(int(length) for length in p.shape)
                    names[id(p)] = [f"{place}group {i}[{j}] of shape {shape}"]
    return found


def holders_of(optimizers: Sequence[Any], names: dict[int, list[str]]) -> dict[int, list[Holder]]:
    """Return the groups that hold each parameter, by the parameter's id."""
    groups = [(opt, group) for opt in optimizers for group in opt.param_groups]
    labels = group_labels([group for _, group in groups], names)
    holders: dict[int, list[Holder]] = {}
    for (opt, group), label in zip(groups, labels, strict=True):
        told = settings_of(group), unread_keys(opt, group)
        holder = Holder(opt, type(opt).__name__, label, group, lr_of(group), *told)
        for p in group["params"]:
            holders.setdefault(id(p), []).append(holder)
    return holders

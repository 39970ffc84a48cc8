"""Replacing the optimizer of one param group in the middle of a run."""

from __future__ import annotations

import copy
from typing import Any

from ..types import Group
from .base import Optimizer
from .groups import COMMON, learning_rate
from .labels import find_group, group_title
from .multiple import AnyOptimizer, MultipleOptimizer

__all__ = ["swap"]


def swap(
    optimizer: AnyOptimizer,
    group: int | str,
    rule: type[Optimizer],
    *,
    lr: float | None = None,
    **settings: Any,
) -> MultipleOptimizer:
    """Return an optimizer that continues another, with a new rule for one group.

    Each group gets its own optimizer in a MultipleOptimizer. The groups' dicts remain the same live
    dicts, so that references to them, also through the old optimizer, stay live. The other groups
    keep their state. The swapped group keeps its name, parameters and lr, and starts with empty
    state. Do not step the old optimizer any more.

    Args:
        optimizer: an optimizer or MultipleOptimizer.
        group: index or label of the group.
        rule: class of the new optimizer.
        lr: its learning rate; the group's current one if None.
        settings: other hyperparameters of the new optimizer, if they differ from its defaults.

    Raises:
        IndexError, KeyError: if there is no such group.
        KeyError, TypeError, ValueError: if a hyperparameter is invalid or the group is empty;
            nothing is changed.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD, Adam
    >>> conv, fc = {"params": Parameter([1.0])}, {"params": Parameter([1.0]), "lr": 0.01}
    >>> sgd = SGD([conv, fc], lr=0.05)
    >>> both = swap(sgd, 1, Adam)
    >>> both.optimizer_of(0), both.optimizer_of(1)
    (SGD(group 0: 1 parameters, lr 0.05), Adam(group 0: 1 parameters, lr 0.01))
    >>> sgd.param_groups[1]["lr"] = 0.002  # the same dict
    >>> both.param_groups[1]["lr"]
    0.002

    Source: the document's section 不同参数使用不同的优化器, here in the middle of a run.
    """
    groups = list(optimizer.param_groups)
    index = find_group(groups, group)
    live = groups[index]
    if not live["params"]:
        raise ValueError(f"{group_title(index, live)} has no parameters left: add one first")
    common = {key: live[key] for key in COMMON if key in live}
    fresh = rule([common], lr=learning_rate(index, live) if lr is None else lr, **settings)
    opts = [
        fresh if i == index else _of_one_group(optimizer.optimizer_of(i), other)
        for i, other in enumerate(groups)
    ]
    values = fresh.param_groups[0] | {"params": live["params"]}  # also the same list
    live.clear()
    live.update(values)
    fresh.param_groups[0] = live
    return MultipleOptimizer(*opts)


def _of_one_group(optimizer: Optimizer, group: Group) -> Optimizer:
    """Return a copy of an optimizer with one of its groups and the state of its parameters."""
    alone = copy.copy(optimizer)
    alone.param_groups = [group]
    alone._state = {p: optimizer._state[p] for p in group["params"] if p in optimizer._state}
    alone._scratch = {}
    return alone

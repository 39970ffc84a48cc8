"""Another optimizer for one param group, in the middle of a run."""

from __future__ import annotations

import copy
from typing import Any

from ..types import Group
from .base import Optimizer
from .groups import COMMON, learning_rate
from .labels import find_group, group_title
from .multiple import AnyOptimizer, MultipleOptimizer
from .rules.adadelta import Adadelta
from .rules.adagrad import Adagrad
from .rules.adam import Adam, AdamW
from .rules.lion import Lion
from .rules.rmsprop import RMSprop
from .rules.sgd import SGD

__all__ = ["RULES", "rule_of", "swap"]

# What can be chosen by name: the class, and the settings that are not its defaults.
RULES: dict[str, tuple[type[Optimizer], dict[str, Any]]] = {
    "SGD": (SGD, {}),
    "SGD with momentum": (SGD, {"momentum": 0.9}),
    "Adam": (Adam, {}),
    "AdamW": (AdamW, {}),
    "Adagrad": (Adagrad, {}),
    "Adadelta": (Adadelta, {}),
    "RMSprop": (RMSprop, {}),
    "Lion": (Lion, {}),
}


def swap(
    optimizer: AnyOptimizer,
    group: int | str,
    rule: type[Optimizer],
    *,
    lr: float | None = None,
    **settings: Any,
) -> MultipleOptimizer:
    """Return an optimizer that goes on as another did, but moves one group by another rule.

    Each group then has an optimizer of its own in a MultipleOptimizer. The groups' dicts are the
    very same live dicts, so that whoever holds one, also through the optimizer before, still
    steers by it. The other groups go on with their momentum and averages; the swapped group keeps
    its name, parameters and lr, and its new optimizer's state begins at zero. The optimizer before
    must not be stepped any more.

    Args:
        optimizer: an optimizer, or several as one.
        group: the index or label of the group.
        rule: the class that is to move it.
        lr: its learning rate from now on; the one it has, if None.
        settings: the new rule's own, where they are not to be its defaults.

    Raises:
        IndexError, KeyError: if there is no such group.
        KeyError, TypeError, ValueError: for a setting that can't be, or a group that is empty.
            Then nothing is changed.

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

    Source: the document's section 不同参数使用不同的优化器, in the middle of a run.
    """
    groups = list(optimizer.param_groups)
    index = find_group(groups, group)
    live = groups[index]
    fresh = _fresh(live, index, rule, learning_rate(index, live) if lr is None else lr, settings)
    opts = [
        fresh if i == index else _alone(optimizer.optimizer_of(i), other)
        for i, other in enumerate(groups)
    ]
    params = live["params"]  # the very list, too
    values = fresh.param_groups[0] | {"params": params}
    live.clear()
    live.update(values)
    fresh.param_groups[0] = live
    return MultipleOptimizer(*opts)


def rule_of(optimizer: AnyOptimizer, group: int | str) -> str:
    """Return the name in ``RULES`` of what moves a group, or the name of its class.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> rule_of(SGD([Parameter([0.0])], lr=0.1, momentum=0.5), 0)
    'SGD with momentum'
    """
    own = type(optimizer.optimizer_of(group))
    if own is SGD:
        index = find_group(optimizer.param_groups, group)
        return "SGD with momentum" if optimizer.param_groups[index].get("momentum") else "SGD"
    return next((name for name, (rule, _) in RULES.items() if rule is own), own.__name__)


def _fresh(
    live: Group, index: int, rule: type[Optimizer], lr: float, settings: dict[str, Any]
) -> Optimizer:
    """Make the group's new optimizer, or refuse; the live dict is only read."""
    if not live["params"]:
        raise ValueError(f"{group_title(index, live)} has no parameters left: put one back first")
    common = {key: live[key] for key in COMMON if key in live}
    return rule([common], lr=lr, **settings)


def _alone(optimizer: Optimizer, group: Group) -> Optimizer:
    """An optimizer like another, over one of its groups, with all that this one remembers."""
    alone = copy.copy(optimizer)
    alone.param_groups = [group]
    alone._state = {p: optimizer._state[p] for p in group["params"] if p in optimizer._state}
    alone._scratch = {}
    return alone

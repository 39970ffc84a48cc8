"""The base of all optimizers: param groups, state, step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from ..ops import Array
from ..tensor import Parameter, check_free, describe
from .groups import Check, as_groups, as_parameters, check_values, group_title, nonnegative

__all__ = ["Optimizer"]

Group = dict[str, Any]


class Optimizer:
    """Moves parameters by their gradients, each group by its own hyperparameters.

    A subclass declares ``checks`` for its hyperparameters and one rule, :meth:`update`, on one
    parameter's ndarrays. ``param_groups`` is the live list of live dicts: a change such as
    ``optimizer.param_groups[1]['lr'] = 0.0`` takes effect at the next step.

    Args:
        params: parameters, or dicts ``{'params': [...], 'lr': ...}``, one a group.
        defaults: the hyperparameters of groups that don't set their own.

    Raises:
        KeyError, TypeError, ValueError: for a group that can't be, saying which and why.

    Source: MegEngine's Optimizer; the document's section 不同参数使用不同的学习速率.
    """

    checks: ClassVar[dict[str, Check]] = {"lr": nonnegative}

    def __init__(self, params: Any, **defaults: Any) -> None:
        self._defaults = defaults
        check_values(defaults, self.checks, "the optimizer's own settings", type(self).__name__)
        groups: list[Group] = []
        for group in as_groups(params):
            groups.append(self._make_group(group, groups))
        self.param_groups = groups
        self._state: dict[Parameter, dict[str, Any]] = {}

    def _make_group(self, group: Mapping[str, Any], others: list[Group]) -> Group:
        title = group_title(len(others), group)
        if not isinstance(group, Mapping):
            raise TypeError(f"{title} must be a dict such as {{'params': [...]}}, not {group!r}")
        made: Group = {**self._defaults, **group, "params": as_parameters(group, title)}
        check_values(made, self.checks, title, type(self).__name__)
        for i, other in enumerate(others):
            if "name" in made and made["name"] == other.get("name"):
                raise ValueError(f"{title} has the name of param group {i}")
            held = {id(p) for p in other["params"]}
            for p in made["params"]:
                if id(p) in held:
                    raise ValueError(
                        f"{describe(p)} is in {group_title(i, other)} and in {title}: it would be "
                        "moved twice a step"
                    )
        return made

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Add a group, at any time; its state is made when it is first needed.

        Raises:
            KeyError, TypeError, ValueError: as at construction; then nothing is added.
        """
        self.param_groups.append(self._make_group(group, self.param_groups))

    # ---- the rule ----

    def update(self, w: Array, g: Array, group: Group, state: dict[str, Any]) -> None:
        """Move w in place by its gradient g; subclasses say how.

        Args:
            w: a parameter's values, to be changed in place.
            g: its gradient, of the same shape, not to be changed.
            group: the hyperparameters.
            state: what this parameter keeps from step to step, at first empty.
        """
        raise NotImplementedError(f"{type(self).__name__} has no update rule")

    def step(self) -> Optimizer:
        """Move each parameter that has a gradient; one whose ``grad`` is None is passed over.

        Raises:
            RuntimeError: while a GradManager that uses the parameters records.
            KeyError, TypeError, ValueError: for a group changed into what can't be; nothing moves.
        """
        self.check()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    state = self._state.setdefault(p, {})
                    self.update(p._data, p.grad._data, group, state)
        return self

    def check(self) -> None:
        """Refuse to step with groups that can't be, or while their parameters are in use.

        Raises:
            RuntimeError, KeyError, TypeError, ValueError: as :meth:`step`.
        """
        for i, group in enumerate(self.param_groups):
            title = group_title(i, group)
            check_values(group, self.checks, title, type(self).__name__)
            for p in group["params"]:
                check_free(p, "stepping")
                if p.grad is not None and p.grad.shape != p.shape:
                    raise ValueError(
                        f"{title}: the gradient of {describe(p)} has shape {p.grad.shape}"
                    )

    def clear_grad(self) -> Optimizer:
        """Set the gradient of each parameter to None (the document says to zero; None is not 0).

        A parameter without gradient is passed over by :meth:`step`, while one whose gradient is 0
        still moves by momentum, running averages and weight decay.
        """
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None
        return self

    def parameters(self) -> Iterable[Parameter]:
        """Yield the parameters of all groups."""
        return (p for group in self.param_groups for p in group["params"])


def slot(state: dict[str, Any], name: str, like: Array) -> Array:
    """Return a state array of the shape of another, made of zeros when it is first needed."""
    if name not in state:
        state[name] = np.zeros_like(like)
    array: Array = state[name]
    return array

"""The base class of all optimizers: param groups, state, step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from ..atomic import Change, commit
from ..checks import check_values, plain
from ..core.parameter import Parameter, check_free
from ..core.values import describe
from ..errors import BadKeyError
from ..types import Array, Group, State
from .groups import as_group, as_groups, check_gradients, check_groups, learning_rate
from .labels import find_group, group_labels, tensors_in
from .matching import widened
from .state import Stateful, copy_state

__all__ = ["Optimizer"]


class Optimizer(Stateful):
    """Base class of optimizers: moves parameters by their gradients, group by group.

    A subclass declares ``checks`` for its hyperparameters, the names of its state arrays in
    ``slots``, and one rule, :meth:`update`, on the ndarrays of one parameter. ``param_groups`` is
    the live list of live dicts: ``optimizer.param_groups[1]['lr'] = 0.0`` takes effect at the next
    step. A group may also have a ``name``. State and updates of float16 parameters are float32;
    only the updated parameter is rounded.

    Args:
        params: an iterable of parameters, or of dicts ``{'params': [...], 'lr': ...}`` that each
            define a group.
        defaults: the hyperparameters of groups that do not set their own.

    Raises:
        KeyError, TypeError, ValueError: if a group is invalid; the message names the group.

    Source: MegEngine's Optimizer; the document's section 不同参数使用不同的学习速率.
    """

    def __init__(self, params: Any, **defaults: Any) -> None:
        self._defaults = defaults
        self._state = {}
        self._scratch: dict[Any, Array] = {}
        groups = [as_group(group, i, defaults) for i, group in enumerate(as_groups(params))]
        owner = type(self).__name__
        check_groups(groups, self.checks, owner)
        # The defaults are checked last, so that an error names a group that uses them, if any.
        check_values(defaults, self.checks, {}, lambda: f"{owner}'s defaults", owner)
        for i, group in enumerate(groups):
            self._check_new(i, group)
        self.param_groups = groups

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Add a group, at any time; its state is created by its first step.

        Raises:
            KeyError, TypeError, ValueError: as in the constructor; nothing is added.
        """
        group = as_group(param_group, len(self.param_groups), self._defaults)
        check_groups([*self.param_groups, group], self.checks, type(self).__name__)
        self._check_new(len(self.param_groups), group)
        self.param_groups.append(group)

    def _check_new(self, index: int, group: Group) -> None:
        """Reject what is invalid in a new group only, not in one changed later."""

    def optimizer_of(self, group: int | str) -> Optimizer:
        """Return the optimizer of a group, given by index or label: this one.

        Raises:
            IndexError, KeyError: if there is no such group.
        """
        find_group(self.param_groups, group)
        return self

    # ---- the rule ----

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """Update w in place; subclasses implement it.

        Args:
            w: the values of one parameter, to update in place.
            g: its gradient, of the same shape; it may be shared and must not be changed.
            group: the hyperparameters, as Python numbers.
            state: the parameter's state: ``step``, 1 at the first step, and the arrays created by
                :func:`~fineopt.optimizer.rules.arithmetic.slot`. All that a rule remembers belongs
                here.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement update()")

    def scratch(self, like: Array) -> Array:
        """Return an uninitialised array for intermediate results, reused by later updates."""
        key = like.shape, like.dtype
        if key not in self._scratch:
            self._scratch[key] = np.empty_like(like)
        return self._scratch[key]

    # ---- the step ----

    def step(self) -> Optimizer:
        """Update all parameters that have a gradient; those whose ``grad`` is None are skipped.

        The update is atomic: after an exception, an interrupt included, either all parameters and
        their states have been updated, or none.

        Raises:
            RuntimeError: while a GradManager that uses the parameters is recording.
            KeyError, TypeError, ValueError: if a group has become invalid; nothing is updated.
        """
        self.check()
        commit(self.stepping())
        return self

    def stepping(self) -> list[Change]:
        """Compute a step on copies, and return the changes that :meth:`step` commits.

        An array that has been a parameter's value or state is never written to again, so that
        references to it, as in a record, stay valid snapshots. Copying takes 0.7% (SGD) to 1%
        (Adam) of a LeNet step at batch 64.
        """
        states, changes = dict(self._state), list[Change]()
        for group in self.param_groups:
            settings = _settings(group)
            for p in group["params"]:
                if p.grad is not None:
                    value, states[p] = self._next(p, settings)
                    changes.append(partial(setattr, p, "_data", value))
        return [*changes, partial(setattr, self, "_state", states)]

    def _next(self, p: Parameter, settings: Group) -> tuple[Array, State]:
        """Return a parameter's next value and state, computed on copies."""
        assert p.grad is not None
        w, g, state = p._data.copy(), p.grad._data, copy_state(self._state.get(p, {"step": 0}))
        state["step"] += 1
        if g.dtype is w.dtype and w.itemsize >= 4:
            self.update(w, g, settings, state)
        else:  # in float32 at least: in float16 Adam's eps is 0, and 300 squared is infinite
            wide = w.astype(widened(w.dtype), copy=False)
            self.update(wide, g.astype(wide.dtype), settings, state)
            w = wide.astype(w.dtype, copy=False)
        return w, state

    def preview(self, p: Parameter) -> Array | None:
        """Return the value that :meth:`step` would give a parameter now, and change nothing.

        It is the same computation on a copy of the value and the state, so it is exact to the last
        bit.

        Args:
            p: a parameter of this optimizer.

        Returns:
            A new array, or None if ``p.grad`` is None, so that the step would skip p.

        Raises:
            KeyError: if p is not a parameter of this optimizer.
            RuntimeError, KeyError, TypeError, ValueError: if :meth:`step` would raise it.

        >>> from fineopt import Parameter, Tensor
        >>> from fineopt.optimizer import SGD
        >>> p = Parameter([1.0])
        >>> p.grad = Tensor([2.0])
        >>> SGD([p], lr=0.25).preview(p), p
        (array([0.5], dtype=float32), Tensor([1.], device=cpu:0))
        """
        self.check()
        group = self._group_of(p)
        return None if p.grad is None else self._next(p, _settings(group))[0]

    def _group_of(self, p: Parameter) -> Group:
        for group in self.param_groups:
            if any(p is other for other in group["params"]):
                return group
        raise BadKeyError(f"{describe(p)} is not in this {type(self).__name__}")

    def check(self) -> None:
        """Check that :meth:`step` can run.

        Raises:
            RuntimeError, KeyError, TypeError, ValueError: as :meth:`step`.
        """
        check_groups(self.param_groups, self.checks, type(self).__name__)
        for p in self.parameters():
            check_free(p, "stepping")
        check_gradients(self.param_groups)

    def clear_grad(self) -> Optimizer:
        """Set the gradient of each parameter to None (the document says 0; None is not 0).

        :meth:`step` skips a parameter whose gradient is None. One whose gradient is 0 still moves
        by momentum, running averages and weight decay.
        """
        commit([partial(setattr, p, "grad", None) for p in self.parameters()])
        return self

    def __repr__(self) -> str:
        rows = []
        for i, label in enumerate(group_labels(self.param_groups)):
            group = self.param_groups[i]
            try:
                learning_rate(i, group)
                lr = f"lr {group['lr']}"
            except (KeyError, TypeError, ValueError) as error:
                lr = str(error)
            rows.append(f"{label}: {len(tensors_in(group))} parameters, {lr}")
        return f"{type(self).__name__}({'; '.join(rows)})"


def _settings(group: Group) -> Group:
    """Return a group's hyperparameters as Python numbers."""
    return {key: plain(value) for key, value in group.items() if key != "params"}

"""The base of all optimizers: param groups, state, step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np

from ..atomic import Change, commit
from ..checks import Check, check_values, nonnegative, plain
from ..core.parameter import Parameter, check_free
from ..core.tensor import Tensor
from ..types import Array, Group, State
from .groups import as_group, as_groups, check_groups, learning_rate
from .labels import called, find_group, group_labels, group_title, tensors_in
from .state import loading, match, state_dict, wide

__all__ = ["Optimizer"]

# The least that is added to a denominator, float32's least normal number: at an eps of 0, or one
# that float32 rounds to 0, a gradient of 0 then moves nothing, and is not 0 / 0.
TINY = float(np.finfo(np.float32).tiny)


class Optimizer:
    """Moves parameters by their gradients, each group by its own hyperparameters.

    A subclass declares ``checks`` for its hyperparameters, the names of its state arrays in
    ``slots``, and one rule, :meth:`update`, on one parameter's ndarrays. ``param_groups`` is the
    live list of live dicts: ``optimizer.param_groups[1]['lr'] = 0.0`` takes effect at the next
    step. A group's dict may also have a ``name``. State and updates of float16 parameters are
    float32; only the moved parameter is rounded.

    Args:
        params: parameters, or dicts ``{'params': [...], 'lr': ...}``, one a group.
        defaults: the hyperparameters of groups that don't set their own.

    Raises:
        KeyError, TypeError, ValueError: for a group that can't be, saying which and why.

    Source: MegEngine's Optimizer; the document's section 不同参数使用不同的学习速率.
    """

    checks: ClassVar[dict[str, Check]] = {"lr": nonnegative}
    slots: ClassVar[tuple[str, ...]] = ()
    always: ClassVar[tuple[str, ...]] = ()  # those of the slots that any step makes
    squares: ClassVar[tuple[str, ...]] = ()  # those that hold squares, never below 0

    def __init__(self, params: Any, **defaults: Any) -> None:
        self._defaults = defaults
        self._state: dict[Parameter, State] = {}
        self._scratch: dict[Any, Array] = {}
        groups = [as_group(group, i, defaults) for i, group in enumerate(as_groups(params))]
        owner = type(self).__name__
        check_groups(groups, self.checks, owner)
        # The defaults come last, so that an error names a group where one takes them.
        check_values(defaults, self.checks, {}, lambda: f"{owner}'s own settings", owner)
        for i, group in enumerate(groups):
            self._check_new(i, group)
        self.param_groups: list[Group] = groups

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Add a group, at any time; its state is made when it is first needed.

        Raises:
            KeyError, TypeError, ValueError: as at construction; then nothing is added.
        """
        group = as_group(param_group, len(self.param_groups), self._defaults)
        check_groups([*self.param_groups, group], self.checks, type(self).__name__)
        self._check_new(len(self.param_groups), group)
        self.param_groups.append(group)

    def _check_new(self, index: int, group: Group) -> None:
        """Refuse what only a new group may not be; the live dict may come to it later."""

    def optimizer_of(self, group: int | str) -> Optimizer:
        """Return the optimizer that holds a group, given by index or label: this one.

        Raises:
            IndexError, KeyError: if there is no such group.
        """
        find_group(self.param_groups, group)
        return self

    def parameters(self) -> Iterable[Parameter]:
        """Yield the parameters of all groups."""
        return (p for group in self.param_groups for p in group["params"])

    # ---- the rule ----

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """Move w in place by its gradient g; subclasses say how.

        Args:
            w: a parameter's values, to be changed in place.
            g: its gradient, of the same shape, which others may share: not to be changed.
            group: the hyperparameters, in Python's own numbers.
            state: what this parameter keeps from step to step: ``step``, which is 1 at its first,
                and the arrays that :func:`slot` makes.
        """
        raise NotImplementedError(f"{type(self).__name__} has no update rule")

    def scratch(self, like: Array) -> Array:
        """Return an array for what is calculated on the way; the next parameter overwrites it."""
        key = like.shape, like.dtype
        if key not in self._scratch:
            self._scratch[key] = np.empty_like(like)
        return self._scratch[key]

    def step(self) -> Optimizer:
        """Move each parameter that has a gradient; one whose ``grad`` is None is passed over.

        All of them move, and their states with them, or none does: whatever is raised, an
        interrupt too.

        Raises:
            RuntimeError: while a GradManager that uses the parameters records.
            KeyError, TypeError, ValueError: for a group changed into what can't be; nothing moves.
        """
        self.check()
        commit(self._moves())
        return self

    def _moves(self) -> list[Change]:
        """Work out a step on copies, and return what puts them in place.

        An array that has been a parameter's or a state's is never written to again, so whoever
        holds one, as a recording does, holds what it was. Copying takes 0.7% (SGD) to 1% (Adam)
        of a LeNet step at batch 64.
        """
        states, changes = dict(self._state), list[Change]()
        for group in self.param_groups:
            values = {key: plain(value) for key, value in group.items() if key != "params"}
            for p in group["params"]:
                if p.grad is not None:
                    w, state = p._data.copy(), _copy(states.get(p, {"step": 0}))
                    state["step"] += 1
                    g = p.grad._data
                    if g.dtype is w.dtype and w.itemsize >= 4:
                        self.update(w, g, values, state)
                    else:
                        self._update_converted(w, g, values, state)
                    states[p] = state
                    changes.append(partial(setattr, p, "_data", w))
        return [*changes, partial(setattr, self, "_state", states)]

    def _update_converted(self, w: Array, g: Array, group: Group, state: State) -> None:
        """Update w in float32 at least: in float16 Adam's eps is 0, and 300 squared infinite."""
        new = w.astype(wide(w.dtype), copy=False)
        self.update(new, g.astype(new.dtype), group, state)
        if new is not w:
            w[...] = new

    def check(self) -> None:
        """Refuse to step with groups that can't be, or while their parameters are in use.

        Raises:
            RuntimeError, KeyError, TypeError, ValueError: as :meth:`step`.
        """
        check_groups(self.param_groups, self.checks, type(self).__name__)
        for i, group in enumerate(self.param_groups):
            for j, p in enumerate(group["params"]):
                check_free(p, "stepping")
                if p.grad is None:
                    continue
                if not isinstance(p.grad, Tensor):
                    what = f"is a {type(p.grad).__name__}, not a Tensor"
                elif p.grad._data.shape != p._data.shape:
                    what = f"has shape {p.grad.shape}"
                else:
                    continue
                raise ValueError(f"{group_title(i, group)}: the gradient of {called(j, p)} {what}")

    def clear_grad(self) -> Optimizer:
        """Set the gradient of each parameter to None (the document says to zero; None is not 0).

        A parameter without gradient is passed over by :meth:`step`, while one whose gradient is 0
        still moves by momentum, running averages and weight decay.
        """
        commit([partial(setattr, p, "grad", None) for p in self.parameters()])
        return self

    # ---- saving ----

    def state_dict(self) -> dict[str, Any]:
        """Return all that a run needs to go on: groups and state, as numbers, texts and arrays.

        Parameters go by their names; one without a name, or whose name another one has too, by its
        place (``'#3'``). The arrays are copies. The parameters' own values are the network's to
        save.
        """
        return state_dict(self)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned, bit for bit.

        Groups are matched by the names of their parameters, in whatever order they come. The dicts
        in ``param_groups`` stay the same objects, so that whoever holds one sees the new values.

        Args:
            state: of an optimizer of this class, over parameters of the same names and shapes.

        Raises:
            ValueError: with one report of all that does not match (a TypeError too, for what is no
                state at all); then nothing is changed.
        """
        commit(loading(self, match(self, state)))

    def __repr__(self) -> str:
        rows = []
        for i, label in enumerate(group_labels(self.param_groups)):
            group = self.param_groups[i]
            try:
                learning_rate(i, group)
                lr = f"lr {group['lr']}"
            except (KeyError, TypeError, ValueError) as wrong:
                lr = str(wrong)
            rows.append(f"{label}: {len(tensors_in(group))} parameters, {lr}")
        return f"{type(self).__name__}({'; '.join(rows)})"


def _copy(state: State) -> State:
    return {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in state.items()}


def slot(state: State, name: str, like: Array) -> Array:
    """Return a state array of the shape of another, made of zeros when it is first needed."""
    if name not in state:
        state[name] = np.zeros_like(like)
    array: Array = state[name]
    return array


def descend(w: Array, lr: float, d: Array, tmp: Array) -> None:
    """Take the step w = w - lr d, in place; tmp, which may be d itself, is overwritten.

    At lr 0, w stands still to the last bit whatever d is: 0 times infinity would be NaN, and
    subtracting 0 can turn -0 into 0.
    """
    if lr:
        np.multiply(d, lr, out=tmp)
        w -= tmp

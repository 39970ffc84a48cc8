"""The state of an optimizer: read, captured in memory, saved and restored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ..atomic import Change, commit
from ..checks import Check, nonnegative, plain
from ..core.parameter import Parameter
from ..types import Array, Group, State
from .groups import COMMON
from .matching import keys_of, match

__all__ = ["Captured", "Stateful", "as_state_dict", "copy_state"]


class Captured(NamedTuple):
    """Values and states at one moment, by reference; see :meth:`Stateful.capture`."""

    values: list[tuple[Parameter, Array]]
    states: list[tuple[Stateful, dict[Parameter, State]]]

    def restoring(self) -> list[Change]:
        """Return the changes that restore them."""
        changes: list[Change] = [partial(setattr, p, "_data", w) for p, w in self.values]
        return changes + [partial(setattr, opt, "_state", state) for opt, state in self.states]


class Stateful:
    """Param groups and the state of each parameter; base class of Optimizer.

    A subclass declares ``checks`` for its hyperparameters and the names of its state arrays in
    ``slots``.
    """

    checks: ClassVar[dict[str, Check]] = {"lr": nonnegative}
    slots: ClassVar[tuple[str, ...]] = ()
    always: ClassVar[tuple[str, ...]] = ()  # the slots that exist after any step
    squares: ClassVar[tuple[str, ...]] = ()  # the slots of squares, which are never negative

    param_groups: list[Group]
    _state: dict[Parameter, State]

    def parameters(self) -> Iterable[Parameter]:
        """Yield the parameters of all groups."""
        return (p for group in self.param_groups for p in group["params"])

    def state_of(self, p: Parameter) -> Mapping[str, Any]:
        """Return a parameter's state: ``step``, and a read-only array for each slot.

        It is empty before the first step. Later steps do not change what has been returned.

        >>> from fineopt import Parameter, Tensor
        >>> from fineopt.optimizer import SGD
        >>> p = Parameter([1.0])
        >>> p.grad = Tensor([2.0])
        >>> dict(SGD([p], lr=0.25, momentum=0.9).step().state_of(p))
        {'step': 1, 'momentum_buffer': array([2.], dtype=float32)}
        """
        return MappingProxyType({k: _read_only(v) for k, v in self._state.get(p, {}).items()})

    # ---- in memory ----

    def capture(self) -> Captured:
        """Capture all that a step changes: the parameters' values and states.

        They are captured by reference, since arrays that have been in use are never written to
        again. Groups and gradients are not captured.

        >>> from fineopt import Parameter, Tensor
        >>> from fineopt.atomic import commit
        >>> from fineopt.optimizer import SGD
        >>> p = Parameter([1.0])
        >>> p.grad = Tensor([2.0])
        >>> optimizer = SGD([p], lr=0.25, momentum=0.9)
        >>> before = optimizer.capture()
        >>> _ = optimizer.step()
        >>> commit(optimizer.restoring(before))
        >>> p, dict(optimizer.state_of(p))
        (Tensor([1.], device=cpu:0), {})
        """
        return Captured([(p, p._data) for p in self.parameters()], [(self, self._state)])

    def restoring(self, captured: Captured) -> list[Change]:
        """Return the changes that restore what :meth:`capture` returned, for ``commit``."""
        return captured.restoring()

    # ---- in a file ----

    def state_dict(self) -> dict[str, Any]:
        """Return groups and state as numbers, strings and arrays, to save and resume a run.

        Parameters are identified by name; one whose name is missing or not unique, by its index
        (``'#3'``). The arrays are copies. The parameters' values belong to the network's state.
        """
        return as_state_dict(type(self).__name__, self.param_groups, self._state)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned, bit for bit.

        Groups are matched by the names of their parameters, in any order. The dicts in
        ``param_groups`` stay the same objects, so that references to them stay live.

        Args:
            state: of an optimizer of the same class, with parameters of the same names and shapes.

        Raises:
            ValueError: if the state does not match, with a report of all mismatches (also a
                TypeError if it is not a state dict at all); nothing is changed.
        """
        commit(self.loading(state))

    def loading(self, state: Mapping[str, Any]) -> list[Change]:
        """Return the changes that :meth:`load_state_dict` commits; it raises the same errors."""
        groups, states = match(self, state)
        changes: list[Change] = []
        for group, values in zip(self.param_groups, groups, strict=True):
            # the marks of a schedule that the state does not have
            changes += [partial(group.pop, key, None) for key in COMMON if key not in values]
            changes.append(partial(group.update, values))
        return [*changes, partial(setattr, self, "_state", states)]


def as_state_dict(
    name: str,
    param_groups: Sequence[Group],
    states: Mapping[Parameter, State],
    copied: Callable[[State], State] | None = None,
) -> dict[str, Any]:
    """Return groups and states as :meth:`Stateful.state_dict` does, also of an earlier moment."""
    copied = copied or copy_state
    keys = keys_of(p for group in param_groups for p in group["params"])
    groups = [
        {key: plain(value) for key, value in group.items()}
        | {"params": [keys[p] for p in group["params"]]}
        for group in param_groups
    ]
    state = {key: copied(states[p]) for p, key in keys.items() if states.get(p)}
    return {"optimizer": name, "param_groups": groups, "state": state}


def copy_state(state: State) -> State:
    """Return a copy of one parameter's state, arrays included."""
    return {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in state.items()}


def _read_only(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    view = value.view()
    view.flags.writeable = False
    return view

"""The state of one optimizer at one moment, by reference."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from operator import setitem
from typing import Any, NamedTuple

import numpy as np

from ...atomic import Change
from ...core.parameter import Parameter
from ...optimizer.base import Optimizer
from ...optimizer.multiple import AnyOptimizer, MultipleOptimizer
from ...optimizer.state import Stateful, as_state_dict
from ...types import Array, Group, State

__all__ = [
    "OptimizerState",
    "attributes_in",
    "attributes_of",
    "is_own",
    "optimizers_in",
    "read_only",
    "saved_form",
]

PLAIN = bool | int | float | complex | str | bytes | None | np.generic


class OptimizerState(NamedTuple):
    """Groups, states and plain attributes of an optimizer.

    Args:
        optimizer: the live optimizer.
        live: its live list of groups.
        groups: the live dicts that the list held.
        values: the items of each of these dicts, with a copy of their list of parameters.
        states: the state of each parameter, in a dict that a step replaces.
        attributes: its plain attributes, such as a user-defined counter.
        saved: the ``state_dict`` of a class with a ``load_state_dict`` of its own, else None.
    """

    optimizer: Optimizer
    live: list[Group]
    groups: Sequence[Group]
    values: Sequence[Group]
    states: dict[Parameter, State]
    attributes: dict[str, Any]
    saved: Mapping[str, Any] | None

    @classmethod
    def of(cls, optimizer: Optimizer) -> OptimizerState:
        """Capture the state of an optimizer."""
        groups = list(optimizer.param_groups)
        (_, states), *_ = optimizer.capture().states
        return cls(
            optimizer,
            optimizer.param_groups,
            groups,
            [{**group, "params": list(group["params"])} for group in groups],
            states,
            attributes_of(optimizer),
            copy.deepcopy(optimizer.state_dict()) if is_own(optimizer) else None,
        )

    def restoring(self) -> list[Change]:
        """Return the changes that restore it, but for the items of its groups."""
        return [
            partial(setitem, self.live, slice(None), self.groups),  # the very same list
            partial(setattr, self.optimizer, "param_groups", self.live),
            partial(setattr, self.optimizer, "_state", self.states),
            partial(vars(self.optimizer).update, self.attributes),
        ]

    def finish(self) -> None:
        """Restore what only its own ``load_state_dict`` can."""
        if self.saved is not None:
            self.optimizer.load_state_dict(copy.deepcopy(dict(self.saved)))

    def arrays(self) -> Iterator[Array]:
        """Yield the arrays that it keeps alive."""
        for state in self.states.values():
            yield from (value for value in state.values() if isinstance(value, np.ndarray))

    def state_dict(self) -> dict[str, Any]:
        """Return what the optimizer's ``state_dict`` returned at that moment."""
        if self.saved is not None:
            return copy.deepcopy(dict(self.saved))
        name = type(self.optimizer).__name__
        return as_state_dict(name, self.values, self.states, _read_only)


def read_only(array: Array) -> Array:
    """Return a view that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


def _read_only(state: State) -> State:
    return {k: read_only(v) if isinstance(v, np.ndarray) else v for k, v in state.items()}


def optimizers_in(optimizer: AnyOptimizer) -> list[Optimizer]:
    """Return the optimizers that one combines, or itself."""
    return list(optimizer.opts) if isinstance(optimizer, MultipleOptimizer) else [optimizer]


def is_own(optimizer: Optimizer) -> bool:
    """Return whether an optimizer's class saves or loads its state in a way of its own."""
    kind = type(optimizer)
    return (
        kind.state_dict is not Stateful.state_dict
        or kind.load_state_dict is not Stateful.load_state_dict
    )


def saved_form(
    state: OptimizerState, names: Mapping[int, str], groups: Sequence[Group]
) -> dict[str, Any]:
    """Return what an optimizer is made of, beside its ``state_dict``.

    Args:
        state: of the optimizer.
        names: of the parameters, by id.
        groups: the live groups, in the order by which they are numbered.

    Raises:
        TypeError: if a parameter has no name.
    """
    numbers = {id(group): i for i, group in enumerate(groups)}
    made = []
    for group, values in zip(state.groups, state.values, strict=True):
        number = numbers.setdefault(id(group), len(numbers))
        names_here = [names.get(id(p), "") for p in values["params"]]
        if not all(names_here):
            raise TypeError(
                f"param group {number} holds a parameter that is not in the network, so it cannot "
                "be saved"
            )
        made.append({"number": number, "params": names_here})
    return {
        "class": type(state.optimizer).__name__,
        "defaults": attributes_in(state.optimizer._defaults),
        "attributes": dict(state.attributes),
        "groups": made,
    }


def attributes_of(thing: object) -> dict[str, Any]:
    """Return the attributes of an object that are plain values, as they are now.

    >>> class Thing:
    ...     def __init__(self):
    ...         self.count, self.sizes, self.cache = 3, (1, 2), {}
    >>> attributes_of(Thing())
    {'count': 3, 'sizes': (1, 2)}
    """
    return attributes_in(vars(thing))


def attributes_in(items: Mapping[str, Any]) -> dict[str, Any]:
    """Return those items that are plain values."""
    return {name: value for name, value in items.items() if _is_plain(value)}


def _is_plain(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return isinstance(value, PLAIN)

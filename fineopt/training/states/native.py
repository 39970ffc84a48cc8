"""The state of fineopt's own engine, captured by reference and restored to the bit.

An array that has been a tensor's value or an optimizer's state is never written to again, so
keeping a reference to it is keeping what it was.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import is_, setitem
from typing import Any, Protocol

from ...atomic import Change
from ...core.autodiff import GradManager
from ...core.capture import array_of
from ...core.parameter import Parameter, check_free
from ...core.tensor import Tensor
from ...module import Module
from ...nested import is_equal
from ...optimizer.multiple import AnyOptimizer
from ...types import Array, Group
from .kept import keeper
from .optimizer import OptimizerState, read_only, saved_form
from .savepoint import refilling

__all__ = ["Native", "NativeState"]


class Native(Protocol):
    """The parts of the engine whose state it is."""

    net: Module
    optimizer: AnyOptimizer
    gm: GradManager
    train_func: Any
    parameters: dict[str, Parameter]
    detached: dict[str, list[Any]]


@dataclass(frozen=True)
class NativeState:
    """All that training, or a panel, may change in network, optimizer and GradManager.

    Args:
        host: the engine whose state it is.
        optimizer, gm, train_func: what the engine had.
        own: the parameters of the network by name.
        values: the parameters by name, and those of the optimizer that have none, with their
            values.
        buffers: likewise.
        grads: the gradients that the next step does not clear, such as those that an optimizer of
            one's own accumulates over steps; all others are None after the restoration.
        optimizers: the states of the optimizers that it combines, or of itself.
        groups: the live dicts, with their items and their parameters.
        modules: the modules with their plain attributes, such as mode and drop probability.
        attached: the attached tensors and their callbacks.
        detached: the callbacks of parameters that the engine has detached.
        func_state: the state of a train_func, or of the object that it is a method of, if that has
            a ``state_dict``.
        func_attributes: the plain attributes of the same, such as a counter.
    """

    host: Native
    optimizer: AnyOptimizer
    gm: GradManager
    train_func: Any
    own: Mapping[str, Parameter]
    values: Mapping[str, tuple[Tensor, Array]]
    buffers: Mapping[str, tuple[Tensor, Array]]
    grads: Mapping[str, tuple[Tensor, Tensor]]
    optimizers: Sequence[OptimizerState]
    groups: Sequence[tuple[Group, Group, list[Any]]]
    modules: Sequence[tuple[Module, dict[str, Any]]]
    attached: Sequence[tuple[Tensor, list[Any]]]
    detached: Mapping[str, list[Any]] = field(default_factory=dict)
    func_state: Any = None
    func_attributes: Mapping[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        """Check that the state can be restored.

        Raises:
            ValueError: if the network has other parameters or buffers than when it was captured.
            RuntimeError: if a GradManager that uses the parameters is recording.
        """
        net = self.host.net
        params = dict(net.named_parameters())
        other = [name for name, p in self.own.items() if params.get(name) is not p]
        other += [name for name in params if name not in self.own]
        shapes = {name: value.shape for name, (_, value) in self.buffers.items()}
        if {name: x.shape for name, x in net.named_buffers()} != shapes:
            other.append("its buffers")
        if other:
            raise ValueError(
                f"the network has changed since the Trainer was made: {', '.join(other)} were "
                "added, removed or replaced. Make a new optimizer and Trainer for it"
            )
        for p in params.values():
            check_free(p, "a reset")

    def restoring(self) -> list[Change]:
        """Return the changes that restore the state."""
        every = {**self.values, **self.buffers}
        changes: list[Change] = [partial(setattr, x, "_data", a) for x, a in every.values()]
        changes += [partial(setattr, x, "grad", None) for x, _ in every.values()]
        changes += [partial(setattr, x, "grad", grad) for x, grad in self.grads.values()]
        for state in self.optimizers:
            changes += state.restoring()
        for group, values, params in self.groups:
            changes += refilling(group, values)
            if isinstance(values["params"], list):  # the same list, with what it held then
                changes.append(partial(setitem, values["params"], slice(None), params))
        changes += [partial(vars(module).update, kept) for module, kept in self.modules]
        if self.func_attributes:
            changes.append(partial(vars(keeper(self.train_func)).update, self.func_attributes))
        changes += self.gm.attaching(self.attached)
        back = {
            "optimizer": self.optimizer,
            "gm": self.gm,
            "train_func": self.train_func,
            "detached": {name: list(calls) for name, calls in self.detached.items()},
        }
        return [*changes, partial(vars(self.host).update, back)]

    def finish(self) -> None:
        """Restore objects that define their own ``load_state_dict``; idempotent."""
        for state in self.optimizers:
            state.finish()
        if self.func_state is not None:
            keeper(self.train_func).load_state_dict(copy.deepcopy(self.func_state))

    def value(self, name: str) -> Array:
        """Return a parameter's value, which must not be written to."""
        return self.values[name][1]

    def is_same_as(self, other: NativeState) -> bool:
        """Return whether both have the very same arrays, and equal settings."""
        mine, its = list(self.arrays()), list(other.arrays())
        same = len(mine) == len(its) and all(map(is_, mine, its))
        return same and is_equal(self._settings(), other._settings())

    def _settings(self) -> list[Any]:
        """Return what is no array, for comparing."""
        return [
            [id(x) for x in (self.optimizer, self.gm, self.train_func)],
            [id(state.optimizer) for state in self.optimizers],
            [state.attributes for state in self.optimizers],
            [
                (id(group), {k: v for k, v in values.items() if k != "params"}, [*map(id, params)])
                for group, values, params in self.groups
            ],
            [(id(module), attributes) for module, attributes in self.modules],
            self.func_attributes,
            [(id(x), [*map(id, callbacks)]) for x, callbacks in self.attached],
        ]

    def arrays(self) -> Iterator[Array]:
        """Yield the arrays that it keeps alive."""
        yield from (value for _, value in (*self.values.values(), *self.buffers.values()))
        yield from (array_of(grad) for _, grad in self.grads.values())
        for state in self.optimizers:
            yield from state.arrays()

    def check_functions(self, start: Any) -> None:
        """Check that the functions are those the run began with, as functions cannot be saved.

        Args:
            start: the state at the start of the run.

        Raises:
            TypeError: if the train_func or callbacks of a parameter are others.
        """
        if self.train_func is not start.train_func:
            raise TypeError(
                "a train_func that was set during the run cannot be saved: give it to the Trainer"
            )
        first = {id(x): [*callbacks] for x, callbacks in start.attached}
        names = {id(x): name for name, (x, _) in self.values.items()}
        for x, callbacks in self.attached:
            if [*callbacks] != first.get(id(x), []):
                raise TypeError(
                    f"callbacks of {names.get(id(x), 'a tensor')} that were attached during the "
                    "run cannot be saved, as they are functions"
                )

    def state_dict(self, groups: Sequence[Group]) -> dict[str, Any]:
        """Return the state as plain dicts, numbers, strings and read-only arrays.

        Args:
            groups: the live groups, in the order by which they are numbered.

        Callbacks are functions, so they are left out; whatever is attached goes by its name.

        Raises:
            TypeError: if an optimizer holds a parameter that has no name here.
        """
        names = {id(x): name for name, (x, _) in self.values.items()}
        inner = [state.state_dict() for state in self.optimizers]
        is_one = len(inner) == 1 and self.optimizer is self.optimizers[0].optimizer
        return {
            "parameters": {name: read_only(value) for name, (_, value) in self.values.items()},
            "buffers": {name: read_only(value) for name, (_, value) in self.buffers.items()},
            "grads": {name: read_only(array_of(grad)) for name, (_, grad) in self.grads.items()},
            "modules": [dict(attributes) for _, attributes in self.modules],
            "optimizer": inner[0] if is_one else {"optimizers": inner},
            "groups": [saved_form(state, names, groups) for state in self.optimizers],
            "gm": {"attached": [names[id(x)] for x, _ in self.attached if id(x) in names]},
            "train_func": {
                "state": copy.deepcopy(self.func_state),
                "attributes": dict(self.func_attributes),
            },
        }

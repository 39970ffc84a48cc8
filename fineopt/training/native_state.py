"""The state of fineopt's own engine, captured by reference and restored to the bit.

An array that has been a tensor's value or an optimizer's state is never written to again, so
keeping a reference to it is keeping what it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from operator import setitem
from typing import Any, Protocol

from ..atomic import Change
from ..core.autodiff import GradManager
from ..core.capture import Captured, array_of
from ..core.parameter import Parameter, check_free
from ..core.tensor import Tensor
from ..module import Module
from ..optimizer.base import Optimizer
from ..optimizer.multiple import AnyOptimizer, MultipleOptimizer

__all__ = ["NativeSavepoint", "NativeState", "refilling"]


class Native(Protocol):
    """The parts of the engine whose state it is."""

    net: Module
    optimizer: AnyOptimizer
    gm: GradManager
    parameters: dict[str, Parameter]


class NativeSavepoint:
    """What one step may change.

    Args:
        tensors: whose values and gradients it may change.
        optimizer: that moves them.
    """

    def __init__(self, tensors: Iterable[Tensor], optimizer: AnyOptimizer) -> None:
        self._tensors = Captured(tensors)
        self._states = [(opt, opt._state) for opt in optimizers_in(optimizer)]
        self._dicts: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def add(self, *dicts: dict[str, Any]) -> None:
        """Capture the items of dicts too, such as a schedule's attributes and its groups."""
        self._dicts += [(live, dict(live)) for live in dicts]

    def restoring(self) -> list[Change]:
        """Return the changes that undo the step."""
        changes = self._tensors.restoring()
        changes += [partial(setattr, opt, "_state", state) for opt, state in self._states]
        return changes + [c for live, kept in self._dicts for c in refilling(live, kept)]


class NativeState:
    """All that training, or a panel, may change in network, optimizer and GradManager.

    Args:
        engine: as it is now.
    """

    def __init__(self, engine: Native) -> None:
        self._engine, net = engine, engine.net
        self.optimizer: AnyOptimizer = engine.optimizer
        self._gm = engine.gm
        self._own = dict(net.named_parameters())
        self._buffers = {name: array_of(x) for name, x in net.named_buffers()}
        self._values = {name: array_of(p) for name, p in engine.parameters.items()}
        tensors = {id(x): x for x in (*engine.parameters.values(), *net.buffers())}
        self._savepoint = NativeSavepoint(tensors.values(), engine.optimizer)
        self._modes = [(module, module.training) for module in net.modules()]
        self._saved = engine.optimizer.state_dict()
        self._lists = [
            (opt, opt.param_groups, list(opt.param_groups))
            for opt in optimizers_in(engine.optimizer)
        ]
        # a group's dict may get other keys (another optimizer) or parameters (a freeze panel)
        self._groups = [(g, dict(g), list(g["params"])) for g in engine.optimizer.param_groups]
        self._attached = [(x, engine.gm.callbacks(x)) for x in engine.gm.attached_tensors()]

    def check(self) -> None:
        """Check that the state can be restored.

        Raises:
            ValueError: if the network has other parameters or buffers than when it was captured.
            RuntimeError: if a GradManager that uses the parameters is recording.
        """
        net = self._engine.net
        params = dict(net.named_parameters())
        other = [name for name, p in self._own.items() if params.get(name) is not p]
        other += [name for name in params if name not in self._own]
        shapes = {name: value.shape for name, value in self._buffers.items()}
        if {name: x.shape for name, x in net.named_buffers()} != shapes:
            other.append("its buffers")
        if other:
            raise ValueError(
                f"the network has changed since the Trainer was made: {', '.join(other)} were "
                "added, removed or replaced. Make a new optimizer and Trainer for it"
            )
        for p in params.values():
            check_free(p, "a reset")

    def restoring(self, *, grads: bool) -> list[Change]:
        """Return the changes that restore the state, gradients included or set to None."""
        changes = self._savepoint.restoring()
        if not grads:
            every = self._engine.parameters.values()
            changes += [partial(setattr, p, "grad", None) for p in every]
        for opt, groups, held in self._lists:  # the very same lists
            changes.append(partial(setitem, groups, slice(None), held))
            changes.append(partial(setattr, opt, "param_groups", groups))
        for group, values, params in self._groups:
            changes += refilling(group, values)
            if isinstance(values["params"], list):  # the same list, with what it held then
                changes.append(partial(setitem, values["params"], slice(None), params))
        changes += [partial(vars(m).update, training=mode) for m, mode in self._modes]
        changes += self._gm.attaching(self._attached)
        back = {"optimizer": self.optimizer, "gm": self._gm}
        return [*changes, partial(vars(self._engine).update, back)]

    def finish(self) -> None:
        """Restore what an optimizer keeps beside groups and state, by its ``load_state_dict``."""
        self.optimizer.load_state_dict(self._saved)

    def state_dict(self) -> dict[str, Any]:
        """Return the state as plain dicts, numbers, strings and arrays.

        Callbacks are functions, so they are left out; whatever is attached goes by its name.
        """
        names = {id(p): name for name, p in self._engine.parameters.items()}
        return {
            "parameters": {name: value.copy() for name, value in self._values.items()},
            "buffers": {name: value.copy() for name, value in self._buffers.items()},
            "optimizer": self._saved,
            "gm": {"attached": [names[id(x)] for x, _ in self._attached if id(x) in names]},
        }


def optimizers_in(optimizer: AnyOptimizer) -> list[Optimizer]:
    """Return the optimizers that one combines, or itself."""
    return list(optimizer.opts) if isinstance(optimizer, MultipleOptimizer) else [optimizer]


def refilling(live: dict[str, Any], kept: dict[str, Any]) -> list[Change]:
    """Return the changes that give a dict the items of another, and no others."""
    return [partial(live.clear), partial(live.update, kept)]

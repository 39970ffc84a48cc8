"""A MegEngine network and its optimizers, as an engine: its names are those of fineopt.

MegEngine's optimizers offer no hooks. An attribute of the object therefore stands in front of the
method ``step``, and is removed again; the class, and other optimizers, are not touched. MegEngine
itself is imported where it is used, so that this module loads without it.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MegEngine", "MegEngineState", "StepHook"]

Array = NDArray[Any]


class MegEngine:
    """A megengine.module.Module and the optimizers that move it, as seen by a run.

    Args:
        net: the network.
        optimizer: one, or several in turn.
        schedulers: of their learning rates.

    Raises:
        TypeError: if net or optimizer is a class, or no network or optimizer of MegEngine.
        ValueError: if they share no parameter.
    """

    def __init__(self, net: Any, optimizer: Any, schedulers: Iterable[Any] = ()) -> None:
        self.net, self.optimizers = _network(net), _optimizers(optimizer)
        self.schedulers = list(schedulers)
        self.parameters: dict[str, Any] = dict(self.net.named_parameters())
        own = {id(p) for p in self.parameters.values()}
        if not any(id(p) in own for group in self.groups for p in group["params"]):
            raise ValueError(
                "the optimizer has none of the network's parameters: it belongs to another "
                "network, or to layers that were replaced since. Make it from net.parameters()"
            )

    # ---- groups ----

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The live param groups of all optimizers."""
        return [group for opt in self.optimizers for group in opt.param_groups]

    def labels(self) -> list[str]:
        """Return the label of each group: its name, else its index."""
        labels = [str(group.get("name") or f"group {i}") for i, group in enumerate(self.groups)]
        return [
            label if labels.count(label) == 1 else f"group {i}" for i, label in enumerate(labels)
        ]

    def scheduled(self, optimizer: Any, group: dict[str, Any]) -> bool:
        """Return whether a schedule may govern a group; MegEngine's mark it with initial_lr."""
        named = (getattr(schedule, "optimizer", None) for schedule in self.schedulers)
        return "initial_lr" in group or any(one is optimizer for one in named)

    # ---- parameters ----

    def shape(self, name: str) -> tuple[int, ...]:
        """Return a parameter's shape."""
        return tuple(int(length) for length in self.parameters[name].shape)

    def value(self, name: str) -> Array:
        """Return a copy of a parameter's value."""
        return np.array(self.parameters[name].numpy())

    def elements(self, name: str, indices: Array) -> Array:
        """Return elements of a parameter, gathered on its device, by their flat indices."""
        import megengine

        at = megengine.Tensor(indices.astype(np.int32), device=self.parameters[name].device)
        return np.array(self.parameters[name].detach().flatten()[at].numpy())

    def grad(self, name: str) -> Array | None:
        """Return a copy of a parameter's gradient, or None."""
        grad = self.parameters[name].grad
        return None if grad is None else np.array(grad.numpy())

    def clear_grad(self, name: str) -> None:
        """Set a parameter's gradient to None: a step then skips it."""
        self.parameters[name].grad = None

    def replaced(self) -> list[str]:
        """Return the names of parameters in whose place the network has others now."""
        now = dict(self.net.named_parameters())
        return [name for name, p in self.parameters.items() if now.get(name) is not p]

    # ---- state ----

    def capture(self) -> MegEngineState:
        """Capture all that a run may change."""
        return MegEngineState(self)


class StepHook:
    """Calls functions before and after each step of an optimizer.

    Args:
        optimizer: of megengine.optimizer.
        before: called before each step.
        after: called after each step that raised nothing.
    """

    def __init__(
        self, optimizer: Any, before: Callable[[], None], after: Callable[[], None]
    ) -> None:
        self._optimizer, self._active = optimizer, True
        self._found = vars(optimizer).get("step")  # of another wrapper
        inner = optimizer.step

        def step(*args: Any, **kwargs: Any) -> Any:
            if not self._active:
                return inner(*args, **kwargs)
            before()
            result = inner(*args, **kwargs)
            after()
            return result

        self._step = optimizer.step = step

    def remove(self) -> None:
        """Remove the hook; if another wrapper was put around it since, it only passes calls on."""
        self._active = False
        if vars(self._optimizer).get("step") is not self._step:
            return
        if self._found is None:
            del self._optimizer.step
        else:
            self._optimizer.step = self._found


class MegEngineState:
    """The states of the network, the optimizers, the schedules and the generators.

    MegEngine gives no access to the state of its own generator, which dropout draws from.

    Args:
        engine: as it is now.
    """

    def __init__(self, engine: MegEngine) -> None:
        self._engine = engine
        self._values = {name: np.array(x) for name, x in engine.net.state_dict().items()}
        self._grads = {name: engine.grad(name) for name in engine.parameters}
        self._modes = [(module, module.training) for module in engine.net.modules()]
        self._optimizers = [copy.deepcopy(opt.state_dict()) for opt in engine.optimizers]
        self._schedulers = [_attributes(schedule) for schedule in engine.schedulers]
        self._python, self._numpy = random.getstate(), np.random.get_state()

    def check(self) -> None:
        """Check that the state can be restored.

        Raises:
            ValueError: if the network or the optimizers have other parameters, buffers or groups.
        """
        now = {name: np.shape(x) for name, x in self._engine.net.state_dict().items()}
        if now != {name: x.shape for name, x in self._values.items()}:
            raise ValueError("the network's parameters or buffers have changed since the snapshot")
        for opt, state in zip(self._engine.optimizers, self._optimizers, strict=True):
            sizes = [len(group["params"]) for group in opt.param_groups]
            if sizes != [len(group["params"]) for group in state["param_groups"]]:
                raise ValueError("param groups have changed since the snapshot")

    def restore(self) -> None:
        """Restore the states. Call `check` before."""
        import megengine

        engine = self._engine
        engine.net.load_state_dict(self._values)
        for name, grad in self._grads.items():
            engine.parameters[name].grad = None if grad is None else megengine.Tensor(grad)
        for module, mode in self._modes:
            module.training = mode
        for opt, state in zip(engine.optimizers, self._optimizers, strict=True):
            for group, kept in zip(opt.param_groups, state["param_groups"], strict=True):
                for key in group.keys() - kept.keys():
                    del group[key]  # load_state_dict refuses other keys
                group.update({key: value for key, value in kept.items() if key != "params"})
            opt.load_state_dict(copy.deepcopy(state))
        for schedule, kept in zip(engine.schedulers, self._schedulers, strict=True):
            vars(schedule).update(copy.deepcopy(kept))
        random.setstate(self._python)
        np.random.set_state(self._numpy)


def _attributes(schedule: Any) -> dict[str, Any]:
    """Return copies of a schedule's attributes; MegEngine's base class has no state_dict."""
    own = {name: value for name, value in vars(schedule).items() if name != "optimizer"}
    return copy.deepcopy(own)


def _network(net: Any) -> Any:
    import megengine.module

    if isinstance(net, type):
        raise TypeError(f"net is the class {net.__name__}: give an object, {net.__name__}()")
    if not isinstance(net, megengine.module.Module):
        raise TypeError(f"net must be a megengine.module.Module, not a {type(net).__name__}")
    return net


def _optimizers(optimizer: Any) -> list[Any]:
    import megengine.optimizer

    several = list(optimizer) if isinstance(optimizer, Sequence) else [optimizer]
    if not several:
        raise ValueError("optimizer is an empty list: give at least one optimizer")
    for i, one in enumerate(several):
        if isinstance(one, type):
            raise TypeError(
                f"optimizer is the class {one.__name__}: give an object, such as "
                f"{one.__name__}(net.parameters(), lr=0.01)"
            )
        if not isinstance(one, megengine.optimizer.Optimizer):
            raise TypeError(
                f"optimizer must be a megengine.optimizer.Optimizer, not a {type(one).__name__}"
            )
        if any(one is other for other in several[:i]):
            raise ValueError(f"the same {type(one).__name__} is given twice")
    return several

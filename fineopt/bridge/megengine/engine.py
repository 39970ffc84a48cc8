"""A MegEngine network and its optimizers, as an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..group_names import group_labels
from ..savepoint import Savepoint
from .checks import as_network, as_optimizers, check
from .names import names_of
from .state import MegEngineState, limits

__all__ = ["Attached", "MegEngine"]

Array = NDArray[Any]


class MegEngine:
    """A megengine.module.Module and the optimizers that move it, as seen by a run.

    Args:
        net: the network.
        optimizer: one, or several in turn.
        schedulers: of their learning rates.
        scaler: of mixed precision, whose state is captured too.
        loader: with ``state_dict`` its place is captured too.
        loss: of a prediction and labels, for `backward`; cross entropy if None.

    Raises:
        TypeError: if net or optimizer is a class, or no network or optimizer of MegEngine.
        ValueError: if they share no parameter.
    """

    def __init__(
        self,
        net: Any,
        optimizer: Any,
        schedulers: Iterable[Any] = (),
        *,
        scaler: Any = None,
        loader: Any = None,
        loss: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        self.net, self.optimizers = as_network(net), as_optimizers(optimizer)
        self.schedulers = list(schedulers)
        self.scaler, self.loader, self.loss = scaler, loader, loss
        self.parameters: dict[str, Any] = dict(self.net.named_parameters())
        self._own = list(self.parameters)
        check(self.net, self.groups, {id(p) for p in self.parameters.values()})
        self._add_others()
        self._detached: set[str] = set()

    def _add_others(self) -> None:
        """Name the parameters that only an optimizer has."""
        known = {id(p) for p in self.parameters.values()}
        for k, opt in enumerate(self.optimizers):
            place = f"optimizer {k} " if len(self.optimizers) > 1 else ""
            for i, group in enumerate(opt.param_groups):
                for j, p in enumerate(group["params"]):
                    if id(p) not in known:
                        self.parameters[f"{place}group {i}[{j}]"] = p
                        known.add(id(p))

    # ---- groups ----

    @property
    def optimizer(self) -> Any:
        """The optimizer, or the list of them."""
        return self.optimizers[0] if len(self.optimizers) == 1 else self.optimizers

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The live param groups of all optimizers."""
        return [group for opt in self.optimizers for group in opt.param_groups]

    def labels(self) -> list[str]:
        """Return the label of each group."""
        return group_labels(self.groups, names_of(self.net))

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

    def grad(self, name: str) -> Array | None:
        """Return a copy of a parameter's gradient, or None."""
        grad = self.parameters[name].grad
        return None if grad is None else np.array(grad.numpy())

    def clear_grad(self, name: str) -> None:
        """Set a parameter's gradient to None: a step then skips it."""
        self.parameters[name].grad = None

    def attached(self) -> set[str]:
        """Return the names of the parameters that were not detached here.

        A GradManager attaches tensors, and has no method that detaches them.
        """
        return set(self.parameters) - self._detached

    def attach(self, name: str) -> None:
        """Let a parameter's gradients be used again."""
        self._detached.discard(name)

    def detach(self, name: str) -> None:
        """Clear a parameter's gradient; the next ones are cleared before the steps."""
        self._detached.add(name)
        self.clear_grad(name)

    def replaced(self) -> list[str]:
        """Return the names of parameters in whose place the network has others now."""
        now = dict(self.net.named_parameters())
        return [name for name in self._own if now.get(name) is not self.parameters[name]]

    def added(self) -> list[str]:
        """Return the names of parameters that the network has got since."""
        return [name for name, _ in self.net.named_parameters() if name not in self.parameters]

    def aliases(self) -> dict[str, list[str]]:
        """Return all names of each parameter that the network has; tied ones have several."""
        names = names_of(self.net)
        return {name: names[id(p)] for name, p in self.parameters.items() if id(p) in names}

    def tied(self) -> dict[str, list[str]]:
        """Return the other names of each parameter that has several."""
        return {own[0]: own[1:] for own in self.aliases().values() if len(own) > 1}

    # ---- auditing ----

    def audit_options(self, options: Mapping[str, Any], frozen: set[str]) -> dict[str, Any]:
        """Return the options of an audit: those given, and what is known here.

        The gradients of frozen parameters are cleared, as the next step would.
        """
        for name in frozen:
            self.clear_grad(name)
        tensors = list(self.parameters.values())
        if (gm := options.get("gm")) is not None:
            tensors = [x for x in gm.attached_tensors() if x is not None]
        still = {id(self.parameters[name]) for name in frozen}
        gm = Attached([x for x in tensors if id(x) not in still])
        return {"schedules": self.schedulers, **options, "gm": gm}

    def as_used(self) -> AbstractContextManager[None]:
        """Do nothing: MegEngine's GradScaler unscales gradients in the backward pass."""
        return nullcontext()

    # ---- watching again ----

    def follow_helpers_of(self, other: MegEngine) -> None:
        """Take the schedulers, the scaler and the loader that another engine was given."""
        self.schedulers[:] = other.schedulers or self.schedulers
        self.scaler, self.loader = other.scaler or self.scaler, other.loader or self.loader

    # ---- training ----

    def check_parameters(self, *, known: bool, stacklevel: int) -> None:
        """Do nothing: `audit` says more."""

    def backward(self, data: Any, label: Any) -> float:
        """Clear the gradients, compute those of one mini-batch, and return its loss."""
        from megengine.autodiff import GradManager
        from megengine.functional.nn import cross_entropy

        for opt in self.optimizers:
            opt.clear_grad()
        gm = GradManager().attach([self.parameters[name] for name in sorted(self.attached())])
        with gm:
            loss = (self.loss or cross_entropy)(self.net(data), label)
            gm.backward(loss)
        return float(loss.item())

    def step(self) -> None:
        """Let the optimizers move the parameters."""
        for opt in self.optimizers:
            opt.step()

    def evaluate(self, batches: Iterable[tuple[Any, Any]]) -> tuple[int, int]:
        """Return how many predictions are right, and how many there are."""
        modes = [(module, module.training) for module in self.net.modules()]
        right = count = 0
        try:
            self.net.eval()
            for data, label in batches:
                right += int((self.net(data).numpy().argmax(-1) == np.asarray(label)).sum())
                count += len(label)
        finally:
            for module, mode in modes:
                module.training = mode
        return right, count

    # ---- state ----

    def savepoint(self) -> Savepoint:
        """Capture what a step may change."""
        return Savepoint(MegEngineState(self))

    def capture(self, former: MegEngineState | None = None) -> MegEngineState:
        """Capture all that a run may change; what an earlier state has is not stored again."""
        return MegEngineState(self, former)

    def state_from(self, saved: Mapping[str, Any]) -> MegEngineState:
        """Return a state from what `MegEngineState.state_dict` returned; nothing is changed.

        Raises:
            Exception: of any kind if it is damaged, or of another network or optimizer.
        """
        return MegEngineState.from_state_dict(self, saved)

    def limits(self) -> list[str]:
        """Return what a captured state cannot restore exactly."""
        return limits(self)

    def description(self) -> dict[str, Any]:
        """Return by what an engine made likewise is recognised."""
        parameters = {n: [list(self.shape(n)), str(p.dtype)] for n, p in self.parameters.items()}
        return {
            "parameters": parameters,
            "optimizers": [type(opt).__name__ for opt in self.optimizers],
            "schedulers": [type(schedule).__name__ for schedule in self.schedulers],
            "scaler": self.scaler is not None,
            "loader": callable(getattr(self.loader, "state_dict", None)),
        }

    def release(self) -> None:
        """Do nothing: a GradManager keeps its own tape."""


class Attached:
    """Tensors whose gradients are computed, and used; for an audit in place of a GradManager.

    Args:
        tensors: the parameters.
    """

    def __init__(self, tensors: Sequence[Any]) -> None:
        self._tensors = list(tensors)

    def attached_tensors(self) -> list[Any]:
        """Return the tensors."""
        return list(self._tensors)

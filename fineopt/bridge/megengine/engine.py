"""A MegEngine network and its optimizers, as an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine import WatchedEngine
from .checks import as_network, as_optimizers, check
from .limits import limits
from .names import names_of
from .state import MegEngineState

__all__ = ["Attached", "MegEngine"]

Array = NDArray[Any]


class MegEngine(WatchedEngine):
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

    State = MegEngineState

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
        network, optimizers = as_network(net), as_optimizers(optimizer)
        super().__init__(network, optimizers, schedulers, scaler, loader, loss)
        self._own = [name for name, _ in network.named_parameters()]
        check(network, self.groups, {id(self.parameters[name]) for name in self._own})
        self._detached: set[str] = set()

    def _names(self) -> dict[int, list[str]]:
        return names_of(self.net)

    # ---- groups ----

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

    # ---- training ----

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

    def _count_right(self, data: Any, label: Any) -> int:
        return int((self.net(data).numpy().argmax(-1) == np.asarray(label)).sum())

    # ---- state ----

    def limits(self) -> list[str]:
        """Return what a captured state cannot restore exactly."""
        return limits(self)


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

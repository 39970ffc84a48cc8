"""A PyTorch network and its optimizers, as an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..engine import WatchedEngine
from .checks import as_optimizers, bare, check
from .gather import real
from .hooks import unwrapped
from .names import names_of
from .scaler import unscaled
from .states.limits import limits
from .states.whole import TorchState

__all__ = ["TorchEngine"]


class TorchEngine(WatchedEngine):
    """A torch.nn.Module and the optimizers that move it, as seen by a run.

    Args:
        net: the network; a compiled or distributed wrapper is looked into.
        optimizer: one, or several in turn.
        schedulers: of their learning rates.
        scaler: of mixed precision, whose state is captured too.
        loader: with ``state_dict`` its place is captured too.
        loss: of a prediction and labels, for `backward`.

    Raises:
        TypeError: if net or optimizer is a class, or no network or optimizer.
        ValueError: if they share no parameter, or a parameter cannot be watched.
    """

    State = TorchState
    net: nn.Module
    parameters: dict[str, torch.Tensor]

    def __init__(
        self,
        net: nn.Module,
        optimizer: Any,
        schedulers: Iterable[Any] = (),
        *,
        scaler: Any = None,
        loader: Any = None,
        loss: Callable[[Any, Any], Any] = nn.functional.cross_entropy,
    ) -> None:
        super().__init__(bare(net), as_optimizers(optimizer), schedulers, scaler, loader, loss)
        check(self.net, self.optimizers, self.parameters)
        self._places = _places(self.net)

    def _names(self) -> dict[int, list[str]]:
        return names_of(self.net)

    # ---- groups ----

    def scheduled(self, optimizer: Any, group: dict[str, Any]) -> bool:
        """Return whether a schedule may govern a group."""
        if "initial_lr" in group or hasattr(optimizer.step, "_wrapped_by_lr_sched"):
            return True
        return any(unwrapped(getattr(s, "optimizer", None)) is optimizer for s in self.schedulers)

    # ---- parameters ----

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a parameter's real numbers; a complex one ends in 2."""
        p = self.parameters[name]
        return (*p.shape, 2) if p.is_complex() else tuple(p.shape)

    def value(self, name: str) -> NDArray[Any]:
        """Return a copy of a parameter's value, in float32 or float64."""
        return _array(self.parameters[name])

    def grad(self, name: str) -> NDArray[Any] | None:
        """Return a copy of a parameter's gradient, or None."""
        grad = self.parameters[name].grad
        return None if grad is None else _array(grad.to_dense() if grad.is_sparse else grad)

    def attached(self) -> set[str]:
        """Return the names of the parameters whose gradients are computed."""
        return {name for name, p in self.parameters.items() if p.requires_grad}

    def attach(self, name: str) -> None:
        """Compute a parameter's gradient from the next forward pass on."""
        self.parameters[name].requires_grad_(True)

    def detach(self, name: str) -> None:
        """Compute no gradient of a parameter any more, and clear the one it has."""
        p = self.parameters[name]
        p.grad = None
        p.requires_grad_(False)

    def replaced(self) -> list[str]:
        """Return the names of parameters in whose place the network has others now."""
        return [name for name, held, key, p in self._places if held.get(key) is not p]

    def added(self) -> list[str]:
        """Return the names of parameters that the network has got since."""
        known = {id(p) for p in self.parameters.values()}
        replaced = set(self.replaced())
        return [
            name
            for name, p in self.net.named_parameters()
            if id(p) not in known and name not in replaced
        ]

    # ---- auditing ----

    def audit_options(self, options: Mapping[str, Any], frozen: set[str]) -> dict[str, Any]:
        """Return the options of an audit: those given, and what is known here."""
        return {"schedules": self.schedulers, **options}

    def as_used(self) -> AbstractContextManager[None]:
        """Have the gradients as the next step will use them, meanwhile: without their scale."""
        return unscaled(self.optimizers, self.scaler)

    # ---- training ----

    def backward(self, data: Any, label: Any) -> float:
        """Clear the gradients, compute those of one mini-batch, and return its loss."""
        for opt in self.optimizers:
            opt.zero_grad()
        loss = self.loss(self.net(data), label)
        loss.backward()
        return float(loss.detach())

    def _count_right(self, data: Any, label: Any) -> int:
        with torch.no_grad():
            return int((self.net(data).argmax(-1) == label).sum())

    # ---- state ----

    def limits(self) -> list[str]:
        """Return what a captured state cannot restore exactly; empty if everything can."""
        return limits(self)


def _places(net: nn.Module) -> list[tuple[str, dict[str, Any], str, torch.Tensor]]:
    """Return the name of each parameter, the dict that holds it, its key there, and itself."""
    modules = dict(net.named_modules())
    places: list[tuple[str, dict[str, Any], str, torch.Tensor]] = []
    for name, p in net.named_parameters():
        path, _, key = name.rpartition(".")
        held: Any = modules[path]._parameters
        places.append((name, held, key, p))
    return places


def _array(tensor: torch.Tensor) -> NDArray[Any]:
    numbers = real(tensor.detach())
    if numbers.dtype not in (torch.float32, torch.float64):
        numbers = numbers.to(torch.float32)
    return np.array(numbers.cpu().numpy())

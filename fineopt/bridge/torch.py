"""A PyTorch network and its optimizers, as an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .group_names import group_labels
from .savepoint import Savepoint
from .states.limits import limits
from .states.whole import TorchState
from .torch_checks import as_optimizers, bare, check
from .torch_gather import real
from .torch_hooks import unwrapped
from .torch_names import names_of
from .torch_scaler import unscaled

__all__ = ["TorchEngine"]


class TorchEngine:
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
        self.net, self.optimizers = bare(net), as_optimizers(optimizer)
        self.schedulers = list(schedulers)
        self.scaler, self.loader, self.loss = scaler, loader, loss
        self.parameters = self._named()
        check(self.net, self.optimizers, self.parameters)
        self._places = _places(self.net)

    def _named(self) -> dict[str, torch.Tensor]:
        named: dict[str, torch.Tensor] = dict(self.net.named_parameters())
        known = {id(p) for p in named.values()}
        for k, opt in enumerate(self.optimizers):
            place = f"optimizer {k} " if len(self.optimizers) > 1 else ""
            for i, group in enumerate(opt.param_groups):
                for j, p in enumerate(group["params"]):
                    if id(p) not in known:
                        named[f"{place}group {i}[{j}]"] = p
                        known.add(id(p))
        return named

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

    def clear_grad(self, name: str) -> None:
        """Set a parameter's gradient to None."""
        self.parameters[name].grad = None

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

    def aliases(self) -> dict[str, list[str]]:
        """Return all names of each parameter that the network has; tied ones have several."""
        names = names_of(self.net)
        return {name: names[id(p)] for name, p in self.parameters.items() if id(p) in names}

    def tied(self) -> dict[str, list[str]]:
        """Return the other names of each parameter that has several."""
        return {own[0]: own[1:] for own in self.aliases().values() if len(own) > 1}

    # ---- auditing ----

    def audit_options(self, options: Mapping[str, Any], frozen: set[str]) -> dict[str, Any]:
        """Return the options of an audit: those given, and what is known here."""
        return {"schedules": self.schedulers, **options}

    def as_used(self) -> AbstractContextManager[None]:
        """Have the gradients as the next step will use them, meanwhile: without their scale."""
        return unscaled(self.optimizers, self.scaler)

    # ---- watching again ----

    def follow_helpers_of(self, other: TorchEngine) -> None:
        """Take the schedulers, the scaler and the loader that another engine was given."""
        self.schedulers[:] = other.schedulers or self.schedulers
        self.scaler, self.loader = other.scaler or self.scaler, other.loader or self.loader

    # ---- training ----

    def check_parameters(self, *, known: bool, stacklevel: int) -> None:
        """Do nothing: `audit` says more."""

    def backward(self, data: Any, label: Any) -> float:
        """Clear the gradients, compute those of one mini-batch, and return its loss."""
        for opt in self.optimizers:
            opt.zero_grad()
        loss = self.loss(self.net(data), label)
        loss.backward()
        return float(loss.detach())

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
            with torch.no_grad():
                for data, label in batches:
                    right += int((self.net(data).argmax(-1) == label).sum())
                    count += len(label)
        finally:
            for module, mode in modes:
                module.training = mode
        return right, count

    # ---- state ----

    def savepoint(self) -> Savepoint:
        """Capture what a step may change."""
        return Savepoint(TorchState(self))

    def capture(self, former: TorchState | None = None) -> TorchState:
        """Capture all that a run may change; what an earlier state has is not stored again."""
        return TorchState(self, former)

    def state_from(self, saved: Mapping[str, Any]) -> TorchState:
        """Return a state from what `TorchState.state_dict` returned; nothing is changed.

        Raises:
            Exception: of any kind if it is damaged, or of another network or optimizer.
        """
        return TorchState.from_state_dict(self, saved)

    def limits(self) -> list[str]:
        """Return what a captured state cannot restore exactly; empty if everything can."""
        return limits(self)

    def description(self) -> dict[str, Any]:
        """Return by what an engine made likewise is recognised."""
        parameters = {name: [list(p.shape), str(p.dtype)] for name, p in self.parameters.items()}
        return {
            "parameters": parameters,
            "optimizers": [type(opt).__name__ for opt in self.optimizers],
            "schedulers": [type(schedule).__name__ for schedule in self.schedulers],
            "scaler": self.scaler is not None,
            "loader": callable(getattr(self.loader, "state_dict", None)),
        }

    def release(self) -> None:
        """Do nothing: autograd keeps its own tape."""


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

"""A PyTorch network and its optimizers, as an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .torch_hooks import unwrapped
from .torch_names import group_labels, names_of
from .torch_sampling import real
from .torch_state import TorchSavepoint, TorchState

__all__ = ["TorchEngine", "as_optimizers", "bare"]


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
        return [
            name
            for name, (module, key) in self._places.items()
            if module._parameters.get(key) is not self.parameters[name]
        ]

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

    def savepoint(self) -> TorchSavepoint:
        """Capture what a step may change."""
        return TorchSavepoint(self)

    def capture(self) -> TorchState:
        """Capture all that a run may change."""
        return TorchState(self)

    def release(self) -> None:
        """Do nothing: autograd keeps its own tape."""


def bare(net: Any) -> nn.Module:
    """Return the network inside the wrappers of ``torch.compile`` and of data parallelism.

    Raises:
        TypeError: if it is no network.
    """
    if isinstance(net, type):
        raise TypeError(f"model is the class {net.__name__}: give an object, {net.__name__}()")
    if not isinstance(net, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, not a {type(net).__name__}")
    found: nn.Module = net
    while True:
        inner = found._modules.get("_orig_mod")
        if isinstance(found, nn.DataParallel | nn.parallel.DistributedDataParallel):
            inner = found.module
        if inner is None:
            return found
        found = inner


def as_optimizers(optimizer: Any) -> list[Any]:
    """Return a list of optimizers, out of their wrappers.

    Raises:
        TypeError: if one is a class, or no optimizer of PyTorch.
        ValueError: if there is none.
    """
    several = list(optimizer) if isinstance(optimizer, Sequence) else [optimizer]
    if not several:
        raise ValueError("optimizer is an empty list: give at least one optimizer")
    found: list[Any] = []
    for one in several:
        if isinstance(one, type):
            raise TypeError(
                f"optimizer is the class {one.__name__}: give an object, such as "
                f"{one.__name__}(model.parameters(), lr=0.01)"
            )
        one = unwrapped(one)
        if not isinstance(one, torch.optim.Optimizer):
            raise TypeError(
                f"optimizer must be a torch.optim.Optimizer, not a {type(one).__name__}: only "
                "that calls hooks before and after a step"
            )
        if any(one is other for other in found):
            raise ValueError(f"the same {type(one).__name__} is given twice")
        found.append(one)
    return found


def check(net: nn.Module, optimizers: Sequence[Any], parameters: dict[str, torch.Tensor]) -> None:
    """Check that the parameters of a network can be watched.

    Raises:
        ValueError: saying which cannot, and what to do.
    """
    own = dict(net.named_parameters())
    if not own:
        raise ValueError(f"there is nothing to watch: {type(net).__name__} has no parameters")
    for module in net.modules():
        if type(module).__name__ == "FullyShardedDataParallel":
            raise ValueError(
                "the model is wrapped in FullyShardedDataParallel, which flattens the parameters "
                "and leaves each process a part: there are no single parameters to watch. Watch "
                "the model under DistributedDataParallel, or before it is wrapped"
            )
    for name, p in parameters.items():
        if "_flat_param" in name or type(p).__name__ in ("FlatParameter", "DTensor"):
            raise ValueError(
                f"{name} is a shard of FSDP (a {type(p).__name__}): each process has only a part. "
                "Watch the model under DistributedDataParallel, or before it is sharded"
            )
        if isinstance(p, nn.parameter.UninitializedParameter):
            raise ValueError(f"{name} has no shape yet: run the model on one batch first")
        if p.is_meta:
            raise ValueError(
                f"{name} is on the meta device and has no values: materialise the model first "
                "(model.to_empty(device=...), then load or initialise it) and make the optimizer"
            )
    optimized = {id(p) for o in optimizers for g in o.param_groups for p in g["params"]}
    if not any(id(p) in optimized for p in own.values()):
        raise ValueError(
            "the optimizer has none of the model's parameters: it belongs to another model, or "
            "the model's were replaced since. Make it from model.parameters()"
        )


def _places(net: nn.Module) -> dict[str, tuple[nn.Module, str]]:
    """Return the module and the attribute that hold each parameter."""
    modules = dict(net.named_modules())
    places = {}
    for name, _ in net.named_parameters():
        path, _, key = name.rpartition(".")
        places[name] = (modules[path], key)
    return places


def _array(tensor: torch.Tensor) -> NDArray[Any]:
    numbers = real(tensor.detach())
    if numbers.dtype not in (torch.float32, torch.float64):
        numbers = numbers.to(torch.float32)
    return np.array(numbers.cpu().numpy())

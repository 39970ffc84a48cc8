"""All that training changes in PyTorch, captured and restored to the bit."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

__all__ = ["TorchSavepoint", "TorchState", "limits"]

Change = Callable[[], object]


class Parts(Protocol):
    """The parts of the engine whose state it is."""

    net: nn.Module
    optimizers: list[Any]
    schedulers: list[Any]
    scaler: Any
    loader: Any
    parameters: dict[str, torch.Tensor]


def limits(parts: Parts) -> list[str]:
    """Return what cannot be restored exactly; empty if everything can."""
    found = []
    if not callable(getattr(parts.loader, "state_dict", None)):
        found.append(
            "no data loader with state_dict was given (torchdata's StatefulDataLoader has it): "
            "the order of the data is not restored"
        )
    return found


class TorchState:
    """The states of module, optimizers, schedulers, scaler, loader and generators.

    Everything is copied, as PyTorch writes into its tensors.

    Args:
        parts: as they are now.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.optimizer: Any = (
            parts.optimizers[0] if len(parts.optimizers) == 1 else list(parts.optimizers)
        )
        self._values = {name: p.detach().clone() for name, p in parts.parameters.items()}
        self._buffers = {name: x.detach().clone() for name, x in parts.net.named_buffers()}
        self._grads = {
            name: None if p.grad is None else p.grad.detach().clone()
            for name, p in parts.parameters.items()
        }
        self._trained = {name: p.requires_grad for name, p in parts.parameters.items()}
        self._modes = [(module, module.training) for module in parts.net.modules()]
        self._optimizers = [copy.deepcopy(o.state_dict()) for o in parts.optimizers]
        self._sizes = [len(o.param_groups) for o in parts.optimizers]
        self._schedulers = [copy.deepcopy(s.state_dict()) for s in parts.schedulers]
        self._scaler = None if parts.scaler is None else copy.deepcopy(parts.scaler.state_dict())
        state_dict = getattr(parts.loader, "state_dict", None)
        self._loader = copy.deepcopy(state_dict()) if callable(state_dict) else None
        self._generators = generators()

    def check(self) -> None:
        """Check that the state can be restored.

        Raises:
            ValueError: if the network or the optimizers have other parameters, buffers or groups.
        """
        parts = self._parts
        shapes = {name: value.shape for name, value in self._values.items()}
        if {name: p.shape for name, p in parts.parameters.items()} != shapes:
            raise ValueError("the model's parameters have changed since the snapshot")
        if {n: x.shape for n, x in parts.net.named_buffers()} != {
            n: x.shape for n, x in self._buffers.items()
        }:
            raise ValueError("the model's buffers have changed since the snapshot")
        if [len(o.param_groups) for o in parts.optimizers] < self._sizes:
            raise ValueError("param groups were removed since the snapshot")

    def restoring(self, *, grads: bool = False) -> list[Change]:
        """Return the changes that restore the state.

        Args:
            grads: whether gradients are restored too; otherwise they become None.
        """
        return [partial(self._restore, grads)]

    def _restore(self, grads: bool) -> None:
        parts = self._parts
        with torch.no_grad():
            for name, p in parts.parameters.items():
                p.detach().copy_(self._values[name])
                kept = self._grads[name]
                p.grad = kept.clone() if grads and kept is not None else None
                p.requires_grad_(self._trained[name])
            for name, x in parts.net.named_buffers():
                x.copy_(self._buffers[name])
        for module, mode in self._modes:
            module.training = mode
        for opt, state, size in zip(parts.optimizers, self._optimizers, self._sizes, strict=True):
            del opt.param_groups[size:]  # groups that were added since
            opt.load_state_dict(copy.deepcopy(state))
        for schedule, state in zip(parts.schedulers, self._schedulers, strict=True):
            schedule.load_state_dict(copy.deepcopy(state))
        if parts.scaler is not None and self._scaler:
            parts.scaler.load_state_dict(self._scaler)
        if self._loader is not None:
            parts.loader.load_state_dict(copy.deepcopy(self._loader))
        set_generators(self._generators)

    def finish(self) -> None:
        """Do nothing: all is restored by the changes."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state as plain dicts and tensors on the CPU."""
        return {
            "parameters": {name: value.cpu() for name, value in self._values.items()},
            "buffers": {name: value.cpu() for name, value in self._buffers.items()},
            "optimizer": self._optimizers,
            "schedulers": self._schedulers,
            "scaler": self._scaler,
            "loader": self._loader,
            "gm": {"attached": [name for name, on in self._trained.items() if on]},
        }


class TorchSavepoint:
    """What one step may change, captured before it.

    Args:
        parts: as they are now.
    """

    def __init__(self, parts: Parts) -> None:
        self._state = TorchState(parts)
        self._dicts: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def add(self, *dicts: dict[str, Any]) -> None:
        """Capture the items of dicts too."""
        self._dicts += [(live, dict(live)) for live in dicts]

    def restoring(self) -> list[Change]:
        """Return the changes that undo the step."""
        changes = self._state.restoring(grads=True)
        return changes + [c for d, kept in self._dicts for c in (d.clear, partial(d.update, kept))]


def generators() -> dict[str, Any]:
    """Return the states of the generators of Python, NumPy, torch and CUDA."""
    cuda = torch.cuda.is_available() and torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    return {
        "python": random.getstate(),
        "numpy": np.random.get_state(),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if cuda else [],
    }


def set_generators(states: dict[str, Any]) -> None:
    """Restore what `generators` returned."""
    random.setstate(states["python"])
    np.random.set_state(states["numpy"])
    torch.set_rng_state(states["torch"])
    if states["cuda"]:
        torch.cuda.set_rng_state_all(states["cuda"])

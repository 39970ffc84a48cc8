"""All that training changes in PyTorch, captured and restored to the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Protocol
from weakref import ref

import torch
from numpy.typing import NDArray
from torch import nn

from ....nested import arrays_in
from .generators import generators, set_generators
from .modules import ModulesCopy
from .optimizers import TorchOptimizerCopy
from .plain import from_plain, to_plain
from .values import Sparse, Stored, is_same, live, stored

__all__ = ["Change", "Parts", "TorchState"]

Change = Callable[[], object]

SAVED = ("_loader", "_values", "_grads", "_trained", "_schedulers", "_scaler", "_generators")


class Parts(Protocol):
    """The parts of the engine whose state it is."""

    net: nn.Module
    optimizers: list[Any]
    schedulers: list[Any]
    scaler: Any
    loader: Any
    parameters: dict[str, torch.Tensor]

    def replaced(self) -> list[str]:
        """Return the names of parameters in whose place the network has others now."""


class TorchState:
    """The states of module, optimizers, schedulers, scaler, loader and generators.

    Tensors are copied to the host, as PyTorch writes into its own.

    Args:
        parts: as they are now.
        former: an earlier state, whose bytes are shared where they are the same.
    """

    def __init__(self, parts: Parts, former: TorchState | None = None) -> None:
        self._parts, old = parts, vars(former) if former else {}
        state_dict = getattr(parts.loader, "state_dict", None)
        # before the generators: it may draw the seed of the epoch to come
        self._loader = stored(state_dict()) if callable(state_dict) else None
        self._values = stored(dict(parts.parameters), old.get("_values"))
        self._grads = stored({name: p.grad for name, p in parts.parameters.items()})
        self._marks = {
            name: (ref(p.grad), p.grad._version)
            for name, p in parts.parameters.items()
            if p.grad is not None
        }
        self._modules = ModulesCopy(parts.net, old.get("_modules"))
        self._trained = {name: p.requires_grad for name, p in parts.parameters.items()}
        copies = old.get("_optimizers") or [None] * len(parts.optimizers)
        pairs = zip(parts.optimizers, copies, strict=True)
        self._optimizers = [TorchOptimizerCopy(opt, copy) for opt, copy in pairs]
        self._capture_schedules()
        self._generators = generators(parts.loader)

    def _capture_schedules(self) -> None:
        parts = self._parts
        self._schedulers = [stored(s.state_dict()) for s in parts.schedulers]
        self._scaler = None if parts.scaler is None else stored(parts.scaler.state_dict())

    def recapture(self) -> None:
        """Capture again what a loop changes right after a step: schedulers, lrs and the scaler.

        It is called before the step that follows, when new gradients are there. Those of the step
        before were cleared, it seems, if a gradient is another tensor now, or has changed more
        than once: most loops clear them before the backward pass, and some right after the step.
        """
        self._capture_schedules()
        for name, (was, version) in self._marks.items():
            grad = self._parts.parameters[name].grad
            if grad is None or was() is not grad:
                self._grads[name] = None
            elif grad._version > version + 1:
                self._grads[name] = stored(torch.zeros_like(grad))
        self._marks = {}
        for copy in self._optimizers:
            copy.recapture_settings()

    @property
    def optimizer(self) -> Any:
        """The optimizer, or the list of them."""
        found = self._parts.optimizers
        return found[0] if len(found) == 1 else list(found)

    def check(self) -> None:
        """Check that the state can be restored.

        Raises:
            ValueError: if the network has other parameters or buffers than when it was captured.
        """
        parts = self._parts
        fits = all(
            name in self._values and self._values[name].fits(p)
            for name, p in parts.parameters.items()
        )
        if not fits or list(parts.parameters) != list(self._values) or parts.replaced():
            raise ValueError("the model's parameters have changed since the snapshot")
        if not self._modules.fits(parts.net):
            raise ValueError("the model's modules have changed since the snapshot")
        if len(parts.schedulers) != len(self._schedulers):
            raise ValueError("schedulers were added since the snapshot")

    def restoring(self, *, grads: bool = True) -> list[Change]:
        """Return the changes that restore the state.

        Args:
            grads: whether gradients are restored too; otherwise they become None.
        """
        return [partial(self._restore, grads)]

    def _restore(self, grads: bool) -> None:
        parts = self._parts
        for name, p in parts.parameters.items():
            self._values[name].fill(p)
            p.requires_grad_(self._trained[name])
            p.grad = live(self._grads[name], p.grad) if grads else None
        self._modules.restore(parts.net)
        for copy in self._optimizers:
            copy.restore()
        for schedule, state in zip(parts.schedulers, self._schedulers, strict=True):
            schedule.load_state_dict(live(state))
        for copy in self._optimizers:
            copy.restore()  # a scheduler may write learning rates when it is loaded
        if parts.scaler is not None and self._scaler:
            parts.scaler.load_state_dict(live(self._scaler))
        if self._loader is not None:
            parts.loader.load_state_dict(live(self._loader))
            parts.loader.state_dict()  # makes it draw now what it would draw from a generator
        set_generators(self._generators, parts.loader)

    def finish(self) -> None:
        """Do nothing: all is restored by the changes."""

    def value(self, name: str) -> NDArray[Any]:
        """Return a parameter's value, in float32 or float64."""
        values = self._values[name].contiguous()
        numbers = torch.view_as_real(values) if values.is_complex() else values
        if numbers.dtype not in (torch.float32, torch.float64):
            numbers = numbers.to(torch.float32)
        found: NDArray[Any] = numbers.numpy()
        return found

    def is_same_as(self, other: Any) -> bool:
        """Return whether another state of these parts is the same, gradients aside."""
        if not isinstance(other, TorchState) or other._parts is not self._parts:
            return False
        mine, its = self._content(), other._content()
        pairs = zip(self._optimizers, other._optimizers, strict=True)
        return is_same(mine, its) and all(one.is_same_as(copy) for one, copy in pairs)

    def _content(self) -> list[Any]:
        content = [self._values, self._trained, self._modules.content()]
        return [*content, self._schedulers, self._scaler, self._loader, self._generators]

    def arrays(self) -> Iterator[NDArray[Any]]:
        """Yield the arrays that the state keeps alive."""
        yield from arrays_in(self._content())
        yield from arrays_in(self._grads)
        for copy in self._optimizers:
            yield from arrays_in(copy.content())

    # ---- files ----

    def state_dict(self) -> dict[str, Any]:
        """Return the state as plain dicts, lists, numbers, strings and read-only arrays.

        Raises:
            TypeError: if something cannot be saved, such as an object in a loader's state.
        """
        names = {id(p): name for name, p in self._parts.parameters.items()}
        content = {
            **{key: vars(self)[key] for key in SAVED},
            "_modules": self._modules.content(),
            "_optimizers": [copy.named(names) for copy in self._optimizers],
        }
        return {key: to_plain(value, key.strip("_")) for key, value in content.items()}

    @classmethod
    def from_state_dict(cls, parts: Parts, saved: Mapping[str, Any]) -> TorchState:
        """Return a state of these parts from what `state_dict` returned; nothing is changed.

        Raises:
            Exception: of any kind if it is damaged, or of other parts.
        """
        made = cls.__new__(cls)
        made._parts, made._marks = parts, {}
        vars(made).update({key: from_plain(saved[key]) for key in SAVED})
        made._modules = ModulesCopy.from_content(from_plain(saved["_modules"]))
        made._optimizers = [
            TorchOptimizerCopy.from_named(opt, one, parts.parameters)
            for opt, one in zip(parts.optimizers, from_plain(saved["_optimizers"]), strict=True)
        ]
        made.check()
        if not all(isinstance(x, Stored | Sparse | None) for x in made._grads.values()):
            raise ValueError("the gradients are damaged")
        if set(made._grads) != set(made._values) or set(made._trained) != set(made._values):
            raise ValueError("the parameters are damaged")
        return made

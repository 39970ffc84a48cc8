"""All that training changes in MegEngine but its own random numbers, captured and restored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...nested import arrays_in
from ..copies import NUMBERS
from .limits import streams_of
from .values import COPIER, Kept, MegEngineOptimizerCopy, fill, from_plain, to_plain

__all__ = ["MegEngineState"]

Change = Callable[[], object]

SAVED = (
    "_values", "_grads", "_buffers", "_settings", "_schedulers", "_scaler", "_loader", "_streams",
    "_detached",
)  # fmt: skip


class Parts(Protocol):
    """The parts of the engine whose state it is."""

    net: Any
    optimizers: list[Any]
    schedulers: list[Any]
    scaler: Any
    loader: Any
    parameters: dict[str, Any]
    _detached: set[str]

    def replaced(self) -> list[str]:
        """Return the names of parameters in whose place the network has others now."""


class MegEngineState:
    """The states of network, optimizers, schedulers, scaler and loader.

    Args:
        parts: as they are now.
        former: an earlier state, whose numbers are shared where they are the same.
    """

    def __init__(self, parts: Parts, former: MegEngineState | None = None) -> None:
        self._parts, old = parts, vars(former) if former else {}
        grads = {name: p.grad for name, p in parts.parameters.items()}
        self._loader = _state_of(parts.loader)
        self._streams = [rng.get_state(legacy=False) for rng in streams_of(parts.loader)]
        self._values = COPIER.stored(dict(parts.parameters), old.get("_values"))
        self._grads = COPIER.stored(grads, old.get("_grads"))
        self._buffers = COPIER.stored(dict(parts.net.named_buffers()), old.get("_buffers"))
        self._settings = {name: _plain(module) for name, module in parts.net.named_modules()}
        self._detached = sorted(parts._detached)
        copies = old.get("_optimizers") or [None] * len(parts.optimizers)
        pairs = zip(parts.optimizers, copies, strict=True)
        self._optimizers = [MegEngineOptimizerCopy(opt, copy) for opt, copy in pairs]
        self._capture_schedules()

    def _capture_schedules(self) -> None:
        # by their attributes: MegEngine's base class has no state_dict
        self._schedulers = [
            COPIER.stored({k: v for k, v in vars(schedule).items() if k != "optimizer"})
            for schedule in self._parts.schedulers
        ]
        self._scaler = _state_of(self._parts.scaler)

    def recapture(self) -> None:
        """Capture again what a loop changes right after a step: schedulers, lrs and the scaler.

        Gradients become None, as loops clear them before the next step.
        """
        self._grads = dict.fromkeys(self._grads)
        self._capture_schedules()
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
            ValueError: if the network has other parameters, buffers or modules than when it was
                captured.
        """
        parts = self._parts
        buffers = dict(parts.net.named_buffers())
        for mine, now in ((self._values, parts.parameters), (self._buffers, buffers)):
            if list(mine) != list(now) or not all(mine[k].fits(x) for k, x in now.items()):
                raise ValueError("the network's parameters or buffers have changed since")
        if parts.replaced():
            raise ValueError("the network's parameters were replaced since")
        if list(self._settings) != [name for name, _ in parts.net.named_modules()]:
            raise ValueError("the network's modules have changed since")
        if len(parts.schedulers) != len(self._schedulers):
            raise ValueError("schedulers were added since")

    def restoring(self, *, grads: bool = True) -> list[Change]:
        """Return the changes that restore the state. Call `check` before.

        Args:
            grads: whether gradients are restored too; otherwise they become None.
        """
        return [partial(self._restore, grads)]

    def _restore(self, grads: bool) -> None:
        parts = self._parts
        for name, p in parts.parameters.items():
            fill(p, self._values[name])
            p.grad = COPIER.live(self._grads[name]) if grads else None
        for name, buffer in parts.net.named_buffers():
            fill(buffer, self._buffers[name])
        for name, module in parts.net.named_modules():
            vars(module).update(self._settings[name])
        for copy in self._optimizers:
            copy.restore()
        for schedule, attributes in zip(parts.schedulers, self._schedulers, strict=True):
            vars(schedule).update(COPIER.live(attributes))
        for part, state in ((parts.scaler, self._scaler), (parts.loader, self._loader)):
            if state is not None:
                part.load_state_dict(COPIER.live(state))
        for rng, state in zip(streams_of(parts.loader), self._streams, strict=False):
            rng.set_state(state)
        parts._detached = set(self._detached)

    def finish(self) -> None:
        """Do nothing: all is restored by the changes."""

    def value(self, name: str) -> NDArray[Any]:
        """Return a parameter's value, in float32 or float64."""
        data: NDArray[Any] = self._values[name].data
        return data if data.dtype in (np.float32, np.float64) else data.astype(np.float32)

    def is_same_as(self, other: Any) -> bool:
        """Return whether another state of these parts is the same, gradients aside."""
        if not isinstance(other, MegEngineState) or other._parts is not self._parts:
            return False
        mine, its = ([vars(one)[key] for key in SAVED if key != "_grads"] for one in (self, other))
        pairs = zip(self._optimizers, other._optimizers, strict=True)
        return COPIER.is_same(mine, its) and all(one.is_same_as(copy) for one, copy in pairs)

    def arrays(self) -> Iterator[NDArray[Any]]:
        """Yield the arrays that the state keeps alive."""
        yield from arrays_in([vars(self)[key] for key in SAVED])
        for copy in self._optimizers:
            yield from arrays_in(copy.content())

    # ---- files ----

    def state_dict(self) -> dict[str, Any]:
        """Return the state as plain dicts, lists, numbers, strings and read-only arrays.

        Raises:
            TypeError: if something cannot be saved, such as an object in a loader's state.
        """
        names = {id(p): name for name, p in self._parts.parameters.items()}
        content = {key: vars(self)[key] for key in SAVED}
        content["_optimizers"] = [copy.named(names) for copy in self._optimizers]
        return {key: to_plain(value, key.strip("_")) for key, value in content.items()}

    @classmethod
    def from_state_dict(cls, parts: Parts, saved: Mapping[str, Any]) -> MegEngineState:
        """Return a state of these parts from what `state_dict` returned; nothing is changed.

        Raises:
            Exception: of any kind if it is damaged, or of other parts.
        """
        made = cls.__new__(cls)
        made._parts = parts
        vars(made).update({key: from_plain(saved[key]) for key in SAVED})
        made._optimizers = [
            MegEngineOptimizerCopy.from_named(opt, one, parts.parameters)
            for opt, one in zip(parts.optimizers, from_plain(saved["_optimizers"]), strict=True)
        ]
        made.check()
        if set(made._grads) != set(made._values) or set(made._detached) - set(made._values):
            raise ValueError("the parameters are damaged")
        if not all(isinstance(x, Kept | None) for x in made._grads.values()):
            raise ValueError("the gradients are damaged")
        return made


def _state_of(part: Any) -> Any:
    state_dict = getattr(part, "state_dict", None)
    return COPIER.stored(state_dict()) if callable(state_dict) else None


def _plain(module: Any) -> dict[str, Any]:
    """Return a module's plain settings: its mode, and numbers such as a dropout's rate."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, NUMBERS) and not name.startswith("_")
    }

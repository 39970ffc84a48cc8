"""Reads each step of MegEngine optimizers, which have no hooks.

An attribute of the object stands in front of the method ``step``, and is removed again; the class,
and other optimizers, are not touched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...recorder.rounding import add_up
from ..reading import LateLoss, Reader, ReadStep
from ..steering import Steering, flat_keys
from .engine import MegEngine

__all__ = ["MegEngineReader", "StepHook"]

Floats = NDArray[np.float64]


class MegEngineReader(Reader):
    """Reads steps; reading waits for the device.

    Kept elements are gathered on the device. For norms and sums of gradients whole parameters are
    copied to the host.

    Args:
        engine, steering, every, norms_every, contain: as of `Reader`.
        indices: of the elements of each parameter that are read.
    """

    engine: MegEngine

    def __init__(
        self,
        engine: MegEngine,
        steering: Steering,
        indices: Mapping[str, NDArray[np.int64]],
        *,
        every: int,
        norms_every: int,
        contain: Callable[[Exception], None],
    ) -> None:
        super().__init__(engine, steering, every=every, norms_every=norms_every, contain=contain)
        self._indices = indices
        self._waiting: deque[ReadStep | LateLoss] = deque()
        self._before: list[NDArray[Any]] | None = None
        self._sums: tuple[Floats, NDArray[np.bool_]] | None = None
        self._hooks = [
            StepHook(opt, partial(self.before, k, opt), partial(self.after, k, opt))
            for k, opt in enumerate(engine.optimizers)
        ]

    def remove(self) -> None:
        """Remove all hooks."""
        for hook in self._hooks:
            hook.remove()

    # ---- what there is ----

    def row(self) -> Floats:
        """Return the kept elements of all parameters, in one row, waiting for them."""
        import megengine

        parts = []
        for name, indices in self._indices.items():
            p = self.engine.parameters[name]
            if len(indices):
                at = megengine.Tensor(indices.astype(np.int32), device=p.device)
                parts.append(p.detach().flatten()[at].numpy().astype(np.float64))
        return np.concatenate(parts) if parts else np.empty(0)

    def values(self) -> list[Floats]:
        """Return the values of each parameter."""
        return [self.engine.value(name) for name in self.engine.parameters]

    def gradients(self) -> dict[str, Floats | None]:
        """Return the gradients, by name; None where there is none."""
        return {name: self.engine.grad(name) for name in self.engine.parameters}

    # ---- around a step ----

    def _begin(self, k: int, opt: Any) -> None:
        self._before = self._sums = None
        if (self.steps_read + 1) % self._norms_every:
            return
        self._before = self.values()
        own = {id(p) for group in opt.param_groups for p in group["params"]}
        parameters = self.engine.parameters.items()
        grads = [self.engine.grad(name) if id(p) in own else None for name, p in parameters]
        had = np.array([grad is not None for grad in grads], bool)
        with np.errstate(all="ignore"):
            sums = np.array([(0.0, 0.0) if grad is None else add_up(grad) for grad in grads])
        self._sums = sums.T, had

    def _finish(self, opt: Any) -> None:
        before, self._before = self._before, None
        sums, had = self._sums or (None, None)
        row = self.row() if (self.steps_read + 1) % self._every == 0 else None
        norms = None if before is None else _norms(before, self.values())
        lr = [float(self.steering.lr(key)) for key in flat_keys(self.engine.optimizers)]
        self._waiting.append(ReadStep(self.take_loss(), lr, row, sums, had, norms))
        self.steps_read += 1

    def _late(self, loss: Any) -> None:
        self._waiting.append(LateLoss(loss))

    # ---- reading ----

    def steps(self, *, wait: bool, hold: bool = False) -> list[ReadStep | LateLoss]:
        """Return the steps that were read, in order, each of them once.

        Args:
            wait: whether to return all of them.
            hold: whether to hold back the newest step, whose loss is yet to be told.
        """
        found = []
        while waiting := self._waiting:
            if hold and not wait and len(waiting) == 1 and isinstance(waiting[0], ReadStep):
                break
            found.append(waiting.popleft())
        return found

    def restart(self, steps: int) -> None:
        """Read on as after so many steps; what was read and not yet taken is dropped."""
        super().restart(steps)
        self._waiting.clear()
        self._before = self._sums = None


def _norms(before: list[NDArray[Any]], after: list[NDArray[Any]]) -> Floats:
    """Return the norms of the updates and of the parameters."""
    norms = []
    for old, new in zip(before, after, strict=True):
        wide = new.astype(np.float64)
        norms.append((np.linalg.norm(wide - old), np.linalg.norm(wide)))
    return np.array(norms).T


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

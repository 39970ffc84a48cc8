"""Reads each step of PyTorch optimizers: what it used, and what it did."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..reading import LateLoss, Reader, ReadStep
from ..steering import Steering, flat_keys
from .compiled import CompiledSteps
from .engine import TorchEngine
from .hooks import Hooks
from .numbers import Sent
from .sampling import Packet, Sampler

__all__ = ["TorchReader"]

Floats = NDArray[np.float64]


class TorchReader(Reader):
    """Reads steps by the optimizers' hooks.

    Args:
        engine, steering, every, norms_every, contain: as of `Reader`.
        indices: of the elements of each parameter that are read.
    """

    engine: TorchEngine

    def __init__(
        self,
        engine: TorchEngine,
        steering: Steering,
        indices: Mapping[str, NDArray[np.int64]],
        *,
        every: int,
        norms_every: int,
        contain: Callable[[Exception], None],
    ) -> None:
        super().__init__(engine, steering, every=every, norms_every=norms_every, contain=contain)
        self.sampler = Sampler(engine.parameters, indices)
        self._waiting: deque[Sent] = deque()
        self._before: list[torch.Tensor | None] | None = None
        self._sums: tuple[list[torch.Tensor], NDArray[np.bool_]] | None = None
        self._is_skipped = False  # whether the newest step that was read was none
        self._compiled = CompiledSteps()
        self._hooks = [
            Hooks(opt, partial(self._on_before, k), partial(self._on_after, k))
            for k, opt in enumerate(engine.optimizers)
        ]

    def remove(self) -> None:
        """Remove all hooks."""
        for hooks in self._hooks:
            hooks.remove()

    def recompiling(self) -> list[str]:
        """Return the classes of steered optimizers whose step a new lr compiles again."""
        steered = self._compiled.seen & {key[0] for key in self.steering.held}
        optimizers = [opt for k, opt in enumerate(self.engine.optimizers) if k in steered]
        return [
            type(opt).__name__
            for opt in optimizers
            if any(not isinstance(group["lr"], torch.Tensor) for group in opt.param_groups)
        ]

    # ---- what there is ----

    def row(self) -> Floats:
        """Return the kept elements of all parameters, in one row, waiting for them."""
        return self.sampler.row()

    def values(self) -> list[Floats]:
        """Return the values of each parameter, of large ones a portion."""
        return Packet(self.sampler.portions()).arrays()

    def gradients(self) -> dict[str, Floats | None]:
        """Return the gradients likewise, by name; None where there is none, or a sparse one."""
        found: dict[str, Floats | None] = {}
        for name, p in self.engine.parameters.items():
            grad = p.grad
            dense = grad is not None and not grad.is_sparse
            found[name] = Packet([self.sampler.portion(grad)]).arrays()[0] if dense else None  # type: ignore[arg-type]
        return found

    def waits(self) -> bool:
        """Return whether reading values in the middle of a loop waits for a device."""
        return any(p.is_cuda for p in self.engine.parameters.values())

    # ---- around a step ----

    def _on_before(self, k: int, opt: Any, args: Any, kwargs: Any) -> Any:
        self.before(k, opt)
        changed = None
        try:
            if self.recording:
                changed = self._wrap_closure(k, opt, args, kwargs)
            self._compiled.before()
        except Exception as error:
            self._contain(error)
        return changed

    def _begin(self, k: int, opt: Any) -> None:
        self._before = self._sums = None
        if (self.steps_read + 1) % self._norms_every == 0:
            self._before = list(self.sampler.portions())
            self._read_gradients(opt)

    def _read_gradients(self, opt: Any) -> None:
        own = {id(p) for group in opt.param_groups for p in group["params"]}
        params = self.engine.parameters.values()
        grads = [p.grad if id(p) in own else None for p in params]
        scale = getattr(opt, "grad_scale", None)
        had = np.array([grad is not None for grad in grads], bool)
        self._sums = self.sampler.sums(grads, scale), had

    def _wrap_closure(self, k: int, opt: Any, args: Any, kwargs: Any) -> Any:
        """Return the arguments of the step with a closure that lets its gradients be read."""
        closure = kwargs.get("closure", args[1] if len(args) > 1 else None)
        if not callable(closure):
            return None

        def called() -> Any:
            try:
                value = closure()
            except BaseException:  # no hook follows
                self.steering.after(k)
                raise
            try:
                if self.recording:
                    if self._before is not None:
                        self._read_gradients(opt)
                    if value is not None:
                        self.expect_loss(value)
            except Exception as error:
                self._contain(error)
            return value

        if "closure" in kwargs:
            return args, {**kwargs, "closure": called}
        return (args[0], called, *args[2:]), kwargs

    def _on_after(self, k: int, opt: Any, args: Any, kwargs: Any) -> None:
        try:
            self._compiled.after(k)
        except Exception as error:
            self._contain(error)
        self.after(k, opt)

    def _finish(self, opt: Any) -> None:
        self.steps_read += 1
        keys = flat_keys(self.engine.optimizers)
        lr = [self.steering.lr(key) for key in keys]
        loss = self.take_loss()
        parts: dict[str, list[torch.Tensor]] = {}
        skipped = getattr(opt, "found_inf", None)
        if skipped is not None:
            parts["skipped"] = [skipped.detach().clone()]
        if self.steps_read % self._every == 0:
            parts["row"] = self.sampler.gather.row()
        if self._before is not None and self._sums is not None:
            parts["norms"] = self.sampler.norms(self._before)
            parts["sums"] = self._sums[0]
        self._before = None
        had = self._sums[1] if self._sums is not None else None
        self._waiting.append(Sent(loss, lr, parts, had))

    def _late(self, loss: Any) -> None:
        self._waiting.append(Sent(loss, late=True))

    # ---- reading ----

    def steps(self, *, wait: bool, hold: bool = False) -> list[ReadStep | LateLoss]:
        """Return the steps whose numbers have arrived, in order, each of them once.

        Args:
            wait: whether to wait for those that have not.
            hold: whether to hold back the newest step, whose loss is yet to be told.
        """
        found: list[ReadStep | LateLoss] = []
        params = list(self.engine.parameters.values())
        waiting = self._waiting
        while waiting and (wait or waiting[0].ready()):
            if hold and not wait and len(waiting) == 1 and not waiting[0].late:
                break
            sent = waiting.popleft()
            step = sent.step(self.sampler.gather, params)
            if step is None:
                self.steps_read -= 1  # so that readings fall on the record's strides again
            elif not (sent.late and self._is_skipped):
                found.append(step)
            self._is_skipped = step is None
        return found

    def restart(self, steps: int) -> None:
        """Read on as after so many steps; what was on its way is dropped."""
        super().restart(steps)
        self._waiting.clear()
        self._before = self._sums = None

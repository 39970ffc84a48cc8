"""Reads each step of PyTorch optimizers: what it used, and what it did."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .steering import Steering, flat_keys
from .torch import TorchEngine
from .torch_compiled import CompiledSteps
from .torch_hooks import Hooks
from .torch_numbers import LateLoss, Sent, TorchStep
from .torch_sampling import Sampler

__all__ = ["LateLoss", "StepReader", "TorchStep"]


class StepReader:
    """Reads steps by the optimizers' hooks.

    Args:
        engine: whose optimizers are read.
        steering: writes the learning rates set by hand around each step.
        indices: of the elements of each parameter that are read.
        every: steps between two readings of elements.
        norms_every: steps between two readings of norms and of sums of gradients.
        contain: called with an exception in a hook, which must not stop training.
    """

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
        self._engine, self._steering, self._contain = engine, steering, contain
        self.sampler = Sampler(engine.parameters, indices)
        self._every, self._norms_every = every, norms_every
        self.steps_read = 0
        self._waiting: deque[Sent] = deque()
        self._before: list[torch.Tensor | None] | None = None
        self._sums: tuple[list[torch.Tensor], NDArray[np.bool_]] | None = None
        self._loss: Any = None  # of the next step, or the value of its closure
        self._is_told = False  # whether the newest step's loss was told
        self._is_skipped = False  # whether the newest step that was read was none
        self.recording = True
        self.frozen: set[str] = set()  # names of parameters whose gradients must not be used
        self.before_step: list[Callable[[], None]] = []  # before lrs set by hand are written
        self.after_step: list[Callable[[], None]] = []
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
        steered = self._compiled.seen & {key[0] for key in self._steering.held}
        optimizers = [opt for k, opt in enumerate(self._engine.optimizers) if k in steered]
        return [
            type(opt).__name__
            for opt in optimizers
            if any(not isinstance(group["lr"], torch.Tensor) for group in opt.param_groups)
        ]

    # ---- the loss ----

    def expect_loss(self, loss: Any) -> None:
        """Set the loss of the next step: a number or a tensor, which is not waited for."""
        self._loss = _number(loss)

    def amend_loss(self, loss: Any) -> None:
        """Set the loss of the newest step, once: later ones are of mini-batches without a step."""
        if self._is_told:
            return
        self._is_told = True
        self._waiting.append(Sent(_number(loss), late=True))

    # ---- around a step ----

    def _on_before(self, k: int, opt: Any, args: Any, kwargs: Any) -> Any:
        changed = None
        try:
            for call in self.before_step:
                call()
            self._steering.before(k)
            for name in self.frozen:  # frozen between a forward and its backward pass
                self._engine.clear_grad(name)
            if self.recording:
                self._begin(k, opt)
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
        params = self._engine.parameters.values()
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
                self._steering.after(k)
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
            if self.recording:
                self._finish(opt)
        except Exception as error:
            self._contain(error)
        finally:
            try:
                self._steering.after(k)
            except Exception as error:
                self._contain(error)
        for call in list(self.after_step):  # each contains its own errors; an interrupt passes
            call()

    def _finish(self, opt: Any) -> None:
        self.steps_read += 1
        self._is_told = False
        keys = flat_keys(self._engine.optimizers)
        lr = [self._steering.lr(key) for key in keys]
        loss, self._loss = math.nan if self._loss is None else self._loss, None
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

    # ---- reading ----

    def steps(self, *, wait: bool, hold: bool = False) -> list[TorchStep | LateLoss]:
        """Return the steps whose numbers have arrived, in order, each of them once.

        Args:
            wait: whether to wait for those that have not.
            hold: whether to hold back the newest step, whose loss is yet to be told.
        """
        found: list[TorchStep | LateLoss] = []
        params = list(self._engine.parameters.values())
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
        self._waiting.clear()
        self._before = self._sums = self._loss = None
        self.steps_read = steps


def _number(value: Any) -> Any:
    return value.detach() if isinstance(value, torch.Tensor) else float(value)

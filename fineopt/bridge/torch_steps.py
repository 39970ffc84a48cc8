"""Reads each step of PyTorch optimizers: what it used, and what it did."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from .steering import Steering, flat_keys
from .torch import TorchEngine
from .torch_hooks import Hooks
from .torch_sampling import Packet, Sampler

__all__ = ["LateLoss", "StepReader", "TorchStep"]

Floats = NDArray[np.float64]


class TorchStep(NamedTuple):
    """One step, as it was read: see `fineopt.recorder.Sample` for the arrays."""

    loss: float
    lr: list[float]
    row: Floats | None
    sums: Floats | None
    had: NDArray[np.bool_] | None
    norms: Floats | None


class LateLoss(NamedTuple):
    """The loss of the newest step, which was told after it."""

    loss: float


class _Open(NamedTuple):
    """A step, or a late loss, whose numbers are on their way."""

    numbers: Packet
    layout: list[str]
    sizes: list[int]
    had: NDArray[np.bool_] | None


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
        self._waiting: deque[_Open] = deque()
        self._before: list[torch.Tensor | None] | None = None
        self._sums: tuple[list[torch.Tensor], NDArray[np.bool_]] | None = None
        self._loss: Any = None  # of the next step, or the value of its closure
        self.recording = True
        self.frozen: set[str] = set()  # names of parameters whose gradients must not be used
        self.after_step: list[Callable[[], None]] = []
        self._hooks = [
            Hooks(opt, partial(self._on_before, k), partial(self._on_after, k))
            for k, opt in enumerate(engine.optimizers)
        ]

    def remove(self) -> None:
        """Remove all hooks."""
        for hooks in self._hooks:
            hooks.remove()

    # ---- the loss ----

    def expect_loss(self, loss: Any) -> None:
        """Set the loss of the next step: a number or a tensor, which is not waited for."""
        self._loss = loss.detach() if isinstance(loss, torch.Tensor) else float(loss)

    def amend_loss(self, loss: Any) -> None:
        """Set the loss of the newest step."""
        value = _tensor(loss)
        self._waiting.append(_Open(Packet([value]), ["late"], [1], None))

    # ---- around a step ----

    def _on_before(self, k: int, opt: Any, args: Any, kwargs: Any) -> Any:
        changed = None
        try:
            self._steering.before(k)
            for name in self.frozen:  # frozen between a forward and its backward pass
                self._engine.clear_grad(name)
            if self.recording:
                self._begin(k, opt)
                changed = self._wrap_closure(k, opt, args, kwargs)
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
            value = closure()
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
        parts: dict[str, list[torch.Tensor]] = {"lr": [], "loss": []}
        keys = flat_keys(self._engine.optimizers)
        parts["lr"] = [_tensor(self._steering.lr(key)) for key in keys]
        parts["loss"] = [_tensor(math.nan if self._loss is None else self._loss)]
        self._loss = None
        skipped = getattr(opt, "found_inf", None)
        if skipped is not None:
            parts["skipped"] = [skipped.detach()]
        if self.steps_read % self._every == 0:
            parts["row"] = self.sampler.row()
        if self._before is not None and self._sums is not None:
            parts["norms"] = self.sampler.norms(self._before)
            parts["sums"] = self._sums[0]
        self._before = None
        tensors = [x for part in parts.values() for x in part]
        had = self._sums[1] if self._sums is not None else None
        sizes = [len(part) for part in parts.values()]
        self._waiting.append(_Open(Packet(tensors), list(parts), sizes, had))

    # ---- reading ----

    def steps(self, *, wait: bool) -> list[TorchStep | LateLoss]:
        """Return the steps whose numbers have arrived, in order, each of them once.

        Args:
            wait: whether to wait for those that have not.
        """
        found: list[TorchStep | LateLoss] = []
        while self._waiting and (wait or self._waiting[0].numbers.ready()):
            step = self._step(self._waiting.popleft())
            if step is not None:
                found.append(step)
        return found

    def _step(self, taken: _Open) -> TorchStep | LateLoss | None:
        arrays = taken.numbers.arrays()
        parts: dict[str, list[Floats]] = {}
        for name, size in zip(taken.layout, taken.sizes, strict=True):
            parts[name], arrays = arrays[:size], arrays[size:]
        if "late" in parts:
            return LateLoss(float(parts["late"][0].mean()))
        if any(part.any() for part in parts.get("skipped", [])):
            self.steps_read -= 1  # so that readings fall on the record's strides again
            return None  # mixed precision: the gradients were not finite, and nothing moved
        norms = np.concatenate(parts["norms"]).reshape(2, -1) if "norms" in parts else None
        sums = None
        if "sums" in parts and taken.had is not None:
            sums = self._sums_of(parts["sums"], taken.had)
        return TorchStep(
            float(parts["loss"][0].mean()),
            [float(lr.mean()) for lr in parts["lr"]],
            np.concatenate(parts["row"]) if "row" in parts else None,
            sums,
            taken.had,
            norms,
        )

    def _sums_of(self, found: list[Floats], had: NDArray[np.bool_]) -> Floats:
        """Return sums and bounds of their rounding errors; see `fineopt.recorder.rounding`."""
        sums = np.zeros((2, len(had)))
        if not found:
            return sums
        totals, sizes = np.concatenate(found).reshape(2, -1)
        every = list(self._engine.parameters.values())
        for i, total, size in zip(np.flatnonzero(had), totals, sizes, strict=True):
            p = every[i]
            eps = torch.finfo(p.dtype).eps
            count = max(p.numel(), 1)
            error = min(count, 12 + math.log2(count)) * eps * size
            sums[:, i] = total, error if math.isfinite(error) and math.isfinite(total) else 0.0
        return sums


def _tensor(value: Any) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    return torch.tensor(float(value), dtype=torch.float64)

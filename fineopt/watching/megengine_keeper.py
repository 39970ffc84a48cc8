"""Reads the steps of MegEngine optimizers into a record."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..bridge.megengine import MegEngine
from ..bridge.steering import Steering, flat_keys
from ..recorder import Record, Sample, kept_indices
from ..recorder.rounding import add_up

__all__ = ["MegEngineKeeper"]

SMALL = 200_000  # numbers of a network whose norms and sums are computed in each step


class MegEngineKeeper:
    """Keeps the record of a watched run.

    Elements are gathered on the device. For norms and sums of gradients whole parameters are
    copied to the host, in each step or, of larger networks, in every 64th.

    Args:
        engine: whose parameters and groups are recorded.
        steering: knows the learning rates of the next step.
        steps_per_epoch: after which an epoch ends by itself, if known.
        every: steps between two samples, rounded up to a power of 2.
        keep: how many numbers of each parameter are kept.
    """

    def __init__(
        self,
        engine: MegEngine,
        steering: Steering,
        steps_per_epoch: int | None,
        every: int,
        keep: int,
    ) -> None:
        self._engine, self._steering, self._length = engine, steering, steps_per_epoch
        shapes = {name: engine.shape(name) for name in engine.parameters}
        self._indices = {name: kept_indices(shape, keep) for name, shape in shapes.items()}
        self._every = 1 << (every - 1).bit_length()
        size = sum(math.prod(shape) for shape in shapes.values())
        self._norms_every = max(self._every, 1 if size <= SMALL else 64)
        self._before: dict[str, Any] | None = None
        self._sums: tuple[Any, Any] | None = None
        self._lr: list[float] = []
        self._loss = math.nan
        self._loss_before: bool | None = None  # whether losses are told before their steps
        self.record = Record(
            {name: self._group_of(p) for name, p in engine.parameters.items()},
            engine.labels(),
            steps_per_epoch=steps_per_epoch,
            keep=keep,
        )
        values = [engine.value(name) for name in engine.parameters]
        self.record.start_sampled(
            shapes, self._row(), values, every=self._every, norms_every=self._norms_every
        )

    def _group_of(self, p: Any) -> int | None:
        groups = enumerate(self._engine.groups)
        return next((i for i, g in groups if any(p is q for q in g["params"])), None)

    def _row(self) -> Any:
        parts = [self._engine.elements(name, at) for name, at in self._indices.items()]
        return np.concatenate(parts).astype(np.float64)

    def tell_loss(self, loss: float) -> None:
        """Set the loss of the next step or of the newest one."""
        if self._loss_before is None:
            self._loss_before = not self.record.steps
        if self._loss_before:
            self._loss = loss
        else:
            self.record.amend_loss(loss)

    def begin(self, k: int) -> None:
        """Read the gradients that a step of optimizer k is about to use."""
        self._before = self._sums = None
        self._lr = [float(self._steering.lr(key)) for key in flat_keys(self._engine.optimizers)]
        if (self.record.steps + 1) % self._norms_every:
            return
        engine = self._engine
        self._before = {name: engine.value(name) for name in engine.parameters}
        own = {id(p) for group in engine.optimizers[k].param_groups for p in group["params"]}
        grads = [
            engine.grad(name) if id(p) in own else None for name, p in engine.parameters.items()
        ]
        had = np.array([grad is not None for grad in grads], bool)
        sums = np.array([(0.0, 0.0) if grad is None else add_up(grad) for grad in grads])
        self._sums = sums.T, had

    def finish(self) -> None:
        """Record the step."""
        record, engine = self.record, self._engine
        if self._length is not None and record.steps_in_epoch >= self._length:
            self._end(None)
        for i in range(len(record.groups), len(self._lr)):  # groups that were added since
            held = {id(p) for p in engine.groups[i]["params"]}
            free = [name for name, group in record.parameters.items() if group is None]
            names = [name for name in free if id(engine.parameters[name]) in held]
            record.add_group(engine.labels()[i], names)
        lr = [*self._lr, *[math.nan] * (len(record.groups) - len(self._lr))]
        row = None if (record.steps + 1) % self._every else self._row()
        sums, had = self._sums or (None, None)
        record.add_sample(self._loss, lr, Sample(row, sums, had, self._norms()))
        self._loss, self._before = math.nan, None

    def _norms(self) -> Any:
        """Return the norms of the updates and of the parameters, or None."""
        if self._before is None:
            return None
        norms = []
        for name, old in self._before.items():
            new = self._engine.value(name).astype(np.float64)
            norms.append((np.linalg.norm(new - old), np.linalg.norm(new)))
        return np.array(norms).T

    def end_epoch(self, accuracy: float | None) -> None:
        """End the epoch after the newest step.

        Raises:
            RuntimeError: if there was no step since the last epoch.
        """
        self._end(accuracy)

    def _end(self, accuracy: float | None) -> None:
        engine = self._engine
        self.record.end_epoch(
            accuracy,
            {name: engine.value(name) for name in engine.parameters},
            {name: engine.grad(name) for name in engine.parameters},
        )

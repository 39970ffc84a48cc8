"""A run that is one function, called for each mini-batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["StepRun"]


class StepRun:
    """The run of a watched model, as a player plays it.

    Args:
        watch: is told the losses, and that a mini-batch is over.
        step_fn: trains on one mini-batch, and may return the loss.
        steps: how many to take; None for no end.
    """

    def __init__(self, watch: Any, step_fn: Callable[[], Any], steps: int | None) -> None:
        self._watch, self._step_fn, self._steps = watch, step_fn, steps
        self.taken = 0
        self.more = True

    def step(self) -> bool:
        """Train on one mini-batch; return whether to go on."""
        try:
            loss = self._step_fn()
        except StopIteration:
            self.more = False
            return False
        if loss is not None:
            self._watch.loss(loss)
        self._watch.end_full_epoch()
        self.taken += 1
        self.more = self._steps is None or self.taken < self._steps
        return self.more

    def parameter_ids(self) -> set[int]:
        """Return the ids of the parameters: of two runs that share any, only one plays."""
        return {id(p) for p in self._watch.engine.parameters.values()}

"""A run down a landscape, as a player plays it."""

from __future__ import annotations

import math

from ...landscape import Run
from ...language import say
from .run import Halt

__all__ = ["Descent"]


class Descent:
    """What the player plays: the current run of a controller.

    Args:
        run: the current run.
        max_steps: the number of steps after which a run ends.
    """

    def __init__(self, run: Run, max_steps: int) -> None:
        self.run, self.max_steps = run, max_steps

    @property
    def over(self) -> bool:
        """Whether the run has left the landscape, or taken all its steps."""
        return self.run.left is not None or self.run.steps >= self.max_steps

    def step(self) -> bool:
        """Take a step; return whether there are more."""
        run = self.run
        if not self.over:
            run.step()
            at = float(run.x), float(run.y)
            if not (math.isfinite(sum(at)) and math.isfinite(float(run.values[-1]))):
                raise Halt(say("the loss is NaN or infinite. Press Reset and choose a smaller lr"))
        return not self.over

    def parameter_ids(self) -> set[int]:
        """Return an empty set: each run has its own parameters."""
        return set()

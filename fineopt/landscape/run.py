"""A path down a landscape."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..atomic import Change, commit
from ..checks import nonnegative, number, whole
from ..core.autodiff import GradManager
from ..core.parameter import Parameter
from ..optimizer import MultipleOptimizer
from ..optimizer.groups import learning_rate, learning_rates
from ..wording import short_number
from .rules import COORDINATES, check_rule, checked, make_optimizer, pair
from .surfaces import Floats, Landscape, Point, find_landscape

__all__ = ["Run", "descend"]


class Run:
    """One path down a landscape, step by step; each coordinate in its own optimizer or group.

    ``optimizer.param_groups[0]['lr']`` is x's learning rate and ``[1]`` y's: set at any time, it
    counts from the next step.

    Args:
        landscape: one, or its name in `LANDSCAPES`.
        start: (x, y); the landscape's own if None.
        optimizers: names in `RULES`, for x and for y.
        lrs: learning rates, for x and for y.
        seed: of the noise, where the landscape has any.
        hyper: other settings, such as ``momentum=0.5``, for each coordinate whose optimizer has it.

    Raises:
        KeyError, TypeError, ValueError: for what can't be, naming the coordinate.

    >>> run = Run("quadratic", (-4.0, 1.0), ("SGD", "SGD"), (0.5, 0.02))
    >>> run.step()
    True
    >>> run.path.tolist(), run.values.tolist()
    ([[-4.0, 1.0], [-2.0, 0.0]], [33.0, 2.0])
    """

    def __init__(
        self,
        landscape: Landscape | str,
        start: Sequence[float] | None = None,
        optimizers: Sequence[str] = ("SGD", "Adam"),
        lrs: Sequence[float] = (0.1, 0.01),
        *,
        seed: int = 0,
        **hyper: Any,
    ) -> None:
        self.landscape = find_landscape(landscape)
        self.rules: tuple[str, ...] = tuple(pair(optimizers, "optimizers", check_rule))
        rates = [float(lr) for lr in pair(lrs, "lrs", nonnegative)]
        start = self.landscape.start if start is None else start
        at = [float(v) for v in pair(start, "start", number)]
        if self.landscape.is_far(at):
            raise ValueError(f"start: ({at[0]:g}, {at[1]:g}) is far out of this landscape")
        checked(whole, seed, "seed")
        self.x, self.y = (Parameter(value, "float64") for value in at)
        self.x.name, self.y.name = COORDINATES
        self.optimizer = make_optimizer((self.x, self.y), self.rules, rates, hyper)
        self.left: str | None = None  # how the path came to an end, in words
        self._manager = GradManager().attach([self.x, self.y])
        self._noise = np.random.RandomState(int(seed) % 2**32)
        self._path = [(at[0], at[1])]
        self._lrs: list[Point] = []

    @property
    def steps(self) -> int:
        """How many steps are done."""
        return len(self._lrs)

    @property
    def path(self) -> Floats:
        """Where it was before and after each step, shape (steps + 1, 2)."""
        return np.array(self._path)

    @property
    def lrs(self) -> Floats:
        """The learning rates of each step, shape (steps, 2)."""
        return np.array(self._lrs).reshape(-1, 2)

    @property
    def values(self) -> Floats:
        """The landscape's value, without noise, along the path, shape (steps + 1,)."""
        return self.landscape.value(*self.path.T)

    def step(self) -> bool:
        """Take a step, unless the path has left; return whether it can go on.

        Raises:
            KeyError, TypeError, ValueError: for a group changed into what can't be.
        """
        if self.left is not None:
            return False
        before = self._before()
        try:
            self._take()
        except BaseException:  # an interrupt too: path, lrs and optimizer are a step ahead together
            commit(before)
            raise
        return self.left is None

    def _take(self) -> None:
        shift = self.landscape.noise * self._noise.standard_normal(2)
        with np.errstate(all="ignore"):
            self.optimizer.clear_grad()
            with self._manager as manager:
                x, y = self.x - float(shift[0]), self.y - float(shift[1])
                manager.backward(self.landscape.function(x, y))
            self.optimizer.step()
        at = (float(self.x), float(self.y))
        if np.isfinite(at).all():
            first, second = learning_rates(self.optimizer.param_groups)
            self._lrs.append((first, second))
            self._path.append(at)
        if self.landscape.is_far(at):
            self.left = f"left after {self.steps} step{'s' * (self.steps != 1)}"

    def _before(self) -> list[Change]:
        """Return what takes a step back; the arrays of a step are new ones."""
        several = self.optimizer
        optimizers = several.opts if isinstance(several, MultipleOptimizer) else [several]
        return [
            *(partial(setattr, p, "_data", p._data) for p in (self.x, self.y)),
            *(partial(setattr, opt, "_state", opt._state) for opt in optimizers),
            partial(self._noise.set_state, self._noise.get_state()),
            partial(self._lrs.__delitem__, slice(len(self._lrs), None)),
            partial(self._path.__delitem__, slice(len(self._path), None)),
            partial(setattr, self, "left", self.left),
        ]

    def run(self, steps: int) -> Run:
        """Take so many steps, fewer if the path leaves.

        Raises:
            TypeError, ValueError: if steps is no whole number of at least 0.
        """
        checked(whole, steps, "steps")
        for _ in range(steps):
            if not self.step():
                break
        return self

    def label(self) -> tuple[str, str]:
        """Say what moves x and what moves y: the optimizer, its lr, and the first if it changed.

        >>> Run("beale").label()
        ('x: SGD, lr 0.1', 'y: Adam, lr 0.01')
        """
        words = []
        for i, rule in enumerate(self.rules):
            now = learning_rate(i, self.optimizer.param_groups[i])
            first = self._lrs[0][i] if self._lrs else now
            was = f"{short_number(first)} → " if first != now else ""
            words.append(f"{COORDINATES[i]}: {rule}, lr {was}{short_number(now)}")
        return words[0], words[1]

    def __repr__(self) -> str:
        x, y = self._path[-1]
        end = self.left or f"{self.steps} steps"
        return f"Run({'; '.join(self.label())}; {end}, at ({x:.4g}, {y:.4g}))"


def descend(
    landscape: Landscape | str,
    start: Sequence[float] | None = None,
    optimizers: Sequence[str] = ("SGD", "Adam"),
    lrs: Sequence[float] = (0.1, 0.01),
    steps: int = 200,
    seed: int = 0,
    **hyper: Any,
) -> Run:
    """Let two optimizers, one a coordinate, run down a landscape; the arguments are `Run`'s.

    A path that diverges is kept until it leaves, and ``left`` says when it did.

    Raises:
        KeyError, TypeError, ValueError: for what can't be, naming the coordinate.

    >>> descend("quadratic", (-4.0, 1.0), ("SGD", "SGD"), (0.5, 0.02), steps=30)
    Run(x: SGD, lr 0.5; y: SGD, lr 0.02; 30 steps, at (-3.725e-09, 0))
    >>> descend("quadratic", (-4.0, 1.0), ("SGD", "SGD"), (0.5, 0.2)).left
    'left after 2 steps'
    """
    return Run(landscape, start, optimizers, lrs, seed=seed, **hyper).run(steps)

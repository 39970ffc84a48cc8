"""The path of two optimizers down a landscape."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..atomic import Change, commit
from ..checks import finite_number, nonnegative, nonnegative_integer, validate
from ..core.autodiff import GradManager
from ..core.parameter import Parameter
from ..optimizer.groups import learning_rate, learning_rates
from ..optimizer.registry import registered
from ..wording import short_number
from .coordinates import COORDINATES, make_optimizer, per_coordinate
from .surfaces import Floats, Landscape, Point, find_landscape

__all__ = ["Run", "descend"]


class Run:
    """A path down a landscape, step by step, with an optimizer or group for each coordinate.

    ``optimizer.param_groups[0]['lr']`` is the learning rate of x, and ``[1]`` that of y. A change
    takes effect at the next step.

    Args:
        landscape: a Landscape, or its name in `LANDSCAPES`.
        start: (x, y); the landscape's own start if None.
        optimizers: registered names of the optimizers of x and y; see
            :mod:`fineopt.optimizer.registry`.
        lrs: learning rates of x and y.
        seed: of the noise, for a landscape with noise.
        hyper: other hyperparameters, such as ``momentum=0.5``, for each coordinate whose optimizer
            has them.

    Raises:
        KeyError, TypeError, ValueError: if an argument is invalid; the message names the
            coordinate.

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
        self.rules: tuple[str, ...] = tuple(
            per_coordinate(optimizers, "optimizers", "optimizer", registered)
        )
        rates = [float(lr) for lr in per_coordinate(lrs, "lrs", "lr", nonnegative)]
        start = self.landscape.start if start is None else start
        at = [float(v) for v in per_coordinate(start, "start", "start", finite_number)]
        if self.landscape.is_far(at):
            raise ValueError(f"start ({at[0]:g}, {at[1]:g}) is far outside this landscape")
        validate(seed, nonnegative_integer, "seed")
        self.x, self.y = (Parameter(value, "float64") for value in at)
        self.x.name, self.y.name = COORDINATES
        self.optimizer = make_optimizer((self.x, self.y), self.rules, rates, hyper)
        self.left: str | None = None  # a message, once the path has left the landscape
        self._manager = GradManager().attach([self.x, self.y])
        self._noise = np.random.RandomState(int(seed) % 2**32)
        self._path = [(at[0], at[1])]
        self._lrs: list[Point] = []

    @property
    def steps(self) -> int:
        """The number of steps taken."""
        return len(self._lrs)

    @property
    def path(self) -> Floats:
        """The start and the point after each step, shape (steps + 1, 2)."""
        return np.array(self._path)

    @property
    def lrs(self) -> Floats:
        """The learning rates of each step, shape (steps, 2)."""
        return np.array(self._lrs).reshape(-1, 2)

    @property
    def values(self) -> Floats:
        """The values of the landscape, without noise, along the path, shape (steps + 1,)."""
        return self.landscape.value(*self.path.T)

    def step(self) -> bool:
        """Take a step unless the path has left the landscape; return whether it can continue.

        Raises:
            KeyError, TypeError, ValueError: if a group has become invalid.
        """
        if self.left is not None:
            return False
        undo = self._undo()
        try:
            self._take()
        except BaseException:  # an interrupt too: path, lrs and optimizer stay in step
            commit(undo)
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

    def _undo(self) -> list[Change]:
        """Return the changes that undo the next step."""
        return [
            *self.optimizer.restoring(self.optimizer.capture()),
            partial(self._noise.set_state, self._noise.get_state()),
            partial(self._lrs.__delitem__, slice(len(self._lrs), None)),
            partial(self._path.__delitem__, slice(len(self._path), None)),
            partial(setattr, self, "left", self.left),
        ]

    def run(self, steps: int) -> Run:
        """Take a number of steps, fewer if the path leaves the landscape.

        Raises:
            TypeError, ValueError: if steps is not an integer of at least 0.
        """
        validate(steps, nonnegative_integer, "steps")
        for _ in range(steps):
            if not self.step():
                break
        return self

    def label(self) -> tuple[str, str]:
        """Return labels of x and y: the optimizer, its lr, and the first lr if it has changed.

        >>> Run("beale").label()
        ('x: SGD, lr 0.1', 'y: Adam, lr 0.01')
        """
        labels = []
        for i, rule in enumerate(self.rules):
            now = learning_rate(i, self.optimizer.param_groups[i])
            first = self._lrs[0][i] if self._lrs else now
            was = f"{short_number(first)} → " if first != now else ""
            labels.append(f"{COORDINATES[i]}: {rule}, lr {was}{short_number(now)}")
        return labels[0], labels[1]

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
    """Run two optimizers, one for each coordinate, down a landscape; see `Run` for the arguments.

    A diverging path is recorded until it leaves the landscape; ``left`` says when it did.

    Raises:
        KeyError, TypeError, ValueError: if an argument is invalid; the message names the
            coordinate.

    >>> descend("quadratic", (-4.0, 1.0), ("SGD", "SGD"), (0.5, 0.02), steps=30)
    Run(x: SGD, lr 0.5; y: SGD, lr 0.02; 30 steps, at (-3.725e-09, 0))
    >>> descend("quadratic", (-4.0, 1.0), ("SGD", "SGD"), (0.5, 0.2)).left
    'left after 2 steps'
    """
    return Run(landscape, start, optimizers, lrs, seed=seed, **hyper).run(steps)

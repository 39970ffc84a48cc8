"""Functions of two parameters, with the region that a picture shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.tensor import Tensor
from ..errors import BadKeyError, suggestion
from ..language.saying import translatable

__all__ = ["LANDSCAPES", "Landscape", "find_landscape"]

Floats = NDArray[np.float64]
Point = tuple[float, float]
FAR = 10  # a path ends at this many picture sizes from the centre


@dataclass(frozen=True)
class Landscape:
    """A function of two Tensors, and the region of the plane to show.

    Args:
        name: its display name.
        function: takes Tensors x and y of the same shape; returns a Tensor of that shape.
        x_range, y_range: the region that a picture shows.
        minima: the global minima within the region.
        start: the default start of a path.
        lr: a learning rate for both coordinates with which SGD descends from the start.
        formula: the function as text.
        source: the publication that describes it.
        noise: standard deviation, in units of x and y, of a random shift of the landscape at each
            step, which acts like the sampling of mini-batches on a network's loss.

    >>> float(LANDSCAPES["rosenbrock"].value(-1.2, 1.0))
    24.199999999999996
    """

    name: str
    function: Callable[[Tensor, Tensor], Tensor]
    x_range: Point
    y_range: Point
    minima: tuple[Point, ...]
    start: Point
    lr: float
    formula: str
    source: str
    noise: float = 0.0

    def value(self, x: ArrayLike, y: ArrayLike) -> Floats:
        """Return the function, without noise, at the points of two arrays, in float64."""
        with np.errstate(all="ignore"):
            value = self.function(Tensor(x, "float64"), Tensor(y, "float64"))
        return np.asarray(value.numpy(), np.float64)

    def is_far(self, point: ArrayLike) -> bool:
        """Return whether a point is far outside the picture, or not finite."""
        ranges = np.array([self.x_range, self.y_range])
        away = np.abs(np.asarray(point, np.float64) - ranges.mean(axis=1))
        return not bool((away <= FAR * np.ptp(ranges, axis=1)).all())


def _quadratic(x: Tensor, y: Tensor) -> Tensor:
    return (x * x + 50 * y * y) / 2


def _noisy(x: Tensor, y: Tensor) -> Tensor:
    return (x * x + 10 * y * y) / 2


def _rosenbrock(x: Tensor, y: Tensor) -> Tensor:
    across = y - x * x
    return (1 - x) * (1 - x) + 100 * across * across


def _beale(x: Tensor, y: Tensor) -> Tensor:
    terms = (1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y)
    first, second, third = (term * term for term in terms)
    return first + second + third


def _saddle(x: Tensor, y: Tensor) -> Tensor:
    return x * x / 2 + y * y * y * y / 4 - y * y / 2


LANDSCAPES: dict[str, Landscape] = {
    "quadratic": Landscape(
        translatable("Ill-conditioned quadratic"),
        _quadratic,
        x_range=(-5.0, 5.0),
        y_range=(-2.0, 2.0),
        minima=((0.0, 0.0),),
        start=(-4.5, 1.0),
        lr=0.03,
        formula="(x² + 50 y²) / 2",
        source="Goh 2017, Why Momentum Really Works, Distill",
    ),
    "rosenbrock": Landscape(
        translatable("Rosenbrock's valley"),
        _rosenbrock,
        x_range=(-2.0, 2.0),
        y_range=(-1.0, 3.0),
        minima=((1.0, 1.0),),
        start=(-1.2, 1.0),
        lr=0.001,
        formula="(1 − x)² + 100 (y − x²)²",
        source="Rosenbrock 1960, An Automatic Method for Finding the Greatest or Least Value of "
        "a Function",
    ),
    "beale": Landscape(
        translatable("Beale's function"),
        _beale,
        x_range=(-4.5, 4.5),
        y_range=(-4.5, 4.5),
        minima=((3.0, 0.5),),
        start=(1.0, 1.0),
        lr=0.02,
        formula="(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
        source="Beale 1958, On an Iterative Method for Finding a Local Minimum of a Function of "
        "More than One Variable; start: Moré, Garbow and Hillstrom 1981",
    ),
    "saddle": Landscape(
        translatable("Saddle between two minima"),
        _saddle,
        x_range=(-2.0, 2.0),
        y_range=(-1.8, 1.8),
        minima=((0.0, -1.0), (0.0, 1.0)),
        start=(-1.6, 0.01),
        lr=0.1,
        formula="x² / 2 + y⁴ / 4 − y² / 2",
        source="Nesterov 2004, Introductory Lectures on Convex Optimization, example 1.2.2",
    ),
    "noisy": Landscape(
        translatable("Noisy quadratic"),
        _noisy,
        x_range=(-5.0, 5.0),
        y_range=(-3.0, 3.0),
        minima=((0.0, 0.0),),
        start=(-4.5, 2.0),
        lr=0.05,
        formula=translatable("(x² + 10 y²) / 2, shifted at random at each step"),
        source="Schaul, Zhang and LeCun 2013, No More Pesky Learning Rates",
        noise=0.5,
    ),
}


def find_landscape(landscape: Landscape | str) -> Landscape:
    """Return the landscape of a name in `LANDSCAPES`; a Landscape is returned unchanged.

    Raises:
        KeyError: for an unknown name, with the closest known one.
    """
    if isinstance(landscape, Landscape):
        return landscape
    if landscape not in LANDSCAPES:
        raise BadKeyError(
            f"no landscape is named {landscape!r}; {suggestion(landscape, LANDSCAPES)}"
        )
    return LANDSCAPES[landscape]

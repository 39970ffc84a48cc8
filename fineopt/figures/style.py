"""The one look of all figures: a colour, a dash and a mark per group; fonts; axes that stay calm.

Colours are matplotlib's ``okabe_ito`` (Okabe and Ito, *Color Universal Design*, 2008) in an order
that begins blue, vermilion; its black belongs to what is of no group, and its yellow is too light
for a line on white. Beyond six groups colours come again, with other dashes.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Hashable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.ticker import FixedFormatter, FixedLocator
from numpy.typing import ArrayLike

from .text import LITERAL

Colour = tuple[float, float, float]
Dash = str | tuple[float, tuple[float, ...]]
Key = tuple[Hashable, ...]

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
DASHES: tuple[Dash, ...] = (
    "solid",
    (0, (6, 1.5)),
    (0, (8, 1.5, 2, 1.5)),
    (0, (3, 1.5)),
    (0, (8, 1.5, 2, 1.5, 2, 1.5)),
)
INK = "#222222"  # the running mean, titles, axes
GREY = "#6b6b6b"  # words beside the point; parameters in no optimizer
FAINT = "#c4c4c4"  # each step's loss
SIZE = 9.0  # points, the least size of any word
DPI = 100
WIDTH, HEIGHT = 8.8, 5.6  # inches, of an overview with few parameters
MARGIN = 0.035  # of the x axis, left and right of the run
# What a linear axis can show: matplotlib takes a span below 2e-287 for none, and beyond this
# differences and sums leave the range of floats. Smaller numbers are drawn as 0.
LEAST, LARGEST = 1e-280, 1e300


def colour(group: int | None) -> str:
    """Return the colour of a group by its index; grey for None, which is in no optimizer.

    >>> colour(0), colour(1), colour(None)
    ('#0072b2', '#d55e00', '#6b6b6b')
    """
    return GREY if group is None else COLOURS[group % len(COLOURS)]


def dash(group: int) -> Dash:
    """Return the group's line style. None is dotted: dots mean changes, and an lr of 0."""
    return DASHES[group % len(DASHES)]


def shade(base: str, amount: float) -> Colour:
    """Blend a colour with white (amount up to 1) or with black (down to -1).

    >>> shade('#000000', 0.5)
    (0.5, 0.5, 0.5)
    """
    red, green, blue = to_rgb(base)
    to, share = (1.0, amount) if amount > 0 else (0.0, -amount)
    return red + (to - red) * share, green + (to - green) * share, blue + (to - blue) * share


def ceiling(value: float) -> float:
    """Return the least of 1, 1.5, 2, 3, 4, 6, 8 times a power of ten that is not below value.

    It is no more than the largest float. Axes that end at such numbers grow in few, large steps,
    and so stay calm.

    >>> [ceiling(x) for x in (0.9, 1.0, 2.65, 62, 0.012)]
    [1.0, 1.0, 3.0, 80.0, 0.015]
    """
    power = math.floor(math.log10(value))
    for digit in (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0):
        step = float(f"{digit}e{power}")
        if step >= value * (1 - 1e-9):
            return min(step, sys.float_info.max)
    raise AssertionError("10 to the next power is never below the value")


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Return round numbers from low to high, some `about` steps apart.

    >>> ticks(0, 6), ticks(0, 3), ticks(-0.02, 0.01)
    ([0.0, 2.0, 4.0, 6.0], [0.0, 1.0, 2.0, 3.0], [-0.02, -0.01, 0.0, 0.01])
    """
    raw = (high - low) / about
    power = math.floor(math.log10(raw))
    digit = min((1, 2, 5, 10), key=lambda d: abs(math.log(d * 10.0**power / raw)))
    step = float(f"{digit}e{power}")
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def ink(group: int | None) -> Colour:
    """Return the group's colour for words: the light ones a little darker, to be readable."""
    light = group is not None and group % len(COLOURS) >= 3
    return shade(colour(group), -0.3 if light else 0.0)


def dress(axes: Axes) -> None:
    """Give fresh axes the common look: two spines, small ticks, nothing that moves by itself."""
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(**LITERAL)
    axes.set_facecolor("white")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.tick_params(labelsize=SIZE, colors=INK, length=3)
    axes.set_autoscale_on(False)


def title(axes: Axes, text: str) -> None:
    """Say at the left, above the axes, what is seen."""
    look = {"fontsize": 10, "fontweight": "bold", "color": INK, **LITERAL}
    axes.set_title(text, look, loc="left", pad=6)


def set_ticks(axes: Axes, which: str, places: ArrayLike, labels: list[str]) -> None:
    """Set fixed ticks and labels on the axis ``'x'`` or ``'y'``."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(np.asarray(places, float).tolist()))
    axis.set_major_formatter(FixedFormatter(labels))
    for tick in axis.get_major_ticks(len(labels)):
        for label in (tick.label1, tick.label2):
            label.set(**LITERAL)

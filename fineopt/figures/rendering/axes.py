"""Axes of uniform appearance, whose ticks and limits never change by themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator
from numpy.typing import ArrayLike

from ...scenes.style import INK, SIZE

# For each Text: a name with two $ is not a formula, and TeX is off, whatever the user's settings.
LITERAL: dict[str, Any] = {"parse_math": False, "usetex": False}
SMALLEST = 0.1  # inches, the least side of axes
# Behind text, so that it stays readable over lines.
BACKDROP = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6}


def place(figure: Figure, left: float, bottom: float, right: float, top: float) -> Axes:
    """Add axes with edges given in inches; without enough space they become very small."""
    width, height = figure.get_size_inches()
    right, top = max(right, left + SMALLEST), max(top, bottom + SMALLEST)
    box = (left / width, bottom / height, (right - left) / width, (top - bottom) / height)
    return figure.add_axes(box)


def dress(axes: Axes) -> None:
    """Style new axes: two spines, small ticks, no autoscaling."""
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(**LITERAL)
    axes.set_facecolor("white")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.tick_params(labelsize=SIZE, colors=INK, length=3)
    axes.set_autoscale_on(False)


def title(axes: Axes, text: str) -> None:
    """Set the title, above the axes at the left."""
    style = {"fontsize": 10, "fontweight": "bold", "color": INK, **LITERAL}
    axes.set_title(text, style, loc="left", pad=6)


def set_ticks(axes: Axes, which: str, places: ArrayLike, labels: list[str]) -> None:
    """Set fixed ticks and labels on the axis ``'x'`` or ``'y'``."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(np.asarray(places, float).tolist()))
    axis.set_major_formatter(FixedFormatter(labels))
    for tick in axis.get_major_ticks(len(labels)):
        for label in (tick.label1, tick.label2):
            label.set(**LITERAL)


def draw_frame(axes: Axes, renderer: Any) -> None:
    """Draw axes without the x axis, leaving the title and labels where they are.

    `Axes.draw` would compute their positions again, which takes longer than drawing.
    """
    axes.patch.draw(renderer)
    excluded = axes.patch, axes.xaxis
    static = [a for a in axes.get_children() if a not in excluded and not a.get_animated()]
    for artist in sorted(static, key=Artist.get_zorder):
        if isinstance(artist, Axis):
            draw_axis(artist, renderer)
        else:
            artist.draw(renderer)


def draw_axis(axis: Axis, renderer: Any) -> None:
    """Draw an axis, with all tick marks as one line: each tick by itself costs as much."""
    places = axis.get_majorticklocs().tolist()
    labels = axis.get_major_formatter().format_ticks(places)
    ticks = axis.get_major_ticks(len(places))
    if ticks:
        marks = ticks[0].tick1line
        zeros = [0.0] * len(places)
        marks.set_data(*((places, zeros) if isinstance(axis, XAxis) else (zeros, places)))
        marks.draw(renderer)
    for tick, place, label in zip(ticks, places, labels, strict=True):
        tick.update_position(place)
        tick.label1.set_text(label)
        tick.label1.draw(renderer)
    axis.label.draw(renderer)

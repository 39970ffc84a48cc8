"""Axes of uniform appearance, from the axes of a chart."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator

from ...scenes.scene import Axis, Chart, place
from ...scenes.style import INK, SIZE

__all__ = ["BACKDROP", "LITERAL", "add_axes", "draw_axes", "title"]

# For each Text: a name with two $ is not a formula, and TeX is off, whatever the user's settings.
LITERAL: dict[str, Any] = {"parse_math": False, "usetex": False}
SMALLEST = 0.1  # inches, the least side of axes
# Behind text, so that it stays readable over lines.
BACKDROP = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6}


def add_axes(figure: Figure, left: float, bottom: float, right: float, top: float) -> Axes:
    """Add bare axes with edges given in inches; without enough space they become very small."""
    width, height = figure.get_size_inches()
    right, top = max(right, left + SMALLEST), max(top, bottom + SMALLEST)
    box = (left / width, bottom / height, (right - left) / width, (top - bottom) / height)
    axes = figure.add_axes(box)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(**LITERAL)
    axes.set_facecolor("white")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.tick_params(labelsize=SIZE, colors=INK, length=3)
    axes.set_autoscale_on(False)
    return axes


def title(axes: Axes, text: str) -> None:
    """Set the title, above the axes at the left; it is cut where there is no room."""
    room = max(int(axes.bbox.width / 7.4), 12)
    text = text if len(text) <= room else f"{text[: room - 1]}…"
    style = {"fontsize": 10, "fontweight": "bold", "color": INK, **LITERAL}
    axes.set_title(text, style, loc="left", pad=6)


def set_ticks(axes: Axes, which: str, places: list[float], labels: list[str]) -> None:
    """Set fixed ticks and labels on the axis ``'x'`` or ``'y'``."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(places))
    axis.set_major_formatter(FixedFormatter(labels))
    for tick in axis.get_major_ticks(len(labels)):
        for label in (tick.label1, tick.label2):
            label.set(**LITERAL)


def draw_axes(axes: Axes, chart: Chart) -> tuple[Axis, Axis]:
    """Set limits, ticks and labels; return the axes of the chart, at equal scale if it asks for it.

    The y axis of the matplotlib Axes is the share of the height, 0 to 1: see `place`.
    """
    x, y = chart["x"], chart["y"]
    if chart.get("equal"):
        x, y = _widened(x, y, float(axes.bbox.width), float(axes.bbox.height))
    pad = x.get("margin", 0.0) * (x["high"] - x["low"])
    axes.set(xlim=(x["low"] - pad, x["high"] + pad), ylim=(0.0, 1.0))
    inside = [i for i, at in enumerate(x["ticks"]) if x["low"] <= at <= x["high"]]
    set_ticks(axes, "x", [x["ticks"][i] for i in inside], [x["labels"][i] for i in inside])
    shares = place(y, [-np.inf if at is None else at for at in y["ticks"]]).tolist()
    inside = [i for i, share in enumerate(shares) if -1e-9 <= share <= 1 + 1e-9]
    set_ticks(axes, "y", [shares[i] for i in inside], [y["labels"][i] for i in inside])
    axes.set_xlabel(x["label"], fontsize=SIZE, labelpad=2, color=INK, **LITERAL)
    if y["label"]:
        axes.set_ylabel(y["label"], fontsize=SIZE, labelpad=4, rotation=0)
    if y.get("bare"):
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    elif y["scale"] == "log0":
        _break_spine(axes, y["zero"])
    return x, y


def _widened(x: Axis, y: Axis, width: float, height: float) -> tuple[Axis, Axis]:
    scale = max((x["high"] - x["low"]) / width, (y["high"] - y["low"]) / height)

    def wide(axis: Axis, pixels: float) -> Axis:
        middle, half = (axis["low"] + axis["high"]) / 2, scale * pixels / 2
        return {**axis, "low": middle - half, "high": middle + half}

    return wide(x, width), wide(y, height)


def _break_spine(axes: Axes, zero: float) -> None:
    """Draw the y axis with a gap between 0 and the log part."""
    axes.spines["left"].set_visible(False)
    low, high = 0.76 * zero, 0.9 * zero
    style: dict[str, Any] = {"color": INK, "transform": axes.transAxes, "clip_on": False}
    for begin, end in ((0.0, low), (high, 1.0)):
        axes.plot([0, 0], [begin, end], lw=0.8, **style)
    slant = 4 / max(float(axes.bbox.width), 1)
    for at in (low, high):
        axes.plot([-slant, slant], [at - 0.02, at + 0.02], lw=1.0, **style)

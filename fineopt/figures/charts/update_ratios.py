"""Update ratios: the norm of an update over the norm of its parameter, on a log axis.

Ratios vary from step to step, so each line is a running median.
"""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ...scenes.scales import decade
from ...scenes.style import DOTTED, Colour, Dash, colour, dash, ink, shade
from ...scenes.summary import Floats, Ints, Summary
from ...scenes.text import elide, shorten
from ...scenes.views import check_parameter
from ..rendering.axes import set_ticks, title
from ..rendering.curves import Curve
from .chart import Chart, Key, thinned, window
from .marks import Marks
from .zero_axis import draw_broken_spine

ZERO = 0.16  # the share of the axis's height kept for 0 and the break above it
WINDOW = 9  # measured steps in the running median
POINTS = 128  # of a line, at most
ROWS = 16  # parameters at most
NAME = 18  # characters of a name
SHADES = (0.0, -0.35, 0.4, -0.6, 0.2)


class RatioChart(Chart):
    """One line per parameter, with its name at the end; faint unless it is the watched one.

    Args:
        axes: the axes, with space for names at the right if ``named``.
        summary: the summary of the record.
        watch: the parameter to emphasize, if any.
        marks: whether to mark changes of a learning rate.
        named: whether lines have names; otherwise the title names only the watched one.
    """

    def __init__(
        self,
        axes: Axes,
        summary: Summary,
        watch: str | None = None,
        marks: bool = True,
        named: bool = True,
    ) -> None:
        super().__init__(axes, summary)
        names = list(summary.record.parameters)
        if watch is not None:
            check_parameter(summary.record, watch)
        self.watch, self.marked, self.named = watch, marks, named
        self.names = names[window(names, watch, ROWS)]
        self.groups = [summary.record.parameters[name] for name in self.names]
        self.marks = Marks(self, worded=named)
        styles = [self._style(i) for i in range(len(self.names))]
        self.ratios = [Curve(tone, width, dash) for tone, width, dash in styles]
        self.zeros = [Curve(tone, width, DOTTED) for tone, width, _ in styles]
        for i in sorted(range(len(names := self.names)), key=lambda i: names[i] == watch):
            self.curves.curves += [self.ratios[i], self.zeros[i]]
        self.leads = [
            self.line(color=shade(colour(g), 0.5), linewidth=0.8, clip_on=False)
            for g in self.groups if named
        ]  # fmt: skip
        self.labels = [
            self.word(text, color=ink(g), clip_on=False, visible=False, bbox=None)
            for text, g in zip(shorten(self.names, NAME), self.groups, strict=True) if named
        ]  # fmt: skip
        draw_broken_spine(axes, ZERO, 0.07)

    def _style(self, i: int) -> tuple[Colour, float, Dash]:
        group, name = self.groups[i], self.names[i]
        before = sum(other == group for other in self.groups[:i])
        behind = self.watch is not None and name != self.watch
        tone = shade(colour(group), 0.7 if behind else SHADES[before % 5] * (not self.watch))
        width = 1.0 if behind else 2.2 if name == self.watch else 1.5
        return tone, width, "solid" if behind or group is None else dash(group)

    def _move(self) -> tuple[Key, Key]:
        record = self.summary.record
        x = self.summary.x(record.update_steps)
        ratios = record.update_ratios(self.names)
        points = thinned(len(x), POINTS)
        drawn = self._smooth(np.where(ratios > 0, ratios, np.nan), points)
        known = drawn[np.isfinite(drawn)]
        least, greatest = (known.min(), known.max()) if known.size else (1e-4, 1e-2)
        low = math.floor(math.log10(least) + 1e-9)
        self.decades = low, max(math.ceil(math.log10(greatest) - 1e-9), low + 1)
        with np.errstate(invalid="ignore"):
            heights = np.log10(drawn)
        places = self._zero_places((ratios == 0).any(axis=1))
        for i, (line, zero) in enumerate(zip(self.ratios, self.zeros, strict=True)):
            rest = ratios[i] == 0
            line.set(x[points], heights[i])
            rested = x if rest.any() else x[:0]
            zero.set(rested, np.where(rest, places[i], np.nan)[: len(rested)])
        marks = self.marks.update(self.marked)
        return (*self.decades, not len(x)), (*marks, *self._name(x, ratios, heights, places))

    def _span(self) -> tuple[float, float]:
        low, high = self.decades
        return low - (high - low) * ZERO / (1 - ZERO), high

    def _smooth(self, ratios: Floats, points: Ints) -> Floats:
        """Return running medians at some points, restarted at each change of an lr."""
        smooth = np.empty((len(ratios), len(points)))
        for group in set(self.groups):
            changes = self.summary.lr_changes
            ends = [change.last for change in changes if change.group == group]
            cuts = np.searchsorted(self.summary.record.update_steps, ends, side="right")
            rows = [i for i, other in enumerate(self.groups) if other == group]
            smooth[rows] = _running_median(ratios[rows], points, np.unique(cuts))
        return smooth

    def _zero_places(self, rested: NDArray[np.bool_]) -> Floats:
        """Return where 0 is drawn, in a row of its own for each parameter that ever had a 0."""
        bottom, top = self._span()
        rows = 0.36 - (np.cumsum(rested) - (rested.sum() + 1) / 2) * min(0.6 / len(rested), 0.1)
        return np.asarray(bottom + ZERO * rows * (top - bottom))

    def _name(self, x: Floats, ratios: Floats, heights: Floats, places: Floats) -> Key:
        """Place the names at the right, in the order of the lines, each in its own row."""
        if not self.named or not len(x):
            return ()
        bottom, top = self._span()
        pixel = (top - bottom) / self.height()
        ends = {}
        for i in range(len(self.names)):
            there = np.flatnonzero(np.isfinite(ratios[i]))
            if len(there):
                at = there[-1]
                drawn = heights[i, np.isfinite(heights[i])]
                stands = ratios[i, at] == 0 or not len(drawn)
                ends[i] = x[at], places[i] if stands else drawn[-1]
        order = sorted(ends, key=lambda i: (ends[i][1], -i))
        rows = _apart([ends[i][1] / pixel for i in order], 15, bottom / pixel, top / pixel)
        right = self.summary.end * 1.035
        key: list[tuple[int, float]] = []
        for i, row in zip(order, rows, strict=True):
            row = round(row / 3) * 3
            self.labels[i].set(x=right * 1.03, y=row * pixel, visible=True)
            begin, height = ends[i]
            self.leads[i].set_data([begin, right * 1.02], [height, row * pixel])
            key.append((i, row))
        return tuple(key)

    def _settle(self) -> None:
        low, high = self.decades
        bottom, top = self._span()
        self.axes.set_ylim(bottom, top)
        powers = range(low, high + 1, -(-(high - low) // 6))
        places = [bottom + 0.35 * ZERO * (top - bottom), *powers]
        set_ticks(self.axes, "y", places, ["0", *(decade(1, power) for power in powers)])
        if self.watch is None:
            total = len(self.summary.record.parameters)
            few = "" if len(self.names) == total else f", {len(self.names)} of {total} parameters"
            title(self.axes, f"Update ratio: ‖update‖ / ‖parameter‖{few}")
        else:
            title(self.axes, f"Update ratio of {elide(self.watch, int(self.width() / 7.8) - 16)}")
        hint = "the norm of each update\nover the norm of its parameter"
        self.hint.set_text(hint if not len(self.summary.record.update_steps) else "")


def _running_median(values: Floats, points: Ints, cuts: Ints) -> Floats:
    """Return medians of rows at some points, each of up to 9 values around it, between cuts.

    NaN is ignored, and the median at a NaN is NaN.
    """
    if not len(points):
        return values
    part = np.searchsorted(cuts, points, side="right")
    begins = np.r_[0, cuts][part][:, None]
    ends = np.r_[cuts, values.shape[1]][part][:, None]
    window = points[:, None] + np.arange(WINDOW) - WINDOW // 2
    inside = (begins <= window) & (window < ends)
    near = np.where(inside, values[:, np.where(inside, window, 0)], np.nan)
    ordered = np.sort(near, axis=2)
    count = np.isfinite(ordered).sum(axis=2, keepdims=True)  # NaN is sorted last
    two = np.concatenate([np.maximum(count - 1, 0) // 2, count // 2], axis=2)
    middle = np.take_along_axis(ordered, two, axis=2).mean(axis=2)
    return np.where(np.isnan(values[:, points]), np.nan, middle)


def _apart(places: list[float], gap: float, low: float, high: float) -> list[float]:
    """Move sorted places up, then down, until they are a gap apart and below the top.

    >>> _apart([0.0, 1.0, 50.0], 10, 0, 55)
    [0.0, 10.0, 50.0]
    """
    rows: list[float] = []
    for place in places:
        rows.append(max(place, low, rows[-1] + gap if rows else low))
    for i in range(len(rows) - 1, -1, -1):
        rows[i] = min(rows[i], high if i == len(rows) - 1 else rows[i + 1] - gap)
    return rows

"""The learning rate of each group, on a log axis with a place for 0 below a break."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from fineopt.wording import join_names

from ...scenes.scales import decade
from ...scenes.style import DOTTED, GREY, colour, dash, ink
from ...scenes.summary import Floats, Summary
from ...scenes.text import elide
from ..rendering.axes import set_ticks, title
from ..rendering.curves import Curve
from .chart import Chart, Key
from .zero_axis import draw_broken_spine

ZERO = 0.24  # the share of the axis's height kept for 0 and the break above it
NAMED = 20  # the maximum number of groups with a name at their line
LETTER = 9.4  # the maximum width of a bold letter in pixels
ROW = 14  # the height of a row of names in pixels


class RateChart(Chart):
    """One line per group; dotted, in the place for 0, while the group is frozen."""

    def __init__(self, axes: Axes, summary: Summary) -> None:
        super().__init__(axes, summary)
        groups = summary.record.groups
        # Earlier groups are thicker, so that a line is visible below another of the same lr.
        self.rates = [
            Curve(colour(g), max(2.8 - 0.4 * g, 1.6), dash(g), level=True)
            for g in range(len(groups))
        ]
        self.zeros = [Curve(colour(g), 2.4, DOTTED, level=True) for g in range(len(groups))]
        self.curves.curves = [*self.rates, *self.zeros]
        self._named: Key = ()
        self.names = [
            self.word(
                elide(name, int(self.width() / LETTER) - 2),
                fontweight="bold", color=ink(g), visible=False,
            )
            for g, name in enumerate(groups[:NAMED])
        ]  # fmt: skip
        self.others = self.word(x=1.0, y=1.0, transform=axes.transAxes, ha="right", va="top")
        self.others.set_color(GREY)
        draw_broken_spine(axes, ZERO, 0.06)

    def _move(self) -> tuple[Key, Key]:
        envelope, zero = self.summary.lr, self.summary.zero
        least = float(np.nanmin(envelope.low, initial=np.inf))
        greatest = float(np.nanmax(envelope.high, initial=0.0))
        if greatest == 0:  # no steps yet, or all frozen
            least, greatest = 1e-3, 1e-1
        low = math.floor(math.log10(least) + 1e-9)
        high = max(math.ceil(math.log10(greatest) - 1e-9), low + 1)
        self.decades = low, high
        shown = _bends(envelope.low, envelope.high, zero.low)
        x = self.summary.x(np.stack([envelope.begins, envelope.ends], axis=1)[shown]).ravel()
        y = np.log10(np.stack([envelope.low[shown], envelope.high[shown]], axis=1))
        y = y.reshape(len(x), len(self.rates))
        stopped = np.repeat(zero.low[shown], 2, axis=0) + self._zero_places()
        for group, (rate, rest) in enumerate(zip(self.rates, self.zeros, strict=True)):
            rate.set(*_corners(x, y[:, group]))
            stops = np.isfinite(stopped[:, group]).any()
            rest.set(*_corners(x, stopped[:, group]) if stops else (x[:0], x[:0]))
        return (low, high, not envelope.seen), self._name_lines()

    def _span(self) -> tuple[float, float]:
        """Return the bottom and top of the axis in decades, with space for 0 and for a name."""
        low, high = self.decades
        decades = 1.12 * (high - low)
        return low - 0.02 * decades - decades * ZERO / (1 - ZERO), low + decades

    def _zero_places(self) -> Floats:
        """Return where each group's 0 is drawn, one above the other, so that all are visible."""
        bottom, top = self._span()
        count = len(self.rates)
        apart = min(0.04, 0.13 / max(count - 1, 1))
        rows = 0.45 * ZERO + (np.arange(count) - (count - 1) / 2)[::-1] * apart
        return np.asarray(bottom + rows * (top - bottom))

    def _name_lines(self) -> Key:
        """Place each group's name above the start of its line; nearby names share a row."""
        first = self.summary.first_lr
        starts = self.summary.x([step for step, _ in first.values()]).tolist()
        key = (*first.items(), *starts, self.summary.end, *self.decades)
        if key == self._named:
            return key
        self._named = key
        bottom, top = self._span()
        pixel = (top - bottom) / self.height()
        zeros = self._zero_places()
        places = sorted(
            (math.log10(lr) if lr > 0 else float(zeros[group]), group, start)
            for (group, (_, lr)), start in zip(first.items(), starts, strict=True)
            if math.isfinite(lr) and lr >= 0
        )
        row, taken = -math.inf, 0.0  # the height of the row; the pixels taken in it
        for name in self.names:
            name.set_visible(False)
        for y, group, start in places:
            if group >= len(self.names):
                continue
            name, length = self.names[group], LETTER * len(self.names[group].get_text()) + 8
            if y + 10 * pixel >= row + ROW * pixel:
                row, taken = y + 10 * pixel, 0.0
            elif taken + length > self.width():
                row, taken = row + ROW * pixel, 0.0
            if row > top and len(self.zeros) > 1:
                continue  # above the axes, it would hide the title
            x = start / self.summary.end * self.width() + 5
            name.set(y=row, x=max(x, taken) * self.summary.end / self.width(), visible=True)
            taken = max(x, taken) + length
        unnamed = len(self.rates) - sum(name.get_visible() for name in self.names)
        self.others.set_text(f"and {unnamed:,} more" if unnamed and len(places) else "")
        return key

    def _settle(self) -> None:
        low, high = self.decades
        bottom, top = self._span()
        self.axes.set_ylim(bottom, top)
        digits = (1, 2, 5) if high - low == 1 else (1, 3) if high - low == 2 else (1,)
        skip = -(-(high - low) // 6)
        marked = [(d, p) for p in range(low, high + 1, skip) for d in digits if d == 1 or p < high]
        middle = bottom + 0.45 * ZERO * (top - bottom)
        places = [middle, *(p + math.log10(d) for d, p in marked)]
        set_ticks(self.axes, "y", places, ["0", *(decade(d, p) for d, p in marked)])
        title(self.axes, "Learning rate per group")
        empty = not self.summary.lr.seen
        room = int(self.width() / 6.6) - len("one line per group:  and 500 more")
        groups = join_names(self.summary.record.groups, length=room)
        self.hint.set_text(
            f"one line per group: {groups}\nat 0, its parameters do not change" if empty else ""
        )
        self.hint.set_color(GREY)


def _bends(low: Floats, high: Floats, zero: Floats) -> NDArray[np.bool_]:
    """Return the buckets in which a line may have a corner, where it is not level."""
    rows = np.nan_to_num(np.concatenate([low, high, zero], axis=1), nan=-1.0)
    same = (rows[1:] == rows[:-1]).all(axis=1)
    bend = np.asarray((low < high).any(axis=1))
    bend[:1] = bend[-1:] = True
    bend[1:-1] |= ~(same[1:] & same[:-1])
    return bend


def _corners(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Omit points within level stretches: an lr is constant most of the time."""
    level = (y[1:] == y[:-1]) | (np.isnan(y[1:]) & np.isnan(y[:-1]))
    corner = np.ones(len(y), bool)
    corner[1:-1] = ~(level[1:] & level[:-1])
    return x[corner], y[corner]

"""The sum of each parameter's gradient, for each epoch.

The area of a dot is proportional to the absolute value; filled dots are positive, hollow ones
negative. A faint dot has an lr of 0: the parameter did not change although it had a gradient. The
word None means that no gradient was computed. A sum of 0 is a dash, and a sum that is not finite a
cross. A sum within its rounding error counts as 0, since its sign is meaningless.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from numpy.typing import NDArray

from fineopt.recorder.rounding import settle

from ...scenes.scales import ceiling
from ...scenes.style import GREY, INK, SIZE, colour, ink, shade
from ...scenes.summary import Summary
from ...scenes.text import format_number, shorten
from ..rendering.axes import set_ticks, title
from .chart import CURVES, Chart, Key, window

COLUMNS, ROWS = 16, 32  # the maximum number of epochs and of parameters shown
NAME = 19  # characters of a parameter's name
Which = Literal["epoch", "last"]


class GradChart(Chart):
    """Gradient sums as dots: one row per parameter, one column per epoch."""

    def __init__(
        self, axes: Axes, summary: Summary, which: Which = "epoch", watch: str | None = None
    ) -> None:
        super().__init__(axes, summary)
        if which not in ("epoch", "last"):
            raise ValueError(f"which must be 'epoch' or 'last', got {which!r}")
        self.which = which
        names = list(summary.record.parameters)
        self.rows = window(names, watch, ROWS)
        self.names = names[self.rows]
        self.groups = [summary.record.parameters[name] for name in self.names]
        self.dots = axes.scatter([], [], zorder=CURVES, linewidths=1.2)
        self.nothing = self.line(linestyle="", marker="_", color=GREY, markersize=5)
        self.broken = self.line(linestyle="", marker="x", color=INK, markersize=6)
        # The word is drawn as a marker: all of them at the cost of one.
        self.nones = self.line(linestyle="", marker=_none_path(), color=GREY, markersize=21)
        self.nones.set_markeredgewidth(0.2)
        for marks in (self.dots, self.nothing, self.broken, self.nones):
            marks.set_clip_on(False)  # markers of the last epoch extend into the margin
        # These change together, at the end of an epoch.
        self.slow, self.moving = [self.dots, *self.moving], []
        self._seen: tuple[int, float] | None = None
        self._keys: tuple[Key, Key] = ((), ())

    def _move(self) -> tuple[Key, Key]:
        seen = self.summary.record.epochs, self.summary.end
        if seen != self._seen:
            self._seen, self._keys = seen, (self._place_dots(), seen)
        return self._keys

    def _place_dots(self) -> Key:
        record, end = self.summary.record, self.summary.end
        every = next(n for n in _round_numbers() if end / n <= COLUMNS)
        self.epochs = np.arange(every, record.epochs + 1, every)  # counted from 1
        sums, had = record.grad_sums(self.which)
        sums = settle(sums, record.grad_sum_errors(self.which))
        finite = np.abs(sums[np.isfinite(sums)])
        self.largest = ceiling(finite.max()) if finite.any() else 1.0
        sums, had = sums[self.epochs - 1, self.rows], had[self.epochs - 1, self.rows]
        column, row = np.nonzero(had & np.isfinite(sums) & (sums != 0))
        value = sums[column, row]
        pitch = min(self.height() / max(len(self.names), 1), self.width() / (end / every), 24.0)
        diameter = np.maximum(pitch * np.sqrt(np.abs(value) / self.largest), 5.5) * 0.72  # points
        had_lr = self._had_lr()
        edge = np.array([shade(colour(group), 0.0) for group in self.groups]).reshape(-1, 3)
        faint = np.array([shade(colour(group), 0.6) for group in self.groups]).reshape(-1, 3)
        colours: Any = np.where(had_lr[column, row, None], edge[row], faint[row])
        self.dots.set_offsets(np.column_stack([self.epochs[column], row]))
        self.dots.set_sizes(diameter**2)
        self.dots.set_edgecolor(colours)
        fill: Any = np.where(value[:, None] > 0, colours, 1.0)
        self.dots.set_facecolor(fill)
        for line, where in ((self.nothing, sums == 0), (self.broken, ~np.isfinite(sums))):
            column, row = np.nonzero(had & where)
            line.set_data(self.epochs[column], row)
        first = ~had
        if (
            self.width() / (end / every) < 34
        ):  # narrow columns: show only the first of consecutive Nones
            first[1:] &= had[:-1]
        column, row = np.nonzero(first)
        self.nones.set_data(self.epochs[column], row)
        self.every = every
        return (every, self.largest, not record.epochs)

    def _had_lr(self) -> NDArray[np.bool_]:
        """Return whether each lr was nonzero in each shown epoch, of shape (columns, rows)."""
        record = self.summary.record
        ends = np.concatenate([[0], record.epoch_ends])
        had_lr = np.zeros((len(self.epochs), len(self.names)), bool)
        for column, epoch in enumerate(self.epochs):
            begin = ends[epoch - 1] if self.which == "epoch" else ends[epoch] - 1
            rates = record.lr[begin : ends[epoch]]
            on = ((rates != 0) & ~np.isnan(rates)).any(axis=0)
            had_lr[column] = [group is not None and on[group] for group in self.groups]
        return had_lr

    def _settle(self) -> None:
        rows = len(self.names)
        self.axes.set_ylim(rows - 0.4, -0.6)
        set_ticks(self.axes, "y", range(rows), shorten(self.names, NAME))
        for label, group in zip(self.axes.get_yticklabels(), self.groups, strict=True):
            label.set_color(ink(group))
        kind = "Grad sum per epoch" if self.which == "epoch" else "Last batch's grad sum"
        total, key = len(self.summary.record.parameters), "filled +, hollow −"
        if rows == total:
            title(self.axes, f"{kind} ({key})")
            key = ""
        else:
            title(self.axes, f"{kind}, {rows} of {total}")
            key += ", "
        empty = not self.summary.record.epochs
        self.hint.set_text("one dot per parameter and epoch\n(None: no gradient)" if empty else "")
        if not empty:
            step = "epoch" if self.every == 1 else f"every {self.every} epochs"
            scale = f"  ({key}faint: lr 0; up to {format_number(self.largest)})"
            self.axes.set_xlabel(step + scale, fontsize=SIZE, labelpad=2)


def _none_path() -> Path:
    """Return the outline of the word None, centred, without TeX."""
    outline = TextPath((0, 0), "None", size=12, usetex=False)
    box = outline.get_extents()
    middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    centred = np.asarray(outline.vertices) - middle
    # The vertices that close a letter have no meaning; they must not affect the size.
    centred[outline.codes == Path.CLOSEPOLY] = 0
    return Path(centred, outline.codes)


def _round_numbers() -> list[int]:
    return [digit * 10**power for power in range(9) for digit in (1, 2, 5)]

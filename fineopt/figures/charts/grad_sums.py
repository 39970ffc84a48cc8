"""The sum of each parameter's gradient, epoch by epoch: what the optimizer was told to do.

Area is size; full is positive and hollow negative; faint says that the lr was 0, so that the
parameter stood still although its gradient went on. The word None stands where no gradient was
computed at all. A sum of 0 is a dash, one that is not finite a cross. A sum that is no
more than its rounding error counts as 0, since its sign means nothing.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from numpy.typing import NDArray

from fineopt.recorder.rounding import settle

from ..style import (
    GREY,
    INK,
    SIZE,
    Key,
    ceiling,
    colour,
    ink,
    set_ticks,
    shade,
    title,
)
from ..summary import Digest
from ..text import number, shorten
from .chart import CURVES, Chart, window

COLUMNS, ROWS = 16, 32  # at most so many epochs and parameters are shown at a time
NAME = 19  # letters of a parameter's name
Which = Literal["epoch", "last"]


class GradChart(Chart):
    """Gradient sums as dots: a row a parameter, a column an epoch."""

    def __init__(
        self, axes: Axes, digest: Digest, which: Which = "epoch", watch: str | None = None
    ) -> None:
        super().__init__(axes, digest)
        if which not in ("epoch", "last"):
            raise ValueError(f"which is 'epoch' or 'last', not {which!r}")
        self.which = which
        names = list(digest.record.parameters)
        self.rows = window(names, watch, ROWS)
        self.names = names[self.rows]
        self.groups = [digest.record.parameters[name] for name in self.names]
        self.dots = axes.scatter([], [], zorder=CURVES, linewidths=1.2)
        self.nothing = self.line(linestyle="", marker="_", color=GREY, markersize=5)
        self.broken = self.line(linestyle="", marker="x", color=INK, markersize=6)
        # A word drawn as a marker: all of them at the cost of one.
        self.nones = self.line(linestyle="", marker=_none_path(), color=GREY, markersize=21)
        self.nones.set_markeredgewidth(0.2)
        for marks in (self.dots, self.nothing, self.broken, self.nones):
            marks.set_clip_on(False)  # those of the last epoch reach into the margin
        # All change at once, at the end of an epoch.
        self.slow, self.moving = [self.dots, *self.moving], []
        self._seen: tuple[int, float] | None = None
        self._keys: tuple[Key, Key] = ((), ())

    def _move(self) -> tuple[Key, Key]:
        seen = self.digest.record.epochs, self.digest.end
        if seen != self._seen:
            self._seen, self._keys = seen, (self._place_dots(), seen)
        return self._keys

    def _place_dots(self) -> Key:
        record, end = self.digest.record, self.digest.end
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
        moved = self._moved()
        edge = np.array([shade(colour(group), 0.0) for group in self.groups]).reshape(-1, 3)
        faint = np.array([shade(colour(group), 0.6) for group in self.groups]).reshape(-1, 3)
        colours: Any = np.where(moved[column, row, None], edge[row], faint[row])
        self.dots.set_offsets(np.column_stack([self.epochs[column], row]))
        self.dots.set_sizes(diameter**2)
        self.dots.set_edgecolor(colours)
        fill: Any = np.where(value[:, None] > 0, colours, 1.0)
        self.dots.set_facecolor(fill)
        for line, where in ((self.nothing, sums == 0), (self.broken, ~np.isfinite(sums))):
            column, row = np.nonzero(had & where)
            line.set_data(self.epochs[column], row)
        first = ~had
        if self.width() / (end / every) < 34:  # columns crowd: only the first None of a run
            first[1:] &= had[:-1]
        column, row = np.nonzero(first)
        self.nones.set_data(self.epochs[column], row)
        self.every = every
        return (every, self.largest, not record.epochs)

    def _moved(self) -> NDArray[np.bool_]:
        """Whether each parameter's lr was other than 0 in each shown epoch, (columns, rows)."""
        record = self.digest.record
        ends = np.concatenate([[0], record.epoch_ends])
        moved = np.zeros((len(self.epochs), len(self.names)), bool)
        for column, epoch in enumerate(self.epochs):
            begin = ends[epoch - 1] if self.which == "epoch" else ends[epoch] - 1
            rates = record.lr[begin : ends[epoch]]
            on = ((rates != 0) & ~np.isnan(rates)).any(axis=0)
            moved[column] = [group is not None and on[group] for group in self.groups]
        return moved

    def _settle(self) -> None:
        rows = len(self.names)
        self.axes.set_ylim(rows - 0.4, -0.6)
        set_ticks(self.axes, "y", range(rows), shorten(self.names, NAME))
        for label, group in zip(self.axes.get_yticklabels(), self.groups, strict=True):
            label.set_color(ink(group))
        said = "Grad sum per epoch" if self.which == "epoch" else "Last batch's grad sum"
        total, key = len(self.digest.record.parameters), "full +, hollow −"
        if rows == total:
            title(self.axes, f"{said} ({key})")
            key = ""
        else:
            title(self.axes, f"{said}, {rows} of {total}")
            key += ", "
        empty = not self.digest.record.epochs
        self.hint.set_text(
            "a dot for each parameter and epoch\n(None: no gradient)" if empty else ""
        )
        if not empty:
            step = "epoch" if self.every == 1 else f"one epoch in {self.every}"
            scale = f"  ({key}faint: lr 0; up to {number(self.largest)})"
            self.axes.set_xlabel(step + scale, fontsize=SIZE, labelpad=2)


def _none_path() -> Path:
    """Return the outline of the word None, about its middle; never set by TeX."""
    outline = TextPath((0, 0), "None", size=12, usetex=False)
    box = outline.get_extents()
    middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    centred = np.asarray(outline.vertices) - middle
    # Where a letter closes, a vertex says nothing: it must not count for the size.
    centred[outline.codes == Path.CLOSEPOLY] = 0
    return Path(centred, outline.codes)


def _round_numbers() -> list[int]:
    return [digit * 10**power for power in range(9) for digit in (1, 2, 5)]

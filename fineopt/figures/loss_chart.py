"""The loss: each step faint, a running mean over it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from .chart import CURVES, Chart, Marks
from .digest import Digest, Floats
from .style import FAINT, INK, Key, ceiling, labels, number, set_ticks, ticks, title

WINDOW = 16  # steps under the running mean, or as many as 8 buckets hold
BEYOND = 8  # a loss over so many times the opening's greatest lies beyond the axis


class LossChart(Chart):
    """Per-step loss as a faint envelope, its running mean, and marks where an lr changed."""

    def __init__(self, axes: Axes, digest: Digest, marks: bool = True) -> None:
        super().__init__(axes, digest)
        self.marked = marks
        self.marks = Marks(self, worded=True)
        self.steps = self.line(color=FAINT, linewidth=0.9)
        # Many steps a pixel: their envelope as an area costs a sixth of a line up and down in it.
        self.band = PolyCollection([], facecolors=FAINT, edgecolors="none", zorder=CURVES)
        axes.add_collection(self.band, autolim=False)
        self.moving.append(self.band)
        self.mean = self.line(color=INK, linewidth=2.0)
        self.note = self.word(
            x=1.0, y=0.96, transform=axes.transAxes, ha="right", fontweight="bold", color="#b00020"
        )

    def _move(self) -> tuple[Key, Key]:
        envelope = self.digest.loss
        x = self.digest.x(envelope.ends)
        low, high = envelope.low[:, 0], envelope.high[:, 0]
        single = envelope.size == 1
        self.steps.set_data((x, low) if single else ([], []))
        self.mean.set_data(x, envelope.running_mean(max(8, WINDOW // envelope.size))[:, 0])
        lowest, highest = float(np.nanmin(low, initial=0)), float(np.nanmax(high, initial=0))
        beyond = BEYOND * self.digest.usual
        note = ""
        if beyond and max(highest, -lowest) > beyond:
            note = f"up to {max(highest, -lowest):.1e}, beyond this axis"
        if self.digest.broken:
            step, value = self.digest.broken
            note = f"loss {'NaN' if np.isnan(value) else number(value)} at step {step:,}"
        self.note.set_text(note)
        marks = self.marks.update(self.marked, rows_taken=bool(note))
        highest, lowest = min(highest, beyond), max(lowest, -beyond)
        top = ceiling(highest) if highest > 0 else 0.0
        self.limits = (-ceiling(-lowest) if lowest < 0 else 0.0, top or (0.0 if lowest else 1.0))
        self.band.set_verts([] if single else self._outlines(x, low, high))
        return (*self.limits, not envelope.seen), (note, *marks)

    def _outlines(self, x: Floats, low: Floats, high: Floats) -> list[Floats]:
        """Return a polygon for each run of finite losses, nowhere thinner than a line."""
        thin = 0.5 * (self.limits[1] - self.limits[0]) / self.height()
        finite = np.isfinite(low)
        runs = np.split(np.arange(len(x)), np.flatnonzero(np.diff(finite)) + 1)
        return [
            np.column_stack([np.r_[x[run], x[run[::-1]]],
                             np.r_[low[run] - thin, high[run[::-1]] + thin]])
            for run in runs if finite[run[0]]
        ]  # fmt: skip

    def _settle(self) -> None:
        low, high = self.limits
        self.axes.set_ylim(low, high)
        places = ticks(low, high)
        set_ticks(self.axes, "y", places, labels(places))
        title(self.axes, "Loss")
        empty = not self.digest.loss.seen
        self.hint.set_text("each step's loss, and its running mean" if empty else "")

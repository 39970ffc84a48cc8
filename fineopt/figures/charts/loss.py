"""The loss: each step faint, a running mean over it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from ..style import FAINT, INK, LARGEST, LEAST, Key, ceiling, set_ticks, ticks, title
from ..summary import Digest
from ..text import labels, number
from .chart import Chart, Marks
from .curves import Area, Curve

WINDOW = 16  # steps under the running mean, or as many as 8 buckets hold
BEYOND = 8  # a loss over so many times the opening's greatest lies beyond the axis


class LossChart(Chart):
    """Per-step loss as a faint envelope, its running mean, and marks where an lr changed."""

    def __init__(self, axes: Axes, digest: Digest, marks: bool = True) -> None:
        super().__init__(axes, digest)
        self.marked = marks
        self.marks = Marks(self, worded=True)
        self.steps = self.curves.add(Curve(FAINT, 0.9))
        self.band = self.curves.add(Area(FAINT))  # in its place, where many steps share a pixel
        self.mean = self.curves.add(Curve(INK, 2.0))
        self.note = self.word(
            x=1.0, y=0.96, transform=axes.transAxes, ha="right", fontweight="bold", color="#b00020"
        )

    def _move(self) -> tuple[Key, Key]:
        envelope = self.digest.loss
        x = self.digest.x(envelope.ends)
        low, high = envelope.low[:, 0], envelope.high[:, 0]
        single = envelope.size == 1
        self.mean.set(x, envelope.running_mean(max(8, WINDOW // envelope.size))[:, 0])
        lowest, highest = float(np.nanmin(low, initial=0)), float(np.nanmax(high, initial=0))
        beyond = min(BEYOND * self.digest.usual, LARGEST) or LARGEST
        note = ""
        if max(highest, -lowest) > beyond:
            note = f"up to {number(max(highest, -lowest))}, beyond this axis"
        if self.digest.broken:
            step, value = self.digest.broken
            note = f"loss {'NaN' if np.isnan(value) else number(value)} at step {step:,}"
        self.note.set_text(note)
        marks = self.marks.update(self.marked, rows_taken=bool(note))
        top, bottom = (_end(min(side, beyond)) for side in (highest, -lowest))
        self.limits = -bottom, top or (0.0 if bottom else 1.0)
        thin = 0.5 * (self.limits[1] - self.limits[0]) / self.height()  # no thinner than a line
        few, many = (x, x[:0]) if single else (x[:0], x)
        self.steps.set(few, low[: len(few)])
        self.band.set(many, low[: len(many)] - thin, high[: len(many)] + thin)
        return (*self.limits, not envelope.seen), (note, *marks)

    def _settle(self) -> None:
        low, high = self.limits
        self.axes.set_ylim(low, high)
        places = ticks(low, high)
        set_ticks(self.axes, "y", places, labels(places))
        title(self.axes, "Loss")
        empty = not self.digest.loss.seen
        self.hint.set_text("each step's loss, and its running mean" if empty else "")


def _end(loss: float) -> float:
    """Return where an axis ends that reaches to a loss; 0 for none on this side."""
    return ceiling(max(loss, LEAST)) if loss > 0 else 0.0

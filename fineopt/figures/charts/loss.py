"""The loss of each step, faint, and its running mean."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from ...scenes.scales import LARGEST, LEAST, ceiling, labels, ticks
from ...scenes.style import ALERT, FAINT, INK
from ...scenes.summary import Summary
from ...scenes.text import format_number
from ..rendering.axes import set_ticks, title
from ..rendering.curves import Area, Curve
from .chart import Chart, Key
from .marks import Marks

WINDOW = 16  # steps in the running mean, or those of 8 buckets if these are more
BEYOND = 8  # the axis ends at this multiple of the largest loss of the opening steps


class LossChart(Chart):
    """The loss of each step, or its envelope; its running mean; and marks where an lr changed."""

    def __init__(self, axes: Axes, summary: Summary, marks: bool = True) -> None:
        super().__init__(axes, summary)
        self.marked = marks
        self.marks = Marks(self, worded=True)
        self.steps = self.curves.add(Curve(FAINT, 0.9))
        self.band = self.curves.add(Area(FAINT))  # instead of steps, where many share a pixel
        self.mean = self.curves.add(Curve(INK, 2.0))
        self.note = self.word(
            x=1.0, y=0.96, transform=axes.transAxes, ha="right", fontweight="bold", color=ALERT
        )

    def _move(self) -> tuple[Key, Key]:
        envelope = self.summary.loss
        x = self.summary.x(envelope.ends)
        low, high = envelope.low[:, 0], envelope.high[:, 0]
        single = envelope.size == 1
        self.mean.set(x, envelope.running_mean(max(8, WINDOW // envelope.size))[:, 0])
        lowest, highest = float(np.nanmin(low, initial=0)), float(np.nanmax(high, initial=0))
        beyond = min(BEYOND * self.summary.usual, LARGEST) or LARGEST
        note = ""
        if max(highest, -lowest) > beyond:
            note = f"up to {format_number(max(highest, -lowest))}, beyond the axis"
        if self.summary.broken:
            step, value = self.summary.broken
            note = f"loss {'NaN' if np.isnan(value) else format_number(value)} at step {step:,}"
        self.note.set_text(note)
        marks = self.marks.update(self.marked, rows_taken=bool(note))
        top, bottom = (_end(min(side, beyond)) for side in (highest, -lowest))
        self.limits = -bottom, top or (0.0 if bottom else 1.0)
        thin = (
            0.5 * (self.limits[1] - self.limits[0]) / self.height()
        )  # at least as thick as a line
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
        empty = not self.summary.loss.seen
        self.hint.set_text("the loss of each step, and its running mean" if empty else "")


def _end(loss: float) -> float:
    """Return the end of an axis that includes a loss; 0 if it is not positive."""
    return ceiling(max(loss, LEAST)) if loss > 0 else 0.0

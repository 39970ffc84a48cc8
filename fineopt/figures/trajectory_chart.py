"""The trajectory of one parameter: a line for each of its elements, or of 16 of them."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from .chart import CURVES, Chart, Marks
from .digest import Digest, Floats, Ints
from .style import Key, colour, elide, ink, labels, set_ticks, shade, ticks, title

POINTS = 256  # of a line, at most
LINES = 16  # at most: more could not be told apart
SHADES = (0.0, 0.45, -0.35, 0.25, -0.15, 0.6)  # of the group's colour, so that lines are told apart


class TrajectoryChart(Chart):
    """Elements of one parameter over the run, all in the colour of its group."""

    def __init__(
        self, axes: Axes, digest: Digest, name: str, marks: bool = True, worded: bool = False
    ) -> None:
        super().__init__(axes, digest)
        self.name, self.marked = name, marks
        record = digest.record
        if name not in record.parameters:
            raise KeyError(
                f"no parameter {name!r} is recorded; there are {list(record.parameters)}"
            )
        self.group = record.parameters[name]
        self.marks = Marks(self, worded)
        # One collection: drawn at half the cost of as many lines.
        self.lines = LineCollection([], linewidths=1.3, zorder=CURVES)
        self.lines.set_color([shade(colour(self.group), SHADES[i % 6]) for i in range(LINES)])
        axes.add_collection(self.lines, autolim=False)
        self.moving.append(self.lines)
        self.still = self.word("still, to the last bit", color=ink(self.group), visible=False)

    def _move(self) -> tuple[Key, Key]:
        digest, record = self.digest, self.digest.record
        steps, values = record.trajectory_steps, record.trajectory(self.name)
        values = values[:, _spread(values.shape[1])]
        every = max(1, -(-len(steps) // POINTS))
        drawn = np.unique(np.r_[0 : len(steps) : every, max(len(steps) - 1, 0)])[: len(steps)]
        x, y = digest.x(steps[drawn]), values[drawn]
        self.lines.set_segments([np.column_stack([x, element]) for element in y.T])
        self.limits = _limits(values)
        marks = self.marks.update(self.marked)
        still = self._tell_stillness(steps, values)
        size = math.prod(record.shape(self.name)) if record.started else 0
        return (self.name, size, *self.limits, record.steps == 0), (*still, *marks)

    def _tell_stillness(self, steps: Ints, values: Floats) -> Key:
        """Say that the parameter stands still, if its group is frozen and no bit has changed."""
        record = self.digest.record
        bursts = [burst for burst in self.digest.bursts if burst.group == self.group]
        shown = False
        if bursts and bursts[-1].new == 0 and record.steps > bursts[-1].last:
            since = values[np.searchsorted(steps, bursts[-1].last) :]
            shown = len(since) > 1 and bool((since == since[0]).all())
        self.still.set_visible(shown)
        if not shown:
            return ()
        begin, end = float(self.digest.x(bursts[-1].last)), self.digest.end
        room = (end - begin) / end * self.width() > 140
        self.still.set(x=begin + (0.015 if room else -0.015) * end, ha="left" if room else "right")
        y = _widest_gap(since[0], *self.limits)
        self.still.set_y(y)
        return begin, end, y

    def _settle(self) -> None:
        low, high = self.limits
        self.axes.set_ylim(low, high)
        places = ticks(low, high)
        set_ticks(self.axes, "y", places, labels(places))
        record = self.digest.record
        count = ""
        if record.started:
            size = math.prod(record.shape(self.name))
            drawn = len(_spread(len(record.kept_indices(self.name))))
            count = f" ({drawn} of {size:,})" if drawn < size else f" ({size} numbers)"
        room = int(self.width() / 7.8) - len("Trajectory of " + count)
        title(self.axes, f"Trajectory of {elide(self.name, max(room, 12))}{count}")
        empty = record.steps == 0
        where = "" if self.group is not None else "\n(it is in no optimizer)"
        self.hint.set_text(f"one line for each number of {elide(self.name, 24)}{where}" * empty)


def _spread(kept: int) -> Ints:
    """Return which of the kept elements are drawn."""
    return np.linspace(0, max(kept - 1, 0), min(kept, LINES)).round().astype(int)


def _limits(values: Floats) -> tuple[float, float]:
    """Return round limits that seldom change while the values spread."""
    finite = np.clip(values[np.isfinite(values)], -1e300, 1e300)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        spread = max(abs(low), 1e-2) / 10
        low, high = low - spread, high + spread
    places = ticks(low, high, 3)
    step = places[1] - places[0] if len(places) > 1 else high - low
    return math.floor(low / step) * step, math.ceil(high / step) * step


def _widest_gap(values: Floats, low: float, high: float) -> float:
    """Return the middle of the widest free space, where a word hides no line."""
    inside = values[(values >= low) & (values <= high)]
    edges = np.sort(np.concatenate([[low], inside, [high]]))
    widest = int(np.argmax(np.diff(edges)))
    return float(edges[widest] + edges[widest + 1]) / 2

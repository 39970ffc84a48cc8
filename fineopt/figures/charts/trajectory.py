"""Trajectories of parameters: one line for each element, or for 16 of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from ...scenes.scales import LARGEST, LEAST, labels, ticks
from ...scenes.style import colour, dash, ink, shade
from ...scenes.summary import Floats, Ints, Summary
from ...scenes.text import elide, shorten
from ...scenes.views import watched_names
from ..rendering.axes import set_ticks, title
from ..rendering.curves import Curve
from .chart import WORDS, Chart, Key, thinned
from .marks import Marks

POINTS = 256  # of a line, at most
LINES = 16  # at most; more cannot be told apart
SHADES = (0.0, 0.45, -0.35, 0.25, -0.15, 0.6)  # of the group's colour, to tell lines apart
ROW = 15  # the height of a row of the legend in pixels
# Texts for a parameter that does not change, and the pixels that each requires.
UNCHANGED = {"unchanged, bit for bit": 140, "unchanged,\nbit for bit": 80, "unchanged": 60}


class TrajectoryChart(Chart):
    """Elements of parameters over the run, in the colour of their group.

    Two or more parameters differ by their dashes, shown in a legend above the lines.
    """

    def __init__(
        self,
        axes: Axes,
        summary: Summary,
        names: str | Sequence[str],
        marks: bool = True,
        worded: bool = False,
    ) -> None:
        super().__init__(axes, summary)
        self.names, self.marked = watched_names(summary.record, names), marks
        self.groups = [summary.record.parameters[name] for name in self.names]
        self.each = LINES // len(self.names)  # the maximum number of lines of a parameter
        self.counts: list[int] = []  # the numbers of lines currently drawn
        self.marks = Marks(self, worded)
        self.lines: list[Curve] = []
        self.legend_rows = 0 if len(self.names) == 1 else -(-len(self.names) // 2)
        if self.legend_rows:
            self._add_legend()
        self.unchanged = self.word(color=ink(self.groups[0]), visible=False)

    def _add_legend(self) -> None:
        """Add a legend of the dashes above the lines, in two columns."""
        width, height = self.width(), self.height()
        room = int((width / 2 - 50) / 6.3)  # characters
        samples: list[Any] = []
        dashes: Any = [dash(i) for i in range(len(self.names))]
        for i, name in enumerate(shorten(self.names, room)):
            x, y = 6 + width / 2 * (i % 2), height - ROW * (0.6 + i // 2)
            samples.append([(x / width, y / height), ((x + 34) / width, y / height)])
            style = {"x": (x + 40) / width, "y": y / height, "color": ink(self.groups[i])}
            self.word(name, transform=self.axes.transAxes, **style)
        sample = LineCollection(samples, linewidths=1.8, zorder=WORDS)
        sample.set_transform(self.axes.transAxes)
        sample.set_color([colour(group) for group in self.groups])
        sample.set_linestyle(dashes)
        self.axes.add_collection(sample, autolim=False)
        self.slow.append(sample)

    def _move(self) -> tuple[Key, Key]:
        summary, record = self.summary, self.summary.record
        steps, parts = record.trajectory_steps, []
        for name in self.names:
            values = record.trajectory(name)
            parts.append(values[:, _spread(values.shape[1], self.each)])
        values = np.concatenate(parts, axis=1)
        drawn = thinned(len(steps), POINTS)
        x, y = summary.x(steps[drawn]), values[drawn]
        if (counts := [part.shape[1] for part in parts]) != self.counts:
            self.counts = counts
            self.lines = self.curves.curves = [*self._make_lines()]
        points = np.stack(np.broadcast_arrays(x, y.T), axis=-1)
        for line, its in zip(self.lines, points, strict=True):
            line.points = its
        low, high = _limits(values)
        taken = ROW * self.legend_rows + 4 * bool(self.legend_rows)  # pixels of the legend
        self.limits = low, high + (high - low) * taken / max(self.height() - taken, ROW)
        marks = self.marks.update(self.marked, rows_taken=self.legend_rows)
        unchanged = self._mark_unchanged(steps, values) if len(self.names) == 1 else ()
        sizes = [math.prod(record.shape(name)) if record.started else 0 for name in self.names]
        return (*self.names, *sizes, *self.limits, record.steps == 0), (*unchanged, *marks)

    def _make_lines(self) -> Iterator[Curve]:
        """Make the lines, each in the colour of its group and with the dash of its parameter."""
        for i, count in enumerate(self.counts):
            for line in range(count):
                tone = shade(colour(self.groups[i]), SHADES[line % 6])
                yield Curve(tone, 1.3, dash(i))

    def _mark_unchanged(self, steps: Ints, values: Floats) -> Key:
        """Add a text if the group is frozen and no bit of the parameter has changed since."""
        record = self.summary.record
        changes = [
            change
            for change in self.summary.lr_changes
            if change.group == self.groups[0] and not change.optimizer
        ]
        shown = False
        if changes and changes[-1].new == 0 and record.steps > changes[-1].last:
            since = values[np.searchsorted(steps, changes[-1].last) :]
            shown = len(since) > 1 and bool((since == since[0]).all())
        # Right of the mark only: left of it, the parameter still changed.
        begin, end = float(self.summary.x(changes[-1].last)) if shown else 0.0, self.summary.end
        words = unchanged_text((end - begin) / end * self.width()) if shown else ""
        self.unchanged.set_visible(bool(words))
        if not words:
            return ()
        y = _widest_gap(since[0], *self.limits)
        self.unchanged.set(text=words, x=begin + 0.015 * end, y=y)
        return words, begin, end, y

    def _settle(self) -> None:
        low, high = self.limits
        self.axes.set_ylim(low, high)
        places = ticks(low, high)
        set_ticks(self.axes, "y", places, labels(places))
        title(self.axes, self._title())
        record, first = self.summary.record, self.groups[0]
        of = elide(self.names[0], 24) if len(self.names) == 1 else f"{len(self.names)} parameters"
        where = "" if first is not None or len(self.names) > 1 else "\n(in no optimizer)"
        self.hint.set_text(f"one line per element of {of}{where}" * (record.steps == 0))

    def _title(self) -> str:
        record, count = self.summary.record, ""
        if len(self.names) > 1:
            return f"Trajectories, up to {self.each} elements each"
        (name,) = self.names
        if record.started:
            size = math.prod(record.shape(name))
            drawn = len(_spread(len(record.kept_indices(name)), self.each))
            count = f" ({drawn} of {size:,})" if drawn < size else f" ({size} elements)"
        room = int(self.width() / 7.8) - len("Trajectory of " + count)
        return f"Trajectory of {elide(name, max(room, 12))}{count}"


def unchanged_text(room: float) -> str:
    r"""Return the longest text for an unchanged parameter that fits, given the pixels.

    >>> unchanged_text(200), unchanged_text(100), unchanged_text(70), unchanged_text(10)
    ('unchanged, bit for bit', 'unchanged,\nbit for bit', 'unchanged', '')
    """
    for text, pixels in UNCHANGED.items():
        if room >= pixels:
            return text
    return ""


def _spread(kept: int, most: int) -> Ints:
    """Return the indices of the elements to draw."""
    return np.linspace(0, max(kept - 1, 0), min(kept, most)).round().astype(int)


def _limits(values: Floats) -> tuple[float, float]:
    """Return round limits that rarely change as the values spread."""
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if not -LARGEST <= low <= high <= LARGEST:  # or not a number
        finite = np.clip(values[np.isfinite(values)], -LARGEST, LARGEST)
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if high - low <= max(1e-12 * max(abs(low), abs(high)), LEAST):
        spread = max(abs(low), 1e-2) / 10
        low, high = low - spread, high + spread
    places = ticks(low, high, 3)
    step = places[1] - places[0] if len(places) > 1 else high - low
    return math.floor(low / step) * step, math.ceil(high / step) * step


def _widest_gap(values: Floats, low: float, high: float) -> float:
    """Return the middle of the widest gap, where a text hides no line."""
    inside = values[(values >= low) & (values <= high)]
    edges = np.sort(np.concatenate([[low], inside, [high]]))
    widest = int(np.argmax(np.diff(edges)))
    return float(edges[widest] + edges[widest + 1]) / 2

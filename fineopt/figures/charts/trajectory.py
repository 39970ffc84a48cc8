"""The trajectory of parameters: a line for each of their elements, or for 16 of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from fineopt.recorder import Record

from ..style import (
    LARGEST,
    LEAST,
    Key,
    colour,
    dash,
    ink,
    set_ticks,
    shade,
    ticks,
    title,
)
from ..summary import Digest, Floats, Ints
from ..text import elide, labels, shorten
from .chart import WORDS, Chart, Marks
from .curves import Curve

POINTS = 256  # of a line, at most
LINES = 16  # at most: more could not be told apart
SHADES = (0.0, 0.45, -0.35, 0.25, -0.15, 0.6)  # of the group's colour, so that lines are told apart
MOST = 4  # parameters at a time: as many as there are dashes that are told apart
ROW = 15  # pixels of a row of the key
# From how many pixels on there is room for a word beside the line of the newest change.
STILL = {"still, to the last bit": 140, "still, to\nthe last bit": 80, "still": 40}


def check_names(record: Record, names: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names, each once, if all are known and they are not too many.

    Raises:
        KeyError: if no parameter is called so.
        ValueError: for none at all, or for more than can be told apart.
    """
    several = tuple(dict.fromkeys([names] if isinstance(names, str) else names))
    for name in several:
        record.check_parameter(name)
    if not 1 <= len(several) <= MOST:
        raise ValueError(
            f"from 1 to {MOST} parameters can be watched at a time, not {len(several)}: the lines "
            "of more could not be told apart"
        )
    return several


class TrajectoryChart(Chart):
    """Elements of parameters over the run, in the colour of their group.

    Several parameters differ by their dashes, which a key tells, above the lines.
    """

    def __init__(
        self,
        axes: Axes,
        digest: Digest,
        names: str | Sequence[str],
        marks: bool = True,
        worded: bool = False,
    ) -> None:
        super().__init__(axes, digest)
        self.names, self.marked = check_names(digest.record, names), marks
        self.groups = [digest.record.parameters[name] for name in self.names]
        self.each = LINES // len(self.names)  # lines of a parameter, at most
        self.counts: list[int] = []  # as they are drawn now
        self.marks = Marks(self, worded)
        self.lines: list[Curve] = []
        self.key_rows = 0 if len(self.names) == 1 else -(-len(self.names) // 2)
        if self.key_rows:
            self._add_key()
        self.still = self.word(color=ink(self.groups[0]), visible=False)

    def _add_key(self) -> None:
        """Say above the lines, in two columns, whose lines are dashed how."""
        width, height = self.width(), self.height()
        room = int((width / 2 - 50) / 6.3)  # letters
        samples: list[Any] = []
        dashes: Any = [dash(i) for i in range(len(self.names))]
        for i, name in enumerate(shorten(self.names, room)):
            x, y = 6 + width / 2 * (i % 2), height - ROW * (0.6 + i // 2)
            samples.append([(x / width, y / height), ((x + 34) / width, y / height)])
            look = {"x": (x + 40) / width, "y": y / height, "color": ink(self.groups[i])}
            self.word(name, transform=self.axes.transAxes, **look)
        sample = LineCollection(samples, linewidths=1.8, zorder=WORDS)
        sample.set_transform(self.axes.transAxes)
        sample.set_color([colour(group) for group in self.groups])
        sample.set_linestyle(dashes)
        self.axes.add_collection(sample, autolim=False)
        self.slow.append(sample)

    def _move(self) -> tuple[Key, Key]:
        digest, record = self.digest, self.digest.record
        steps, parts = record.trajectory_steps, []
        for name in self.names:
            values = record.trajectory(name)
            parts.append(values[:, _spread(values.shape[1], self.each)])
        values = np.concatenate(parts, axis=1)
        every = max(1, -(-len(steps) // POINTS))
        drawn = np.unique(np.r_[0 : len(steps) : every, max(len(steps) - 1, 0)])[: len(steps)]
        x, y = digest.x(steps[drawn]), values[drawn]
        if (counts := [part.shape[1] for part in parts]) != self.counts:
            self.counts = counts
            self.lines = self.curves.curves = [*self._make_lines()]
        points = np.stack(np.broadcast_arrays(x, y.T), axis=-1)
        for line, its in zip(self.lines, points, strict=True):
            line.points = its
        low, high = _limits(values)
        taken = ROW * self.key_rows + 4 * bool(self.key_rows)  # pixels of the key
        self.limits = low, high + (high - low) * taken / max(self.height() - taken, ROW)
        marks = self.marks.update(self.marked, rows_taken=self.key_rows)
        still = self._tell_stillness(steps, values) if len(self.names) == 1 else ()
        sizes = [math.prod(record.shape(name)) if record.started else 0 for name in self.names]
        return (*self.names, *sizes, *self.limits, record.steps == 0), (*still, *marks)

    def _make_lines(self) -> Iterator[Curve]:
        """Make the lines, each in its group's colour and with its parameter's dash."""
        for i, count in enumerate(self.counts):
            for line in range(count):
                tone = shade(colour(self.groups[i]), SHADES[line % 6])
                yield Curve(tone, 1.3, dash(i))

    def _tell_stillness(self, steps: Ints, values: Floats) -> Key:
        """Say that the parameter stands still, if its group is frozen and no bit has changed."""
        record = self.digest.record
        bursts = [
            burst
            for burst in self.digest.bursts
            if burst.group == self.groups[0] and not burst.rule
        ]
        shown = False
        if bursts and bursts[-1].new == 0 and record.steps > bursts[-1].last:
            since = values[np.searchsorted(steps, bursts[-1].last) :]
            shown = len(since) > 1 and bool((since == since[0]).all())
        # On the still side of its line alone: left of it the parameter was moving.
        begin, end = float(self.digest.x(bursts[-1].last)) if shown else 0.0, self.digest.end
        words = still_words((end - begin) / end * self.width()) if shown else ""
        self.still.set_visible(bool(words))
        if not words:
            return ()
        y = _widest_gap(since[0], *self.limits)
        self.still.set(text=words, x=begin + 0.015 * end, y=y)
        return words, begin, end, y

    def _settle(self) -> None:
        low, high = self.limits
        self.axes.set_ylim(low, high)
        places = ticks(low, high)
        set_ticks(self.axes, "y", places, labels(places))
        title(self.axes, self._title())
        record, first = self.digest.record, self.groups[0]
        of = elide(self.names[0], 24) if len(self.names) == 1 else f"{len(self.names)} parameters"
        where = "" if first is not None or len(self.names) > 1 else "\n(it is in no optimizer)"
        self.hint.set_text(f"one line for each number of {of}{where}" * (record.steps == 0))

    def _title(self) -> str:
        record, count = self.digest.record, ""
        if len(self.names) > 1:
            return f"Trajectories, up to {self.each} numbers of each"
        (name,) = self.names
        if record.started:
            size = math.prod(record.shape(name))
            drawn = len(_spread(len(record.kept_indices(name)), self.each))
            count = f" ({drawn} of {size:,})" if drawn < size else f" ({size} numbers)"
        room = int(self.width() / 7.8) - len("Trajectory of " + count)
        return f"Trajectory of {elide(name, max(room, 12))}{count}"


def still_words(room: float) -> str:
    r"""Say that a parameter stands still, as far as there is room, in pixels.

    >>> still_words(200), still_words(100), still_words(50), still_words(10)
    ('still, to the last bit', 'still, to\nthe last bit', 'still', '')
    """
    for text, pixels in STILL.items():
        if room >= pixels:
            return text
    return ""


def _spread(kept: int, most: int) -> Ints:
    """Return which of the kept elements are drawn."""
    return np.linspace(0, max(kept - 1, 0), min(kept, most)).round().astype(int)


def _limits(values: Floats) -> tuple[float, float]:
    """Return round limits that seldom change while the values spread."""
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
    """Return the middle of the widest free space, where a word hides no line."""
    inside = values[(values >= low) & (values <= high)]
    edges = np.sort(np.concatenate([[low], inside, [high]]))
    widest = int(np.argmax(np.diff(edges)))
    return float(edges[widest] + edges[widest + 1]) / 2

"""The path of one parameter, projected on its two leading principal directions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ...scenes.directions import Plane, plane
from ...scenes.lr_changes import LRChange, mark_text
from ...scenes.scales import LARGEST, LEAST, labels, mark_interval, ticks
from ...scenes.style import INK, SIZE, colour, ink, shade
from ...scenes.summary import Floats, Ints, Summary
from ...scenes.text import elide
from ...scenes.views import check_parameter
from ..rendering.axes import set_ticks, title
from ..rendering.curves import Curve, Dots
from .chart import MARKS, Chart, Key, thinned

POINTS = 256  # of the path, at most
PARTS = 8  # of the path, each darker than the previous one
WORDED = 3  # the newest changes have text


class PathChart(Chart):
    """A path with its start and end, a dot per epoch, and a diamond where the group's lr changed.

    Both axes have the same scale, so that distances are undistorted.
    """

    def __init__(
        self, axes: Axes, summary: Summary, name: str, marks: bool = True, worded: bool = True
    ) -> None:
        super().__init__(axes, summary)
        self.name, self.marked = name, marks
        check_parameter(summary.record, name)
        self.group = summary.record.parameters[name]
        tone = colour(self.group)
        fades = [0.6 * (1 - i / (PARTS - 1)) for i in range(PARTS)]
        self.path = [Curve(shade(tone, fade), 1.8) for fade in fades]
        self.epochs = Dots(tone, tone, 3.5)
        self.changes = Dots("white", INK, 6, shape="D")
        self.start = Dots("white", INK, 8)
        self.end = Dots(tone, "white", 10, 1.0)
        self.curves.curves = [*self.path, self.epochs, self.changes, self.start, self.end]
        style: dict[str, Any] = {
            "transform": axes.transAxes,
            "color": ink(self.group),
            "visible": False,
        }
        self.words = [self.word(**style) for _ in range(WORDED if worded else 0)]
        self.note = self.word(transform=axes.transAxes, color=INK, ha="center", x=0.5)
        self.note.set_y(-31 / self.height())

    def _move(self) -> tuple[Key, Key]:
        record = self.summary.record
        steps, values = record.trajectory_steps, record.trajectory(self.name)
        if len(bad := np.flatnonzero(~np.isfinite(values).all(axis=1))):
            steps, values = steps[: bad[0]], values[: bad[0]]
        values = np.clip(values, -LARGEST, LARGEST)
        drawn = thinned(len(steps), POINTS)
        self.plane = seen = plane(values[drawn])
        moved = seen is not None
        points = seen.project(values[drawn]) if seen else np.zeros((min(len(steps), 1), 2))
        edges = np.linspace(0, max(len(points) - 1, 0), PARTS + 1).round().astype(int)
        for part, (first, last) in zip(self.path, pairwise(edges.tolist()), strict=True):
            part.points = points[first : last + 1]
        self.start.points = points[:1]
        self.end.points = points[-1:] if moved else points[:0]
        self.span = self._limits(points)
        self.points = points
        self.epochs.points = self._epoch_ends(seen)
        marks = self._mark(seen, steps, values)
        note = ""
        if seen:
            note = f"→ {seen.shares[0]:.0%} of the variance,  ↑ {seen.shares[1]:.0%}"
            note += "   ○ start  ● now" if not len(bad) else "   ○ start  ● last finite"
        self.note.set_text(note)
        size = math.prod(record.shape(self.name)) if record.started else 0
        own = (self.name, size, *self.span.ravel().tolist(), moved, record.steps == 0)
        return own, (note, *marks)

    def _epoch_ends(self, seen: Plane | None) -> Floats:
        if seen is None or not self.summary.record.epochs:
            return np.empty((0, 2))
        values = self.summary.record.epoch_values(self.name)[1:]
        every = mark_interval(len(values))
        values = values[every - 1 :: every]
        values = np.clip(values[np.isfinite(values).all(axis=1)], -LARGEST, LARGEST)
        return np.asarray(seen.project(values))

    def _limits(self, points: Floats) -> Floats:
        """Return round limits, of shape (2, 2) and equal scale, that rarely change."""
        low, high = (np.r_[points, [[0.0, 0.0]]].min(0), np.r_[points, [[0.0, 0.0]]].max(0))
        size = np.array([self.width(), self.height()])
        scale = max(float(((high - low) / np.maximum(size - 24, 1)).max()), LEAST)
        if not np.any(points):
            return np.asarray(np.array([[-1.0, 1.0]] * 2) * size[:, None] / size.max())
        step = 2.0 ** math.ceil(math.log2(scale * size.max() / 4))
        # Multiples of a quarter of a doubling step around the path, then one scale for both axes.
        begin = np.floor((low - 12 * scale) / (step / 4)) * (step / 4)
        end = np.ceil((high + 12 * scale) / (step / 4)) * (step / 4)
        room = float(((end - begin) / size).max()) * size - (end - begin)
        return np.asarray(np.column_stack([begin - room / 2, end + room / 2]))

    def _mark(self, seen: Plane | None, steps: Ints, values: Floats) -> Key:
        """Place the diamonds and the text of the newest; return the key of the text."""
        changes = [change for change in self.summary.lr_changes if change.group == self.group]
        if seen is None or not self.marked:
            changes = []
        at = np.minimum(np.searchsorted(steps, [change.at for change in changes]), len(steps) - 1)
        places = seen.project(values[at]) if seen and changes else np.empty((0, 2))
        self.changes.points = places
        return self._place_words(changes[::-1][: len(self.words)], places[::-1])

    def _place_words(self, changes: Sequence[LRChange], places: Floats) -> Key:
        """Place each text where it hides least of the path and of other texts."""
        record, size = self.summary.record, np.array([self.width(), self.height()])
        low, high = self.span.T
        path = (self.points - low) / (high - low) * size
        key: list[tuple[str, float, float]] = []
        taken: list[tuple[float, float, float, float]] = []  # left, right, bottom, top
        for i, word in enumerate(self.words):
            word.set_visible(i < len(changes))
            if i >= len(changes):
                continue
            text = mark_text(record.groups[changes[i].group], changes[i], record.steps_per_epoch)
            x, y = ((places[i] - low) / (high - low) * size / 4).round() * 4  # rarely moves
            length = 6.6 * len(text)

            def hidden(box: tuple[float, float, float, float]) -> float:
                left, right, bottom, top = box
                x, y = path.T
                count = int(((left < x) & (x < right) & (bottom < y) & (y < top)).sum())
                outside = left < 0 or right > size[0] or bottom < 0 or top > size[1]
                over = any(
                    left < b and a < right and bottom < d and c < top for a, b, c, d in taken
                )
                return count + 1000 * over + 1000 * outside

            boxes = [
                (x + dx - length * (dx < 0), x + dx + length * (dx > 0), y + dy - 8, y + dy + 8)
                for dy in (0, 18, -18, 36, -36, 54, -54) for dx in (12, -12)
            ]  # fmt: skip
            box = min(boxes, key=hidden)
            taken.append(box)
            key.append((text, float(box[0]), float(box[2])))
            word.set(text=text, ha="left", x=box[0] / size[0], y=(box[2] + 8) / size[1])
        return tuple(key)

    def _x_key(self) -> Key:
        return ()

    def _settle(self) -> None:
        for which, (low, high) in zip("xy", self.span.tolist(), strict=True):
            (self.axes.set_xlim if which == "x" else self.axes.set_ylim)(low, high)
            places = ticks(low, high, 4 if which == "x" else 3)
            set_ticks(self.axes, which, places, labels(places))
        record, count = self.summary.record, ""
        if record.started:
            size, kept = math.prod(record.shape(self.name)), len(record.kept_indices(self.name))
            count = f" ({kept} of {size:,})" if kept < size else f" ({size} elements)"
        room = int(self.width() / 7.8) - len("Path of " + count)
        title(self.axes, f"Path of {elide(self.name, max(room, 12))}{count}")
        self.hint.set(zorder=MARKS, fontsize=SIZE)
        hint = f"the path of {elide(self.name, 24)}\nalong its two leading directions"
        unmoved = "" if self.plane else "\n\n\nit has not moved"
        self.hint.set_text(hint if record.steps == 0 else unmoved)

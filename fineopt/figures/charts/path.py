"""The path of one parameter, seen along the two directions in which it spreads most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..lr_changes import Burst, mark_text
from ..style import INK, LARGEST, LEAST, SIZE, Key, colour, ink, set_ticks, shade, ticks, title
from ..summary import Digest, Floats, Ints
from ..text import elide, labels
from .chart import MARKS, Chart
from .curves import Curve, Dots
from .directions import Plane, plane
from .path_artists import mark_every

POINTS = 256  # of the path, at most
PARTS = 8  # of the path, each darker than the one before
WORDED = 3  # the newest changes that have words


class PathChart(Chart):
    """Start and newest place, a dot at the ends of epochs, a diamond where its group's lr changed.

    Both axes have one scale, so that distances are true.
    """

    def __init__(
        self, axes: Axes, digest: Digest, name: str, marks: bool = True, worded: bool = True
    ) -> None:
        super().__init__(axes, digest)
        self.name, self.marked = name, marks
        record = digest.record
        record.check_parameter(name)
        self.group = record.parameters[name]
        tone = colour(self.group)
        fades = [0.6 * (1 - i / (PARTS - 1)) for i in range(PARTS)]
        self.path = [Curve(shade(tone, fade), 1.8) for fade in fades]
        self.epochs = Dots(tone, tone, 3.5)
        self.changes = Dots("white", INK, 6, shape="D")
        self.start = Dots("white", INK, 8)
        self.end = Dots(tone, "white", 10, 1.0)
        self.curves.curves = [*self.path, self.epochs, self.changes, self.start, self.end]
        look: dict[str, Any] = {
            "transform": axes.transAxes,
            "color": ink(self.group),
            "visible": False,
        }
        self.words = [self.word(**look) for _ in range(WORDED if worded else 0)]
        self.note = self.word(transform=axes.transAxes, color=INK, ha="center", x=0.5)
        self.note.set_y(-31 / self.height())

    def _move(self) -> tuple[Key, Key]:
        record = self.digest.record
        steps, values = record.trajectory_steps, record.trajectory(self.name)
        if len(bad := np.flatnonzero(~np.isfinite(values).all(axis=1))):
            steps, values = steps[: bad[0]], values[: bad[0]]
        values = np.clip(values, -LARGEST, LARGEST)
        every = max(1, -(-len(steps) // POINTS))
        drawn = np.unique(np.r_[0 : len(steps) : every, max(len(steps) - 1, 0)])[: len(steps)]
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
            note += "   ○ start  ● now" if not len(bad) else "   ○ start  ● then not finite"
        self.note.set_text(note)
        size = math.prod(record.shape(self.name)) if record.started else 0
        own = (self.name, size, *self.span.ravel().tolist(), moved, record.steps == 0)
        return own, (note, *marks)

    def _epoch_ends(self, seen: Plane | None) -> Floats:
        if seen is None or not self.digest.record.epochs:
            return np.empty((0, 2))
        values = self.digest.record.epoch_values(self.name)[1:]
        every = mark_every(len(values))
        values = values[every - 1 :: every]
        values = np.clip(values[np.isfinite(values).all(axis=1)], -LARGEST, LARGEST)
        return np.asarray(seen.project(values))

    def _limits(self, points: Floats) -> Floats:
        """Return round limits, (2, 2), of one scale; they seldom change while the path grows."""
        low, high = (np.r_[points, [[0.0, 0.0]]].min(0), np.r_[points, [[0.0, 0.0]]].max(0))
        size = np.array([self.width(), self.height()])
        scale = max(float(((high - low) / np.maximum(size - 24, 1)).max()), LEAST)
        if not np.any(points):
            return np.asarray(np.array([[-1.0, 1.0]] * 2) * size[:, None] / size.max())
        step = 2.0 ** math.ceil(math.log2(scale * size.max() / 4))
        # Whole quarters of a doubling scale: first about the path, then one scale for both.
        begin = np.floor((low - 12 * scale) / (step / 4)) * (step / 4)
        end = np.ceil((high + 12 * scale) / (step / 4)) * (step / 4)
        room = float(((end - begin) / size).max()) * size - (end - begin)
        return np.asarray(np.column_stack([begin - room / 2, end + room / 2]))

    def _mark(self, seen: Plane | None, steps: Ints, values: Floats) -> Key:
        """Place the diamonds, and words at the newest of them; return what the words depend on."""
        bursts = [burst for burst in self.digest.bursts if burst.group == self.group]
        if seen is None or not self.marked:
            bursts = []
        at = np.minimum(np.searchsorted(steps, [burst.at for burst in bursts]), len(steps) - 1)
        places = seen.project(values[at]) if seen and bursts else np.empty((0, 2))
        self.changes.points = places
        return self._place_words(bursts[::-1][: len(self.words)], places[::-1])

    def _place_words(self, bursts: Sequence[Burst], places: Floats) -> Key:
        """Set each word where it hides least of the path and of other words."""
        record, size = self.digest.record, np.array([self.width(), self.height()])
        low, high = self.span.T
        path = (self.points - low) / (high - low) * size
        key: list[tuple[str, float, float]] = []
        taken: list[tuple[float, float, float, float]] = []  # left, right, bottom, top
        for i, word in enumerate(self.words):
            word.set_visible(i < len(bursts))
            if i >= len(bursts):
                continue
            text = mark_text(record.groups[bursts[i].group], bursts[i], record.steps_per_epoch)
            x, y = ((places[i] - low) / (high - low) * size / 4).round() * 4  # seldom moves
            length = 6.6 * len(text)

            def hidden(box: tuple[float, float, float, float]) -> float:
                left, right, bottom, top = box
                x, y = path.T
                count = int(((left < x) & (x < right) & (bottom < y) & (y < top)).sum())
                beside = left < 0 or right > size[0] or bottom < 0 or top > size[1]
                over = any(
                    left < b and a < right and bottom < d and c < top for a, b, c, d in taken
                )
                return count + 1000 * over + 1000 * beside

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
        record, count = self.digest.record, ""
        if record.started:
            size, kept = math.prod(record.shape(self.name)), len(record.kept_indices(self.name))
            count = f" ({kept} of {size:,})" if kept < size else f" ({size} numbers)"
        room = int(self.width() / 7.8) - len("Path of " + count)
        title(self.axes, f"Path of {elide(self.name, max(room, 12))}{count}")
        self.hint.set(zorder=MARKS, fontsize=SIZE)
        hint = f"the way of {elide(self.name, 24)}\nin the plane that holds most of it"
        stood = "" if self.plane else "\n\n\nit has not moved"
        self.hint.set_text(hint if record.steps == 0 else stood)

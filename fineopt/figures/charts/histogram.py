"""How the numbers of a parameter, or of its gradient, are spread: a ridge an epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from fineopt.recorder import Histogram

from ..style import GREY, LEAST, SIZE, Key, colour, set_ticks, shade, ticks, title
from ..summary import Digest, Floats
from ..text import elide, labels
from .chart import CURVES, Chart

RIDGES = 6  # at most
OVERLAP = 1.7  # the height of a ridge, in rows
WIDEST = 4e307  # where a ridge ends at the latest: an axis a little wider still has a finite span


class HistogramChart(Chart):
    """The start at the top, some epochs below it, the newest in front; each to its own height.

    Args:
        axes: whose y axis tells the epochs.
        digest: of the record.
        name: of the parameter.
        gradients: the last batch's gradient of each epoch, instead of the values.
    """

    def __init__(self, axes: Axes, digest: Digest, name: str, gradients: bool = False) -> None:
        super().__init__(axes, digest)
        record = digest.record
        record.check_parameter(name)
        self.name, self.gradients = name, gradients
        self.tone = colour(record.parameters[name])
        self.ridges = PolyCollection([], zorder=CURVES, linewidths=1.1)
        axes.add_collection(self.ridges, autolim=False)
        self.slow.append(self.ridges)
        self._seen: int | None = None
        self._keys: tuple[Key, Key] = ((), ())

    def _move(self) -> tuple[Key, Key]:
        seen = self.digest.record.epochs if self.digest.record.started else -1
        if seen != self._seen:
            self._seen = seen
            self._keys = self._place(), (seen,)
        return self._keys

    def _place(self) -> Key:
        record = self.digest.record
        self.shown = chosen(record.histograms(self.name, gradients=self.gradients))
        self.limits = _limits([outline(kept)[0] for kept in self.shown if kept.limit > LEAST])
        self.size = math.prod(record.shape(self.name)) if record.started else 0
        sliver = (self.limits[1] - self.limits[0]) / 200
        outlines = [outline(kept, sliver) for kept in self.shown]
        shapes = [np.column_stack([x, row - OVERLAP * y]) for row, (x, y) in enumerate(outlines)]
        self.ridges.set_verts(shapes)
        fade = np.linspace(0.55, 0.0, len(shapes)) if len(shapes) > 1 else np.zeros(len(shapes))
        edges: Any = [shade(self.tone, amount) for amount in fade]
        faces: Any = [shade(self.tone, 0.75 + 0.2 * amount) for amount in fade]
        self.ridges.set_edgecolor(edges)
        self.ridges.set_facecolor(faces)
        return (tuple(kept.epoch for kept in self.shown), self.size, *self.limits)

    def _x_key(self) -> Key:
        return ()

    def _settle(self) -> None:
        self.axes.set_xlim(*self.limits)
        places = ticks(*self.limits, 3)
        set_ticks(self.axes, "x", places, labels(places))
        rows = max(len(self.shown), 1)
        self.axes.set_ylim(rows - 0.75, -OVERLAP - 0.1)
        names = ["start" if kept.epoch == 0 else f"{kept.epoch}" for kept in self.shown]
        if not self.digest.record.steps:  # no run: arrays as they are
            names = [""] * len(names)
        set_ticks(self.axes, "y", range(len(names)), names)
        self.axes.tick_params(axis="y", length=0)
        self.axes.spines["left"].set_visible(False)
        what = "Gradient of " if self.gradients else "Values of "
        count = f" ({self.size:,})" if self.size else ""
        room = int(self.width() / 7.8) - len(what + count)
        title(self.axes, what + elide(self.name, max(room, 12)) + count)
        under = "after epochs; each ridge to its own height" if len(names) > 1 else ""
        self.axes.set_xlabel(under, fontsize=SIZE, labelpad=2, color=GREY)
        began = self.digest.record.started
        hint = "no gradient yet" if began and self.gradients else "how its numbers are spread"
        self.hint.set_text("" if self.shown else hint)


def chosen(kept: Sequence[Histogram]) -> list[Histogram]:
    """Return the first, the newest, and some between, at epochs that are evenly spaced."""
    if len(kept) <= RIDGES:
        return list(kept)
    every = 2 ** math.ceil(math.log2((kept[-1].epoch - kept[0].epoch) / (RIDGES - 1)))
    between = [one for one in kept[1:-1] if one.epoch % every == 0]
    return [kept[0], *between[: RIDGES - 2], kept[-1]]


def outline(kept: Histogram, sliver: float = 0.0) -> tuple[Floats, Floats]:
    """Return a histogram as steps, (x, y), its greatest density 1, in bins wide enough to see.

    Of zeros alone, or of numbers too small for an axis, it is a sliver about 0.

    >>> x, y = outline(Histogram.of(np.linspace(-1, 1, 1001)))
    >>> float(x.min()) <= -1, float(y.max())
    (True, 1.0)
    """
    if kept.limit <= LEAST:
        return np.array([-sliver, -sliver, sliver, sliver]), np.array([0.0, 1.0, 1.0, 0.0])
    counts, edges = kept.counts, np.clip(kept.edges, -WIDEST, WIDEST)
    inside = np.count_nonzero(counts)
    # Bins are joined in pairs while there are few numbers for each.
    while len(counts) > 8 and inside and counts.sum() < 4 * inside:
        counts, edges = counts.reshape(-1, 2).sum(axis=1), edges[::2]
        inside = np.count_nonzero(counts)
    there = np.flatnonzero(counts)
    counts = counts[there[0] : there[-1] + 1] if len(there) else counts[:0]
    edges = edges[there[0] : there[-1] + 2] if len(there) else edges[:1]
    heights = counts / max(int(counts.max(initial=0)), 1)
    return np.repeat(edges, 2), np.r_[0.0, np.repeat(heights, 2), 0.0]


def _limits(edges: Sequence[Floats]) -> tuple[float, float]:
    """Return round limits about all edges, and 0."""
    ends = np.concatenate([[0.0], *edges])
    low, high = float(ends.min()), float(ends.max())
    if low == high:
        return -1.0, 1.0
    places = ticks(low, high, 6)
    step = places[1] - places[0] if len(places) > 1 else high - low
    return (math.floor(low / step) - 0.5) * step, (math.ceil(high / step) + 0.5) * step
